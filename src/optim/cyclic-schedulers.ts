import { badSetting, needsMomentum } from "./messages.js"
import { checkRange, type Optimizer } from "./optimizer.js"
import { checkCount, checkFunction, initialRate, Scheduler } from "./scheduler.js"

/** A number for all groups, or one for each. */
export type PerGroup = number | readonly number[]

function perGroup(scheduler: string, name: string, given: PerGroup, optimizer: Optimizer): readonly number[] {
  const groups = optimizer.paramGroups.length
  const list = typeof given === "number" ? new Array<number>(groups).fill(given) : given
  if (!Array.isArray(list) || list.length !== groups)
    throw badSetting(scheduler, name, given, `must be a number, or an array of one for each group (${groups})`)
  for (const value of list) checkRange(scheduler, name, value)
  return list
}

/** Sets the momentum of a group: that of SGD, or the first beta of Adam. */
function setMomentum(group: object, momentum: number): void {
  if ("betas" in group) Object.assign(group, { betas: [momentum, (group.betas as readonly number[])[1]] })
  else Object.assign(group, { momentum })
}

/** Refuses optimizers without a momentum that could be cycled. */
function checkMomentum(scheduler: string, optimizer: Optimizer): void {
  for (const group of optimizer.paramGroups)
    if (!("betas" in group) && !("momentum" in group)) throw needsMomentum(scheduler, optimizer.constructor.name)
}

/** Options of `CyclicLR`. */
export interface CyclicLROptions {
  /** The lowest rate. */
  baseLr: PerGroup
  /** The highest rate. */
  maxLr: PerGroup
  /** How many steps lead up. Default: 2000. */
  stepSizeUp?: number
  /** How many steps lead down; as many as up by default. */
  stepSizeDown?: number | null
  /** `"triangular"`, `"triangular2"` (each cycle half as high) or `"expRange"` (lower by `gamma` each step). */
  mode?: "triangular" | "triangular2" | "expRange"
  /** Default: 1. */
  gamma?: number
  /** What a cycle's height is multiplied by, in place of `mode`. */
  scaleFn?: ((at: number) => number) | null
  /** Whether `scaleFn` is a function of the cycle (from 1) or of the steps. Default: `"cycle"`. */
  scaleMode?: "cycle" | "iterations"
  /** Whether the momentum goes the opposite way. Default: true. */
  cycleMomentum?: boolean
  /** The lowest momentum. Default: 0.8. */
  baseMomentum?: PerGroup
  /** The highest momentum. Default: 0.9. */
  maxMomentum?: PerGroup
}

/**
 * Lets the learning rate go up and down in triangles. `step()` after each batch.
 *
 * Errors: `cycleMomentum` with an optimizer that has no momentum.
 *
 * Source: Smith, "Cyclical Learning Rates for Training Neural Networks", 2015.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1, momentum: 0.9 }); const s = new optim.CyclicLR(o, { baseLr: 1, maxLr: 3, stepSizeUp: 2 }); [0, 1, 2].map(() => (s.step(), o.paramGroups[0].lr)) // [2, 3, 2]
 */
export class CyclicLR extends Scheduler {
  readonly maxLrs: readonly number[]
  readonly stepSizeUp: number
  readonly stepSizeDown: number
  readonly #lowest: readonly number[]
  readonly #scale: (cycle: number, step: number) => number
  readonly #momenta: { readonly base: readonly number[]; readonly max: readonly number[] } | null

