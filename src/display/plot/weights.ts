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
  const columns = namedWeights("plot.weights", model, vectors).map(
    ([name, value]) => [name, Array.from(value.toTypedArray(), Number)] as const,
  )
  return histogramRows("plot.weights", columns, { title: "Weights by layer", xLabel: "weight", ...look })
}

/**
 * Draws the distribution of the gradient of each layer, as the last backward pass left it, on a common axis.
 *
 * Options: `vectors`, `title`, `subtitle`, `bins`, `width`, `height`.
 *
 * Errors: a model without weights; no parameter that has a gradient.
 *
 * @example
 * const layer = new nn.Linear(3, 2)
 * layer(ones([1, 3])).sum().backward()
 * plot.gradients(layer).text // "Gradients by layer · weight"
 */
export function gradients(model: Weights, options: WeightsOptions = {}): Chart {
  const { vectors = false, ...look } = options
  const columns = namedGradients("plot.gradients", model, vectors).map(
    ([name, value]) => [name, Array.from(value.toTypedArray(), Number)] as const,
  )
  return histogramRows("plot.gradients", columns, { title: "Gradients by layer", xLabel: "gradient", ...look })
}

/** The parameters of a model by name; vectors (biases, scales of norms) only when they are asked for. */
export function namedWeights(call: string, model: Weights, vectors: boolean): [string, TensorLike][] {
  if ((typeof model !== "object" && typeof model !== "function") || model === null)
    throw messages.notAModel(call, model)
  const named =
    "namedParameters" in model
      ? (model as { namedParameters(): Iterable<readonly [string, TensorLike]> }).namedParameters()
      : Object.entries(model as Record<string, TensorLike>)
  const found = Array.from(named, ([name, value]): [string, TensorLike] => [name, value])
  const tensors = found.filter(([, value]) => isTensorLike(value) && (vectors || value.shape.length >= 2))
  if (tensors.length === 0) throw messages.nothingToDraw(call, "model")
  return tensors
}

/** The gradients of a model's parameters by name, of those that have one. */
export function namedGradients(call: string, model: Weights, vectors: boolean): [string, TensorLike][] {
  const parameters = namedWeights(call, model, vectors)
  const found = parameters.flatMap(([name, value]): [string, TensorLike][] => {
    const gradient = (value as { grad?: unknown }).grad
    return isTensorLike(gradient) ? [[name, gradient]] : []
  })
  if (found.length === 0) throw messages.noGradients(call, parameters.length)
  return found
}
