import { badSetting } from "./messages.js"
import { checkRange, type Optimizer } from "./optimizer.js"
import { checkCount, checkFunction, Scheduler } from "./scheduler.js"

// Schedules that multiply, from stairs to ramps. Each says what the rate becomes from what it is, so that schedules can
// be chained, and a rate that is changed by hand stays changed.

/**
 * Multiplies the learning rate by `gamma` every `stepSize` epochs.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.StepLR(o, { stepSize: 2, gamma: 0.5 }); [0, 1, 2, 3].map(() => (s.step(), o.paramGroups[0].lr)) // [1, 0.5, 0.5, 0.25]
 */
export class StepLR extends Scheduler {
  readonly stepSize: number
  readonly gamma: number

  constructor(optimizer: Optimizer, { stepSize, gamma = 0.1 }: { stepSize: number; gamma?: number }) {
    super(optimizer)
    checkCount("StepLR", "stepSize", stepSize)
    checkRange("StepLR", "gamma", gamma)
    this.stepSize = stepSize
    this.gamma = gamma
    this.start()
  }

  protected rate(lr: number): number {
    const isStair = this.lastEpoch > 0 && this.lastEpoch % this.stepSize === 0
    return isStair ? lr * this.gamma : lr
  }
}

/**
 * Multiplies the learning rate by `gamma` at each of the given epochs.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.MultiStepLR(o, { milestones: [1, 3], gamma: 0.5 }); [0, 1, 2].map(() => (s.step(), o.paramGroups[0].lr)) // [0.5, 0.5, 0.25]
 */
export class MultiStepLR extends Scheduler {
  readonly milestones: readonly number[]
  readonly gamma: number

  constructor(optimizer: Optimizer, { milestones, gamma = 0.1 }: { milestones: readonly number[]; gamma?: number }) {
    super(optimizer)
    if (!Array.isArray(milestones) || !milestones.every((epoch) => Number.isInteger(epoch)))
      throw badSetting("MultiStepLR", "milestones", milestones, "must be an array of whole numbers")
    checkRange("MultiStepLR", "gamma", gamma)
    this.milestones = [...milestones].sort((a, b) => a - b)
    this.gamma = gamma
    this.start()
  }

  protected rate(lr: number): number {
    return lr * this.gamma ** this.milestones.filter((epoch) => epoch === this.lastEpoch).length
  }
}

/**
 * Multiplies the learning rate by `gamma` every epoch.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); new optim.ExponentialLR(o, { gamma: 0.5 }).step(); o.paramGroups[0].lr // 0.5
 */
export class ExponentialLR extends Scheduler {
  readonly gamma: number

  constructor(optimizer: Optimizer, { gamma }: { gamma: number }) {
    super(optimizer)
    checkRange("ExponentialLR", "gamma", gamma)
    this.gamma = gamma
    this.start()
  }

  protected rate(lr: number): number {
    return this.lastEpoch === 0 ? lr : lr * this.gamma
  }
}

/**
 * A smaller learning rate for the first `totalIters` epochs: `factor` of it.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.ConstantLR(o, { factor: 0.5, totalIters: 2 }); [0, 1].map(() => (s.step(), o.paramGroups[0].lr)) // [0.5, 1]
 */
export class ConstantLR extends Scheduler {
  readonly factor: number
  readonly totalIters: number

  constructor(optimizer: Optimizer, { factor = 1 / 3, totalIters = 5 }: { factor?: number; totalIters?: number } = {}) {
    super(optimizer)
    if (!(factor > 0 && factor <= 1)) throw badSetting("ConstantLR", "factor", factor, "must be above 0 and at most 1")
    checkCount("ConstantLR", "totalIters", totalIters, 0)
    this.factor = factor
    this.totalIters = totalIters
    this.start()
  }

  protected rate(lr: number): number {
    if (this.lastEpoch === 0) return lr * this.factor
    return this.lastEpoch === this.totalIters ? lr * (1 / this.factor) : lr
  }
}

/** Options of `LinearLR`. */
export interface LinearLROptions {
  /** What share of the rate it starts with. Default: 1/3. */
  startFactor?: number
  /** What share of the rate it ends with. Default: 1. */
  endFactor?: number
  /** After how many epochs it is there. Default: 5. */
  totalIters?: number
}

/**
 * A straight line from `startFactor` of the learning rate to `endFactor` of it in `totalIters` epochs: a warm-up.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.LinearLR(o, { startFactor: 0.5, totalIters: 2 }); [0, 1, 2].map(() => (s.step(), o.paramGroups[0].lr)) // [0.75, 1, 1]
 */
