import type { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/margin-losses.js"
import { Loss, type LossModuleOptions } from "./losses.js"

// Losses that are 0 beyond a margin, and their soft relatives, as modules: each is one function of functional/margin-losses.ts.

/**
 * Draws inputs of targets 1 to 0, and pushes those of -1 beyond a margin: `x`, or `max(0, margin - x)`.
 *
 * @example new nn.HingeEmbeddingLoss()(tensor([0.5, 0.25]), tensor([1, -1])) // tensor(0.6250)
 */
export class HingeEmbeddingLoss extends Loss {
  readonly margin: number

  constructor({ margin = 1, ...options }: F.MarginLossOptions = {}) {
    super(options)
    this.margin = margin
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.hingeEmbeddingLoss(input, target, this)
  }
}

/**
 * Wants the first input to be larger where the target is 1, and smaller where it is -1: `max(0, -t (x₁ - x₂) + margin)`.
 *
 * @example new nn.MarginRankingLoss()(tensor([1, 2]), tensor([3, 0]), tensor([1, 1])) // tensor(1.)
 */
export class MarginRankingLoss extends Loss {
  readonly margin: number

  constructor({ margin = 0, ...options }: F.MarginLossOptions = {}) {
    super(options)
    this.margin = margin
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.marginRankingLoss(input1, input2, target, this)
  }
}

/**
 * The logistic loss of signs: `log(1 + e^(-t · x))`.
 *
 * @example new nn.SoftMarginLoss()(tensor([0, 2]), tensor([1, -1])) // tensor(1.4100)
 */
export class SoftMarginLoss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return F.softMarginLoss(input, target, this)
  }
}

/**
 * The hinge loss of several classes: every other class that comes within a margin of the right one counts.
 *
 * Shape: input `[N, C]` or `[C]`, target `[N]` or `[]` with class numbers.
 *
 * Source: Crammer and Singer, "On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines", 2001.
 *
 * @example new nn.MultiMarginLoss()(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([3])) // tensor(0.3250)
 */
export class MultiMarginLoss extends Loss {
  readonly p: 1 | 2
  readonly margin: number
  readonly weight: Tensor | undefined

  constructor({ p = 1, margin = 1, weight, ...options }: F.MultiMarginLossOptions = {}) {
    super(options)
    this.p = p
    this.margin = margin
    this.weight = weight
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.multiMarginLoss(input, target, this)
  }
}

/**
 * The hinge loss of several right classes: each right one must beat each wrong one by 1.
 *
 * Shape: input `[N, C]` or `[C]`, target alike: in each row the numbers of the right classes, then -1.
 *
 * @example new nn.MultiLabelMarginLoss()(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([[3, 0, -1, 1]])) // tensor(0.8500)
 */
export class MultiLabelMarginLoss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return F.multiLabelMarginLoss(input, target, this)
  }
}

/**
 * The binary cross-entropy of each class for itself, averaged over the classes.
 *
 * Shape: input `[N, C]` or `[C]`, target alike, with 1 for classes that are right and 0 for the others.
 *
 * @example new nn.MultiLabelSoftMarginLoss()(tensor([[0, 2]]), tensor([[0, 1]])) // tensor(0.4100)
 */
export class MultiLabelSoftMarginLoss extends Loss {
  readonly weight: Tensor | undefined

  constructor({ weight, ...options }: F.MultiLabelSoftMarginLossOptions = {}) {
    super(options)
    this.weight = weight
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.multiLabelSoftMarginLoss(input, target, this)
  }
}

/**
 * Turns vectors towards each other where the target is 1, and apart where it is -1: `1 - cos`, or
 * `max(0, cos - margin)`.
 *
 * Shape: inputs `[N, D]` or `[D]`, target `[N]` or `[]` (1 or -1).
 *
 * @example new nn.CosineEmbeddingLoss()(tensor([[1, 0]]), tensor([[1, 1]]), tensor([1])) // tensor(0.2929)
 */
export class CosineEmbeddingLoss extends Loss {
  readonly margin: number

  constructor({ margin = 0, ...options }: F.MarginLossOptions = {}) {
    super(options)
    this.margin = margin
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.cosineEmbeddingLoss(input1, input2, target, this)
  }
}

/**
 * Wants an anchor to be nearer to its positive than to its negative: `max(0, d(a, p) - d(a, n) + margin)`.
 *
 * Source: Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks", 2016.
 *
 * @example new nn.TripletMarginLoss()(tensor([[0]]), tensor([[1]]), tensor([[1.5]])) // tensor(0.5000)
 */
export class TripletMarginLoss extends Loss {
  readonly margin: number
  readonly p: number
  readonly eps: number
  readonly swap: boolean

  constructor({ margin = 1, p = 2, eps = 1e-6, swap = false, ...options }: F.TripletMarginLossOptions = {}) {
    super(options)
    this.margin = margin
    this.p = p
    this.eps = eps
    this.swap = swap
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return F.tripletMarginLoss(anchor, positive, negative, this)
  }
}

/**
 * `TripletMarginLoss` with any distance.
 *
 * @example new nn.TripletMarginWithDistanceLoss({ distanceFunction: (a, b) => a.sub(b).abs().sum(1) })(tensor([[0]]), tensor([[1]]), tensor([[1.5]])) // tensor(0.5000)
 */
export class TripletMarginWithDistanceLoss extends Loss {
  readonly options: F.TripletDistanceOptions

  constructor({ ...options }: F.TripletDistanceOptions & LossModuleOptions = {}) {
    super(options)
    this.options = options
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return F.tripletMarginWithDistanceLoss(anchor, positive, negative, this.options)
  }
}
