import { leakyRelu, relu, sigmoid, softmax, softplus, tanh } from "../../ops/activation.js"
import { where } from "../../ops/choose.js"
import { uninitializedLike } from "../../tensor/allocate.js"
import { badNumber, badOption, notATensor, wrongDType, wrongRank } from "../../tensor/messages.js"
import { isFloatingPoint } from "../../tensor/promote.js"
import { defaultGenerator, type Generator } from "../../tensor/random.js"
import { normalizeDim } from "../../tensor/shape.js"
import { Tensor } from "../../tensor/tensor.js"
import * as messages from "../messages.js"

// The activations of PyTorch's `torch.nn.functional` that are compositions, from steps and straight lines to smooth ones.
// Those with a kernel of their own stand in src/ops/activation.ts.

/** The input as fractions. */
function fractions(name: string, x: Tensor): Tensor {
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  return isFloatingPoint(x.dtype) ? x : x.float()
}

/** Refuses a setting that is no number. */
function checkNumber(name: string, setting: string, value: number): void {
  if (typeof value !== "number" || Number.isNaN(value)) throw badNumber(name, setting, value, "a number")
}

/**
 * A step: `x` where it is above `threshold`, else `value`.
 *
 * @example F.threshold(tensor([0.5, 2]), 1, 20) // tensor([20.,  2.])
 */
export function threshold(x: Tensor, threshold: number, value: number): Tensor {
  checkNumber("threshold", "threshold", threshold)
  checkNumber("threshold", "value", value)
  const input = fractions("threshold", x)
  return input.maskedFill(input.detach().le(threshold), value)
}

/** Options of `hardtanh`. */
export interface HardtanhOptions {
  /** The lower end. Default: -1. */
  minVal?: number
  /** The upper end. Default: 1. */
  maxVal?: number
}

/**
 * A straight line cut off at both ends: `min(max(x, minVal), maxVal)`. Its gradient is 0 at the ends and beyond.
 *
 * Errors: a `maxVal` below `minVal`.
 *
 * @example F.hardtanh(tensor([-2, 0.5, 2])) // tensor([-1.0000,  0.5000,  1.0000])
 */
export function hardtanh(x: Tensor, { minVal = -1, maxVal = 1 }: HardtanhOptions = {}): Tensor {
  checkNumber("hardtanh", "minVal", minVal)
  if (!(maxVal >= minVal)) throw badNumber("hardtanh", "maxVal", maxVal, `at least minVal (${minVal})`)
  return cutOff("hardtanh", x, minVal, maxVal)
}

/** A straight line cut off at both ends, where its gradient is 0. */
function cutOff(name: string, x: Tensor, minVal: number, maxVal: number): Tensor {
  const input = fractions(name, x)
  const inner = input.detach()
  return where(inner.gt(minVal).logicalAnd(inner.lt(maxVal)), input, inner.clamp(minVal, maxVal))
}

/**
 * A rectifier that ends at 6: `min(max(x, 0), 6)`.
 *
 * Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010.
 *
 * @example F.relu6(tensor([-1, 3, 8])) // tensor([0., 3., 6.])
 */
export function relu6(x: Tensor): Tensor {
  return cutOff("relu6", x, 0, 6)
}

/**
 * A sigmoid of straight lines: `min(max(x + 3, 0), 6) / 6`.
 *
 * @example F.hardsigmoid(tensor([-4, 0, 3])) // tensor([0.0000, 0.5000, 1.0000])
 */
export function hardsigmoid(x: Tensor): Tensor {
  return relu6(fractions("hardsigmoid", x).add(3)).mul(1 / 6)
}

/**
 * The input times its hard sigmoid: `x · min(max(x + 3, 0), 6) / 6`.
 *
 * Source: Howard et al., "Searching for MobileNetV3", 2019.
 *
 * @example F.hardswish(tensor([-4, 1, 3])) // tensor([0.0000, 0.6667, 3.0000])
 */
export function hardswish(x: Tensor): Tensor {
  const input = fractions("hardswish", x)
  const inner = input.detach()
  const between = where(inner.gt(-3), input.mul(input.add(3)).mul(1 / 6), 0)
  return where(inner.ge(3), input, between)
}

/**
 * 0 near 0, and the input elsewhere: `x` where |x| > lambd, else 0.
 *
 * @example F.hardshrink(tensor([-1, 0.3, 2])) // tensor([-1.,  0.,  2.])
 */
export function hardshrink(x: Tensor, lambd = 0.5): Tensor {
  checkNumber("hardshrink", "lambd", lambd)
  const input = fractions("hardshrink", x)
  return input.maskedFill(input.detach().abs().le(lambd), 0)
}

/**
 * Draws the input towards 0 by `lambd`: `x - lambd` above lambd, `x + lambd` below -lambd, else 0.
 *
 * Errors: a negative `lambd`.
 *
 * @example F.softshrink(tensor([-1, 0.3, 2])) // tensor([-0.5000,  0.0000,  1.5000])
 */
