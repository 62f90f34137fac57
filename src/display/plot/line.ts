import type { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { extent, type Numbers, readNumbers } from "../numbers.js"
import { drawCurves } from "./curve-chart.js"
import type { LossCurveOptions } from "./loss-curve.js"

/** How a line chart looks: as a loss curve, with no value marked. */
export type LineOptions = Omit<LossCurveOptions, "best" | "bestIs">

/**
 * Draws values as a line, or several named lines with their names at their ends.
 *
 * Options: `x`, `title`, `subtitle`, `xLabel`, `log`, `width`, `height`.
 *
 * Shape: each line holds one number for each x; x is 1, 2, 3 … when absent. NaN is a gap.
 *
 * Errors: lengths that differ; nothing finite to draw.
 *
 * @example plot.line([1, 4, 9]).text // "Line · y 9 (3 points)"
 */
export function line(values: Numbers | Record<string, Numbers>, options: LineOptions = {}): Chart {
  const call = "plot.line"
  if (typeof values !== "object" || values === null) throw messages.notNumbers(call, "values", values)
  const single = Symbol.iterator in values || "length" in values || "toTypedArray" in values
  const named = single ? { y: values as Numbers } : (values as Record<string, Numbers>)
  const x = options.x === undefined ? undefined : readNumbers(call, "x", options.x)
  const curves = Object.entries(named).map(([name, column]) => {
    const y = readNumbers(call, name, column)
    if (x && x.length !== y.length) {
      throw messages.lengthsDiffer(call, [
        ["x", x.length],
        [name, y.length],
      ])
    }
    return { name, x: x ?? y.map((_, i) => i + 1), y }
  })
  if (!curves.some(({ y }) => extent(y))) throw messages.nothingToDraw(call, Object.keys(named).join(", "))
  return drawCurves(curves, { title: "Line", xLabel: "x", ...options, best: false }, "point")
}
