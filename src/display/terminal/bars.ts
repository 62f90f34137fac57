import { short } from "../numbers.js"
import { dim, paintOf, type Terminal } from "./paint.js"

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const

/** One line for each name, with a bar and the value: the length of the bar is exact to an eighth of a letter. */
export function drawTextBars(
  rows: readonly { name: string; value: number }[],
  terminal: Terminal,
  title: string,
): string {
  const names = Math.min(28, Math.max(...rows.map(({ name }) => name.length)))
  const values = rows.map(({ value }) => short(value))
  const room = Math.max(8, Math.min(48, terminal.columns - names - Math.max(...values.map((text) => text.length)) - 4))
  const largest = Math.max(...rows.map(({ value }) => Math.abs(value))) || 1
  const paint = paintOf(terminal)
  const lines = rows.map(({ name, value }, i) => {
    const size = Math.round((Math.abs(value) / largest) * room * 8)
    const bar = "█".repeat(Math.floor(size / 8)) + (eighths[size % 8] ?? "")
    return `${cut(name, names).padEnd(names)} ${paint(bar, value < 0 ? 3 : 0)} ${dim(values[i] ?? "", terminal)}`
  })
  return [title, ...lines].filter((line) => line !== "").join("\n")
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}
