import { isGradEnabled, noGrad } from "../../autograd/mode.js"
import { described, needsGradient, record } from "../../autograd/node.js"
import { cat } from "../../ops/join.js"
import { normalizeRows } from "../../ops/layer-norm.js"
import { uninitialized } from "../../tensor/allocate.js"
import { badNumber, notATensor, wrongDType, wrongRank } from "../../tensor/messages.js"
import { isFloatingPoint } from "../../tensor/promote.js"
import { sameShape, Tensor } from "../../tensor/tensor.js"
import * as messages from "../messages.js"

/** Options that the normalisations share. */
export interface NormOptions {
  /** What each feature is multiplied by at last. */
  weight?: Tensor | null
  /** What is added to each feature at last. */
  bias?: Tensor | null
  /** Keeps the divisor away from 0. Default: 1e-5. */
  eps?: number
}

function checkInput(name: string, x: Tensor): void {
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  if (!isFloatingPoint(x.dtype)) throw wrongDType(name, x, "fractions", "convert first: x.float().")
}

function checkEps(name: string, eps: number): void {
  if (!(eps >= 0)) throw badNumber(name, "eps", eps, "a number of at least 0")
}

/** Means and biased variances over some dimensions, which stay with size 1. */
function moments(x: Tensor, dims: readonly number[]): [mean: Tensor, variance: Tensor] {
  const mean = x.mean(dims, { keepdim: true })
  return [mean, x.sub(mean).square().mean(dims, { keepdim: true })]
}

/**
 * Brings the elements along some dimensions to mean 0 and variance 1: `(x - mean) / √(variance + eps)`. All the
 * normalisations are this, along other dimensions; its gradient is one formula, of few and exact steps.
 */
function standardize(name: string, x: Tensor, dims: readonly number[], eps: number): [Tensor, Tensor, Tensor] {
  const [mean, variance] = noGrad(() => moments(x, dims))
  const inverse = variance.add(eps).rsqrt()
  const out = noGrad(() => x.sub(mean).mul(inverse))
  if (!needsGradient(x)) return [out, mean, variance]
  const keep = { keepdim: true }
  const rule = (dy: Tensor) => {
    const r = isGradEnabled() ? moments(x, dims)[1].add(eps).rsqrt() : inverse
    const towards = out.mul(dy.mul(out).mean(dims, keep))
    return [dy.sub(dy.mean(dims, keep)).sub(towards).mul(r)]
  }
  return [described(record(name, out, [x], rule, [x, out]), { dims, eps }), mean, variance]
}

/** A vector with one element for each channel, shaped to broadcast over `[N, C, …]`. */
function perChannel(x: Tensor, rank: number): Tensor {
  return x.reshape([-1, ...new Array<number>(rank - 2).fill(1)])
}

/** `y · weight + bias`, channel by channel. */
function affine(name: string, y: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const channels = y.size(1)
  for (const [role, vector] of Object.entries({ weight, bias })) {
    if (vector !== null && !sameShape(vector.shape, [channels]))
      throw messages.channelVector(name, role, y.shape, vector.shape, channels)
  }
  if (weight !== null) y = y.mul(perChannel(weight, y.ndim))
  return bias === null ? y : y.add(perChannel(bias, y.ndim))
}

/** The dimensions of `[N, C, …]` from `first` on, without the channels. */
function besidesChannels(rank: number, first: number): number[] {
  return Array.from({ length: rank }, (_, d) => d).filter((d) => d >= first && d !== 1)
}

/** Options of `batchNorm`. */
export interface BatchNormOptions extends NormOptions {
  /** Whether the batch's own mean and variance are used, and the running ones moved towards them. Default: false. */
  training?: boolean
  /** How far the running mean and variance move towards those of a batch. Default: 0.1. */
  momentum?: number
}

/** Moves a running value towards that of the batch. */
function moveTowards(running: Tensor, value: Tensor, momentum: number): void {
  noGrad(() => running.mul_(1 - momentum).add_(value.reshape(running.shape).mul(momentum)))
}

