import { Chart } from "../chart.js"
import { textWidth } from "../fonts.js"
import { readMatrix } from "../matrix.js"
import * as messages from "../messages.js"
import { count, extent, type Numbers, readNumbers, round, type TensorLike } from "../numbers.js"
import { type Points, pca } from "../projection/pca.js"
import { tsne } from "../projection/tsne.js"
import { classColor, ink, palette, sequential } from "../theme.js"
import { readClasses } from "./classes.js"
import { heading } from "./heading.js"
import { picked, pickLegend } from "./pick.js"

/** How embeddings look, and how they come into the plane. */
export interface EmbeddingOptions {
  /** `"pca"` (the default) keeps the directions of most variance; `"tsne"` keeps neighbours together. */
  method?: "pca" | "tsne"
  /** What each point is: a word, a name. Written beside the points while there is room, and in the tooltip. */
  labels?: Iterable<unknown>
  /** The class of each point (text, or a few whole numbers), or a value. */
  color?: Numbers
  colorLabel?: string
  /** About how many neighbours count for each point in t-SNE. */
  perplexity?: number
  /** Of t-SNE's start. */
  seed?: number
  title?: string
  subtitle?: string
  width?: number
  height?: number
}

/** t-SNE computes all pairs; of more points every second, third … is taken. */
const tsnePoints = 1000
const drawnPoints = 2000
/** Of more points than this no labels are written; they are in the tooltips. */
const mostLabels = 150
const labelSize = 10.5

/**
 * Draws high-dimensional points (word embeddings, hidden states) in the plane: by principal components, or by t-SNE.
 *
 * Options: `method`, `labels`, `color`, `colorLabel`, `perplexity`, `seed`, `title`, `subtitle`, `width`, `height`.
 *
 * Shape: x [N, D]; labels and color one for each row.
 *
 * Errors: fewer than 3 rows; values that are not finite; labels or colors of another number; an unknown method.
 *
 * @example plot.embedding([[0, 0, 1], [0, 1, 0], [1, 0, 0]]).text // "Embedding · PCA · 3 points of 3 dimensions"
 */
export function embedding(x: Iterable<unknown> | TensorLike, options: EmbeddingOptions = {}): Chart {
  const call = "plot.embedding"
  const { method = "pca", title = "Embedding", subtitle, width = 420, height = 340, colorLabel = "class" } = options
  if (method !== "pca" && method !== "tsne") throw messages.unknownName(call, "method", String(method), ["pca", "tsne"])
  const matrix = readMatrix(call, "x", x)
  if (matrix.rows < 3) throw messages.tooFewPoints(call, matrix.rows, 3)
  const broken = matrix.data.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0)
    throw messages.notFinite(call, "x", Math.floor(broken / matrix.columns), matrix.data[broken] ?? Number.NaN)
  const labels = options.labels === undefined ? undefined : Array.from(options.labels, String)
  const color = options.color === undefined ? undefined : readColor(call, options.color)
  const sizes: [string, number][] = [["x", matrix.rows]]
  if (labels) sizes.push(["labels", labels.length])
  if (color) sizes.push(["color", color.values.length])
  if (sizes.some(([, size]) => size !== matrix.rows)) throw messages.lengthsDiffer(call, sizes)

  const every = Math.ceil(matrix.rows / (method === "tsne" ? tsnePoints : drawnPoints))
  const kept = Array.from({ length: Math.ceil(matrix.rows / every) }, (_, i) => i * every)
  const points: Points = {
    rows: kept.length,
    columns: matrix.columns,
    data: Float64Array.from(kept.flatMap((r) => matrix.data.slice(r * matrix.columns, (r + 1) * matrix.columns))),
  }
  const { xs, ys, names, word } = project(points, method, options)
  const note =
    every > 1
      ? `every ${every === 2 ? "second" : every === 3 ? "third" : `${every}th`} of ${count(matrix.rows)}`
      : undefined
  const [xDomain, yDomain] = [padded(xs, width), padded(ys, height)]
  const places = placeLabels(
    kept.map((r, i) => ({
      x: (((xs[i] ?? 0) - xDomain[0]) / (xDomain[1] - xDomain[0])) * width,
      y: (1 - ((ys[i] ?? 0) - yDomain[0]) / (yDomain[1] - yDomain[0])) * height,
      text: kept.length <= mostLabels ? (labels?.[r] ?? "") : "",
    })),
    { width, height },
  )
  const position = (field: string, name: string | null, domain: readonly number[]) => ({
    field,
    type: "quantitative",
    title: name,
    scale: { domain: domain.map((value) => round(value, 5)), nice: false },
    axis: names
      ? { tickCount: 5, grid: true, domain: false, ticks: false }
      : { labels: false, ticks: false, grid: false, domain: false },
  })
  const encoding = { x: position("x", names?.[0] ?? null, xDomain), y: position("y", names?.[1] ?? null, yDomain) }
  const paint = color ? colorEncoding(color, colorLabel) : { value: palette[0] }
  const tooltip = [
    ...(labels ? [{ field: "n", title: "label" }] : []),
    ...(color ? [{ field: "c", title: colorLabel }] : []),
    ...(labels || color ? [] : [{ field: "i", title: "row" }]),
  ]
  const nominal = color !== undefined && !color.numeric
  const spec = {
    title: heading(title, subtitle, word, note),
    width,
    height,
    data: {
      values: kept.map((r, i) => ({
        x: round(xs[i] ?? 0, 4),
        y: round(ys[i] ?? 0, 4),
        ...(labels ? { n: labels[r] } : {}),
        ...(places[i] ? { s: places[i] } : {}),
        ...(color ? { c: color.numeric ? round(Number(color.values[r]), 4) : color.values[r] } : {}),
        ...(labels || color ? {} : { i: r }),
      })),
    },
    encoding,
    layer: [
      {
        ...(nominal ? { params: [pickLegend("c")] } : {}),
        mark: { type: "point", aria: false, size: kept.length < 400 ? 44 : 16, stroke: ink.paper, strokeWidth: 0.8 },
        encoding: {
          fill: paint,
          opacity: nominal ? picked(kept.length < 400 ? 0.9 : 0.7, 0.08) : { value: kept.length < 400 ? 0.9 : 0.7 },
          tooltip,
        },
      },
      ...sides.flatMap(({ side, align, dx, dy }) =>
        places.includes(side)
          ? [
              {
                transform: [{ filter: `datum.s === '${side}'` }],
                mark: {
                  type: "text",
                  align,
                  dx,
                  dy,
                  baseline: "middle",
                  fontSize: labelSize,
                  color: ink.text,
                  aria: false,
                },
                encoding: { text: { field: "n" }, ...(nominal ? { opacity: picked(1, 0.1) } : {}) },
              },
            ]
          : [],
      ),
    ],
    config: { view: { stroke: names ? null : ink.grid } },
  }
  const what = method === "pca" ? "PCA" : "t-SNE"
  const size = `${count(kept.length)} points of ${count(matrix.columns)} dimension${matrix.columns === 1 ? "" : "s"}`
  return new Chart(spec, [title || "Embedding", what, size].join(" · "))
}

