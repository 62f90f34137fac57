import { indexSelect } from "../ops/indexing.js"
import { linear } from "../ops/matmul.js"
import { uninitialized } from "../tensor/allocate.js"
import { wrongDType, wrongRank } from "../tensor/messages.js"
import { defaultGenerator, type Generator } from "../tensor/random.js"
import { sameShape, type Tensor } from "../tensor/tensor.js"
import { normalizedShape, outOfRange } from "./messages.js"

// PyTorch's `torch.nn.functional`: the functions behind the layers, here called F.

export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  crossEntropy,
  elu,
  gelu,
  huberLoss,
  l1Loss,
  leakyRelu,
  logSoftmax,
  maxPool1d,
  maxPool2d,
  mseLoss,
  nllLoss,
  oneHot,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "../ops/index.js"
export { type AttentionOptions, scaledDotProductAttention } from "./attention.js"
export { linear }

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Whether anything is dropped at all. Default: true. */
  training?: boolean
  /** Where the random numbers come from. */
  generator?: Generator
}

/**
 * Sets a random part of the elements to 0 and scales the others up, so that their sum stays the same on average.
 *
 * Formula: `x · mask / (1 - p)`, where each element of the mask is 0 with probability p and else 1.
 *
 * @param p the probability of each element to be dropped
 * @example F.dropout(ones([2]), 0.5, { training: false }) // tensor([1., 1.])
 */
export function dropout(
  x: Tensor,
  p = 0.5,
  { training = true, generator = defaultGenerator }: DropoutOptions = {},
): Tensor {
  if (!(p >= 0 && p <= 1)) throw outOfRange("dropout", "p", p, "must lie between 0 and 1")
  if (!training || p === 0) return x
  if (x.dtype !== "float32" && x.dtype !== "float64")
    throw wrongDType("dropout", x, "fractions", "convert first: x.float().")
  const mask = uninitialized(x.shape, x.dtype)
  const kept = p === 1 ? 0 : 1 / (1 - p)
  const draws = new Float64Array(x.count)
  generator.uniformFloat64(draws)
  for (let i = 0; i < draws.length; i++) mask.storage.data[i] = (draws[i] as number) < 1 - p ? kept : 0
  return x.mul(mask)
}

/**
 * Looks up the row of each number in a table of vectors.
 *
 * Shape: input `[...]` of whole numbers, weight `[count, size]`; the result is `[..., size]`.
 *
 * @example F.embedding(tensor([1, 0]), tensor([[1, 2], [3, 4]])) // tensor([[3., 4.],\n        [1., 2.]])
 */
export function embedding(input: Tensor, weight: Tensor): Tensor {
  if (weight.shape.length !== 2) throw wrongRank("embedding", weight.shape, "a weight of two dimensions, [count, size]")
  const rows = indexSelect(weight, 0, input.int().reshape([-1])) // [numbers, size]
  return rows.reshape([...input.shape, weight.shape[1] as number]) // [..., size]
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  weight?: Tensor | null
  bias?: Tensor | null
  /** Keeps the divisor away from 0. Default: 1e-5. */
  eps?: number
}

/**
 * Brings the last dimensions of each sample to mean 0 and variance 1, then scales and shifts.
 *
 * Formula: `(x - mean) / √(variance + eps) · weight + bias`.
 *
 * Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
 *
 * @param shape the sizes of the dimensions that are brought to mean 0 together
 */
export function layerNorm(
  x: Tensor,
  shape: readonly number[],
  { weight = null, bias = null, eps = 1e-5 }: LayerNormOptions = {},
): Tensor {
  if (shape.length === 0 || !sameShape(x.shape.slice(-shape.length), shape)) throw normalizedShape(x.shape, shape)
  const dims = shape.map((_, i) => -1 - i)
  const centred = x.sub(x.mean(dims, { keepdim: true }))
  const variance = centred.square().mean(dims, { keepdim: true })
  let y = centred.mul(variance.add(eps).rsqrt())
  if (weight !== null) y = y.mul(weight)
  return bias === null ? y : y.add(bias)
}
