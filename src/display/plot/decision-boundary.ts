import { noGrad } from "../../autograd/mode.js"
import { tensor } from "../../ops/creation.js"
import type { Tensor } from "../../tensor/tensor.js"
import { Chart } from "../chart.js"
import { mix, parseHex } from "../color-scale.js"
import { readMatrix } from "../matrix.js"
import * as messages from "../messages.js"
import { count, extent, isTensorLike, type Numbers, round, type TensorLike } from "../numbers.js"
import { dataUrl, enlarge } from "../png.js"
import { ink, palette } from "../theme.js"
import { readClasses } from "./classes.js"
import { contour } from "./contour.js"
import { heading } from "./heading.js"
import { picked, pickLegend } from "./pick.js"

/** How a decision boundary looks. */
export interface BoundaryOptions {
  title?: string
  subtitle?: string
  xLabel?: string
  yLabel?: string
  /** The names of the classes 0, 1, 2 … */
  classes?: readonly string[]
  /** Width and height of the square in pixels. */
  size?: number
  /** In how many steps each axis is sampled. */
  steps?: number
}

/** A classifier: from points [N, 2] to one number a point, or one score for each class. */
export type Classifier = (x: Tensor) => Tensor

/**
 * Draws which class a model would give to each point of the plane, how sure it is, and the points it learned from.
 *
 * The model is run on a grid. One output column is a probability when all are in [0, 1], else a logit; with more columns
 * the largest wins.
 *
 * Options: `title`, `subtitle`, `xLabel`, `yLabel`, `classes`, `size`, `steps`.
 *
 * Shape: x [N, 2], y [N] of class numbers; the model gives [N], [N, 1] or [N, classes].
 *
 * Errors: x of another shape; lengths that differ; a model that gives something else.
 *
 * @example plot.decisionBoundary((x) => x.narrow(1, 0, 1), tensor([[-1, 0], [1, 0]]), [0, 1]).text // "Decision boundary · accuracy 100.0 % · 2 points"
 */
export function decisionBoundary(
  model: Classifier,
  x: TensorLike | Iterable<unknown>,
  y: Numbers,
  options: BoundaryOptions = {},
): Chart {
  const call = "plot.decisionBoundary"
  const { title = "Decision boundary", subtitle, xLabel = "x1", yLabel = "x2", size = 300, steps = 72 } = options
  const { columns, rows, data } = readMatrix(call, "x", x)
  if (columns !== 2) throw messages.notPoints(call, rows, columns)
  const names = readClasses(call, "y", y, options.classes)
  if (names.length !== rows) {
    throw messages.lengthsDiffer(call, [
      ["x", rows],
      ["y", names.length],
    ])
  }
  const xs = domain(data.filter((_, i) => i % 2 === 0))
  const ys = domain(data.filter((_, i) => i % 2 === 1))
  if (!xs || !ys) throw messages.nothingToDraw(call, "x")

  // The grid runs from the top left, as pixels do.
  const grid = Array.from({ length: steps * steps }, (_, i) => [
    xs[0] + ((i % steps) * (xs[1] - xs[0])) / (steps - 1),
    ys[1] - (Math.floor(i / steps) * (ys[1] - ys[0])) / (steps - 1),
  ])
  const points = Array.from({ length: rows }, (_, i) => [data[2 * i] ?? 0, data[2 * i + 1] ?? 0])
  const [map, fit] = classify(call, model, [grid, points])
  if (!map || !fit) throw messages.nothingToDraw(call, "x")
  const classCount = Math.max(2, map.classes)
  const known = options.classes ?? numbered(names, classCount)
  const right = names.filter((name, i) => name === (known[fit.winner[i] ?? -1] ?? String(fit.winner[i]))).length
  const accuracy = `accuracy ${((100 * right) / rows).toFixed(1)} %`

  const colors = known.map((_, k) => palette[k % palette.length] ?? palette[0])
  const position = (c: number, r: number) => ({
    x: xs[0] + (c * (xs[1] - xs[0])) / (steps - 1),
    y: ys[1] - (r * (ys[1] - ys[0])) / (steps - 1),
  })
  const lines = map.margins.flatMap((margin) =>
    contour(margin, steps, steps, 0).map((s) => {
      const [from, to] = [position(s.x, s.y), position(s.x2, s.y2)]
      return { x: round(from.x, 4), y: round(from.y, 4), x2: round(to.x, 4), y2: round(to.y, 4) }
    }),
  )
  const axis = { domain: false, ticks: false, grid: false, tickCount: 5 }
  const xEncoding = { field: "x", type: "quantitative", title: xLabel, axis, scale: { domain: xs, nice: false } }
  const yEncoding = { field: "y", type: "quantitative", title: yLabel, axis, scale: { domain: ys, nice: false } }
  const both = { x: xEncoding, y: yEncoding }
  const spec = {
    title: heading(title, subtitle, accuracy),
    width: size,
    height: size,
    layer: [
      {
        data: { values: [{ u: background(map, steps, colors) }] },
        mark: { type: "image", width: size, height: size, align: "left", baseline: "top", aspect: false, aria: false },
        encoding: { x: { value: 0 }, y: { value: 0 }, url: { field: "u", type: "nominal" } },
      },
      {
        data: { values: lines },
        mark: { type: "rule", color: ink.text, strokeWidth: 1.4, strokeCap: "round", aria: false },
        encoding: { ...both, x2: { field: "x2" }, y2: { field: "y2" } },
      },
      {
        data: { values: drawnPoints(points, names) },
        params: [pickLegend("c")],
        mark: { type: "point", size: 44, stroke: ink.paper, strokeWidth: 1, aria: false },
        encoding: {
          ...both,
          opacity: picked(1, 0.08),
          tooltip: [
            { field: "x", title: xLabel, format: ".3~g" },
            { field: "y", title: yLabel, format: ".3~g" },
            { field: "c", title: "class" },
          ],
          fill: {
            field: "c",
            type: "nominal",
            title: "class",
            sort: null,
            scale: { domain: known, range: colors },
            legend: { symbolSize: 60, symbolType: "circle", symbolStrokeWidth: 0 },
          },
        },
      },
    ],
  }
  return new Chart(
    spec,
    [title || "Decision boundary", accuracy, `${count(rows)} point${rows === 1 ? "" : "s"}`].join(" · "),
  )
}

