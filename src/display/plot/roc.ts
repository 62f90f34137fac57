import { type RocPoint, rocArea, rocPoints } from "../../metrics/ranking.js"
import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, isTensorLike, joined, type Numbers, readNumbers, round } from "../numbers.js"
import { ink, palette } from "../theme.js"
import { heading } from "./heading.js"

/** How an ROC curve looks. */
export interface RocOptions {
  title?: string
  /** What was run: model, data set. */
  subtitle?: string
  size?: number
}

/**
 * Draws how many positives a classifier finds against how many negatives it takes for positive, over all thresholds (the
 * receiver operating characteristic), with the area under the curve. Several named scores are drawn on the same axes.
 *
 * AUC is the chance that a positive sample scores higher than a negative one: 0.5 for a guess, 1 for a perfect order.
 *
 * Options: `title`, `subtitle`, `size`.
 *
 * Shape: both [N] or [N, 1]; yTrue holds 0 and 1, scores may be probabilities or logits.
 *
 * Errors: lengths that differ; labels other than 0 and 1; only one class; scores that are NaN.
 *
 * @example plot.roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).text // "ROC · AUC 0.75 · 4 samples, 2 positive"
 */
export function roc(yTrue: Numbers, scores: Numbers | Record<string, Numbers>, options: RocOptions = {}): Chart {
  const call = "plot.roc"
  const { title = "ROC curve", subtitle, size = 280 } = options
  const truth = readLabels(call, yTrue)
  const positive = truth.filter((value) => value === 1).length
  const curves = Object.entries(named(call, scores)).map(([name, values], i) => {
    const points = rocPoints(truth, readScores(call, name, values, truth.length))
    return { name, points, auc: rocArea(points), color: palette[i % palette.length] ?? palette[0] }
  })
  if (curves.length === 0) throw messages.nothingToDraw(call, "scores")
  const only = curves.length === 1 ? curves[0] : undefined
  const areas = curves.map(({ name, auc }) => `${only ? "" : `${name} `}AUC ${figure(auc)}`)
  const samples = `${count(truth.length)} samples, ${count(positive)} positive`

  const share = (field: string, name: string) => ({
    field,
    type: "quantitative",
    title: name,
    scale: { domain: [0, 1], nice: false },
    axis: { values: [0, 0.2, 0.4, 0.6, 0.8, 1], format: ".1f", grid: true },
  })
  const encoding = { x: share("x", "false positive rate"), y: share("y", "true positive rate") }
  const colors = { domain: curves.map(({ name }) => name), range: curves.map(({ color }) => color) }
  const color = { field: "s", type: "nominal", scale: colors, legend: null }
  const spec = {
    title: heading(title, joined(subtitle, only && areas[0], samples)),
    width: size,
    height: size,
    data: {
      values: curves.flatMap(({ name, points }) =>
        thinned(points).map(({ falsePositiveRate, truePositiveRate, threshold }, i) => ({
          s: name,
          i,
          x: round(falsePositiveRate, 4),
          y: round(truePositiveRate, 4),
          t: thresholdText(threshold),
        })),
      ),
    },
    encoding,
    layer: [
      ...(only ? [shade(encoding.y, only.color)] : []),
      chance(),
      { mark: { type: "line", clip: false }, encoding: { color, order: { field: "i", type: "quantitative" } } },
      hoverLayer(color, only !== undefined),
      ...(only
        ? []
        : [
            names(
              curves.map(({ color }, i) => ({ text: areas[i] ?? "", color })),
              size,
            ),
          ]),
    ],
  }
  return new Chart(spec, ["ROC", ...areas, samples].join(" · ").slice(0, 150))
}

function named(call: string, scores: Numbers | Record<string, Numbers>): Record<string, Numbers> {
  if (typeof scores !== "object" || scores === null) throw messages.notNumbers(call, "scores", scores)
  const single = isTensorLike(scores) || Symbol.iterator in scores || "length" in scores
  return single ? { scores: scores as Numbers } : (scores as Record<string, Numbers>)
}

