import { inflateSync } from "node:zlib"

/** What a picture holds, for tests: its size, the number of colours, and the share of white. */
export interface Decoded {
  width: number
  height: number
  channels: number
  pixels: Uint8Array
  colors: number
  paperShare: number
}

/** Decodes an 8-bit PNG (grey, RGB or RGBA, not interlaced). */
export function decodePng(png: Uint8Array): Decoded {
  const file = Buffer.from(png)
  const width = file.readUInt32BE(16)
  const height = file.readUInt32BE(20)
  const channels = { 0: 1, 2: 3, 6: 4 }[file[25] ?? -1]
  if (file[24] !== 8 || channels === undefined || file[28] !== 0) throw new Error("not a PNG that this can decode")
  const parts: Buffer[] = []
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)))
  }
  const raw = inflateSync(Buffer.concat(parts))
  const stride = width * channels
  const pixels = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? (pixels[y * stride + x - channels] ?? 0) : 0
      const up = y > 0 ? (pixels[(y - 1) * stride + x] ?? 0) : 0
      const corner = y > 0 && x >= channels ? (pixels[(y - 1) * stride + x - channels] ?? 0) : 0
      const prediction = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0
      pixels[y * stride + x] = ((raw[y * (stride + 1) + 1 + x] ?? 0) + prediction) & 255
    }
  }
  const seen = new Map<number, number>()
  for (let i = 0; i < pixels.length; i += channels) {
    const grey = channels === 1
    const color = ((pixels[i] ?? 0) << 16) | ((pixels[grey ? i : i + 1] ?? 0) << 8) | (pixels[grey ? i : i + 2] ?? 0)
    seen.set(color, (seen.get(color) ?? 0) + 1)
  }
  return {
    width,
    height,
    channels,
    pixels,
    colors: seen.size,
    paperShare: (seen.get(0xffffff) ?? 0) / (width * height),
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}