/** Where a label can stand: right of its point first. */
const sides = [
  { side: "r", align: "left", dx: 6, dy: 0 },
  { side: "l", align: "right", dx: -6, dy: 0 },
  { side: "a", align: "center", dx: 0, dy: -9 },
  { side: "b", align: "center", dx: 0, dy: 10 },
] as const

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

/** The side of each label, or nothing where it would cover a point or another label, or leave the plot. */
function placeLabels(
  points: readonly { x: number; y: number; text: string }[],
  { width, height }: { width: number; height: number },
): (string | undefined)[] {
  const dots = points.map(({ x, y }): Box => ({ left: x - 3, right: x + 3, top: y - 3, bottom: y + 3 }))
  const taken: Box[] = []
  return points.map(({ x, y, text }, i) => {
    if (text === "") return undefined
    const wide = textWidth(text, labelSize)
    const found = sides.find(({ align, dx, dy }) => {
      const left = x + dx - (align === "left" ? 0 : align === "right" ? wide : wide / 2)
      const box = { left, right: left + wide, top: y + dy - 6, bottom: y + dy + 6 }
      if (box.left < 0 || box.right > width || box.top < 0 || box.bottom > height) return false
      if (taken.some((other) => meet(box, other)) || dots.some((dot, k) => k !== i && meet(box, dot))) return false
      taken.push(box)
      return true
    })
    return found?.side
  })
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

/** A domain with room for the outermost points. */
function padded(values: Float64Array, size: number): [number, number] {
  const [low, high] = extent(Array.from(values)) ?? [0, 1]
  const margin = ((high - low) * 16) / size || 1
  return [low - margin, high + margin]
}

function project(points: Points, method: "pca" | "tsne", { perplexity, seed }: EmbeddingOptions) {
  if (method === "tsne") {
    const { x, y } = tsne(points, {
      ...(perplexity === undefined ? {} : { perplexity }),
      ...(seed === undefined ? {} : { seed }),
    })
    return { xs: x, ys: y, names: undefined, word: "t-SNE" }
  }
  const { x, y, explained } = pca(points)
  const share = (part: number) => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`
  return {
    xs: x,
    ys: y,
    names: [`first component, ${share(explained[0])}`, `second component, ${share(explained[1])}`] as const,
    word: `PCA, ${share(explained[0] + explained[1])} of the variance`,
  }
}

interface Coloring {
  numeric: boolean
  values: readonly (number | string)[]
}

/** A quantity when there are many different numbers, else classes. */
function readColor(call: string, color: Numbers): Coloring {
  const names = readClasses(call, "color", color)
  const different = new Set(names)
  const numbers = names.every((name) => name !== "" && Number.isFinite(Number(name)))
  if (numbers && (different.size > 10 || ![...different].every((name) => Number.isInteger(Number(name)))))
    return { numeric: true, values: readNumbers(call, "color", color) }
  return { numeric: false, values: names }
}

function colorEncoding({ numeric, values }: Coloring, title: string) {
  if (numeric)
    return {
      field: "c",
      type: "quantitative",
      title,
      scale: { range: sequential.slice(2) },
      legend: { gradientLength: 120 },
    }
  const domain = [...new Set(values.map(String))].sort(new Intl.Collator("en", { numeric: true }).compare)
  return {
    field: "c",
    type: "nominal",
    title,
    scale: { domain, range: domain.map((_, i) => classColor(i)) },
    legend: { symbolType: "circle", symbolSize: 60, symbolOpacity: 1, symbolStrokeWidth: 0 },
  }
}