/** What the model says of some points: the class that wins, how sure it is, and by how much each class leads. */
interface Verdict {
  classes: number
  winner: number[]
  certainty: number[]
  margins: number[][]
}

/** Runs the model on several lists of points; whether its output is a probability is decided over all of them. */
function classify(call: string, model: Classifier, lists: readonly number[][][]): Verdict[] {
  const outputs = lists.map((points) => {
    const out = noGrad(() => model(tensor(points)))
    if (!isTensorLike(out) || out.shape[0] !== points.length || out.shape.length > 2) {
      throw messages.notClassScores(call, points.length, out)
    }
    return { values: Array.from(out.toTypedArray(), Number), width: out.shape[1] ?? 1, rows: points.length }
  })
  const single = outputs.every(({ width }) => width === 1)
  const probability = single && outputs.every(({ values }) => values.every((value) => value >= 0 && value <= 1))
  return outputs.map(({ values, width, rows }) => {
    if (single) {
      const lead = values.map((value) => (probability ? value - 0.5 : value))
      const sure = lead.map((value) => Math.min(1, Math.abs(probability ? 2 * value : Math.tanh(value / 2))))
      return { classes: 2, winner: lead.map((value) => (value > 0 ? 1 : 0)), certainty: sure, margins: [lead] }
    }
    const verdict: Verdict = { classes: width, winner: [], certainty: [], margins: [] }
    const margins = Array.from({ length: width }, () => new Array<number>(rows).fill(0))
    for (let r = 0; r < rows; r++) {
      const scores = values.slice(r * width, (r + 1) * width)
      const sorted = [...scores].sort((a, b) => b - a)
      const [first = 0, second = 0] = sorted
      verdict.winner.push(scores.indexOf(first))
      verdict.certainty.push(Math.tanh(first - second))
      scores.forEach((score, k) => {
        const row = margins[k]
        if (row) row[r] = score - (score === first ? second : first)
      })
    }
    // Each line lies between two classes, so all but one class draw all lines.
    return { ...verdict, margins: margins.slice(0, -1) }
  })
}

/** The plane in the colors of the classes, paler where the model is less sure. */
function background({ winner, certainty }: Verdict, steps: number, colors: readonly string[]): string {
  const pixels = new Uint8Array(steps * steps * 3)
  const paper = parseHex(ink.paper)
  winner.forEach((k, i) => {
    const share = 0.12 + 0.36 * (certainty[i] ?? 0)
    pixels.set(mix(paper, parseHex(colors[k % colors.length] ?? palette[0]), share), i * 3)
  })
  return dataUrl(enlarge({ width: steps, height: steps, channels: 3, data: pixels }, 5))
}

function domain(values: readonly number[]): [number, number] | undefined {
  const range = extent(values)
  if (!range) return undefined
  const margin = (range[1] - range[0]) * 0.12 || 1
  return [range[0] - margin, range[1] + margin]
}

/** Class names for the winning numbers 0, 1, 2 …: the numbers themselves, or the names that occur, sorted. */
function numbered(names: readonly string[], classes: number): string[] {
  const occurring = [...new Set(names)].sort(new Intl.Collator("en", { numeric: true }).compare)
  const areNumbers = occurring.every((name) => Number(name) >= 0 && Number(name) < classes)
  return areNumbers || occurring.length > classes ? Array.from({ length: classes }, (_, k) => String(k)) : occurring
}

function drawnPoints(points: readonly number[][], names: readonly string[]) {
  const every = Math.ceil(points.length / 800)
  return points.flatMap(([x, y], i) =>
    i % every === 0 ? [{ x: round(x ?? 0, 4), y: round(y ?? 0, 4), c: names[i] }] : [],
  )
}
