import { noGrad } from "../autograd/mode.js"
import { uninitialized } from "../tensor/allocate.js"
import { notATensor, wrongRank } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/normalization.js"
import { checkSize } from "./linear.js"
import { channelCount, outOfRange } from "./messages.js"
import { checkEps, resetAffine } from "./normalization.js"
import { Parameter } from "./parameter.js"
import { ShapeKeeping } from "./shape-keeping.js"

/** Options of the layers that keep running statistics. */
export interface BatchNormLayerOptions {
  /** Keeps the divisor away from 0. Default: 1e-5. */
  eps?: number
  /** How far the running mean and variance move towards those of a batch; null for the mean of all batches. Default: 0.1. */
  momentum?: number | null
  /** Whether a scale and a shift are learned for each channel. Default: true for batches, false for instances. */
  affine?: boolean
  /** Whether running statistics are kept, for `eval()`. Default: true for batches, false for instances. */
  trackRunningStats?: boolean
}

/** What batch and instance normalisation share: scale and shift, and the running mean and variance. */
export abstract class RunningNorm extends ShapeKeeping {
  readonly eps: number
  readonly momentum: number | null
  readonly affine: boolean
  readonly trackRunningStats: boolean
  readonly weight: Parameter | null
  readonly bias: Parameter | null
  readonly runningMean: Tensor | null
  readonly runningVar: Tensor | null
  readonly numBatchesTracked: Tensor | null

  constructor(
    readonly numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormLayerOptions,
  ) {
    super()
    const name = this.constructor.name
    checkSize(name, "numFeatures", numFeatures)
    checkEps(name, eps)
    if (momentum !== null && !(momentum >= 0 && momentum <= 1))
      throw outOfRange(name, "momentum", momentum, "must lie between 0 and 1, or be null for the mean of all batches")
    this.eps = eps
    this.momentum = momentum
    this.affine = affine
    this.trackRunningStats = trackRunningStats
    const vector = () => uninitialized([numFeatures], "float32")
    this.weight = affine ? new Parameter(vector()) : null
    this.bias = affine ? new Parameter(vector()) : null
    this.runningMean = trackRunningStats ? vector() : null
    this.runningVar = trackRunningStats ? vector() : null
    this.numBatchesTracked = trackRunningStats ? uninitialized([], "int32") : null
    this.resetParameters()
  }

  abstract override forward(x: Tensor): Tensor

  /** The ranks that the layer takes, and how they are written. */
  protected abstract get ranks(): readonly [ranks: readonly number[], wanted: string]

  /** Forgets the running statistics. */
  resetRunningStats(): void {
    this.runningMean?.zero_()
    this.runningVar?.fill_(1)
    this.numBatchesTracked?.zero_()
  }

  /** Sets scale, shift and running statistics back to where they started. */
  resetParameters(): void {
    this.resetRunningStats()
    resetAffine(this.weight, this.bias)
  }

  /** Refuses an input of another rank or number of channels. */
  protected checkInput(x: Tensor, channelDim: number): void {
    const name = this.constructor.name
    if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
    const [ranks, wanted] = this.ranks
    if (!ranks.includes(x.ndim)) throw wrongRank(name, x.shape, wanted)
    if (x.size(channelDim) !== this.numFeatures) throw channelCount(name, x.shape, x.size(channelDim), this.numFeatures)
  }

  /** Counts a batch and says how far the running statistics move towards it. */
  protected countBatch(): number {
    const { numBatchesTracked, momentum } = this
    if (numBatchesTracked === null) return momentum ?? 0
    noGrad(() => numBatchesTracked.add_(1))
    return momentum ?? 1 / numBatchesTracked.item()
  }

  /** The names that PyTorch gives them. */
  override members(): Iterable<[string, unknown]> {
    return [
      ["weight", this.weight],
      ["bias", this.bias],
      ["running_mean", this.runningMean],
      ["running_var", this.runningVar],
      ["num_batches_tracked", this.numBatchesTracked],
    ]
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum } = this
    const settings = [String(numFeatures)]
    if (eps !== 1e-5) settings.push(`eps: ${eps}`)
    if (momentum !== 0.1) settings.push(`momentum: ${momentum}`)
    return settings.join(", ")
  }
}

