import { uninitialized } from "../tensor/allocate.js"
import { badNumber, notATensor, wrongRank } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/normalization.js"
import { ones_, zeros_ } from "./init.js"
import { checkSize } from "./linear.js"
import { channelCount, groupSizes } from "./messages.js"
import { Parameter } from "./parameter.js"
import { ShapeKeeping } from "./shape-keeping.js"

// Normalisation of each sample for itself: nothing is kept between batches. Batch normalisation stands in batch-norm.ts.

/** Fills a pair of scale and shift with what changes nothing. */
export function resetAffine(weight: Parameter | null, bias: Parameter | null): void {
  if (weight !== null) ones_(weight)
  if (bias !== null) zeros_(bias)
}

function checkShape(layer: string, shape: number | readonly number[]): readonly number[] {
  const sizes = typeof shape === "number" ? [shape] : shape
  for (const size of sizes) checkSize(layer, "shape", size)
  return sizes
}

/** Refuses an eps that is none. */
export function checkEps(layer: string, eps: number): void {
  if (!(eps >= 0)) throw badNumber(layer, "eps", eps, "a number of at least 0")
}

/** Options of `LayerNorm`. */
export interface LayerNormLayerOptions {
  /** Keeps the divisor away from 0. Default: 1e-5. */
  eps?: number
  /** Whether a scale and a shift are learned. Default: true. */
  elementwiseAffine?: boolean
  /** Whether the shift is learned too. Default: true. */
  bias?: boolean
}

/**
 * Brings the last dimensions of each sample to mean 0 and variance 1, then scales and shifts by what is learned.
 *
 * Formula: `(x - mean) / √(variance + eps) · weight + bias`.
 *
 * Shape: input `[..., *shape]`, output alike; `weight` and `bias` have the given shape.
 *
 * Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
 *
 * @example new nn.LayerNorm(4)(zeros([2, 4])).shape // [2, 4]
 */
export class LayerNorm extends ShapeKeeping {
  readonly shape: readonly number[]
  readonly eps: number
  readonly weight: Parameter | null
  readonly bias: Parameter | null

  constructor(
    shape: number | readonly number[],
    { eps = 1e-5, elementwiseAffine = true, bias = true }: LayerNormLayerOptions = {},
  ) {
    super()
    this.shape = checkShape("LayerNorm", shape)
    checkEps("LayerNorm", eps)
    this.eps = eps
    this.weight = elementwiseAffine ? new Parameter(uninitialized(this.shape, "float32")) : null
    this.bias = elementwiseAffine && bias ? new Parameter(uninitialized(this.shape, "float32")) : null
    this.resetParameters()
  }

  /** Sets the scale back to 1 and the shift to 0. */
  resetParameters(): void {
    resetAffine(this.weight, this.bias)
  }

  forward(x: Tensor): Tensor {
    return F.layerNorm(x, this.shape, this)
  }

  override extraRepr(): string {
    return this.shape.join(" x ")
  }
}

/** Options of `RMSNorm`. */
export interface RMSNormLayerOptions {
  /** Keeps the divisor away from 0. Default: the distance from 1 to the next number of the input's type. */
  eps?: number | null
  /** Whether a scale is learned. Default: true. */
  elementwiseAffine?: boolean
}

/**
 * Divides the last dimensions of each sample by the root of their mean square, then scales by what is learned.
 *
 * Formula: `x / √(mean(x²) + eps) · weight`.
 *
 * Shape: input `[..., *shape]`, output alike; `weight` has the given shape.
 *
 * Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
 *
 * @example new nn.RMSNorm(2)(tensor([[1, 7]])).shape // [1, 2]
 */
export class RMSNorm extends ShapeKeeping {
  readonly shape: readonly number[]
  readonly eps: number | null
  readonly weight: Parameter | null

  constructor(shape: number | readonly number[], { eps = null, elementwiseAffine = true }: RMSNormLayerOptions = {}) {
    super()
    this.shape = checkShape("RMSNorm", shape)
    if (eps !== null) checkEps("RMSNorm", eps)
    this.eps = eps
    this.weight = elementwiseAffine ? new Parameter(uninitialized(this.shape, "float32")) : null
    this.resetParameters()
  }

  /** Sets the scale back to 1. */
  resetParameters(): void {
    resetAffine(this.weight, null)
  }

  forward(x: Tensor): Tensor {
    return F.rmsNorm(x, this.shape, this)
  }

  override extraRepr(): string {
    return this.shape.join(" x ")
  }
}

/** Options of `GroupNorm`. */
export interface GroupNormLayerOptions {
  /** Keeps the divisor away from 0. Default: 1e-5. */
  eps?: number
  /** Whether a scale and a shift are learned for each channel. Default: true. */
  affine?: boolean
}

/**
 * Brings groups of channels of each sample to mean 0 and variance 1, then scales and shifts each channel.
 *
 * Shape: input `[N, C, …]`, output alike; `weight` and `bias` are `[C]`.
 *
 * Errors: channels that do not divide into the groups, and an input with another number of channels.
 *
 * Source: Wu and He, "Group Normalization", 2018.
 *
 * @example new nn.GroupNorm(2, 4)(zeros([1, 4, 3])).shape // [1, 4, 3]
 */
export class GroupNorm extends ShapeKeeping {
  readonly eps: number
  readonly weight: Parameter | null
  readonly bias: Parameter | null

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    { eps = 1e-5, affine = true }: GroupNormLayerOptions = {},
  ) {
    super()
    checkSize("GroupNorm", "numGroups", numGroups)
    checkSize("GroupNorm", "numChannels", numChannels)
    if (numChannels % numGroups !== 0) throw groupSizes("GroupNorm", numChannels, numGroups)
    checkEps("GroupNorm", eps)
    this.eps = eps
    this.weight = affine ? new Parameter(uninitialized([numChannels], "float32")) : null
    this.bias = affine ? new Parameter(uninitialized([numChannels], "float32")) : null
    this.resetParameters()
  }

  /** Sets the scale back to 1 and the shift to 0. */
  resetParameters(): void {
    resetAffine(this.weight, this.bias)
  }

  forward(x: Tensor): Tensor {
    if (!(x instanceof Tensor)) throw notATensor("GroupNorm", x, "a tensor")
    if (x.ndim < 2) throw wrongRank("GroupNorm", x.shape, "[N, C] or [N, C, …]")
    if (x.size(1) !== this.numChannels) throw channelCount("GroupNorm", x.shape, x.size(1), this.numChannels)
    return F.groupNorm(x, this.numGroups, this)
  }

  override extraRepr(): string {
    return `${this.numGroups} groups, ${this.numChannels} channels`
  }
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
 * @example new nn.LocalResponseNorm(2)(ones([1, 4, 3])).shape // [1, 4, 3]
 */
export class LocalResponseNorm extends ShapeKeeping {
  readonly alpha: number
  readonly beta: number
  readonly k: number

  constructor(
    readonly size: number,
    { alpha = 1e-4, beta = 0.75, k = 1 }: F.LocalResponseNormOptions = {},
  ) {
    super()
    checkSize("LocalResponseNorm", "size", size)
    this.alpha = alpha
    this.beta = beta
    this.k = k
  }

  forward(x: Tensor): Tensor {
    return F.localResponseNorm(x, this.size, this)
  }

  override extraRepr(): string {
    return `${this.size}, alpha: ${this.alpha}, beta: ${this.beta}, k: ${this.k}`
  }
}
