import { countPairs } from "../../metrics/confusion.js"
import { isTensor } from "../../tensor/tensor.js"
import { Chart } from "../chart.js"
import { colorScale, textOn } from "../color-scale.js"
import * as messages from "../messages.js"
import { count, type Numbers } from "../numbers.js"
import { ink, sequential } from "../theme.js"
import { readClasses } from "./classes.js"
import { heading } from "./heading.js"

/** How a confusion matrix looks. */
export interface ConfusionOptions {
  title?: string
  subtitle?: string
  /** The names of the classes 0, 1, 2 …; or the order of classes that are names themselves. */
  labels?: readonly string[]
  size?: number
}

/** Of scores for each class, the class of the highest. */
function mostLikely(values: Numbers): Numbers {
  const isScores = isTensor(values) && values.ndim === 2 && (values.shape[1] as number) > 1
  return isScores ? values.detach().argmax(1) : values
}

/**
 * Draws how often each true class was taken for each class. The color is the share of the true class, so that rare classes
 * count as much as common ones.
 *
 * Options: `title`, `subtitle`, `labels`, `size`.
 *
 * Shape: both [N]: class numbers or names. Of scores [N, classes] as `yPred` the highest counts, as in `metrics.accuracy`.
 *
 * Errors: lengths that differ; nothing to draw; more than 50 classes.
 *
 * @example plot.confusionMatrix([0, 1, 1], [0, 1, 0]).text // "Confusion matrix · accuracy 66.7 % · 3 samples"
 */
export function confusionMatrix(yTrue: Numbers, yPred: Numbers, options: ConfusionOptions = {}): Chart {
  const call = "plot.confusionMatrix"
  const { title = "Confusion matrix", subtitle, labels } = options
  const truth = readClasses(call, "yTrue", yTrue, labels)
  const guess = readClasses(call, "yPred", mostLikely(yPred), labels)
  if (truth.length !== guess.length) {
    throw messages.lengthsDiffer(call, [
      ["yTrue", truth.length],
      ["yPred", guess.length],
    ])
  }
  if (truth.length === 0) throw messages.nothingToDraw(call, "yTrue, yPred")
  const numeric = new Intl.Collator("en", { numeric: true })
  const classes = labels ?? [...new Set([...truth, ...guess])].sort(numeric.compare)
  if (classes.length > 50) {
    throw messages.badOption(call, "classes", classes.length, "A confusion matrix is readable up to 50 classes.")
  }
  const unknown = [...truth, ...guess].find((name) => !classes.includes(name))
  if (unknown !== undefined) throw messages.unknownName(call, "class", unknown, classes)
  const { counts } = countPairs(call, truth, guess, classes)
  const right = counts.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)
  const accuracy = `accuracy ${((100 * right) / truth.length).toFixed(1)} %`
  const samples = `${count(truth.length)} samples`
  const side = options.size ?? Math.max(120, Math.min(420, classes.length * 34))
  const cells = counts.flatMap((row, t) => {
    const total = row.reduce((sum, n) => sum + n, 0)
    return row.map((n, p) => ({ t: classes[t], p: classes[p], n, f: total === 0 ? 0 : Number((n / total).toFixed(4)) }))
  })
  const longNames = Math.max(...classes.map((name) => name.length)) * 7 > side / classes.length
  const axis = { grid: false, domain: false, ticks: false, labelFontSize: 11 }
  // The shares run over a root, so that single mistakes are seen beside a full diagonal.
  const scale = colorScale(0, 1)
  const darkFrom = Array.from({ length: 101 }, (_, i) => i / 100).find(
    (share) => textOn(scale.color(Math.sqrt(share))) === "#ffffff",
  )
  const spec = {
    title: heading(title, subtitle, accuracy, samples, "color = share of the true class"),
    width: side,
    height: side,
    data: { values: cells },
    encoding: {
      x: {
        field: "p",
        type: "nominal",
        sort: null,
        title: "predicted",
        axis: { ...axis, orient: "top", labelAngle: longNames ? -45 : 0 },
      },
      y: { field: "t", type: "nominal", sort: null, title: "true", axis },
    },
    layer: [
      {
        mark: { type: "rect", aria: false, stroke: ink.paper, strokeWidth: 1.5 },
        encoding: {
          color: {
            field: "f",
            type: "quantitative",
            scale: { range: sequential, domain: [0, 1], type: "sqrt" },
            legend: null,
          },
          tooltip: [
            { field: "t", title: "true" },
            { field: "p", title: "predicted" },
            { field: "n", title: "count" },
            { field: "f", title: "share", format: ".1%" },
          ],
        },
      },
      {
        transform: [{ filter: "datum.n > 0" }],
        mark: { type: "text", fontSize: side / classes.length < 24 ? 9 : 11 },
        encoding: {
          text: { field: "n" },
          color: { condition: { test: `datum.f >= ${darkFrom ?? 1}`, value: ink.paper }, value: ink.text },
        },
      },
    ],
  }
  return new Chart(spec, [title || "Confusion matrix", accuracy, samples].join(" · "))
}
