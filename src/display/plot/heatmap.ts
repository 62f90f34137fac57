import { Chart, type TextDrawing } from "../chart.js"
import { colorScale, textOn } from "../color-scale.js"
import { readMatrix } from "../matrix.js"
import * as messages from "../messages.js"
import { extent, leftOut, round, short, type TensorLike } from "../numbers.js"
import { dataUrl, enlarge } from "../png.js"
import { drawTextGrid } from "../terminal/grid.js"
import { ink } from "../theme.js"
import { heading } from "./heading.js"

/** How a heat map looks. */
export interface HeatmapOptions {
  title?: string
  subtitle?: string
  xLabel?: string
  yLabel?: string
  /** Names of the rows and of the columns. */
  rows?: readonly string[]
  columns?: readonly string[]
  /** Writes the values into the cells; default for up to 12 columns. */
  annotate?: boolean
  width?: number
}

/** More cells than this become one picture: as rectangles they would take a hundred bytes each. */
const drawnCells = 900

/**
 * Draws a matrix as colored cells: light to dark, or blue - white - red around zero when it has negative values.
 *
 * Options: `title`, `subtitle`, `rows`, `columns`, `xLabel`, `yLabel`, `annotate`, `width`.
 *
 * Shape: [rows, columns]. NaN is an empty cell.
 *
 * Errors: rows of different length; another rank; names that are not as many as the rows or columns; nothing to draw.
 *
 * @example plot.heatmap([[0, 1], [1, 0]]).text // "Heat map · 2 × 2 · 0 to 1"
 */
export function heatmap(values: Iterable<unknown> | TensorLike, options: HeatmapOptions = {}): Chart {
  return drawHeatmap(values, options)
}

/** A heat map whose rows and columns may be a choice of more: the axes then count to `full`. */
export function drawHeatmap(
  values: Iterable<unknown> | TensorLike,
  options: HeatmapOptions,
  full?: { rows: number; columns: number },
): Chart {
  const call = "plot.heatmap"
  const { title = "", subtitle, xLabel = null, yLabel = null } = options
  const { rows, columns, data } = readMatrix(call, "values", values)
  const range = extent(data)
  if (!range) throw messages.nothingToDraw(call, "values")
  for (const [role, names, size] of [
    ["rows", options.rows, rows] as const,
    ["columns", options.columns, columns] as const,
  ]) {
    if (names && names.length !== size) {
      throw messages.lengthsDiffer(call, [
        [`options.${role}`, names.length],
        [`${role} of the matrix`, size],
      ])
    }
  }
  const scale = colorScale(...range)
  const annotate = options.annotate ?? (columns <= 12 && rows * columns <= 200)
  const step = Math.max(annotate ? 34 : 8, Math.min(annotate ? 44 : 30, Math.floor((options.width ?? 340) / columns)))
  const width = options.width ?? Math.min(620, Math.max(120, columns * step))
  const height = Math.max(40, Math.min(620, Math.round((rows * width) / columns)))
  const color = {
    field: "v",
    type: "quantitative",
    title: null,
    scale: { domain: scale.domain.map((value) => round(value)), range: scale.colors },
    legend: { gradientLength: Math.max(60, Math.min(140, height)), gradientThickness: 10, tickCount: 4 },
  }
  const axes = {
    x: axis("c", xLabel, options.columns, width / columns, "x"),
    y: axis("r", yLabel, options.rows, height / rows, "y"),
  }
  const head = { title: heading(title, subtitle, leftOut(data)), width, height, config: { axis: { grid: false } } }
  const text = [
    title || "Heat map",
    `${full?.rows ?? rows} × ${full?.columns ?? columns}`,
    `${short(range[0])} to ${short(range[1])}`,
  ].join(" · ")

  const inTerminal: TextDrawing = (terminal) => drawTextGrid({ rows, columns, data }, scale, terminal, text)
  if (rows * columns > drawnCells) {
    return new Chart(
      {
        ...head,
        ...asPicture(data, rows, columns, {
          scale,
          width,
          height,
          color,
          xLabel,
          yLabel,
          full: full ?? { rows, columns },
        }),
      },
      text,
      inTerminal,
    )
  }
  const spec = {
    ...head,
    data: { values: [{ v: data.map((value) => round(value, 4)) }] },
    transform: [
      { flatten: ["v"] },
      { window: [{ op: "row_number", as: "i" }] },
      { calculate: `floor((datum.i - 1) / ${columns})`, as: "r" },
      { calculate: `(datum.i - 1) % ${columns}`, as: "c" },
      { filter: "isValid(datum.v)" },
    ],
    encoding: axes,
    layer: [
      {
        mark: { type: "rect", aria: false, stroke: ink.paper, strokeWidth: width / columns > 12 ? 1.5 : 0.5 },
        encoding: {
          color,
          tooltip: [
            { field: "r", title: yLabel ?? "row" },
            { field: "c", title: xLabel ?? "column" },
            { field: "v", title: "value", format: ".4~g" },
          ],
        },
      },
      ...(annotate ? [annotation(scale.domain, scale)] : []),
    ],
  }
  return new Chart(spec, text, inTerminal)
}

