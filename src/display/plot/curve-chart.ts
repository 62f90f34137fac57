import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, extent, joined, missingText, round, short } from "../numbers.js"
import { drawTextCurves } from "../terminal/curves.js"
import { ink, palette } from "../theme.js"
import { drawnPoints, lineLayers } from "./curve-lines.js"
import { divergence } from "./divergence.js"
import { heading } from "./heading.js"
import { niceDomain, spreadLabels, thin } from "./scale.js"

/** How curves look. */
export interface CurveOptions {
  title?: string
  /** What was run: model, optimizer, batch size. */
  subtitle?: string
  /** What the horizontal axis counts; default `epoch`. */
  xLabel?: string
  /** A logarithmic vertical axis; values of 0 and below are left out. */
  log?: boolean
  /** Draws each line of 50 values or more smoothed, over its values in faint: 0 is not at all, 0.9 much. */
  smooth?: number
  /** The series whose lowest (`max`: highest) value is marked; default the first that starts with `val`, false for none. */
  best?: string | false
  bestIs?: "min" | "max"
  width?: number
  height?: number
}

/** A series as it is drawn: names, positions and values of equal length. */
export interface CurveSeries {
  name: string
  x: readonly number[]
  y: readonly number[]
  /** The colour's number in the palette; default its place among the series. */
  color?: number
  /** What stands at its end; default the name, "" for nothing. */
  label?: string
  /** A broken line, for what is less important. */
  broken?: boolean
}

/** True for what can be drawn on an axis. */
export type Drawable = (value: number) => boolean

const labelGap = 14

/** The chart of curves that were read already; `plot.live` calls this at every update, so it has to be cheap. */
export function drawCurves(
  curves: readonly CurveSeries[],
  options: CurveOptions,
  unit = options.xLabel ?? "epoch",
): Chart {
  const {
    title = "Loss",
    subtitle,
    xLabel = "epoch",
    log = false,
    bestIs = "min",
    smooth = 0,
    width = 440,
    height = 230,
  } = options
  if (!(smooth >= 0 && smooth < 1))
    throw messages.badOption("plot", "smooth", smooth, "smooth is a number of at least 0 and less than 1.")
  const drawable = (value: number) => Number.isFinite(value) && (!log || value > 0)
  const yDomain = verticalDomain(extentOf(curves, drawable), log)
  const xs = extent(curves.flatMap(({ x }) => extent(x) ?? [])) ?? [0, 1]
  const xDomain = xs[0] === xs[1] ? [xs[0] - 1, xs[1] + 1] : xs
  const values = curves.flatMap(({ name, x, y }) =>
    thin(y, drawnPoints).map((i) => {
      const value = y[i] ?? Number.NaN
      return { x: x[i], s: name, y: drawable(value) ? round(value) : null }
    }),
  )
  const colors = {
    domain: curves.map(({ name }) => name),
    range: curves.map(({ color }, i) => palette[(color ?? i) % palette.length]),
  }
  const color = { field: "s", type: "nominal", sort: null, legend: null, scale: colors }
  const best = options.best === false ? undefined : findBest(curves, options.best, bestIs, drawable)
  const integers = values.every(({ x }) => Number.isInteger(x))
  const fewPoints = values.length <= 30 * curves.length && values.length > 0

  const x = {
    field: "x",
    type: "quantitative",
    title: xLabel,
    axis: integers ? wholeTicks(xDomain) : {},
    scale: { domain: xDomain, nice: false },
  }

  const spec = {
    title: heading(title, subtitle, divergence(curves, unit) ?? gaps(curves, log)),
    width,
    height,
    data: { values },
    encoding: {
      x,
      y: {
        field: "y",
        type: "quantitative",
        title: null,
        axis: log ? { format: "~g", tickCount: 5 } : {},
        scale: log ? { type: "log", domain: yDomain, nice: false } : { domain: yDomain, nice: false, zero: false },
      },
      color,
    },
    layer: [
      ...lineLayers(curves, drawable, smooth),
      ...(fewPoints && values.length <= 2 * curves.length ? [{ mark: { type: "point", size: 36 } }] : []),
      hoverLayer(xLabel),
      ...bestLayers(best, x, xLabel, colors.range[best?.index ?? 0] ?? palette[0], height),
      labelLayer(curves, yDomain, { log, width, height, drawable }),
    ],
  }
  const text = summaryLine(title, unit, curves)
  return new Chart(spec, text, (terminal) => {
    const drawn = curves.map((curve, i) => {
      const kept = thin(curve.y, 4 * drawnPoints)
      return {
        name: curve.label === "" ? "" : (curve.label ?? curve.name),
        x: kept.map((k) => curve.x[k] ?? 0),
        y: kept.map((k) => curve.y[k] ?? Number.NaN),
        color: curve.color ?? i,
      }
    })
    return drawTextCurves(drawn, terminal, { title, xLabel, log })
  })
}

