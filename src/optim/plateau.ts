import { Tensor } from "../tensor/tensor.js"
import { badSetting } from "./messages.js"
import { checkRange, type Optimizer } from "./optimizer.js"
import { checkCount, Scheduler } from "./scheduler.js"

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether the measure should become smaller (`"min"`, as a loss) or larger (`"max"`, as an accuracy). */
  mode?: "min" | "max"
  /** What the rate is multiplied by. Default: 0.1. */
  factor?: number
  /** How many epochs without an improvement are let pass. Default: 10. */
  patience?: number
  /** What counts as an improvement. Default: 1e-4. */
  threshold?: number
  /** Whether the threshold is a share of the best so far or a difference. Default: `"rel"`. */
  thresholdMode?: "rel" | "abs"
  /** How many epochs after a reduction are not counted. Default: 0. */
  cooldown?: number
  /** The lowest rate, for all groups or for each. Default: 0. */
  minLr?: number | readonly number[]
  /** A change smaller than this is left out. Default: 1e-8. */
  eps?: number
}

/**
 * Multiplies the learning rate by `factor` when a measure, such as the validation loss, has stopped getting better.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.ReduceLROnPlateau(o, { patience: 1, factor: 0.5 }); [3, 2, 2, 2].map((loss) => (s.step(loss), o.paramGroups[0].lr)) // [1, 1, 1, 0.5]
 */
export class ReduceLROnPlateau extends Scheduler {
  readonly mode: "min" | "max"
  readonly factor: number
  readonly patience: number
  readonly threshold: number
  readonly thresholdMode: "rel" | "abs"
  readonly cooldown: number
  readonly minLrs: readonly number[]
  readonly eps: number
  /** The best measure so far. */
  best: number
  /** How many epochs have passed without an improvement. */
  numBadEpochs = 0
  /** How many epochs are not counted yet. */
  cooldownCounter = 0

  constructor(
    optimizer: Optimizer,
    {
      mode = "min",
      factor = 0.1,
      patience = 10,
      threshold = 1e-4,
      thresholdMode = "rel",
      cooldown = 0,
      minLr = 0,
      eps = 1e-8,
    }: ReduceLROnPlateauOptions = {},
  ) {
    super(optimizer)
    const name = "ReduceLROnPlateau"
    if (mode !== "min" && mode !== "max") throw badSetting(name, "mode", mode, 'must be "min" or "max"')
    if (thresholdMode !== "rel" && thresholdMode !== "abs")
      throw badSetting(name, "thresholdMode", thresholdMode, 'must be "rel" or "abs"')
    if (!(factor >= 0 && factor < 1)) throw badSetting(name, "factor", factor, "must be at least 0 and below 1")
    checkCount(name, "patience", patience, 0)
    checkCount(name, "cooldown", cooldown, 0)
    const groups = optimizer.paramGroups.length
    const minLrs = typeof minLr === "number" ? new Array<number>(groups).fill(minLr) : minLr
    if (!Array.isArray(minLrs) || minLrs.length !== groups)
      throw badSetting(name, "minLr", minLr, `must be a number, or an array of one for each group (${groups})`)
    for (const low of minLrs) checkRange(name, "minLr", low)
    this.mode = mode
    this.factor = factor
    this.patience = patience
    this.threshold = threshold
    this.thresholdMode = thresholdMode
    this.cooldown = cooldown
    this.minLrs = minLrs
    this.eps = eps
    this.best = mode === "min" ? Infinity : -Infinity
    this.lastEpoch = 0
  }

  /** Takes note of a measure, once an epoch. */
  override step(metric?: number | Tensor): void {
    const value = metric instanceof Tensor ? metric.item() : metric
    if (typeof value !== "number")
      throw badSetting("ReduceLROnPlateau", "step", metric, "must be given the measure, such as step(valLoss)")
    this.lastEpoch++
    if (this.#isBetter(value)) {
      this.best = value
      this.numBadEpochs = 0
    } else this.numBadEpochs++
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--
      this.numBadEpochs = 0
    }
    if (this.numBadEpochs > this.patience) {
      this.optimizer.paramGroups.forEach((group, i) => {
        group.lr = this.rate(group.lr, 0, i)
      })
      this.cooldownCounter = this.cooldown
      this.numBadEpochs = 0
    }
  }

  protected rate(lr: number, _base: number, group: number): number {
    const lower = Math.max(lr * this.factor, this.minLrs[group] ?? 0)
    return lr - lower > this.eps ? lower : lr
  }

  #isBetter(value: number): boolean {
    const { best, threshold, mode } = this
    const isShare = this.thresholdMode === "rel"
    if (mode === "min") return value < (isShare ? best * (1 - threshold) : best - threshold)
    return value > (isShare ? best * (threshold + 1) : best + threshold)
  }
}