/**
 * Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it.
 *
 * Formula: `(x - mean) / √(variance + eps) · weight + bias`, with the batch's own mean and variance while training (or
 * where no running ones are given), and the running ones otherwise.
 *
 * Shape: input `[N, C]` or `[N, C, …]`; all the vectors are `[C]`.
 *
 * Errors: vectors of another size, and a single value for a channel while training.
 *
 * Source: Ioffe and Szegedy, "Batch Normalization", 2015.
 *
 * @example F.batchNorm(tensor([[1], [3]]), null, null, { training: true, eps: 0 }) // tensor([[-1.],\n        [ 1.]])
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 }: BatchNormOptions = {},
): Tensor {
  checkInput("batchNorm", x)
  checkEps("batchNorm", eps)
  if (x.ndim < 2) throw wrongRank("batchNorm", x.shape, "[N, C] or [N, C, …]")
  const channels = x.size(1)
  for (const [role, running] of Object.entries({ runningMean, runningVar })) {
    if (running !== null && !sameShape(running.shape, [channels]))
      throw messages.channelVector("batchNorm", role, x.shape, running.shape, channels)
  }
  if (!training && runningMean !== null && runningVar !== null) {
    const scale = perChannel(runningVar.add(eps).rsqrt(), x.ndim)
    return affine("batchNorm", x.sub(perChannel(runningMean, x.ndim)).mul(scale), weight, bias)
  }
  const count = x.count / Math.max(channels, 1)
  if (count <= 1) throw messages.oneValuePerChannel("batchNorm", x.shape)
  const [y, mean, variance] = standardize("batchNorm", x, besidesChannels(x.ndim, 0), eps)
  if (training) {
    if (runningMean !== null) moveTowards(runningMean, mean, momentum)
    if (runningVar !== null) moveTowards(runningVar, variance.mul(count / (count - 1)), momentum)
  }
  return affine("batchNorm", y, weight, bias)
}

/** Options of `instanceNorm`. */
export interface InstanceNormOptions extends NormOptions {
  runningMean?: Tensor | null
  runningVar?: Tensor | null
  /** Whether each sample's own mean and variance are used. Default: true. */
  useInputStats?: boolean
  /** How far the running mean and variance move towards those of a batch. Default: 0.1. */
  momentum?: number
}

/**
 * Brings each channel of each sample to mean 0 and variance 1, then scales and shifts it.
 *
 * Shape: input `[N, C, …]` with at least one dimension more; all the vectors are `[C]`.
 *
 * Errors: vectors of another size, and a single value for a channel.
 *
 * Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016.
 *
 * @example F.instanceNorm(tensor([[[1, 3]]]), { eps: 0 }) // tensor([[[-1.,  1.]]])
 */
export function instanceNorm(
  x: Tensor,
  {
    runningMean = null,
    runningVar = null,
    weight = null,
    bias = null,
    useInputStats = true,
    momentum = 0.1,
    eps = 1e-5,
  }: InstanceNormOptions = {},
): Tensor {
  checkInput("instanceNorm", x)
  checkEps("instanceNorm", eps)
  if (x.ndim < 3) throw wrongRank("instanceNorm", x.shape, "[N, C, …] with at least one dimension more")
  if (!useInputStats) return batchNorm(x, runningMean, runningVar, { weight, bias, eps })
  const count = x.shape.slice(2).reduce((n, size) => n * size, 1)
  if (count <= 1) throw messages.oneValuePerChannel("instanceNorm", x.shape)
  const [y, mean, variance] = standardize("instanceNorm", x, besidesChannels(x.ndim, 2), eps)
  if (runningMean !== null) moveTowards(runningMean, mean.mean(0), momentum)
  if (runningVar !== null) moveTowards(runningVar, variance.mean(0).mul(count / (count - 1)), momentum)
  return affine("instanceNorm", y, weight, bias)
}

/**
 * Brings groups of channels of each sample to mean 0 and variance 1, then scales and shifts each channel.
 *
 * Shape: input `[N, C, …]`; weight and bias are `[C]`.
 *
 * Errors: a number of channels that does not divide into the groups.
 *
 * Source: Wu and He, "Group Normalization", 2018.
 *
 * @example F.groupNorm(tensor([[1, 3, 5, 9]]), 2, { eps: 0 }) // tensor([[-1.,  1., -1.,  1.]])
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  { weight = null, bias = null, eps = 1e-5 }: NormOptions = {},
): Tensor {
  checkInput("groupNorm", x)
  checkEps("groupNorm", eps)
  if (x.ndim < 2) throw wrongRank("groupNorm", x.shape, "[N, C] or [N, C, …]")
  if (!Number.isInteger(numGroups) || numGroups < 1 || x.size(1) % numGroups !== 0)
    throw messages.groupSizes("groupNorm", x.size(1), numGroups)
  const groups = x.reshape([x.size(0), numGroups, -1]) // [N, G, C / G · …]
  const [y] = standardize("groupNorm", groups, [2], eps)
  return affine("groupNorm", y.reshape(x.shape), weight, bias)
}

/** The trailing dimensions that a shape names. */
function trailing(name: string, x: Tensor, shape: readonly number[]): number[] {
  if (shape.length === 0 || !sameShape(x.shape.slice(-shape.length), shape))
    throw messages.normalizedShape(name, x.shape, shape)
  return shape.map((_, i) => x.ndim - shape.length + i)
}

/** Refuses a weight or bias that has not the shape that is normalised. */
function checkTrailing(name: string, role: string, vector: Tensor | null, shape: readonly number[]): void {
  if (vector !== null && !sameShape(vector.shape, shape))
    throw messages.normalizedParameter(name, role, vector.shape, shape)
}

/** Options of `layerNorm`. */
export interface LayerNormOptions extends NormOptions {}

