import { uninitialized } from "../../tensor/allocate.js"
import { notATensor, wrongDType, wrongRank } from "../../tensor/messages.js"
import { isFloatingPoint } from "../../tensor/promote.js"
import { defaultGenerator, type Generator } from "../../tensor/random.js"
import { Tensor } from "../../tensor/tensor.js"
import { outOfRange } from "../messages.js"
import { seluAlpha, seluScale } from "./activation.js"

/** Options of the dropout functions. */
export interface DropoutOptions {
  /** Whether anything is dropped at all. Default: true. */
  training?: boolean
  /** Where the random numbers come from. */
  generator?: Generator
}

/**
 * Ones with probability `1 - p`, else zeros: PyTorch's `bernoulli_`, which draws a double for each element whatever the
 * type of the tensor.
 */
function mask(shape: readonly number[], dtype: "float32" | "float64", p: number, generator: Generator): Tensor {
  const out = uninitialized(shape, dtype)
  const draws = new Float64Array(out.count)
  generator.uniformFloat64(draws)
  const data = out.storage.data
  for (let i = 0; i < draws.length; i++) data[i] = (draws[i] as number) < 1 - p ? 1 : 0
  return out
}

/** The dimensions of a tensor as they stand in memory, if that is another order than their own, and it is dense. */
function memoryOrder(x: Tensor): number[] | null {
  if (x.packed) return null
  const order = x.shape.map((_, d) => d).sort((a, b) => (x.strides[b] as number) - (x.strides[a] as number) || a - b)
  return x.permute(order).packed ? order : null
}

/** A mask for every element, drawn in the order in which the elements stand in memory, as PyTorch does. */
function maskLike(x: Tensor, dtype: "float32" | "float64", p: number, generator: Generator): Tensor {
  const order = memoryOrder(x)
  if (order === null) return mask(x.shape, dtype, p, generator)
  const drawn = mask(
    order.map((d) => x.shape[d] as number),
    dtype,
    p,
    generator,
  )
  return drawn.permute(order.map((_, d) => order.indexOf(d)))
}

/** Whether there is anything to do; refuses what cannot be dropped from. */
function drops(name: string, x: Tensor, p: number, training: boolean): "float32" | "float64" | null {
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  if (!(p >= 0 && p <= 1)) throw outOfRange(name, "p", p, "must lie between 0 and 1")
  if (!training || p === 0 || x.count === 0) return null
  if (!isFloatingPoint(x.dtype)) throw wrongDType(name, x, "fractions", "convert first: x.float().")
  return x.dtype === "float64" ? "float64" : "float32"
}

/** The sizes of the first dimensions, and 1 for the others, so that a whole channel goes at once. */
function channelShape(x: Tensor, kept: number): number[] {
  return x.shape.map((size, d) => (d < kept ? size : 1))
}

/**
 * Sets a random part of the elements to 0 and scales the others up, so that their sum stays the same on average.
 *
 * Formula: `x · mask / (1 - p)`, where each element of the mask is 0 with probability p and else 1. The mask is
 * PyTorch's for the same seed.
 *
 * Errors: a `p` outside 0 to 1, and whole numbers.
 *
 * Source: Srivastava et al., "Dropout", 2014.
 *
 * @param p the probability of each element to be dropped
 * @example F.dropout(ones([2]), 0.5, { training: false }) // tensor([1., 1.])
 */
export function dropout(
  x: Tensor,
  p = 0.5,
  { training = true, generator = defaultGenerator }: DropoutOptions = {},
): Tensor {
  const dtype = drops("dropout", x, p, training)
  if (dtype === null) return x
  return p === 1 ? x.mul(0) : x.mul(maskLike(x, dtype, p, generator).div_(1 - p)) // nothing is drawn for a p of 1
}

function channelDropout(
  name: string,
  ranks: readonly number[],
  wanted: string,
  x: Tensor,
  p: number,
  { training = true, generator = defaultGenerator }: DropoutOptions,
): Tensor {
  const dtype = drops(name, x, p, training)
  if (!ranks.includes(x.ndim)) throw wrongRank(name, x.shape, wanted)
  if (dtype === null) return x
  // Without a batch the channels stand first.
  const kept = x.ndim === Math.max(...ranks) || (name === "dropout2d" && x.ndim === 3) ? 2 : 1
  return p === 1 ? x.mul(0) : x.mul(mask(channelShape(x, kept), dtype, p, generator).div_(1 - p))
}

/**
 * Dropout of whole channels of a signal.
 *
 * Shape: input `[N, C, L]` or `[C, L]`; the output is alike.
 *
 * Source: Tompson et al., "Efficient Object Localization Using Convolutional Networks", 2014.
 *
 * @example F.dropout1d(ones([1, 2, 3]), 1) // tensor([[[0., 0., 0.],\n         [0., 0., 0.]]])
 */
export function dropout1d(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  return channelDropout("dropout1d", [2, 3], "[N, C, L] or [C, L]", x, p, options)
}

/**
 * Dropout of whole channels of an image.
 *
 * Shape: input `[N, C, H, W]`; the output is alike. As in PyTorch, of `[N, C, L]` a channel is a row of length L too.
 *
 * Source: Tompson et al., "Efficient Object Localization Using Convolutional Networks", 2014.
 *
 * @example F.dropout2d(ones([1, 1, 2, 2]), 1) // tensor([[[[0., 0.],\n          [0., 0.]]]])
 */
export function dropout2d(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  return channelDropout("dropout2d", [3, 4], "[N, C, H, W]", x, p, options)
}

/**
 * Dropout of whole channels of a volume.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`; the output is alike.
 *
 * @example F.dropout3d(ones([1, 1, 1, 1, 2]), 0) // tensor([[[[[1., 1.]]]]])
 */
export function dropout3d(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  return channelDropout("dropout3d", [4, 5], "[N, C, D, H, W] or [C, D, H, W]", x, p, options)
}

function alpha(
  name: string,
  x: Tensor,
  p: number,
  shape: (x: Tensor) => readonly number[],
  { training = true, generator = defaultGenerator }: DropoutOptions,
): Tensor {
  const dtype = drops(name, x, p, training)
  if (dtype === null) return x
  if (p === 1) return x.mul(0)
  const kept = mask(shape(x), dtype, p, generator)
  const low = seluAlpha * seluScale // -low is what a unit of SELU falls to
  const a = 1 / Math.sqrt((low ** 2 * p + 1) * (1 - p))
  const shift = kept
    .sub(1)
    .mul_(low * a)
    .add_(low * a * p)
  return x.mul(kept.mul_(a)).add(shift)
}

/**
 * Dropout for networks with SELU: dropped elements get its lower end, and mean and variance stay as they were.
 *
 * Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017.
 *
 * @example F.alphaDropout(ones([2]), 0.5, { training: false }) // tensor([1., 1.])
 */
export function alphaDropout(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  return alpha("alphaDropout", x, p, ({ shape }) => shape, options)
}

/**
 * `alphaDropout` of whole channels.
 *
 * Shape: input `[N, C, …]`; the output is alike.
 *
 * @example F.featureAlphaDropout(ones([1, 1, 2]), 0.5, { training: false }) // tensor([[[1., 1.]]])
 */
export function featureAlphaDropout(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  if (x instanceof Tensor && x.ndim < 2) throw wrongRank("featureAlphaDropout", x.shape, "[N, C, …]")
  return alpha("featureAlphaDropout", x, p, (input) => channelShape(input, 2), options)
}
