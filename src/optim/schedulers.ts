import { badSetting } from "./messages.js"
import { checkRange, type Optimizer } from "./optimizer.js"

/** The base of the schedules: after every epoch `step()` sets the learning rate of each group. */
abstract class Scheduler {
  /** How many steps were taken. */
  protected epoch = 0
  /** The learning rate that each group began with. */
  protected readonly baseRates: readonly number[]

  constructor(protected readonly optimizer: Optimizer) {
    this.baseRates = optimizer.paramGroups.map((group) => group.lr)
  }

  /** The learning rate after `epoch` steps of a group that began with `base`. */
  protected abstract rateAt(epoch: number, base: number): number

  /** Goes on to the next epoch. */
  step(): void {
    this.epoch++
    this.optimizer.paramGroups.forEach((group, i) => {
      group.lr = this.rateAt(this.epoch, this.baseRates[i] ?? group.lr)
    })
  }

  /** The learning rates of the groups as they are now. */
  getLastLr(): number[] {
    return this.optimizer.paramGroups.map((group) => group.lr)
  }
}

/** Multiplies the learning rate by `gamma` every `stepSize` epochs. */
export class StepLR extends Scheduler {
  readonly stepSize: number
  readonly gamma: number

  constructor(optimizer: Optimizer, { stepSize, gamma = 0.1 }: { stepSize: number; gamma?: number }) {
    super(optimizer)
    if (!Number.isInteger(stepSize) || stepSize < 1)
      throw badSetting("StepLR", "stepSize", stepSize, "must be a whole number of at least 1")
    checkRange("StepLR", "gamma", gamma)
    this.stepSize = stepSize
    this.gamma = gamma
  }

  protected rateAt(epoch: number, base: number): number {
    return base * this.gamma ** Math.floor(epoch / this.stepSize)
  }
}

/** Multiplies the learning rate by `gamma` every epoch. */
export class ExponentialLR extends Scheduler {
  readonly gamma: number

  constructor(optimizer: Optimizer, { gamma }: { gamma: number }) {
    super(optimizer)
    checkRange("ExponentialLR", "gamma", gamma)
    this.gamma = gamma
  }

  protected rateAt(epoch: number, base: number): number {
    return base * this.gamma ** epoch
  }
}

/**
 * Lowers the learning rate along half a cosine from its start to `etaMin` in `tMax` epochs, and up again if one goes on.
 *
 * Formula: `etaMin + (lr - etaMin) · (1 + cos(π · epoch / tMax)) / 2`.
 *
 * Source: Loshchilov and Hutter, "SGDR", 2016 (without restarts).
 */
export class CosineAnnealingLR extends Scheduler {
  readonly tMax: number
  readonly etaMin: number

  constructor(optimizer: Optimizer, { tMax, etaMin = 0 }: { tMax: number; etaMin?: number }) {
    super(optimizer)
    if (!Number.isInteger(tMax) || tMax < 1)
      throw badSetting("CosineAnnealingLR", "tMax", tMax, "must be a whole number of at least 1")
    checkRange("CosineAnnealingLR", "etaMin", etaMin)
    this.tMax = tMax
    this.etaMin = etaMin
  }

  protected rateAt(epoch: number, base: number): number {
    return this.etaMin + ((base - this.etaMin) * (1 + Math.cos((Math.PI * epoch) / this.tMax))) / 2
  }
}
