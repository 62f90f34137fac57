import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, extent, leftOut, type Numbers, readNumbers, round, short } from "../numbers.js"
import { ink, palette } from "../theme.js"
import { heading } from "./heading.js"
import { niceDomain } from "./scale.js"

/** How predictions are drawn. */
export interface PredictionsOptions {
  title?: string
  subtitle?: string
  /** The unit of the predicted quantity, for the axes: `mpg`. */
  unit?: string
  /** Width and height of the square in pixels. */
  size?: number
}

/**
 * Draws what a model predicts against what is true. A perfect prediction is on the diagonal; the subtitle says how far the
 * points are from it.
 *
 * $R^2 = 1 - \sum (y - \hat y)^2 / \sum (y - \bar y)^2$, RMSE $= \sqrt{\frac 1 n \sum (y - \hat y)^2}$
 *
 * Options: `title`, `subtitle`, `unit`, `size`.
 *
 * Shape: both [N] or [N, 1]. Pairs with NaN are left out and counted.
 *
 * Errors: lengths that differ; nothing to draw.
 *
 * @example plot.predictions([1, 2, 3], [1.1, 1.9, 3.2]).text // "Predictions · R² 0.97 · RMSE 0.1414 · 3 samples"
 */
export function predictions(yTrue: Numbers, yPred: Numbers, options: PredictionsOptions = {}): Chart {
  const call = "plot.predictions"
  const { title = "Predictions", subtitle, unit, size = 300 } = options
  const x = readNumbers(call, "yTrue", yTrue)
  const y = readNumbers(call, "yPred", yPred)
  if (x.length !== y.length) {
    throw messages.lengthsDiffer(call, [
      ["yTrue", x.length],
      ["yPred", y.length],
    ])
  }
  const pairs = x.map((value, i) => [value, y[i] ?? 0] as const).filter((pair) => pair.every(Number.isFinite))
  const range = extent(pairs.flat())
  if (!range) throw messages.nothingToDraw(call, "yTrue, yPred")

  const mean = pairs.reduce((sum, [truth]) => sum + truth, 0) / pairs.length
  const squares = pairs.reduce((sum, [truth, guess]) => sum + (truth - guess) ** 2, 0)
  const spread = pairs.reduce((sum, [truth]) => sum + (truth - mean) ** 2, 0)
  const rmse = Math.sqrt(squares / pairs.length)
  const score = spread > 0 ? `R² ${short(1 - squares / spread, 3)}` : undefined
  const error = `RMSE ${short(rmse)}${unit ? ` ${unit}` : ""}`
  const domain = niceDomain(range, 5)
  const named = (word: string) => (unit ? `${word} (${unit})` : word)
  const axis = { grid: true, tickCount: 5 }
  const xEncoding = { field: "x", type: "quantitative", title: named("true"), axis, scale: { domain, nice: false } }
  const yEncoding = {
    field: "y",
    type: "quantitative",
    title: named("predicted"),
    axis,
    scale: { domain, nice: false },
  }
  const every = Math.ceil(pairs.length / 2500)
  const drawn = pairs.filter((_, i) => i % every === 0)

  const spec = {
    title: heading(title, subtitle, score, error, `${count(pairs.length)} samples`, leftOut(x, y)),
    width: size,
    height: size,
    layer: [
      {
        data: { values: domain.map((value) => ({ x: value, y: value })) },
        mark: { type: "line", color: ink.quiet, strokeWidth: 1.2, strokeDash: [4, 3], aria: false },
        encoding: { x: xEncoding, y: yEncoding },
      },
      {
        data: { values: drawn.map(([truth, guess]) => ({ x: round(truth), y: round(guess) })) },
        mark: { type: "point", aria: false, size: 34, opacity: drawn.length < 400 ? 0.75 : 0.4, color: palette[0] },
        encoding: {
          x: xEncoding,
          y: yEncoding,
          tooltip: [
            { field: "x", title: "true", format: ".4~g" },
            { field: "y", title: "predicted", format: ".4~g" },
          ],
        },
      },
    ],
  }
  const text = [title || "Predictions", score, error, `${count(pairs.length)} samples`]
    .filter((part) => part)
    .join(" · ")
  return new Chart(spec, text)
}
