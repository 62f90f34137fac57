import { crc32, deflateSync } from "node:zlib"

/** Pixels row by row, one byte for each channel: 1 grey, 3 red green blue, 4 with opacity. */
export interface Pixels {
  width: number
  height: number
  channels: 1 | 3 | 4
  data: Uint8Array
}

const signature = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10])
const colorType = { 1: 0, 3: 2, 4: 6 } as const

/** Encodes pixels as a PNG file. */
export function encodePng({ width, height, channels, data }: Pixels): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = colorType[channels]
  const stride = width * channels
  const rows = Buffer.alloc((stride + 1) * height)
  // Each row starts with its filter, 0: none.
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length)
  out.writeUInt32BE(data.length, 0)
  out.write(name, 4, "latin1")
  out.set(data, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length)
  return out
}

/** Every pixel as a square of `factor` pixels, because not all viewers honour "do not smooth". */
export function enlarge({ width, height, channels, data }: Pixels, factor: number): Pixels {
  const wide = width * factor
  const out = new Uint8Array(wide * height * factor * channels)
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < wide; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels
      const to = (y * wide + x) * channels
      for (let c = 0; c < channels; c++) out[to + c] = data[from + c] ?? 0
    }
  }
  return { width: wide, height: height * factor, channels, data: out }
}

/** A PNG as an address that stands in a page or a specification by itself. */
export function dataUrl(pixels: Pixels): string {
  return `data:image/png;base64,${Buffer.from(encodePng(pixels)).toString("base64")}`
}
