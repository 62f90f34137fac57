import * as ops from "../ops/index.js"
import { type Reduction, smoothL1Loss } from "../ops/loss.js"
import type { Tensor } from "../tensor/tensor.js"
import { type CTCLossOptions, ctcLoss } from "./functional/ctc-loss.js"
import {
  type GaussianNLLOptions,
  gaussianNllLoss,
  type KLDivOptions,
  klDiv,
  type PoissonNLLOptions,
  poissonNllLoss,
} from "./functional/likelihood-losses.js"
import { softmaxTwice } from "./loss-messages.js"
import { Module } from "./module.js"

// Losses as modules: each holds its options and is one function of src/ops/loss.ts or of functional/. Those with a margin
// stand in margin-losses.ts.

/** Options that every loss takes. */
export interface LossModuleOptions {
  /** How the losses of the samples become one. Default: `"mean"`. */
  reduction?: Reduction
}

/** The base of the losses: how the losses of the samples become one. */
export abstract class Loss extends Module {
  readonly reduction: Reduction

  constructor({ reduction = "mean" }: LossModuleOptions = {}) {
    super()
    this.reduction = reduction
  }

  abstract override forward(...inputs: Tensor[]): Tensor

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

/**
 * The mean absolute error: `mean(|input - target|)`.
 *
 * @example new nn.L1Loss()(tensor([1, 2]), tensor([1, 4])) // tensor(1.)
 */
export class L1Loss extends Loss {
  forward(input: Tensor, target: Tensor): Tensor {
    return ops.l1Loss(input, target, this)
  }
}

/**
 * Squared below `delta`, straight above, so that outliers weigh less.
 *
 * Formula: `0.5 · d²` where |d| < delta, else `delta · (|d| - 0.5 · delta)`.
 *
 * Source: Huber, "Robust Estimation of a Location Parameter", 1964.
 *
 * @example new nn.HuberLoss()(tensor([0, 3]), tensor([1, 0])) // tensor(1.5000)
 */
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

/**
 * The smooth mean absolute error: squared near 0, straight from `beta` on, with a slope of 1.
 *
 * Source: Girshick, "Fast R-CNN", 2015.
 *
 * @example new nn.SmoothL1Loss()(tensor([0, 3]), tensor([1, 0])) // tensor(1.5000)
 */
export class SmoothL1Loss extends Loss {
  readonly beta: number

  constructor({ beta = 1, ...options }: LossModuleOptions & { beta?: number } = {}) {
    super(options)
    this.beta = beta
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this)
  }
}

/** Options of `BCELoss`. */
export interface BCELossModuleOptions extends LossModuleOptions {
  /** How much each element counts; broadcasts to the input. */
  weight?: Tensor | undefined
}

/**
 * The cross-entropy of probabilities and targets between 0 and 1; `BCEWithLogitsLoss` is safer.
 *
 * @example new nn.BCELoss()(tensor([0.5, 0.9]), tensor([0, 1])) // tensor(0.3993)
 */
export class BCELoss extends Loss {
  readonly weight: Tensor | undefined

  constructor({ weight, ...options }: BCELossModuleOptions = {}) {
    super(options)
    this.weight = weight
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.binaryCrossEntropy(input, target, this)
  }
}

/** Options of `BCEWithLogitsLoss`. */
export interface BCEWithLogitsLossModuleOptions extends BCELossModuleOptions {
  /** How much more a target of 1 counts, such as negatives / positives; broadcasts to the input. */
  posWeight?: Tensor | undefined
}

/**
 * The cross-entropy of scores, before the sigmoid, and targets between 0 and 1.
 *
 * @example new nn.BCEWithLogitsLoss()(tensor([0, 2]), tensor([0, 1])) // tensor(0.4100)
 */
export class BCEWithLogitsLoss extends Loss {
  readonly weight: Tensor | undefined
  readonly posWeight: Tensor | undefined

  constructor({ weight, posWeight, ...options }: BCEWithLogitsLossModuleOptions = {}) {
    super(options)
    this.weight = weight
    this.posWeight = posWeight
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return ops.binaryCrossEntropyWithLogits(input, target, this)
  }

