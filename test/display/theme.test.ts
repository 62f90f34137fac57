import { expect, test } from "vitest"
import { palette } from "../../src/display/theme.js"

type Rgb = [number, number, number]

const linear = (channel: number) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
const parse = (hex: string): Rgb => {
  const value = Number.parseInt(hex.slice(1), 16)
  return [linear((value >> 16) / 255), linear(((value >> 8) & 255) / 255), linear((value & 255) / 255)]
}
const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(parse(a)), luminance(parse(b))].sort((x, y) => x - y)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

/** How a color looks without red or green receptors (Machado, Oliveira and Fernandes 2009, severity 1). */
const blindness: Record<string, number[][]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
}

/** A color in CIE L*a*b*, where distances are about as large as they look. */
function lab([r, g, b]: Rgb): Rgb {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
  const y = f(luminance([r, g, b]))
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

function distance(a: string, b: string, matrix?: number[][]): number {
  const seen = (hex: string): Rgb => {
    const color = parse(hex)
    if (!matrix) return lab(color)
    return lab(
      matrix.map((row) =>
        Math.min(
          1,
          Math.max(
            0,
            row.reduce((s, w, i) => s + w * (color[i] ?? 0), 0),
          ),
        ),
      ) as Rgb,
    )
  }
  const [p, q] = [seen(a), seen(b)]
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
}

test("every color of the palette is seen on white and on a dark page", () => {
  for (const color of palette) {
    expect(contrast(color, "#ffffff"), `${color} on white`).toBeGreaterThanOrEqual(3)
    expect(contrast(color, "#111111"), `${color} on dark`).toBeGreaterThanOrEqual(3)
  }
})

test("the first four colors stay apart for every kind of eyes", () => {
  for (const [kind, matrix] of [["full sight", undefined] as const, ...Object.entries(blindness)]) {
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [palette[i] ?? "", palette[j] ?? ""]
        expect(distance(a, b, matrix), `${a} and ${b} with ${kind}`).toBeGreaterThan(15)
      }
    }
  }
})