/**
 * Brings the last dimensions of each sample to mean 0 and variance 1, then scales and shifts.
 *
 * Formula: `(x - mean) / √(variance + eps) · weight + bias`.
 *
 * Errors: an input that does not end in `shape`.
 *
 * Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
 *
 * @param shape the sizes of the dimensions that are brought to mean 0 together
 * @example F.layerNorm(tensor([[1, 3], [4, 4]]), [2], { eps: 0.25 }) // tensor([[-0.8944,  0.8944],\n        [ 0.0000,  0.0000]])
 */
export function layerNorm(
  x: Tensor,
  shape: readonly number[],
  { weight = null, bias = null, eps = 1e-5 }: LayerNormOptions = {},
): Tensor {
  checkInput("layerNorm", x)
  checkEps("layerNorm", eps)
  const dims = trailing("layerNorm", x, shape)
  checkTrailing("layerNorm", "weight", weight, shape)
  checkTrailing("layerNorm", "bias", bias, shape)
  const alike = [weight, bias].every((vector) => vector === null || vector.dtype === x.dtype)
  if (dims.length === 1 && x.count > 0 && alike) return normalizeRows(x, weight, bias, eps)
  let [y] = standardize("layerNorm", x, dims, eps)
  if (weight !== null) y = y.mul(weight)
  return bias === null ? y : y.add(bias)
}

/** The distance from 1 to the next number, which `rmsNorm` takes for its eps unless it is given one. */
const machineEpsilon = { float32: 2 ** -23, float64: 2 ** -52 }

/** Options of `rmsNorm`. */
export interface RMSNormOptions {
  /** What each feature is multiplied by at last. */
  weight?: Tensor | null
  /** Keeps the divisor away from 0. Default: the distance from 1 to the next number of the type. */
  eps?: number | null
}

/**
 * Divides the last dimensions of each sample by the root of their mean square, then scales.
 *
 * Formula: `x / √(mean(x²) + eps) · weight`.
 *
 * Errors: an input that does not end in `shape`.
 *
 * Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
 *
 * @example F.rmsNorm(tensor([[1, 7]]), [2]) // tensor([[0.2000, 1.4000]])
 */
export function rmsNorm(
  x: Tensor,
  shape: readonly number[],
  { weight = null, eps = null }: RMSNormOptions = {},
): Tensor {
  checkInput("rmsNorm", x)
  const dims = trailing("rmsNorm", x, shape)
  checkTrailing("rmsNorm", "weight", weight, shape)
  const added = eps ?? machineEpsilon[x.dtype as "float32" | "float64"]
  checkEps("rmsNorm", added)
  const y = x.mul(x.square().mean(dims, { keepdim: true }).add(added).rsqrt())
  return weight === null ? y : y.mul(weight)
}

/** Options of `normalize`. */
export interface NormalizeOptions {
  /** The power of the norm. Default: 2. */
  p?: number
  /** The dimension along which vectors lie. Default: 1. */
  dim?: number
  /** The smallest divisor. Default: 1e-12. */
  eps?: number
}

/**
 * Divides vectors by their length: `x / max(‖x‖ₚ, eps)`.
 *
 * @example F.normalize(tensor([[3, 4]])) // tensor([[0.6000, 0.8000]])
 */
export function normalize(x: Tensor, { p = 2, dim = 1, eps = 1e-12 }: NormalizeOptions = {}): Tensor {
  checkInput("normalize", x)
  return x.div(x.norm(p, dim, { keepdim: true }).clamp(eps))
}

/** Options of `localResponseNorm`. */
export interface LocalResponseNormOptions {
  /** Default: 1e-4. */
  alpha?: number
  /** Default: 0.75. */
  beta?: number
  /** Default: 1. */
  k?: number
}

/**
 * Divides each element by what its neighbours among the channels add up to.
 *
 * Formula: `x / (k + alpha / size · Σ x²)^beta`, summed over `size` channels around each.
 *
 * Shape: input `[N, C, …]` with at least one dimension more; the output is alike.
 *
 * Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012.
 *
 * @example F.localResponseNorm(ones([1, 1, 1]), 1, { alpha: 1, beta: 1 }) // tensor([[[0.5000]]])
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): Tensor {
  checkInput("localResponseNorm", x)
  if (x.ndim < 3) throw wrongRank("localResponseNorm", x.shape, "[N, C, …] with at least one dimension more")
  if (!Number.isInteger(size) || size < 1) throw messages.badSize("localResponseNorm", "size", size)
  const border = (channels: number) =>
    uninitialized(
      x.shape.map((n, d) => (d === 1 ? channels : n)),
      x.dtype,
    ).fill_(0)
  const before = Math.floor(size / 2)
  const padded = cat([border(before), x.square(), border(size - 1 - before)], 1) // [N, C + size - 1, …]
  let sum = padded.narrow(1, 0, x.size(1))
  for (let i = 1; i < size; i++) sum = sum.add(padded.narrow(1, i, x.size(1)))
  return x.div(
    sum
      .mul(alpha / size)
      .add(k)
      .pow(beta),
  )
}