  /** The name that PyTorch gives it. */
  override members(): Iterable<[string, unknown]> {
    return [
      ["weight", this.weight],
      ["pos_weight", this.posWeight],
    ]
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
  #told = false

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
    if (input.node?.operation === "softmax" && !this.#told) {
      this.#told = true
      console.warn(softmaxTwice("CrossEntropyLoss"))
    }
    return ops.crossEntropy(input, target, this as ops.ClassLossOptions)
  }
}

/**
 * The negative log-likelihood of log-probabilities and class numbers: `-input[target]`.
 *
 * Shape: input `[N, C]` (or `[C]`, or `[N, C, d…]`), target `[N]` with class numbers.
 *
 * @example new nn.NLLLoss()(tensor([[0.5, 0.5]]).log(), tensor([0])) // tensor(0.6931)
 */
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

/**
 * The Kullback-Leibler divergence of a distribution from another: `target · (log target - input)`. Only the reduction
 * `"batchmean"` gives the divergence as it is defined.
 *
 * Source: Kullback and Leibler, "On Information and Sufficiency", 1951.
 *
 * @example new nn.KLDivLoss({ reduction: "batchmean" })(tensor([[0.5, 0.5]]).log(), tensor([[0.9, 0.1]])) // tensor(0.3681)
 */
export class KLDivLoss extends Module {
  readonly reduction: NonNullable<KLDivOptions["reduction"]>
  readonly logTarget: boolean

  constructor({ reduction = "mean", logTarget = false }: KLDivOptions = {}) {
    super()
    this.reduction = reduction
    this.logTarget = logTarget
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this)
  }

  override extraRepr(): string {
    return this.reduction === "mean" ? "" : `reduction: ${this.reduction}`
  }
}

/**
 * The negative log-likelihood of targets that are normally distributed around the input.
 *
 * Formula: `½ (log var + (x - t)² / var)`.
 *
 * Source: Nix and Weigend, "Estimating the mean and variance of the target probability distribution", 1994.
 *
 * @example new nn.GaussianNLLLoss()(tensor([1]), tensor([3]), tensor([4])) // tensor(1.1931)
 */
export class GaussianNLLLoss extends Loss {
  readonly full: boolean
  readonly eps: number

  constructor({ full = false, eps = 1e-6, ...options }: GaussianNLLOptions = {}) {
    super(options)
    this.full = full
    this.eps = eps
  }

  forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(input, target, variance, this)
  }
}

/**
 * The negative log-likelihood of counts with the rate that the input gives.
 *
 * Formula: `eˣ - t · x`, or `x - t · log x` where the input is the rate itself.
 *
 * @example new nn.PoissonNLLLoss()(tensor([0]), tensor([2])) // tensor(1.)
 */
export class PoissonNLLLoss extends Loss {
  readonly logInput: boolean
  readonly full: boolean
  readonly eps: number

  constructor({ logInput = true, full = false, eps = 1e-8, ...options }: PoissonNLLOptions = {}) {
    super(options)
    this.logInput = logInput
    this.full = full
    this.eps = eps
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(input, target, this)
  }
}

/**
 * Connectionist temporal classification: the negative log-probability of a sequence of labels, whatever way it is spread
 * over the steps, with blanks between and labels held on.
 *
 * Shape: input `[T, N, C]` (or `[T, C]`), logarithms of probabilities; targets `[N, S]` or one long list; lengths `[N]`.
 *
 * Source: Graves et al., "Connectionist Temporal Classification", 2006.
 *
 * @example new nn.CTCLoss()(zeros([2, 1, 2]).logSoftmax(2), tensor([[1]]), [2], [1]) // tensor(0.2877)
 */
export class CTCLoss extends Module {
  readonly reduction: Reduction
  readonly blank: number
  readonly zeroInfinity: boolean

  constructor({ reduction = "mean", blank = 0, zeroInfinity = false }: CTCLossOptions = {}) {
    super()
    this.reduction = reduction
    this.blank = blank
    this.zeroInfinity = zeroInfinity
  }

  forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: Tensor | readonly number[] | number,
    targetLengths: Tensor | readonly number[] | number,
  ): Tensor {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this)
  }
}