export class LinearLR extends Scheduler {
  readonly startFactor: number
  readonly endFactor: number
  readonly totalIters: number

  constructor(optimizer: Optimizer, { startFactor = 1 / 3, endFactor = 1, totalIters = 5 }: LinearLROptions = {}) {
    super(optimizer)
    if (!(startFactor > 0 && startFactor <= 1))
      throw badSetting("LinearLR", "startFactor", startFactor, "must be above 0 and at most 1")
    if (!(endFactor >= 0 && endFactor <= 1))
      throw badSetting("LinearLR", "endFactor", endFactor, "must lie between 0 and 1")
    checkCount("LinearLR", "totalIters", totalIters)
    this.startFactor = startFactor
    this.endFactor = endFactor
    this.totalIters = totalIters
    this.start()
  }

  protected rate(lr: number): number {
    const { startFactor, endFactor, totalIters, lastEpoch } = this
    if (lastEpoch === 0) return lr * startFactor
    if (lastEpoch > totalIters) return lr
    const rise = endFactor - startFactor
    return lr * (1 + rise / (totalIters * startFactor + (lastEpoch - 1) * rise))
  }
}

/**
 * Lowers the learning rate to 0 in `totalIters` epochs along `(1 - epoch / totalIters)^power`.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.PolynomialLR(o, { totalIters: 4 }); [0, 1].map(() => (s.step(), o.paramGroups[0].lr)) // [0.75, 0.5]
 */
export class PolynomialLR extends Scheduler {
  readonly totalIters: number
  readonly power: number

  constructor(optimizer: Optimizer, { totalIters = 5, power = 1 }: { totalIters?: number; power?: number } = {}) {
    super(optimizer)
    checkCount("PolynomialLR", "totalIters", totalIters)
    checkRange("PolynomialLR", "power", power)
    this.totalIters = totalIters
    this.power = power
    this.start()
  }

  protected rate(lr: number): number {
    const { totalIters, lastEpoch } = this
    if (lastEpoch === 0 || lastEpoch > totalIters) return lr
    return lr * ((1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters)) ** this.power
  }
}

/** A function of the epoch, or one for each group of parameters. */
export type RateFunction = ((epoch: number) => number) | readonly ((epoch: number) => number)[]

function rateFunctions(
  name: string,
  optimizer: Optimizer,
  given: RateFunction,
): readonly ((epoch: number) => number)[] {
  const groups = optimizer.paramGroups.length
  const list = typeof given === "function" ? new Array<(epoch: number) => number>(groups).fill(given) : given
  if (!Array.isArray(list) || list.length !== groups)
    throw badSetting(name, "lrLambda", given, `must be a function, or an array of one for each group (${groups})`)
  for (const lambda of list) checkFunction(name, "lrLambda", lambda)
  return list
}

/**
 * Sets the learning rate to what each group began with, times a function of the epoch.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.LambdaLR(o, { lrLambda: (epoch) => 1 / (1 + epoch) }); s.step(); o.paramGroups[0].lr // 0.5
 */
export class LambdaLR extends Scheduler {
  readonly #lambdas: readonly ((epoch: number) => number)[]

  constructor(optimizer: Optimizer, { lrLambda }: { lrLambda: RateFunction }) {
    super(optimizer)
    this.#lambdas = rateFunctions("LambdaLR", optimizer, lrLambda)
    this.start()
  }

  protected rate(_lr: number, base: number, group: number): number {
    return base * (this.#lambdas[group]?.(this.lastEpoch) ?? 1)
  }
}

/**
 * Multiplies the learning rate by a function of the epoch, every epoch.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.MultiplicativeLR(o, { lrLambda: () => 0.5 }); s.step(); s.step(); o.paramGroups[0].lr // 0.25
 */
export class MultiplicativeLR extends Scheduler {
  readonly #lambdas: readonly ((epoch: number) => number)[]

  constructor(optimizer: Optimizer, { lrLambda }: { lrLambda: RateFunction }) {
    super(optimizer)
    this.#lambdas = rateFunctions("MultiplicativeLR", optimizer, lrLambda)
    this.start()
  }

  protected rate(lr: number, _base: number, group: number): number {
    return this.lastEpoch === 0 ? lr : lr * (this.#lambdas[group]?.(this.lastEpoch) ?? 1)
  }

  protected override get goesFromBase(): boolean {
    return false
  }
}
