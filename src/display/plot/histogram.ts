import { type Bins, countBins, niceBins } from "../bins.js"
import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, extent, finite, leftOut, moments, type Numbers, readNumbers, round, short } from "../numbers.js"
import { drawTextBars } from "../terminal/bars.js"
import { ink, palette } from "../theme.js"
import { heading } from "./heading.js"

/** How a histogram looks. */
export interface HistogramOptions {
  title?: string
  subtitle?: string
  xLabel?: string
  /** How many intervals; chosen by the spread of the values when absent. */
  bins?: number
  /** Whether several histograms stand on one axis; default unless one spreads more than 8 times as far as another. */
  sharedAxis?: boolean
  width?: number
  height?: number
}

/**
 * Draws how often values occur. Several named columns are drawn below one another on a common axis.
 *
 * Options: `title`, `subtitle`, `xLabel`, `bins`, `sharedAxis`, `width`, `height`.
 *
 * Shape: any; a tensor of higher rank should be flattened first.
 *
 * Errors: nothing finite to draw; `bins` below 1.
 *
 * @example plot.histogram([1, 2, 2, 3]).text // "Histogram · 4 values · μ 2 · σ 0.7071"
 */
export function histogram(values: Numbers | Record<string, Numbers>, options: HistogramOptions = {}): Chart {
  const call = "plot.histogram"
  const { title = "", subtitle, xLabel = "value", bins, width = 420, height = 200 } = options
  if (bins !== undefined && !(Number.isInteger(bins) && bins >= 1)) {
    throw messages.badOption(call, "bins", bins, "bins is the number of intervals: a whole number of at least 1.")
  }
  if (isRecordOfNumbers(values)) {
    const named = Object.entries(values).map(([name, column]) => [name, readNumbers(call, name, column)] as const)
    return histogramRows(call, named, { ...options, title, xLabel })
  }
  const numbers = readNumbers(call, "values", values)
  const kept = finite(numbers)
  if (kept.length === 0) throw messages.nothingToDraw(call, "values")
  const { mean, deviation } = moments(kept)
  const facts = [`${count(kept.length)} values`, `μ ${short(mean)}`, `σ ${short(deviation)}`]
  const spec = {
    title: heading(title, subtitle ?? facts.join("  ·  "), leftOut(numbers)),
    width,
    height,
    data: { values: barsOf(kept, bins) },
    ...barMark,
    encoding: {
      x: { field: "a", type: "quantitative", title: xLabel, scale: { zero: false, nice: false } },
      x2: { field: "b" },
      y: { field: "n", type: "quantitative", title: "count", scale: { zero: true } },
      y2: { datum: 0 },
      tooltip: barTooltip,
    },
  }
  const text = [title || "Histogram", ...facts].join(" · ")
  return new Chart(spec, text, (terminal) => {
    const { start, step, counts } = niceBins(kept, bins ?? 16)
    const rows = counts.map((value, i) => ({ name: short(start + i * step, 3).padStart(8), value }))
    return drawTextBars(rows, terminal, text)
  })
}

/** Histograms below one another on one axis, each with its facts above it. */
export function histogramRows(
  call: string,
  columns: readonly (readonly [string, readonly number[]])[],
  options: HistogramOptions,
): Chart {
  const { title = "", subtitle, xLabel = "value", bins, width = 420, height = 46 } = options
  const drawn = columns.map(([name, numbers]) => ({ name, numbers, kept: finite(numbers) }))
  if (!drawn.some(({ kept }) => kept.length > 0)) throw messages.nothingToDraw(call, "values")
  const spreads = drawn.map(({ kept }) => moments(kept).deviation).filter((spread) => spread > 0)
  // Layers of very different spread are nothing but a line on a common axis.
  const own = options.sharedAxis === undefined ? Math.max(...spreads) > 8 * Math.min(...spreads) : !options.sharedAxis
  const common = own
    ? undefined
    : commonBins(
        drawn.flatMap(({ kept }) => extent(kept) ?? []),
        bins,
      )
  const rows = drawn.map(({ name, numbers, kept }) => {
    const { mean, deviation } = moments(kept)
    const facts =
      kept.length > 0 ? `n=${count(kept.length)}  μ=${short(mean, 3)}  σ=${short(deviation, 3)}` : "no finite value"
    const bars = common ? drawnBars(countBins(kept, common.bins, common.range)) : barsOf(kept, bins ?? ownBins)
    return { header: [name, facts, leftOut(numbers)].filter((part) => part).join("   "), bars }
  })
  const spec = {
    title: heading(title, subtitle),
    data: { values: rows.flatMap(({ header, bars }) => bars.map((bar) => ({ l: header, ...bar }))) },
    facet: {
      row: {
        field: "l",
        type: "nominal",
        sort: rows.map(({ header }) => header),
        title: null,
        header: { labelAngle: 0, labelOrient: "top", labelAnchor: "start", labelFontWeight: 400, labelPadding: 2 },
      },
    },
    spacing: own ? 16 : 10,
    spec: {
      width,
      height,
      ...barMark,
      encoding: {
        x: {
          field: "a",
          type: "quantitative",
          title: own ? null : xLabel,
          scale: { zero: false, nice: false },
          axis: { tickCount: 7 },
        },
        x2: { field: "b" },
        y: { field: "n", type: "quantitative", axis: null, scale: { zero: true } },
        y2: { datum: 0 },
        tooltip: barTooltip,
      },
    },
    resolve: { scale: { y: "independent", ...(own ? { x: "independent" } : {}) } },
  }
  return new Chart(spec, `${title || "Histograms"} · ${drawn.map(({ name }) => name).join(", ")}`.slice(0, 150))
}

/** Intervals on an axis of its own; a row is low, so more would only be noise. */
const ownBins = 50

/** About 50 intervals on round numbers over all rows. */
function commonBins(extents: readonly number[], wanted: number | undefined) {
  const [low, high] = extent(extents) ?? [0, 1]
  if (wanted !== undefined || low === high)
    return { bins: wanted ?? 1, range: low === high ? pointRange(low) : ([low, high] as const) }
  const raw = (high - low) / 50
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw * 0.99) ?? 10)
  const [from, to] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)]
  return { bins: to - from, range: [from * step, to * step] as const }
}

function pointRange(value: number): readonly [number, number] {
  return [value - 0.5, value + 0.5]
}

const barMark = {
  mark: { type: "rect", aria: false, stroke: ink.paper, strokeWidth: 0.5, color: palette[0] },
}

const barTooltip = [
  { field: "a", title: "from", format: ".4~g" },
  { field: "b", title: "to", format: ".4~g" },
  { field: "n", title: "count", format: "," },
]

function barsOf(values: readonly number[], bins?: number) {
  return drawnBars(niceBins(values, bins))
}

function drawnBars({ start, step, counts }: Bins) {
  return counts.flatMap((n, i) =>
    n === 0 ? [] : [{ a: round(start + i * step), b: round(start + (i + 1) * step), n }],
  )
}

function isRecordOfNumbers(values: Numbers | Record<string, Numbers>): values is Record<string, Numbers> {
  if (typeof values !== "object" || values === null) return false
  return !(Symbol.iterator in values) && !("length" in values) && !("toTypedArray" in values)
}
