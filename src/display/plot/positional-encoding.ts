import type { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { readBlock } from "../nested.js"
import { extent, joined, type TensorLike } from "../numbers.js"
import { drawHeatmap } from "./heatmap.js"

/** How a positional encoding looks. */
export interface PositionalEncodingOptions {
  /** How many positions are drawn; default 64, or all that a tensor has. */
  length?: number
  title?: string
  subtitle?: string
  width?: number
}

/** More cells than this are hardly told apart, and would take too much to send. */
const drawnCells = 96 * 96

/**
 * Draws a positional encoding as a heat map: a row for each position, a column for each dimension of the model. A number draws
 * the sinusoids of that many dimensions, a tensor what it holds, for example a learned embedding.
 *
 * $PE(p, 2i) = \sin(p / 10000^{2i / d})$, $PE(p, 2i + 1) = \cos(p / 10000^{2i / d})$
 *
 * Options: `length`, `title`, `subtitle`, `width`.
 *
 * Shape: a tensor is [length, dModel] or [1, length, dModel].
 *
 * Errors: a size that is not a whole number of at least 1; another rank; nothing to draw.
 *
 * Source: Vaswani et al., "Attention is all you need", 2017, section 3.5.
 *
 * @example plot.positionalEncoding(16, { length: 8 }).text // "Positional encoding · 8 × 16 · -0.99 to 1"
 */
export function positionalEncoding(
  dModel: number | Iterable<unknown> | TensorLike,
  options: PositionalEncodingOptions = {},
): Chart {
  const call = "plot.positionalEncoding"
  const { title = "Positional encoding", subtitle, width, length } = options
  if (length !== undefined) checkSize(call, "length", length)
  const { rows, columns, data } =
    typeof dModel === "number" ? sinusoids(call, dModel, length ?? 64) : given(call, dModel, length)
  if (!extent(data)) throw messages.nothingToDraw(call, "values")
  // Pairs of columns stay together, or of sine and cosine only one would be seen.
  let [everyRow, everyPair] = [1, 1]
  while (Math.ceil(rows / everyRow) * Math.ceil(columns / everyPair) > drawnCells) {
    if (rows / everyRow > columns / everyPair) everyRow++
    else everyPair++
  }
  const kept: number[][] = []
  for (let r = 0; r < rows; r += everyRow) {
    const row = data.slice(r * columns, (r + 1) * columns)
    kept.push(row.filter((_, c) => Math.floor(c / 2) % everyPair === 0))
  }
  const note =
    everyRow * everyPair > 1 ? `drawn: ${kept.length} × ${kept[0]?.length} of ${rows} × ${columns}` : undefined
  const line = joined(subtitle, note)
  return drawHeatmap(
    kept,
    {
      title,
      xLabel: "dimension",
      yLabel: "position",
      annotate: false,
      ...(line === undefined ? {} : { subtitle: line }),
      ...(width === undefined ? {} : { width }),
    },
    { rows, columns },
  )
}

function checkSize(call: string, option: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 65_536) return
  throw messages.badOption(call, option, value, `${option} must be a whole number from 1 to 65,536.`)
}

/** The encoding of Vaswani et al.: pairs of sine and cosine, each pair slower than the one before. */
function sinusoids(call: string, dModel: number, length: number) {
  checkSize(call, "dModel", dModel)
  if (length * dModel > 16_777_216)
    throw messages.badOption(call, "length × dModel", length * dModel, "At most 16,777,216 values can be drawn.")
  const data = Array.from({ length: length * dModel }, (_, i) => {
    const [position, dimension] = [Math.floor(i / dModel), i % dModel]
    const pair = dimension - (dimension % 2)
    const angle = position / 10000 ** (pair / dModel)
    return dimension % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })
  return { rows: length, columns: dModel, data }
}

function given(call: string, values: Iterable<unknown> | TensorLike, length: number | undefined) {
  const expected = "[length, dModel] or [1, length, dModel]"
  const { shape, data } = readBlock(call, "values", values, [2, 3], expected)
  if (shape.length === 3 && shape[0] !== 1) throw messages.wrongRank(call, "values", shape, expected)
  const [rows = 0, columns = 0] = shape.slice(-2)
  return { rows: Math.min(rows, length ?? rows), columns, data }
}
