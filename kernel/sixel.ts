/** A picture as its decoder gives it: rows of pixels, each of `channels` numbers. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: ArrayLike<number>
  /** Bits of each number. */
  readonly depth: number
}

/** A terminal's palette has so many colors. */
const mostColors = 255

/**
 * A picture as sixels, six rows of pixels a character (DEC STD 070), `width` pixels wide: smaller pictures stay as they are. White
 * shines through what is transparent.
 */
export function encodeSixel(picture: Pixels, width = picture.width): string {
  const small = shrink(picture, Math.max(1, Math.round(picture.width / width)))
  const { palette, indices } = quantize(small.colors)
  const out = [`\x1bPq"1;1;${small.width};${small.height}`]
  palette.forEach((color, i) => {
    const [red, green, blue] = [color >> 16, (color >> 8) & 255, color & 255].map((value) => Math.round(value / 2.55))
    out.push(`#${i};2;${red};${green};${blue}`)
  })
  for (let top = 0; top < small.height; top += 6) out.push(band(indices, small.width, small.height, top), "-")
  return `${out.join("")}\x1b\\`
}

/** Six rows: for each color in them which of the six pixels of a column have it. */
function band(indices: Uint8Array, width: number, height: number, top: number): string {
  const rows = Math.min(6, height - top)
  const columns = new Map<number, Uint8Array>()
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const color = indices[(top + y) * width + x] as number
      let bits = columns.get(color)
      if (bits === undefined) {
        bits = new Uint8Array(width)
        columns.set(color, bits)
      }
      bits[x] = (bits[x] as number) | (1 << y)
    }
  }
  return Array.from(columns, ([color, bits]) => `#${color}${runs(bits)}`).join("$")
}

/** Characters, those that repeat as `!count`. */
function runs(bits: Uint8Array): string {
  let text = ""
  for (let start = 0; start < bits.length; ) {
    let end = start + 1
    while (end < bits.length && bits[end] === bits[start]) end++
    const character = String.fromCharCode(63 + (bits[start] as number))
    text += end - start > 3 ? `!${end - start}${character}` : character.repeat(end - start)
    start = end
  }
  return text
}

/** The mean color of every `factor` x `factor` pixels, on white, as 0xRRGGBB. */
function shrink({ width, height, channels, data, depth }: Pixels, factor: number) {
  const [columns, rows] = [Math.max(1, Math.floor(width / factor)), Math.max(1, Math.floor(height / factor))]
  const colors = new Int32Array(columns * rows)
  const scale = depth === 16 ? 257 : 1
  const alphaAt = channels === 2 || channels === 4 ? channels - 1 : undefined
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const sum = [0, 0, 0]
      for (let i = 0; i < factor * factor; i++) {
        const at = ((y * factor + Math.floor(i / factor)) * width + x * factor + (i % factor)) * channels
        const alpha = alphaAt === undefined ? 1 : (data[at + alphaAt] as number) / scale / 255
        for (let c = 0; c < 3; c++) {
          const value = (data[at + (channels < 3 ? 0 : c)] as number) / scale
          sum[c] = (sum[c] as number) + alpha * value + (1 - alpha) * 255
        }
      }
      const [red = 0, green = 0, blue = 0] = sum.map((value) => Math.round(value / (factor * factor)))
      colors[y * columns + x] = (red << 16) | (green << 8) | blue
    }
  }
  return { width: columns, height: rows, colors }
}

/** The colors that occur most, told apart ever more coarsely until there are few enough, and each pixel's place among them. */
function quantize(colors: Int32Array): { palette: number[]; indices: Uint8Array } {
  for (let bits = 8; ; bits--) {
    const mask = (0xff << (8 - bits)) & 0xff
    const coarse = (mask << 16) | (mask << 8) | mask
    const places = new Map<number, { index: number; sum: [number, number, number]; count: number }>()
    for (const color of colors) {
      const place = places.get(color & coarse)
      if (place === undefined && places.size >= mostColors && bits > 2) break
      const { sum, count } = place ?? { sum: [0, 0, 0] as [number, number, number], count: 0 }
      sum[0] += color >> 16
      sum[1] += (color >> 8) & 255
      sum[2] += color & 255
      if (place) place.count++
      else places.set(color & coarse, { index: places.size, sum, count: count + 1 })
    }
    if (!colors.every((color) => places.has(color & coarse))) continue
    const palette = Array.from(places.values(), ({ sum, count }) =>
      sum.reduce((color, total) => (color << 8) | Math.round(total / count), 0),
    )
    return { palette, indices: Uint8Array.from(colors, (color) => places.get(color & coarse)?.index ?? 0) }
  }
}
