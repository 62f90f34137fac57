import type { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { extent, type Numbers, readNumbers } from "../numbers.js"
import { type CurveOptions, type CurveSeries, drawCurves } from "./curve-chart.js"

/** How a loss curve looks. */
export interface LossCurveOptions extends CurveOptions {
  /** The horizontal position of each value; default 1, 2, 3 … */
  x?: Numbers
}

/** The values of one training by name: `{ train, val }`. */
export type Run = Record<string, Numbers>

/** What a training gives back: its losses, of which those of a validation set may be missing. */
export interface Losses {
  readonly train: readonly number[]
  readonly val: readonly number[]
}

/**
 * Draws the course of a training: one line for each series, named at its end, with the best value of the validation
 * series marked. Several trainings are compared when each is given under its name: `{ Adam: { train, val }, SGD: { train, val } }`;
 * a colour then stands for a training, and broken lines for its other series.
 *
 * Options: `title`, `subtitle`, `log`, `smooth`, `best`, `bestIs`, `x`, `xLabel`, `width`, `height`.
 *
 * Shape: each series holds one number for each epoch; they may be of different length. NaN is a gap.
 *
 * Errors: a series that does not hold numbers; nothing finite to draw; `smooth` out of [0, 1).
 *
 * @example plot.lossCurve({ train: [0.9, 0.5, 0.3], val: [0.8, 0.6, 0.7] }).text // "Loss · train 0.3 · val 0.7 (3 epochs)"
 */
export function lossCurve(
  series: Record<string, Numbers> | Record<string, Run> | Losses,
  options: LossCurveOptions = {},
): Chart {
  const call = "plot.lossCurve"
  if (typeof series !== "object" || series === null) throw messages.notNumbers(call, "series", series)
  const { x, ...look } = options
  const positions = x === undefined ? undefined : readNumbers(call, "x", x)
  const all = Object.entries(series as Record<string, Numbers | Run>)
  // A training without a validation set has an empty series for it.
  const entries = all.filter(([name, values]) => name !== "val" || !Array.isArray(values) || values.length > 0)
  const runs = entries.length > 0 && entries.every((entry): entry is [string, Run] => isRun(entry[1]))
  const curves = runs
    ? curvesOfRuns(call, entries, positions)
    : entries.map(([name, values]) => readCurve(call, name, values as Numbers, positions))
  if (!curves.some(({ y }) => extent(y))) throw messages.nothingToDraw(call, Object.keys(series).join(", ") || "series")
  if (!runs) return drawCurves(curves, look)
  const lesser = [
    ...new Set(curves.flatMap(({ name, broken, label }) => (broken && label === "" ? [name.split(" · ").at(-1)] : []))),
  ]
  const note = lesser.length > 0 ? `broken: ${lesser.join(", ")}` : undefined
  return drawCurves(curves, {
    ...look,
    subtitle: [options.subtitle, note].filter(Boolean).join("  ·  "),
    best: options.best ?? false,
  })
}

function readCurve(call: string, name: string, values: Numbers, positions?: readonly number[]): CurveSeries {
  const y = readNumbers(call, name, values)
  if (positions && y.length > positions.length) {
    throw messages.lengthsDiffer(call, [
      ["x", positions.length],
      [name, y.length],
    ])
  }
  return { name, x: positions?.slice(0, y.length) ?? y.map((_, i) => i + 1), y }
}

function isRun(value: unknown): value is Run {
  if (typeof value !== "object" || value === null) return false
  return !(Symbol.iterator in value) && !("length" in value) && !("toTypedArray" in value)
}

/** One colour for each training. The series that counts (validation, else the first) is whole and has the training's name. */
function curvesOfRuns(
  call: string,
  runs: readonly (readonly [string, Run])[],
  positions?: readonly number[],
): CurveSeries[] {
  return runs.flatMap(([run, series], color) => {
    const names = Object.keys(series)
    const main = names.find((name) => /^(val|test)/i.test(name)) ?? names[0]
    return names.map((name) => {
      const curve = readCurve(call, `${run} · ${name}`, series[name] as Numbers, positions)
      return { ...curve, color, ...(name === main ? { label: run } : { label: "", broken: true }) }
    })
  })
}