  constructor(
    optimizer: Optimizer,
    {
      baseLr,
      maxLr,
      stepSizeUp = 2000,
      stepSizeDown = null,
      mode = "triangular",
      gamma = 1,
      scaleFn = null,
      scaleMode = "cycle",
      cycleMomentum = true,
      baseMomentum = 0.8,
      maxMomentum = 0.9,
    }: CyclicLROptions,
  ) {
    super(optimizer)
    const name = "CyclicLR"
    this.#lowest = perGroup(name, "baseLr", baseLr, optimizer)
    this.maxLrs = perGroup(name, "maxLr", maxLr, optimizer)
    checkCount(name, "stepSizeUp", stepSizeUp)
    if (stepSizeDown !== null) checkCount(name, "stepSizeDown", stepSizeDown)
    if (mode !== "triangular" && mode !== "triangular2" && mode !== "expRange")
      throw badSetting(name, "mode", mode, 'must be "triangular", "triangular2" or "expRange"')
    if (scaleFn !== null) checkFunction(name, "scaleFn", scaleFn)
    this.stepSizeUp = stepSizeUp
    this.stepSizeDown = stepSizeDown ?? stepSizeUp
    if (scaleFn !== null) this.#scale = (cycle, step) => scaleFn(scaleMode === "cycle" ? cycle : step)
    else if (mode === "triangular") this.#scale = () => 1
    else if (mode === "triangular2") this.#scale = (cycle) => 1 / 2 ** (cycle - 1)
    else this.#scale = (_cycle, step) => gamma ** step
    this.#momenta = null
    if (cycleMomentum) {
      checkMomentum(name, optimizer)
      const base = perGroup(name, "baseMomentum", baseMomentum, optimizer)
      this.#momenta = { base, max: perGroup(name, "maxMomentum", maxMomentum, optimizer) }
    }
    optimizer.paramGroups.forEach((group, i) => {
      group.lr = this.#lowest[i] as number
    })
    this.start()
  }

  protected rate(_lr: number, _base: number, i: number): number {
    const total = this.stepSizeUp + this.stepSizeDown
    const cycle = Math.floor(1 + this.lastEpoch / total)
    const x = 1 + this.lastEpoch / total - cycle
    const ratio = this.stepSizeUp / total
    const height = (x <= ratio ? x / ratio : (x - 1) / (ratio - 1)) * this.#scale(cycle, this.lastEpoch)
    const low = this.#lowest[i] as number
    if (this.#momenta !== null) {
      const [base, max] = [this.#momenta.base[i] as number, this.#momenta.max[i] as number]
      setMomentum(this.optimizer.paramGroups[i] as object, max - (max - base) * height)
    }
    return low + ((this.maxLrs[i] as number) - low) * height
  }
}

/** Options of `OneCycleLR`. */
export interface OneCycleLROptions {
  /** The highest rate. */
  maxLr: PerGroup
  /** How many steps there are in all; or give `epochs` and `stepsPerEpoch`. */
  totalSteps?: number
  epochs?: number
  stepsPerEpoch?: number
  /** Which share of the steps leads up. Default: 0.3. */
  pctStart?: number
  /** Along a cosine or a straight line. Default: `"cos"`. */
  annealStrategy?: "cos" | "linear"
  /** Whether the momentum goes the opposite way. Default: true. */
  cycleMomentum?: boolean
  /** The lowest momentum. Default: 0.85. */
  baseMomentum?: PerGroup
  /** The highest momentum. Default: 0.95. */
  maxMomentum?: PerGroup
  /** The rate starts from `maxLr / divFactor`. Default: 25. */
  divFactor?: number
  /** It ends at `maxLr / divFactor / finalDivFactor`. Default: 1e4. */
  finalDivFactor?: number
  /** Whether it comes back to its start before it falls to its end. Default: false. */
  threePhase?: boolean
}

/** A stretch of a cycle: it ends at a step, with other rates than it began with. */
interface Phase {
  readonly end: number
  readonly lr: readonly ["start" | "max" | "end", "start" | "max" | "end"]
  readonly momentum: readonly ["base" | "max", "base" | "max"]
}

/**
 * One great cycle for a whole training: the learning rate goes up to `maxLr` and then down to almost 0, the momentum the
 * other way. `step()` after each batch.
 *
 * Errors: more steps than `totalSteps`, and `cycleMomentum` with an optimizer that has no momentum.
 *
 * Source: Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates", 2017.
 *
 * @example const o = new optim.SGD([tensor([0], { requiresGrad: true })], { lr: 1, momentum: 0.9 }); new optim.OneCycleLR(o, { maxLr: 1, totalSteps: 10 }); o.paramGroups[0].lr.toFixed(4) // "0.0400"
 */
export class OneCycleLR extends Scheduler {
  readonly totalSteps: number
  readonly #rates: readonly { readonly start: number; readonly max: number; readonly end: number }[]
  readonly #momenta: readonly { readonly base: number; readonly max: number }[] | null
  readonly #phases: readonly Phase[]
  readonly #anneal: (from: number, to: number, share: number) => number

