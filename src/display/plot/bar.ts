import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, leftOut, type Numbers, readNumbers, round, short } from "../numbers.js"
import { drawTextBars } from "../terminal/bars.js"
import { ink, palette } from "../theme.js"
import { heading } from "./heading.js"

/** How a bar chart looks. */
export interface BarOptions {
  title?: string
  subtitle?: string
  /** What the values are, below the bars. */
  label?: string
  width?: number
}

/**
 * Draws one bar for each name, with its value at its end.
 *
 * Options: `title`, `subtitle`, `label`, `width`.
 *
 * Shape: as many values as names.
 *
 * Errors: lengths that differ; nothing finite to draw.
 *
 * @example plot.bar({ Adam: 0.91, SGD: 0.87 }).text // "Bars · Adam 0.91 · SGD 0.87"
 */
export function bar(values: Record<string, number>, options?: BarOptions): Chart
export function bar(names: Iterable<unknown>, values: Numbers, options?: BarOptions): Chart
export function bar(
  first: Record<string, number> | Iterable<unknown>,
  second: Numbers | BarOptions = {},
  third: BarOptions = {},
): Chart {
  const call = "plot.bar"
  const listed = Symbol.iterator in first
  const names = listed ? Array.from(first as Iterable<unknown>, String) : Object.keys(first)
  const values = readNumbers(call, "values", listed ? second : Object.values(first))
  const { title = "", subtitle, label, width = 360 } = listed ? third : (second as BarOptions)
  if (names.length !== values.length) {
    throw messages.lengthsDiffer(call, [
      ["names", names.length],
      ["values", values.length],
    ])
  }
  const rows = names.map((name, i) => ({ i, name, v: round(values[i] ?? Number.NaN) })).filter(({ v }) => v !== null)
  if (rows.length === 0) throw messages.nothingToDraw(call, "values")
  const y = {
    field: "i",
    type: "ordinal",
    sort: null,
    title: null,
    axis: {
      labelExpr: `${JSON.stringify(names)}[datum.value]`,
      labelColor: ink.text,
      labelFontSize: 12,
      labelLimit: 220,
      grid: false,
    },
  }
  // The values stand at the ends of the bars, so an axis for them would say it twice.
  const x = {
    field: "v",
    type: "quantitative",
    title: label ?? null,
    axis: label ? { labels: false, grid: false, domain: false, ticks: false } : null,
    // Room for the values of negative bars, which end at the names.
    ...(rows.some(({ v }) => (v ?? 0) < 0) ? { scale: { padding: 40 } } : {}),
  }
  const valueText = (side: "left" | "right") => ({
    transform: [{ filter: side === "right" ? "datum.v >= 0" : "datum.v < 0" }],
    mark: {
      type: "text",
      align: side === "right" ? "left" : "right",
      dx: side === "right" ? 5 : -5,
      fontSize: 11,
      color: ink.quiet,
    },
    encoding: { text: { field: "text" } },
  })
  const spec = {
    title: heading(title, subtitle, leftOut(values)),
    width,
    height: { step: 26 },
    data: { values: rows.map((row) => ({ ...row, text: short(row.v ?? 0) })) },
    encoding: { y, x },
    layer: [
      { mark: { type: "bar", cornerRadiusEnd: 2, height: 17, color: palette[0] } },
      valueText("right"),
      ...(rows.some(({ v }) => (v ?? 0) < 0) ? [valueText("left")] : []),
    ],
  }
  const shown = rows.slice(0, 6).map(({ name, v }) => `${name} ${short(v ?? 0)}`)
  const rest = rows.length > 6 ? [`${count(rows.length - 6)} more`] : []
  const text = [title || "Bars", ...shown, ...rest].join(" · ").slice(0, 150)
  const drawn = rows.map(({ name, v }) => ({ name, value: v ?? 0 }))
  return new Chart(spec, text, (terminal) => drawTextBars(drawn, terminal, title))
}