function axis(
  field: "r" | "c",
  title: string | null,
  names: readonly string[] | undefined,
  step: number,
  which: "x" | "y",
) {
  const every = Math.max(1, Math.ceil((which === "x" ? (names ? 16 : 26) : 14) / step))
  const long = Math.max(0, ...(names ?? []).map((name) => name.length)) * 6 > step
  return {
    field,
    type: "ordinal",
    title,
    axis: {
      domain: false,
      ticks: false,
      labelAngle: which === "x" && long && names ? -45 : 0,
      ...(names ? { labelExpr: `${JSON.stringify(names)}[datum.value]` } : {}),
      ...(every > 1
        ? {
            labelExpr: `datum.value % ${every} ? '' : ${names ? `${JSON.stringify(names)}[datum.value]` : "datum.value"}`,
          }
        : {}),
    },
  }
}

/** The values in the cells, dark on light and white on dark. */
function annotation([low, high]: readonly [number, number], scale: ReturnType<typeof colorScale>) {
  const steps = Array.from({ length: 41 }, (_, i) => low + ((high - low) * i) / 40)
  const dark = steps.filter((value) => textOn(scale.color(value)) === "#ffffff")
  const middle = (low + high) / 2
  const below = dark.filter((value) => value < middle)
  const tests = [
    below.length > 0 && low < 0 ? `datum.v <= ${below.at(-1)}` : "",
    dark.some((value) => value >= middle) ? `datum.v >= ${dark.find((value) => value >= middle)}` : "",
  ].filter((test) => test !== "")
  return {
    mark: { type: "text", fontSize: 11, aria: false },
    encoding: {
      text: { field: "v", type: "quantitative", format: ".2~f" },
      color: { condition: { test: tests.join(" || ") || "false", value: ink.paper }, value: ink.text },
    },
  }
}

/** The matrix as one picture with axes around it. */
function asPicture(
  data: readonly number[],
  rows: number,
  columns: number,
  look: {
    scale: ReturnType<typeof colorScale>
    width: number
    height: number
    color: object
    xLabel: string | null
    yLabel: string | null
    full: { rows: number; columns: number }
  },
) {
  const { scale, width, height, color, xLabel, yLabel, full } = look
  const pixels = new Uint8Array(rows * columns * 3)
  data.forEach((value, i) => {
    pixels.set(scale.color(value), i * 3)
  })
  const factor = Math.max(1, Math.ceil((2 * width) / columns))
  const url = dataUrl(enlarge({ width: columns, height: rows, channels: 3, data: pixels }, Math.min(8, factor)))
  const quantitative = (title: string | null, size: number, reversed: boolean) => ({
    type: "quantitative",
    title,
    scale: { domain: reversed ? [size, 0] : [0, size], nice: false },
    axis: { domain: false, ticks: false, tickCount: 5 },
  })
  return {
    data: { values: [{ x: 0, y: 0, v: scale.domain[0], u: url }] },
    encoding: {
      x: { field: "x", ...quantitative(xLabel, full.columns, false) },
      y: { field: "y", ...quantitative(yLabel, full.rows, true) },
    },
    layer: [
      // Nothing is seen of this point; it brings the color legend.
      { mark: { type: "point", opacity: 0, aria: false }, encoding: { color } },
      {
        mark: { type: "image", width, height, align: "left", baseline: "top", aspect: false, aria: false },
        encoding: { url: { field: "u", type: "nominal" } },
      },
    ],
  }
}