export function softshrink(x: Tensor, lambd = 0.5): Tensor {
  if (!(lambd >= 0)) throw badNumber("softshrink", "lambd", lambd, "a number of at least 0")
  const input = fractions("softshrink", x)
  const inner = input.detach()
  return input.sub(inner.sign().mul(lambd)).maskedFill(inner.abs().le(lambd), 0)
}

/**
 * What the hyperbolic tangent takes away: `x - tanh(x)`.
 *
 * @example F.tanhshrink(tensor([0, 1])) // tensor([0.0000, 0.2384])
 */
export function tanhshrink(x: Tensor): Tensor {
  const input = fractions("tanhshrink", x)
  return input.sub(tanh(input))
}

/**
 * A rectifier whose slope below 0 is learned: `x` above 0, `weight · x` below.
 *
 * Shape: `weight` has one element, or one for each channel, which is dimension 1 of the input.
 *
 * Errors: a weight of another size.
 *
 * Source: He et al., "Delving Deep into Rectifiers", 2015.
 *
 * @example F.prelu(tensor([-2, 3]), tensor([0.25])) // tensor([-0.5000,  3.0000])
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  const input = fractions("prelu", x)
  if (!(weight instanceof Tensor)) throw notATensor("prelu", weight, "a weight that is a tensor")
  const channels = input.ndim < 2 ? 1 : input.size(1)
  if (weight.ndim > 1 || (weight.count !== 1 && weight.count !== channels))
    throw messages.channelWeight("prelu", input.shape, weight.shape, channels)
  const slope = weight.count === 1 || input.ndim < 2 ? weight.reshape([1]) : perChannel(weight, input.ndim)
  return where(input.detach().gt(0), input, input.mul(input.ndim === 0 ? slope.reshape([]) : slope))
}

/** A vector with one element for each channel, shaped to broadcast over `[N, C, …]`. */
function perChannel(weight: Tensor, rank: number): Tensor {
  return weight.reshape([-1, ...new Array<number>(rank - 2).fill(1)])
}

/** Options of `rrelu`. */
export interface RReLUOptions {
  /** The smallest slope. Default: 1/8. */
  lower?: number
  /** The largest slope. Default: 1/3. */
  upper?: number
  /** Whether slopes are drawn at random; else they are the mean of the ends. Default: false. */
  training?: boolean
  /** Where the random numbers come from. */
  generator?: Generator
}

/**
 * A leaky rectifier whose slope below 0 is drawn anew for each element while training.
 *
 * Errors: an `upper` below `lower`.
 *
 * Source: Xu et al., "Empirical Evaluation of Rectified Activations in Convolution Network", 2015.
 *
 * @example F.rrelu(tensor([-2, 3]), { lower: 0.2, upper: 0.3 }) // tensor([-0.5000,  3.0000])
 */
export function rrelu(
  x: Tensor,
  { lower = 1 / 8, upper = 1 / 3, training = false, generator = defaultGenerator }: RReLUOptions = {},
): Tensor {
  checkNumber("rrelu", "lower", lower)
  if (!(upper >= lower)) throw badNumber("rrelu", "upper", upper, `at least lower (${lower})`)
  const input = fractions("rrelu", x)
  if (!training) return leakyRelu(input, (lower + upper) / 2)
  const slopes = uninitializedLike(input, input.dtype)
  const numbers = input.toTypedArray()
  const drawn = new Float64Array(1)
  const [from, to] = input.dtype === "float32" ? [Math.fround(lower), Math.fround(upper)] : [lower, upper]
  for (let i = 0; i < numbers.length; i++) {
    if ((numbers[i] as number) > 0) slopes.storage.data[i] = 1
    else {
      generator.uniformFloat64(drawn, from, to) // one number for each element that is not above 0, as in PyTorch
      slopes.storage.data[i] = drawn[0] as number
    }
  }
  return input.mul(slopes)
}

/**
 * The scaled exponential linear unit, which keeps mean 0 and variance 1 from layer to layer:
 * `scale · (max(0, x) + min(0, α(eˣ - 1)))` with scale ≈ 1.0507 and α ≈ 1.6733.
 *
 * Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017.
 *
 * @example F.selu(tensor([-1, 2])) // tensor([-1.1113,  2.1014])
 */
export function selu(x: Tensor): Tensor {
  const input = fractions("selu", x)
  const below = input
    .clamp(-Infinity, 0)
    .expm1()
    .mul(seluScale * seluAlpha)
  return relu(input).mul(seluScale).add(below)
}

export const seluAlpha = 1.6732632423543772
export const seluScale = 1.0507009873554805

/**
 * An exponential linear unit without a kink, whatever its alpha: `max(0, x) + min(0, α(e^(x/α) - 1))`.
 *
 * Errors: an `alpha` of 0.
 *
 * Source: Barron, "Continuously Differentiable Exponential Linear Units", 2017.
 *
 * @example F.celu(tensor([-1, 2])) // tensor([-0.6321,  2.0000])
 */
