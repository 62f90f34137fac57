import { diverging, sequential } from "./theme.js"

/** A color as red, green and blue of 0 to 255. */
export type Rgb = readonly [number, number, number]

/** `#3D7ABF` as numbers. */
export function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

export function mix([r, g, b]: Rgb, [r2, g2, b2]: Rgb, share: number): Rgb {
  const at = (from: number, to: number) => Math.round(from + (to - from) * share)
  return [at(r, r2), at(g, g2), at(b, b2)]
}

/** From a value to its color. */
export interface ColorScale {
  readonly domain: readonly [number, number]
  readonly colors: readonly string[]
  color(value: number): Rgb
}

const notANumber: Rgb = [255, 0, 200]
const infinite: Rgb = [255, 193, 7]

/**
 * The scale for values between `low` and `high`: blue - white - red around zero when there are negative values, else light to
 * dark. NaN is magenta and infinity yellow, colors that neither scale has.
 */
export function colorScale(low: number, high: number): ColorScale {
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1
  const signed = low < 0
  const domain: readonly [number, number] = signed
    ? [-reach, reach]
    : [Math.min(low, high), high > low ? high : low + 1]
  const colors = signed ? diverging : sequential
  const steps = colors.map(parseHex)
  return {
    domain,
    colors,
    color(value) {
      if (Number.isNaN(value)) return notANumber
      if (!Number.isFinite(value)) return infinite
      const place = ((value - domain[0]) / (domain[1] - domain[0])) * (steps.length - 1)
      const at = Math.max(0, Math.min(steps.length - 2, Math.floor(place)))
      const [from, to] = [steps[at] ?? notANumber, steps[at + 1] ?? notANumber]
      return mix(from, to, Math.max(0, Math.min(1, place - at)))
    },
  }
}

/** `rgb(…)` for a style. */
export function css([r, g, b]: Rgb): string {
  return `rgb(${r},${g},${b})`
}

/** Black or white, whichever is easier to read on the color. */
export function textOn([r, g, b]: Rgb): string {
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#1f2933" : "#ffffff"
}