abstract class BatchNorm extends RunningNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options)
  }

  forward(x: Tensor): Tensor {
    this.checkInput(x, 1)
    const { training, runningMean, runningVar, weight, bias, eps } = this
    const momentum = training ? this.countBatch() : 0
    return F.batchNorm(x, runningMean, runningVar, { weight, bias, training, momentum, eps })
  }
}

/**
 * Brings each feature to mean 0 and variance 1 over the batch, then scales and shifts by what is learned. In `eval()` the
 * running mean and variance take the place of the batch's.
 *
 * Formula: `(x - mean) / √(variance + eps) · weight + bias`; the running values move by
 * `running ← (1 - momentum) · running + momentum · batch`, the variance with n - 1 in its divisor.
 *
 * Shape: input `[N, C]` or `[N, C, L]`, output alike.
 *
 * Errors: an input of another rank or number of channels, and a single value for a channel while training.
 *
 * Source: Ioffe and Szegedy, "Batch Normalization", 2015.
 *
 * @example new nn.BatchNorm1d(3)(zeros([2, 3])).shape // [2, 3]
 */
export class BatchNorm1d extends BatchNorm {
  protected get ranks() {
    return [[2, 3], "[N, C] or [N, C, L]"] as const
  }
}

/**
 * Batch normalisation of images, as `nn.BatchNorm1d`.
 *
 * Shape: input `[N, C, H, W]`, output alike.
 *
 * @example new nn.BatchNorm2d(3)(zeros([2, 3, 4, 4])).shape // [2, 3, 4, 4]
 */
export class BatchNorm2d extends BatchNorm {
  protected get ranks() {
    return [[4], "[N, C, H, W]"] as const
  }
}

/**
 * Batch normalisation of volumes, as `nn.BatchNorm1d`.
 *
 * Shape: input `[N, C, D, H, W]`, output alike.
 *
 * @example new nn.BatchNorm3d(3)(zeros([2, 3, 1, 2, 2])).shape // [2, 3, 1, 2, 2]
 */
export class BatchNorm3d extends BatchNorm {
  protected get ranks() {
    return [[5], "[N, C, D, H, W]"] as const
  }
}

abstract class InstanceNorm extends RunningNorm {
  constructor(
    numFeatures: number,
    { affine = false, trackRunningStats = false, ...options }: BatchNormLayerOptions = {},
  ) {
    super(numFeatures, { affine, trackRunningStats, ...options })
  }

  forward(x: Tensor): Tensor {
    const batched = x instanceof Tensor && x.ndim === this.ranks[0][0]
    this.checkInput(x, batched ? 1 : 0)
    const { runningMean, runningVar, weight, bias, eps, trackRunningStats } = this
    const useInputStats = this.training || !trackRunningStats
    const momentum = this.momentum ?? 0 // as in PyTorch, which counts no batches here
    const options = { runningMean, runningVar, weight, bias, useInputStats, momentum, eps }
    return batched ? F.instanceNorm(x, options) : F.instanceNorm(x.unsqueeze(0), options).squeeze(0)
  }
}

/**
 * Brings each channel of each sample to mean 0 and variance 1.
 *
 * Shape: input `[N, C, L]` or `[C, L]`, output alike.
 *
 * Errors: an input of another rank or number of channels, and channels of a single value.
 *
 * Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016.
 *
 * @example new nn.InstanceNorm1d(3)(zeros([2, 3, 4])).shape // [2, 3, 4]
 */
export class InstanceNorm1d extends InstanceNorm {
  protected get ranks() {
    return [[3, 2], "[N, C, L] or [C, L]"] as const
  }
}

/**
 * Instance normalisation of images, as `nn.InstanceNorm1d`.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output alike.
 *
 * @example new nn.InstanceNorm2d(3)(zeros([2, 3, 4, 4])).shape // [2, 3, 4, 4]
 */
export class InstanceNorm2d extends InstanceNorm {
  protected get ranks() {
    return [[4, 3], "[N, C, H, W] or [C, H, W]"] as const
  }
}

/**
 * Instance normalisation of volumes, as `nn.InstanceNorm1d`.
 *
 * Shape: input `[N, C, D, H, W]` or `[C, D, H, W]`, output alike.
 *
 * @example new nn.InstanceNorm3d(3)(zeros([2, 3, 1, 2, 2])).shape // [2, 3, 1, 2, 2]
 */
export class InstanceNorm3d extends InstanceNorm {
  protected get ranks() {
    return [[5, 4], "[N, C, D, H, W] or [C, D, H, W]"] as const
  }
}
