import type { ColorScale } from "../color-scale.js"
import type { Terminal } from "./paint.js"

const shades = " ░▒▓█"

/** A matrix as text: two rows to a line of half blocks in color, or one to a line of shades without. */
export function drawTextGrid(
  { rows, columns, data }: { rows: number; columns: number; data: readonly number[] },
  scale: ColorScale,
  terminal: Terminal,
  title: string,
): string {
  const [down, across] = [Math.ceil(rows / 40), Math.ceil(columns / Math.max(8, terminal.columns - 2))]
  const at = (r: number, c: number) => data[r * down * columns + c * across] ?? Number.NaN
  const [high, wide] = [Math.ceil(rows / down), Math.ceil(columns / across)]
  const lines: string[] = []
  if (terminal.color) {
    const code = (value: number) => scale.color(value).join(";")
    for (let r = 0; r < high; r += 2) {
      const cells = Array.from({ length: wide }, (_, c) => {
        const below = r + 1 < high ? `\x1b[48;2;${code(at(r + 1, c))}m` : ""
        return `\x1b[38;2;${code(at(r, c))}m${below}▀\x1b[0m`
      })
      lines.push(cells.join(""))
    }
  } else {
    const [low, top] = scale.domain
    for (let r = 0; r < high; r++) {
      const cells = Array.from({ length: wide }, (_, c) => {
        const share = Math.abs(low < 0 ? at(r, c) / top : (at(r, c) - low) / (top - low))
        return (shades[Math.max(0, Math.min(4, Math.round(4 * share)))] ?? "?").repeat(2)
      })
      lines.push(cells.join("").trimEnd())
    }
  }
  return [title, ...lines].filter((line, i) => i > 0 || line !== "").join("\n")
}
