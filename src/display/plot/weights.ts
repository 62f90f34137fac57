import type { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { isTensorLike, type TensorLike } from "../numbers.js"
import { type HistogramOptions, histogramRows } from "./histogram.js"

/** Anything that names its parameters, as a module does; or named tensors. */
export type Weights =
  | { namedParameters(): Iterable<readonly [string, TensorLike]> }
  | Readonly<Record<string, TensorLike>>

/** How weights are drawn. */
export interface WeightsOptions extends HistogramOptions {
  /** Draws biases and other vectors too. */
  vectors?: boolean
}

/**
 * Draws the distribution of the weights of each layer, on a common axis.
 *
 * Options: `vectors`, `title`, `subtitle`, `bins`, `width`, `height`.
 *
 * Errors: a model without weights.
 *
 * @example plot.weights({ "fc1.weight": zeros([2, 3]) }).text // "Weights by layer · fc1.weight"
 */
export function weights(model: Weights, options: WeightsOptions = {}): Chart {
  const { vectors = false, ...look } = options
  const named =
    "namedParameters" in model
      ? (model as { namedParameters(): Iterable<readonly [string, TensorLike]> }).namedParameters()
      : undefined
  const entries = Array.from(named ?? Object.entries(model as Record<string, TensorLike>))
  const tensors = entries.filter(([, value]) => isTensorLike(value) && (vectors || value.shape.length >= 2))
  if (tensors.length === 0) throw messages.nothingToDraw("plot.weights", "model")
  const columns = tensors.map(([name, value]) => [name, Array.from(value.toTypedArray(), Number)] as const)
  return histogramRows("plot.weights", columns, { title: "Weights by layer", xLabel: "weight", ...look })
}
