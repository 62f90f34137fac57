import * as ops from "../ops/index.js"
import type { Reduction } from "../ops/loss.js"
import type { Tensor } from "../tensor/tensor.js"
import { Module } from "./module.js"

// Losses as modules: each holds its options and is one function of src/ops/loss.ts.

/** Options that every loss takes. */
export interface LossModuleOptions {
  /** How the losses of the samples become one. Default: `"mean"`. */
  reduction?: Reduction
}

abstract class Loss extends Module {
  readonly reduction: Reduction

  constructor({ reduction = "mean" }: LossModuleOptions = {}) {
    super()
    this.reduction = reduction
  }

  override extraRepr(): string {
    return this.reduction === "mean" ? "" : `reduction: ${this.reduction}`
  }
}

/**
 * The mean squared error: `mean((input - target)²)`.
 *
 * Errors: input and target must have one shape; `[32, 1]` against `[32]` is refused.
 *
 * @example new nn.MSELoss()(tensor([1, 2]), tensor([1, 4])) // tensor(2.)
 */
export class MSELoss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return ops.mseLoss(input, target, this)
  }
}

/** The mean absolute error: `mean(|input - target|)`. */
export class L1Loss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return ops.l1Loss(input, target, this)
  }
}

/** Squared below `delta`, straight above, so that outliers weigh less. */
export class HuberLoss extends Loss {
  readonly delta: number

  constructor({ delta = 1, ...options }: LossModuleOptions & { delta?: number } = {}) {
    super(options)
    this.delta = delta
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.huberLoss(input, target, this)
  }
}

/** The cross-entropy of probabilities and targets between 0 and 1; `BCEWithLogitsLoss` is safer. */
export class BCELoss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return ops.binaryCrossEntropy(input, target, this)
  }
}

/** The cross-entropy of scores, before the sigmoid, and targets between 0 and 1. */
export class BCEWithLogitsLoss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return ops.binaryCrossEntropyWithLogits(input, target, this)
  }
}

/** Options of the losses for classes. */
export interface ClassLossModuleOptions extends LossModuleOptions {
  /** How much each class counts. */
  weight?: Tensor
  /** A class number that does not count. Default: -100. */
  ignoreIndex?: number
}

/**
 * The cross-entropy of scores, before the softmax, and class numbers.
 *
 * Shape: input `[N, C]`, target `[N]` with class numbers from 0 to C - 1, or `[N, C]` with probabilities.
 *
 * @example new nn.CrossEntropyLoss()(tensor([[2, 0], [0, 1]]), tensor([0, 1])) // tensor(0.2201)
 */
export class CrossEntropyLoss extends Loss {
  readonly weight: Tensor | undefined
  readonly ignoreIndex: number
  readonly labelSmoothing: number

  constructor({
    weight,
    ignoreIndex = -100,
    labelSmoothing = 0,
    ...options
  }: ClassLossModuleOptions & { labelSmoothing?: number } = {}) {
    super(options)
    this.weight = weight
    this.ignoreIndex = ignoreIndex
    this.labelSmoothing = labelSmoothing
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.crossEntropy(input, target, this as ops.ClassLossOptions)
  }
}

/** The negative log-likelihood of log-probabilities and class numbers. */
export class NLLLoss extends Loss {
  readonly weight: Tensor | undefined
  readonly ignoreIndex: number

  constructor({ weight, ignoreIndex = -100, ...options }: ClassLossModuleOptions = {}) {
    super(options)
    this.weight = weight
    this.ignoreIndex = ignoreIndex
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.nllLoss(input, target, this as ops.ClassLossOptions)
  }
}
