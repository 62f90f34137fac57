import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { extent, joined, type Numbers, readNumber, readNumbers, short } from "../numbers.js"
import { type CurveSeries, drawCurves, summaryLine } from "./curve-chart.js"
import type { LossCurveOptions } from "./loss-curve.js"
import { thin } from "./scale.js"

/** A learning rate over time: a function of the step (from 0), or the rates themselves. */
export type Schedule = ((step: number) => number) | Numbers

/** How a learning rate looks. */
export interface LearningRateOptions extends Omit<LossCurveOptions, "best" | "bestIs"> {
  /** At how many steps a function is asked; default 100. */
  steps?: number
}

/**
 * Draws the learning rate over the steps of a training; several named schedules are drawn on the same axes.
 *
 * Options: `steps`, `x`, `title`, `subtitle`, `xLabel`, `log`, `width`, `height`.
 *
 * Shape: a function is called with 0, 1, 2 … `steps` - 1; values are one for each step. NaN is a gap.
 *
 * Errors: a function that does not give numbers; lengths that differ; nothing finite to draw.
 *
 * @example plot.learningRate((step) => 0.1 * 0.5 ** step, { steps: 3 }).text // "Learning rate · lr 0.025 (3 steps)"
 */
export function learningRate(schedule: Schedule | Record<string, Schedule>, options: LearningRateOptions = {}): Chart {
  const call = "plot.learningRate"
  const { steps = 100, ...look } = options
  if (!Number.isInteger(steps) || steps < 1 || steps > 1_000_000)
    throw messages.badOption(call, "steps", steps, "steps must be a whole number from 1 to 1,000,000.")
  const given = options.x === undefined ? undefined : readNumbers(call, "x", options.x)
  const curves = Object.entries(named(call, schedule)).map(([name, each]) => {
    const y = rates(call, name, each, given ?? Array.from({ length: steps }, (_, step) => step))
    if (given && given.length !== y.length) {
      throw messages.lengthsDiffer(call, [
        ["x", given.length],
        [name, y.length],
      ])
    }
    return { name, x: given ?? y.map((_, step) => step), y }
  })
  if (!curves.some(({ y }) => extent(y))) throw messages.nothingToDraw(call, "schedule")
  const only = curves.length === 1 ? curves[0] : undefined
  const subtitle = joined(look.subtitle, only && course(only.x, only.y, options.xLabel ?? "step"))
  const title = look.title ?? "Learning rate"
  const chart = drawCurves(
    curves.map(sparse),
    { xLabel: "step", ...look, title, ...(subtitle === undefined ? {} : { subtitle }), best: false },
    "point",
  )
  const text = summaryLine(title, "point", curves).replace(/ points?\)$/, (unit) => unit.replace("point", "step"))
  return new Chart({ ...chart.spec, description: text }, text)
}

/** A long curve by its turns: a loss curve would be smoothed, but the peak and the stairs of a schedule are what is looked at. */
function sparse({ name, x, y }: CurveSeries): CurveSeries {
  const [low, high] = extent(y) ?? [0, 0]
  const stairs = y.flatMap((value, i) =>
    Math.abs(value - (y[i - 1] ?? value)) > 0.02 * (high - low) ? [i - 1, i] : [],
  )
  // Of a course that jumps all the time, no single jump matters.
  const corners = stairs.length > 120 ? [] : stairs
  const kept = [...new Set([...thin(y, 280 - corners.length), ...corners])].sort((a, b) => a - b)
  return { name, x: kept.map((i) => x[i] ?? i), y: kept.map((i) => y[i] ?? Number.NaN) }
}

function named(call: string, schedule: Schedule | Record<string, Schedule>): Record<string, Schedule> {
  if (typeof schedule === "function") return { lr: schedule }
  if (typeof schedule !== "object" || schedule === null) throw messages.notNumbers(call, "schedule", schedule)
  const single = Symbol.iterator in schedule || "length" in schedule || "toTypedArray" in schedule
  return single ? { lr: schedule as Numbers } : (schedule as Record<string, Schedule>)
}

function rates(call: string, name: string, schedule: Schedule, steps: readonly number[]): number[] {
  if (typeof schedule !== "function") return readNumbers(call, name, schedule)
  return steps.map((step) => readNumber(call, `${name}(${step})`, schedule(step)))
}

/** Where a schedule is highest, or from where to where it falls. */
function course(x: readonly number[], y: readonly number[], unit: string): string | undefined {
  const range = extent(y)
  if (!range || range[0] === range[1]) return undefined
  const at = y.indexOf(range[1])
  if (at === 0) return `${short(range[1], 3)} to ${short(y.findLast(Number.isFinite) ?? range[0], 3)}`
  return `peak ${short(range[1], 3)} at ${unit} ${short(x[at] ?? at)}`
}
