import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import {
  count,
  isTableLike,
  isTensorLike,
  leftOut,
  type Numbers,
  readNumbers,
  round,
  type TableLike,
  type TensorLike,
} from "../numbers.js"
import { drawTextCurves } from "../terminal/curves.js"
import { palette, sequential } from "../theme.js"
import { heading } from "./heading.js"
import { picked, pickLegend } from "./pick.js"

/** How a scatter plot looks. */
export interface ScatterOptions {
  title?: string
  subtitle?: string
  xLabel?: string
  yLabel?: string
  /** The class (text) or the value (a number) of each point; with a table also the name of a column. */
  color?: Numbers | string
  colorLabel?: string
  width?: number
  height?: number
}

/** More points than this only make a blot; the first of every so many is drawn, and the subtitle says so. */
const drawnPoints = 2000

/**
 * Draws a point for each pair of values, coloured by class or by value.
 *
 * Options: `title`, `subtitle`, `xLabel`, `yLabel`, `color`, `colorLabel`, `width`, `height`.
 *
 * Shape: x, y and color hold one value for each point, [N] or [N, 1]; points of two numbers each, [N, 2], stand for x and y. Points with
 * NaN are left out and counted.
 *
 * Errors: lengths that differ; a column that the table does not have; nothing to draw.
 *
 * @example plot.scatter([1, 2, 3], [2, 4, 9]).text // "Scatter plot · 3 points"
 */
export function scatter(points: TensorLike, options?: ScatterOptions): Chart
export function scatter(x: Numbers, y: Numbers, options?: ScatterOptions): Chart
export function scatter(table: TableLike, x: string, y: string, options?: ScatterOptions): Chart
export function scatter(
  first: Numbers | TableLike | TensorLike,
  second: Numbers | string | ScatterOptions = {},
  third: string | ScatterOptions = {},
  fourth: ScatterOptions = {},
): Chart {
  const call = "plot.scatter"
  if (isTableLike(first)) {
    const column = (role: string, name: unknown) => {
      if (typeof name !== "string") throw messages.needsColumnName(call, role, name)
      if (!first.columns.includes(name)) throw messages.noSuchColumn(call, name, first.columns)
      return Array.from(first.values(name))
    }
    const { color, ...rest } = fourth
    const colors = typeof color === "string" ? { color: column("color", color), colorLabel: color } : color && { color }
    const [x, y] = [column("x", second), column("y", third)]
    return drawScatter(x, y, { xLabel: String(second), yLabel: String(third), ...colors, ...rest })
  }
  if (isPlane(first) && isOptions(second)) {
    const values = readNumbers(call, "points", first.toTypedArray())
    const column = (k: number) => values.filter((_, i) => i % 2 === k)
    return drawScatter(column(0), column(1), { xLabel: "x1", yLabel: "x2", ...second })
  }
  return drawScatter(first, second as Numbers, typeof third === "object" ? third : {})
}

/** Whether a value is points of two numbers each. */
function isPlane(value: unknown): value is TensorLike {
  return isTensorLike(value) && value.shape.length === 2 && value.shape[1] === 2
}

function isOptions(value: unknown): value is ScatterOptions {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value) && !isTensorLike(value)
}

function drawScatter(xs: Numbers, ys: Numbers, options: ScatterOptions): Chart {
  const call = "plot.scatter"
  const { title = "", subtitle, xLabel = "x", yLabel = "y", colorLabel = "color", width = 420, height = 280 } = options
  const x = readNumbers(call, "x", xs)
  const y = readNumbers(call, "y", ys)
  const classes = options.color === undefined ? undefined : readColors(call, options.color)
  const sizes: [string, number][] = [
    ["x", x.length],
    ["y", y.length],
  ]
  if (classes) sizes.push(["color", classes.length])
  if (sizes.some(([, size]) => size !== x.length)) throw messages.lengthsDiffer(call, sizes)

  const whole = x.map((_, i) => i).filter((i) => Number.isFinite(x[i]) && Number.isFinite(y[i]))
  if (whole.length === 0) throw messages.nothingToDraw(call, "x, y")
  const every = Math.ceil(whole.length / drawnPoints)
  const drawn = whole.filter((_, i) => i % every === 0)
  const few = drawn.length < 400
  const numeric = classes?.every((value) => typeof value === "number")
  const nominal = classes !== undefined && !numeric
  const opacity = few ? 0.8 : 0.5
  const spec = {
    title: heading(
      title,
      subtitle,
      leftOut(x, y),
      every > 1 ? `${count(drawn.length)} of ${count(x.length)} points drawn` : "",
    ),
    width,
    height,
    data: {
      values: drawn.map((i) => {
        const point = { x: round(x[i] ?? 0, 4), y: round(y[i] ?? 0, 4) }
        const color = classes?.[i]
        return classes ? { ...point, c: typeof color === "number" ? round(color, 4) : color } : point
      }),
    },
    ...(nominal ? { params: [pickLegend("c")] } : {}),
    mark: { type: "point", aria: false, size: few ? 30 : 14 },
    encoding: {
      opacity: nominal ? picked(opacity, 0.06) : { value: opacity },
      x: { field: "x", type: "quantitative", title: xLabel, scale: { zero: false } },
      y: { field: "y", type: "quantitative", title: yLabel, scale: { zero: false } },
      ...(classes ? { color: colorEncoding(numeric === true, colorLabel) } : { color: { value: palette[0] } }),
      tooltip: [
        { field: "x", title: xLabel, format: ".4~g" },
        { field: "y", title: yLabel, format: ".4~g" },
        ...(classes ? [{ field: "c", title: colorLabel }] : []),
      ],
    },
  }
  const name = title === "" ? "Scatter plot" : title
  return new Chart(spec, `${name} · ${count(drawn.length)} points`, (terminal) => {
    const groups = nominal ? [...new Set(classes)].sort() : [""]
    const series = groups.map((group, color) => {
      const own = drawn.filter((i) => !nominal || classes[i] === group)
      return { name: String(group), x: own.map((i) => x[i] ?? 0), y: own.map((i) => y[i] ?? 0), color }
    })
    return drawTextCurves(series, terminal, { title: name, xLabel, points: true })
  })
}

function readColors(call: string, color: Numbers | string): (number | string)[] {
  if (typeof color === "string") throw messages.notNumbers(call, "color", color)
  const values: unknown[] =
    "shape" in color ? readNumbers(call, "color", color) : Array.from(color as Iterable<unknown>)
  const labels = new Set(values)
  // A few whole numbers are the labels of classes, not a quantity.
  const quantity =
    values.every((value) => typeof value === "number") && (labels.size > 10 || !values.every(Number.isInteger))
  return values.map((value) => (quantity ? Number(value) : String(value)))
}

function colorEncoding(numeric: boolean, title: string) {
  return numeric
    ? {
        field: "c",
        type: "quantitative",
        title,
        scale: { range: sequential.slice(2) },
        legend: { gradientLength: 120 },
      }
    : { field: "c", type: "nominal", title, legend: { symbolType: "circle", symbolSize: 60, symbolOpacity: 1 } }
}