/** Ticks at whole numbers: a half epoch means nothing. (`tickMinStep` is lost when the configuration has a tick count.) */
function wholeTicks([from = 0, to = 1]: readonly number[]) {
  const values = to - from > 8 ? {} : { values: Array.from({ length: to - from + 1 }, (_, i) => from + i) }
  return { format: "~s", ...values }
}

// A live curve may hold a hundred thousand points and is drawn four times a second beside the training, so what looks at all
// points is a plain loop.

function extentOf(curves: readonly CurveSeries[], drawable: (value: number) => boolean): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { y } of curves) {
    for (const value of y) {
      if (!drawable(value)) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return low <= high ? [low, high] : undefined
}

/** The vertical range. From zero when that costs little, since a loss has its floor there. */
function verticalDomain(range: [number, number] | undefined, log: boolean): [number, number] {
  const [low, high] = range ?? [log ? 0.1 : 0, 1]
  if (log) return low === high ? [low / 2, high * 2] : [low * 0.9, high * 1.1]
  return niceDomain([low > 0 && low < high / 2 ? 0 : low, high])
}

/** The horizontal encoding, which every layer repeats: vega-lite merges axes, and a bare one would undo its ticks. */
interface CurveAxis {
  scale: { domain: readonly number[] }
  [property: string]: unknown
}

interface Best {
  index: number
  name: string
  x: number
  y: number
}

function findBest(
  curves: readonly CurveSeries[],
  wanted: string | undefined,
  bestIs: "min" | "max",
  drawable: Drawable,
): Best | undefined {
  const index = curves.findIndex(({ name }) => (wanted === undefined ? /^(val|test)/i.test(name) : name === wanted))
  const curve = curves[index]
  if (!curve) {
    if (wanted !== undefined) {
      const names = curves.map(({ name }) => name)
      throw messages.unknownName("plot.lossCurve", "best", wanted, names)
    }
    return undefined
  }
  let at = -1
  for (let i = 0; i < curve.y.length; i++) {
    const value = curve.y[i] as number
    const record = curve.y[at]
    if (drawable(value) && (record === undefined || (bestIs === "min" ? value < record : value > record))) at = i
  }
  return at < 0 ? undefined : { index, name: curve.name, x: curve.x[at] ?? 0, y: curve.y[at] ?? 0 }
}

/** The marked best value: a ring on the line, and above the plot where nothing crosses it, what it is. */
function bestLayers(best: Best | undefined, x: CurveAxis, xLabel: string, color: string, height: number) {
  if (!best) return []
  const data = { values: [{ x: best.x, y: round(best.y) }] }
  const [from = 0, to = 1] = x.scale.domain
  const share = (best.x - from) / (to - from)
  const align = share > 0.75 ? "right" : share < 0.25 ? "left" : "center"
  return [
    {
      data,
      mark: { type: "rule", strokeDash: [3, 3], color: ink.axis, aria: false },
      encoding: { x, y: { value: -4 }, y2: { value: height }, color: { value: ink.axis } },
    },
    {
      data,
      mark: { type: "point", filled: false, fill: ink.paper, strokeWidth: 2, size: 50, opacity: 1 },
      encoding: { x, color: { value: color } },
    },
    {
      data,
      mark: { type: "text", align, baseline: "bottom", fontSize: 11, dy: -8 },
      encoding: {
        x,
        y: { value: 0 },
        text: { value: `best ${best.name} ${short(best.y)} at ${xLabel} ${count(best.x)}` },
        color: { value: ink.quiet },
      },
    },
  ]
}

/** The names of the series, each at the end of its line, moved apart where lines end together. */
function labelLayer(
  curves: readonly CurveSeries[],
  domain: readonly [number, number],
  { log, width, height, drawable }: { log: boolean; width: number; height: number; drawable: Drawable },
) {
  const position = (value: number) => {
    const [low, high] = log ? domain.map(Math.log) : domain
    const y = log ? Math.log(value) : value
    return height * (1 - (y - (low ?? 0)) / ((high ?? 1) - (low ?? 0)))
  }
  const ends = curves.flatMap(({ name, y, label = name }) => {
    const last = y.findLast(drawable)
    return last === undefined || label === "" ? [] : [{ s: name, n: label, at: position(last) }]
  })
  const places = spreadLabels(
    ends.map(({ at }) => at),
    labelGap,
    height,
  )
  const renamed = ends.some(({ s, n }) => n !== s)
  return {
    data: { values: ends.map(({ s, n }, i) => ({ s, ...(renamed ? { n } : {}), at: Math.round(places[i] ?? 0) })) },
    // A click on a name shows its line alone.
    params: [{ name: "picked", select: { type: "point", fields: ["s"] } }],
    mark: { type: "text", align: "left", baseline: "middle", fontSize: 12, fontWeight: 600, dx: 8, cursor: "pointer" },
    encoding: {
      x: { value: width },
      y: { field: "at", type: "quantitative", scale: null },
      text: { field: renamed ? "n" : "s" },
    },
  }
}

/** Under the pointer, the nearest point and its value. */
function hoverLayer(xLabel: string) {
  return {
    params: [
      {
        name: "hover",
        select: { type: "point", fields: ["x"], nearest: true, on: "pointermove", clear: "pointerout" },
      },
    ],
    mark: { type: "point", aria: false, size: 42 },
    encoding: {
      opacity: { condition: { param: "hover", value: 1, empty: false }, value: 0 },
      tooltip: [
        { field: "s", title: "series" },
        { field: "x", title: xLabel },
        { field: "y", title: "value", format: ".4~g" },
      ],
    },
  }
}

/** What is not drawn, for the subtitle. */
function gaps(curves: readonly CurveSeries[], log: boolean): string | undefined {
  let missing = 0
  let below = 0
  for (const { y } of curves) {
    for (const value of y) {
      if (!Number.isFinite(value)) missing++
      else if (log && value <= 0) below++
    }
  }
  return joined(missingText(missing), below > 0 ? `${count(below)} not above 0, not drawn` : undefined)
}

/** The chart as one line: the last value of each series, and how many epochs, steps or points there are. */
export function summaryLine(title: string, unit: string, curves: readonly CurveSeries[]): string {
  const named = curves.filter(({ label }) => label !== "")
  const last = named.map(({ name, label = name, y }) => `${label} ${short(y.at(-1) ?? Number.NaN)}`)
  const steps = Math.max(0, ...curves.map(({ x }) => (unit === "point" ? x.length : (x.at(-1) ?? 0))))
  const shown = last.length > 6 ? [...last.slice(0, 5), `${last.length - 5} more`] : last
  return `${[title || "Curve", ...shown].join(" · ").slice(0, 130)} (${count(steps)} ${unit}${steps === 1 ? "" : "s"})`
}