  constructor(
    optimizer: Optimizer,
    {
      maxLr,
      totalSteps,
      epochs,
      stepsPerEpoch,
      pctStart = 0.3,
      annealStrategy = "cos",
      cycleMomentum = true,
      baseMomentum = 0.85,
      maxMomentum = 0.95,
      divFactor = 25,
      finalDivFactor = 1e4,
      threePhase = false,
    }: OneCycleLROptions,
  ) {
    super(optimizer)
    const name = "OneCycleLR"
    const total = totalSteps ?? (epochs ?? Number.NaN) * (stepsPerEpoch ?? Number.NaN)
    if (!Number.isInteger(total) || total < 1)
      throw badSetting(
        name,
        "totalSteps",
        total,
        "must be a whole number of at least 1; or give epochs and stepsPerEpoch",
      )
    if (!(pctStart >= 0 && pctStart <= 1)) throw badSetting(name, "pctStart", pctStart, "must lie between 0 and 1")
    if (annealStrategy !== "cos" && annealStrategy !== "linear")
      throw badSetting(name, "annealStrategy", annealStrategy, 'must be "cos" or "linear"')
    this.totalSteps = total
    const rates = perGroup(name, "maxLr", maxLr, optimizer).map((max) => {
      const start = max / divFactor
      return { start, max, end: start / finalDivFactor }
    })
    this.#rates = rates
    this.#phases = phases(total, pctStart, threePhase)
    this.#anneal = annealStrategy === "cos" ? alongCosine : alongLine
    this.#momenta = null
    if (cycleMomentum) {
      checkMomentum(name, optimizer)
      const lowest = perGroup(name, "baseMomentum", baseMomentum, optimizer)
      const highest = perGroup(name, "maxMomentum", maxMomentum, optimizer)
      this.#momenta = lowest.map((base, i) => ({ base, max: highest[i] as number }))
    }
    optimizer.paramGroups.forEach((group, i) => {
      initialRate(group)
      group.lr = rates[i]?.start ?? group.lr
    })
    this.start()
  }

  protected rate(_lr: number, _base: number, i: number): number {
    const step = this.lastEpoch
    if (step > this.totalSteps)
      throw badSetting("OneCycleLR", "step", step, `must not go beyond totalSteps (${this.totalSteps})`)
    const at = this.#phases.findIndex(({ end }, k) => step <= end || k === this.#phases.length - 1)
    const phase = this.#phases[at] as Phase
    const begin = this.#phases[at - 1]?.end ?? 0
    const share = (step - begin) / (phase.end - begin)
    const rates = this.#rates[i] as { start: number; max: number; end: number }
    const momenta = this.#momenta?.[i]
    if (momenta !== undefined) {
      const momentum = this.#anneal(momenta[phase.momentum[0]], momenta[phase.momentum[1]], share)
      setMomentum(this.optimizer.paramGroups[i] as object, momentum)
    }
    return this.#anneal(rates[phase.lr[0]], rates[phase.lr[1]], share)
  }
}

function phases(total: number, pctStart: number, threePhase: boolean): readonly Phase[] {
  const up = pctStart * total - 1
  const last = total - 1
  const rise: Phase = { end: up, lr: ["start", "max"], momentum: ["max", "base"] }
  if (!threePhase) return [rise, { end: last, lr: ["max", "end"], momentum: ["base", "max"] }]
  return [
    rise,
    { end: 2 * pctStart * total - 2, lr: ["max", "start"], momentum: ["base", "max"] },
    { end: last, lr: ["start", "end"], momentum: ["max", "max"] },
  ]
}

function alongCosine(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
}

function alongLine(from: number, to: number, share: number): number {
  return (to - from) * share + from
}