export function celu(x: Tensor, alpha = 1): Tensor {
  if (typeof alpha !== "number" || alpha === 0 || Number.isNaN(alpha))
    throw badNumber("celu", "alpha", alpha, "a number other than 0")
  const input = fractions("celu", x)
  return relu(input).add(
    input
      .clamp(-Infinity, 0)
      .mul(1 / alpha)
      .expm1()
      .mul(alpha),
  )
}

/**
 * A smooth unit without an upper end: `x · tanh(softplus(x))`.
 *
 * Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
 *
 * @example F.mish(tensor([-1, 2])) // tensor([-0.3034,  1.9440])
 */
export function mish(x: Tensor): Tensor {
  const input = fractions("mish", x)
  return input.mul(tanh(softplus(input)))
}

/**
 * A sigmoid that nears its ends slowly: `x / (1 + |x|)`.
 *
 * @example F.softsign(tensor([-1, 3])) // tensor([-0.5000,  0.7500])
 */
export function softsign(x: Tensor): Tensor {
  const input = fractions("softsign", x)
  return input.div(input.abs().add(1))
}

/**
 * The logarithm of the sigmoid, exact also far below 0: `log(1 / (1 + e⁻ˣ))`.
 *
 * @example F.logSigmoid(tensor([-100, 0])) // tensor([-100.0000,   -0.6931])
 */
export function logSigmoid(x: Tensor): Tensor {
  return softplus(fractions("logSigmoid", x).neg()).neg()
}

/**
 * Softmax of the negative: the smallest gets the largest share.
 *
 * @example F.softmin(tensor([0, 1]), 0) // tensor([0.7311, 0.2689])
 */
export function softmin(x: Tensor, dim: number): Tensor {
  return softmax(fractions("softmin", x).neg(), dim)
}

/**
 * The gated linear unit: halves the input along a dimension into a and b, and gives `a · sigmoid(b)`.
 *
 * Errors: an odd size along that dimension.
 *
 * Source: Dauphin et al., "Language Modeling with Gated Convolutional Networks", 2016.
 *
 * @example F.glu(tensor([1, 2, 0, 0])) // tensor([0.5000, 1.0000])
 */
export function glu(x: Tensor, dim = -1): Tensor {
  const input = fractions("glu", x)
  if (input.ndim === 0) throw wrongRank("glu", input.shape, "a tensor of at least one dimension")
  const d = normalizeDim("glu", dim, input.shape)
  const size = input.size(d)
  if (size % 2 !== 0) throw messages.oddSize("glu", input.shape, d)
  return input.narrow(d, 0, size / 2).mul(sigmoid(input.narrow(d, size / 2, size / 2)))
}

/** Options of `gumbelSoftmax`. */
export interface GumbelSoftmaxOptions {
  /** The temperature: the lower, the nearer the shares are to a single one. Default: 1. */
  tau?: number
  /** Whether the result is one-hot, with the gradient of the shares. Default: false. */
  hard?: boolean
  /** The dimension along which shares add up to 1. Default: -1. */
  dim?: number
  /** Where the random numbers come from. */
  generator?: Generator
}

/**
 * A draw from classes that lets gradients through: softmax of the scores with Gumbel noise added.
 *
 * Formula: `softmax((x + g) / τ)` with `g = -log(-log(u))`.
 *
 * Errors: a `tau` that is not above 0, and whole numbers.
 *
 * Source: Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", 2016.
 *
 * @example F.gumbelSoftmax(zeros([4]), { hard: true }).sum() // tensor(1.)
 */
export function gumbelSoftmax(
  logits: Tensor,
  { tau = 1, hard = false, dim = -1, generator = defaultGenerator }: GumbelSoftmaxOptions = {},
): Tensor {
  if (!(logits instanceof Tensor)) throw notATensor("gumbelSoftmax", logits, "a tensor")
  if (!isFloatingPoint(logits.dtype)) throw wrongDType("gumbelSoftmax", logits, "fractions", "convert: x.float().")
  if (!(tau > 0)) throw badNumber("gumbelSoftmax", "tau", tau, "a number above 0")
  if (typeof hard !== "boolean") throw badOption("gumbelSoftmax", "hard", hard, ["true", "false"])
  const noise = uninitializedLike(logits, logits.dtype)
  const draws = new Float64Array(logits.count)
  generator.uniformFloat64(draws)
  for (let i = 0; i < draws.length; i++) {
    const exponential = -Math.log1p(-(draws[i] as number)) // as PyTorch's `exponential_` draws it
    noise.storage.data[i] = -Math.log(exponential)
  }
  const shares = softmax(logits.add(noise).div(tau), dim)
  if (!hard) return shares
  const d = normalizeDim("gumbelSoftmax", dim, logits.shape)
  const largest = shares.detach().amax(d, { keepdim: true })
  const chosen = shares.detach().eq(largest).to(logits.dtype)
  return chosen.sub(shares.detach()).add(shares)
}
