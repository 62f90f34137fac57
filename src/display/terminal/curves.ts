import { extent, short } from "../numbers.js"
import { BrailleCanvas } from "./braille.js"
import { dim, paintOf, type Terminal } from "./paint.js"

/** A series as it is drawn in a terminal. */
export interface TextCurve {
  name: string
  x: readonly number[]
  y: readonly number[]
  color: number
}

/** Points or lines in braille with an axis at the left and below, and the names with their last values. */
export function drawTextCurves(
  curves: readonly TextCurve[],
  terminal: Terminal,
  {
    title,
    xLabel,
    log = false,
    points = false,
    rows = 10,
  }: { title: string; xLabel: string; log?: boolean; points?: boolean; rows?: number },
): string {
  const height = (value: number) => (log ? (value > 0 ? Math.log10(value) : Number.NaN) : value)
  const heights = curves.map(({ y }) => y.map(height))
  const [low, high] = widened(extent(heights.flat()))
  const [left, right] = widened(extent(curves.flatMap(({ x }) => extent(x) ?? [])))
  const labels = [high, (low + high) / 2, low].map((value) => short(log ? 10 ** value : value, 3))
  const margin = Math.max(...labels.map((label) => label.length))
  const columns = Math.max(10, Math.min(72, terminal.columns - margin - 4))
  const canvas = new BrailleCanvas(columns, rows)
  const place = (x: number, y: number) =>
    [((x - left) / (right - left)) * (2 * columns - 1), ((high - y) / (high - low)) * (4 * rows - 1)] as const
  curves.forEach(({ x, color }, k) => {
    let before: readonly [number, number] | undefined
    heights[k]?.forEach((value, i) => {
      const at = Number.isFinite(value) ? place(x[i] ?? 0, value) : undefined
      if (at && before && !points) canvas.line(...before, ...at, color)
      else if (at) canvas.dot(...at, color)
      before = at
    })
  })
  const paint = paintOf(terminal)
  const axis = canvas.lines(paint).map((line, r) => {
    const label = r === 0 ? labels[0] : r === rows - 1 ? labels[2] : r === Math.floor((rows - 1) / 2) ? labels[1] : ""
    return `${dim(`${(label ?? "").padStart(margin)} ┤`, terminal)}${line}`
  })
  const [from, to] = [short(left, 4), short(right, 4)]
  const middle = ` ${xLabel} `
  const free = Math.max(0, columns - from.length - to.length - middle.length)
  const below = `${" ".repeat(margin + 2)}${from}${" ".repeat(Math.floor(free / 2))}${middle}${" ".repeat(Math.ceil(free / 2))}${to}`
  const names = curves.map(({ name, y, color }) => {
    const last = y.findLast(Number.isFinite)
    return `${paint("━━", color)} ${name}${points || last === undefined ? "" : ` ${short(last)}`}`
  })
  const legend =
    curves.length > 1 || (curves[0]?.name ?? "") !== "" ? [`${" ".repeat(margin + 2)}${names.join("   ")}`] : []
  return [title, ...axis, dim(below, terminal), ...legend].filter((line) => line !== "").join("\n")
}

function widened(range: [number, number] | undefined): [number, number] {
  const [low, high] = range ?? [0, 1]
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}
