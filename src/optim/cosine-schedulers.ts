import { checkRange, type Optimizer } from "./optimizer.js"
import { checkCount, Scheduler } from "./scheduler.js"

/**
 * Lowers the learning rate along half a cosine from its start to `etaMin` in `tMax` epochs, and up again if one goes on.
 *
 * Formula: `etaMin + (lr - etaMin) · (1 + cos(π · epoch / tMax)) / 2`.
 *
 * Source: Loshchilov and Hutter, "SGDR", 2016 (without restarts).
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.CosineAnnealingLR(o, { tMax: 3 }); s.step(); o.paramGroups[0].lr // 0.75
 */
export class CosineAnnealingLR extends Scheduler {
  readonly tMax: number
  readonly etaMin: number

  constructor(optimizer: Optimizer, { tMax, etaMin = 0 }: { tMax: number; etaMin?: number }) {
    super(optimizer)
    checkCount("CosineAnnealingLR", "tMax", tMax)
    checkRange("CosineAnnealingLR", "etaMin", etaMin)
    this.tMax = tMax
    this.etaMin = etaMin
    this.start()
  }

  protected rate(lr: number, base: number): number {
    const { tMax, etaMin, lastEpoch } = this
    if (lastEpoch === 0) return lr
    const turn = Math.PI / tMax
    // At the bottom the quotient below would be 0 / 0: the way up begins from there.
    if ((lastEpoch - 1 - tMax) % (2 * tMax) === 0) return lr + ((base - etaMin) * (1 - Math.cos(turn))) / 2
    return ((1 + Math.cos(turn * lastEpoch)) / (1 + Math.cos(turn * (lastEpoch - 1)))) * (lr - etaMin) + etaMin
  }
}

/**
 * Lowers the learning rate along half a cosine again and again: first in `t0` epochs, then each time in `tMult` times as
 * many.
 *
 * Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1 }); const s = new optim.CosineAnnealingWarmRestarts(o, { t0: 2 }); [0, 1].map(() => (s.step(), o.paramGroups[0].lr)) // [0.5, 1]
 */
export class CosineAnnealingWarmRestarts extends Scheduler {
  readonly t0: number
  readonly tMult: number
  readonly etaMin: number
  /** How many epochs the present descent takes. */
  length: number
  /** How many of them have passed. */
  passed = -1

  constructor(optimizer: Optimizer, { t0, tMult = 1, etaMin = 0 }: { t0: number; tMult?: number; etaMin?: number }) {
    super(optimizer)
    checkCount("CosineAnnealingWarmRestarts", "t0", t0)
    checkCount("CosineAnnealingWarmRestarts", "tMult", tMult)
    checkRange("CosineAnnealingWarmRestarts", "etaMin", etaMin)
    this.t0 = t0
    this.tMult = tMult
    this.etaMin = etaMin
    this.length = t0
    this.start()
  }

  protected override advance(): void {
    this.passed++
    if (this.passed >= this.length) {
      this.passed -= this.length
      this.length *= this.tMult
    }
    super.advance()
  }

  override undo(): void {
    super.undo()
    this.passed--
  }

  override restart(): void {
    this.passed = 0
    this.length = this.t0
    super.restart()
  }

  protected rate(_lr: number, base: number): number {
    return this.etaMin + ((base - this.etaMin) * (1 + Math.cos((Math.PI * this.passed) / this.length))) / 2
  }
}