/** The labels as 0 and 1, both of which must occur. */
function readLabels(call: string, yTrue: Numbers): number[] {
  const truth = readNumbers(call, "yTrue", yTrue)
  if (truth.length === 0) throw messages.nothingToDraw(call, "yTrue")
  const other = truth.findIndex((value) => value !== 0 && value !== 1)
  if (other >= 0) throw messages.notBinary(call, "yTrue", truth[other], other)
  const first = truth[0] ?? 0
  if (truth.every((value) => value === first)) throw messages.oneClassOnly(call, "yTrue", first, truth.length)
  return truth
}

function readScores(call: string, role: string, values: Numbers, samples: number): number[] {
  const scores = readNumbers(call, role, values)
  if (scores.length !== samples) {
    throw messages.lengthsDiffer(call, [
      ["yTrue", samples],
      [role, scores.length],
    ])
  }
  const missing = scores.findIndex(Number.isNaN)
  if (missing >= 0) throw messages.notAnOrder(call, role, Number.NaN, missing)
  return scores
}

const drawnPoints = 250

/** The corners of the curve, and of many corners those that differ by a pixel or so. */
function thinned(points: readonly RocPoint[]): RocPoint[] {
  const corners = points.filter((point, i) => {
    const [before, after] = [points[i - 1], points[i + 1]]
    if (!before || !after) return true
    const [x, y] = ["falsePositiveRate", "truePositiveRate"] as const
    return (point[x] - before[x]) * (after[y] - point[y]) !== (point[y] - before[y]) * (after[x] - point[x])
  })
  if (corners.length <= drawnPoints) return corners
  const every = corners.length / drawnPoints
  const kept = Array.from({ length: drawnPoints }, (_, i) => corners[Math.floor(i * every)] as RocPoint)
  return [...kept, corners.at(-1) as RocPoint]
}

/** The area that AUC measures. */
function shade(y: object, color: string) {
  return {
    mark: { type: "area", color, opacity: 0.08, aria: false },
    encoding: { y: { ...y, stack: null } },
  }
}

/** What the order of a guess would give. */
function chance() {
  return {
    data: { values: [{ x: 0, y: 0, x2: 1, y2: 1 }] },
    mark: { type: "rule", color: ink.axis, strokeDash: [4, 4], strokeWidth: 1.2, aria: false },
    encoding: { x2: { field: "x2" }, y2: { field: "y2" } },
  }
}

/** Under the pointer, the threshold of the point. */
function hoverLayer(color: object, single: boolean) {
  return {
    mark: { type: "point", aria: false, size: 60, opacity: 0 },
    encoding: {
      color,
      tooltip: [
        ...(single ? [] : [{ field: "s", title: "scores" }]),
        { field: "t", title: "scores from" },
        { field: "x", title: "false positive rate", format: ".3f" },
        { field: "y", title: "true positive rate", format: ".3f" },
      ],
    },
  }
}

/** The areas in the corner below the diagonal, where a useful curve never is. */
function names(labels: readonly { text: string; color: string }[], size: number) {
  return {
    data: {
      values: labels.map(({ text, color }, i) => ({ n: text, c: color, at: size - 14 - (labels.length - 1 - i) * 18 })),
    },
    mark: { type: "text", align: "right", baseline: "middle", fontSize: 12, fontWeight: 600 },
    encoding: {
      x: { value: size - 12 },
      y: { field: "at", type: "quantitative", scale: null },
      text: { field: "n" },
      color: { field: "c", type: "nominal", scale: null, legend: null },
    },
  }
}

function figure(auc: number): string {
  return String(Number(auc.toFixed(4)))
}

function thresholdText(score: number): string {
  return Number.isFinite(score) ? String(round(score, 4)) : score > 0 ? "none" : "all"
}
