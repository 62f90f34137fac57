import { enableGrad, noGrad } from "../autograd/mode.js"
import { cat } from "../ops/join.js"
import { Tensor } from "../tensor/tensor.js"
import { type LinePoint, strongWolfe } from "./line-search.js"
import { badSetting, needsClosure, oneGroup } from "./messages.js"
import { type CommonSettings, checkRange, Optimizer, type OptimizerState } from "./optimizer.js"

/** Settings of `LBFGS`. */
export interface LBFGSSettings extends CommonSettings {
  /** How many steps along a line each call of `step` takes at most. */
  maxIter: number
  /** How often each call of `step` asks for the loss at most; null for 1.25 · maxIter. */
  maxEval: number | null
  /** No element of the gradient is larger than this: done. */
  toleranceGrad: number
  /** The loss or the weights change by less than this: done. */
  toleranceChange: number
  /** How many steps the picture of the curvature is made of. */
  historySize: number
  /** How the length of a step is found: `"strongWolfe"`, or null for always `lr`. */
  lineSearch: "strongWolfe" | null
}

/** One step of the past: how far it went, how the gradient changed, and one over their product. */
interface Past {
  readonly step: Tensor
  readonly change: Tensor
  readonly inverse: number
}

/** What is kept from step to step. */
interface History {
  direction: Tensor | null
  length: number
  past: Past[]
  scale: number
  gradient: Tensor | null
  iterations: number
}

const dot = (a: Tensor, b: Tensor) => a.dot(b).item()

/**
 * L-BFGS: follows the curvature that the last steps have shown, on whole batches. Each `step` takes several steps along
 * lines and asks for the loss again and again, by a closure that clears the gradients, computes the loss, calls
 * `backward()` and returns the loss.
 *
 * Errors: a `step` without a closure, and more than one group of parameters.
 *
 * Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
 *
 * @example const x = tensor([3], { requiresGrad: true }); const lbfgs = new optim.LBFGS([x], { lineSearch: "strongWolfe" }); lbfgs.step(() => { lbfgs.zeroGrad(); const loss = x.sub(1).square().sum(); loss.backward(); return loss }); x.item() // 1
 */
export class LBFGS extends Optimizer<LBFGSSettings> {
  #history: History = { direction: null, length: 0, past: [], scale: 1, gradient: null, iterations: 0 }

  constructor(
    params: Iterable<Tensor>,
    {
      lr = 1,
      maxIter = 20,
      maxEval = null,
      toleranceGrad = 1e-7,
      toleranceChange = 1e-9,
      historySize = 100,
      lineSearch = null,
      maximize = false,
    }: Partial<LBFGSSettings> = {},
  ) {
    super(params, { lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearch, maximize })
    if (this.paramGroups.length !== 1) throw oneGroup("LBFGS", this.paramGroups.length)
  }

  protected check({ lr, maxIter, historySize, lineSearch, maximize }: LBFGSSettings): void {
    checkRange("LBFGS", "lr", lr)
    if (!Number.isInteger(maxIter) || maxIter < 1)
      throw badSetting("LBFGS", "maxIter", maxIter, "must be a whole number of at least 1")
    if (!Number.isInteger(historySize) || historySize < 1)
      throw badSetting("LBFGS", "historySize", historySize, "must be a whole number of at least 1")
    if (lineSearch !== null && lineSearch !== "strongWolfe")
      throw badSetting("LBFGS", "lineSearch", lineSearch, 'must be "strongWolfe" or null')
    if (maximize) throw badSetting("LBFGS", "maximize", maximize, "cannot be asked for here; return the negative loss")
  }

  protected update(): never {
    throw needsClosure("LBFGS")
  }

  /** Takes up to `maxIter` steps; returns what the closure returned first. */
  override step(): void
  override step<T>(closure: () => T): T
  override step<T>(closure?: () => T): T {
    if (typeof closure !== "function") throw needsClosure("LBFGS")
    return noGrad(() => this.#run(closure))
  }

  override stateDict(): OptimizerState {
    return { ...super.stateDict(), shared: { ...this.#history, past: [...this.#history.past] } }
  }

  override loadStateDict(state: OptimizerState): void {
    super.loadStateDict(state)
    if (state.shared !== undefined) this.#history = { ...(state.shared as History) }
  }

  get #parameters(): readonly Tensor[] {
    return this.paramGroups[0]?.params ?? []
  }

  #run<T>(closure: () => T): T {
    const group = this.paramGroups[0] as (typeof this.paramGroups)[number]
    const { lr, maxIter, toleranceGrad, toleranceChange, historySize, lineSearch } = group
    const maxEval = group.maxEval ?? Math.floor(maxIter * 1.25)
    const history = this.#history
    const ask = () => {
      const given = enableGrad(closure)
      return { given, value: given instanceof Tensor ? given.item() : Number(given) }
    }
    const first = ask()
    let value = first.value
    let gradient = this.#gradient()
    let evaluations = 1
    if (largest(gradient) <= toleranceGrad) return first.given

    for (let iteration = 1; iteration <= maxIter; iteration++) {
      history.iterations++
      const direction = nextDirection(history, gradient, historySize)
      history.direction = direction
      history.gradient = gradient
      const before = value
      history.length = history.iterations === 1 ? Math.min(1, 1 / gradient.abs().sum().item()) * lr : lr
      const slope = dot(gradient, direction)
      if (slope > -toleranceChange) break

      if (lineSearch === "strongWolfe") {
        const origin = this.#parameters.map((p) => p.detach().clone())
        const at = (t: number): LinePoint => {
          this.#move(direction, t)
          const { value } = ask()
          const found = this.#gradient()
          this.#parameters.forEach((p, i) => {
            p.copy_(origin[i] as Tensor)
          })
          return { t, value, gradient: found, slope: dot(found, direction) }
        }
        const start = { t: 0, value, gradient, slope }
        const result = strongWolfe(at, start, history.length, largest(direction), toleranceChange)
        history.length = result.point.t
        value = result.point.value
        gradient = result.point.gradient
        evaluations += result.evaluations
        this.#move(direction, history.length)
      } else {
        this.#move(direction, history.length)
        if (iteration !== maxIter) {
          value = ask().value
          gradient = this.#gradient()
          evaluations++
        }
      }

      const isDone =
        evaluations >= maxEval ||
        largest(gradient) <= toleranceGrad ||
        largest(direction.mul(history.length)) <= toleranceChange ||
        Math.abs(value - before) < toleranceChange
      if (isDone) break
    }
    return first.given
  }

  /** The gradients of all parameters in one vector; zeros where there are none. */
  #gradient(): Tensor {
    return cat(this.#parameters.map((p) => (p.gradient ?? p.detach().mul(0)).reshape([-1]).clone()))
  }

  /** Moves all parameters along a direction. */
  #move(direction: Tensor, length: number): void {
    let start = 0
    for (const p of this.#parameters) {
      p.add_(direction.narrow(0, start, p.count).reshape(p.shape).mul(length))
      start += p.count
    }
  }
}

/** The size of the largest element. */
function largest(x: Tensor): number {
  return x.abs().max().item()
}

/** Where to go: down the gradient at first, later bent by the curvature that the last steps have shown. */
function nextDirection(history: History, gradient: Tensor, historySize: number): Tensor {
  const { direction, gradient: before } = history
  if (history.iterations === 1 || direction === null || before === null) {
    history.past = []
    history.scale = 1
    return gradient.neg()
  }
  const change = gradient.sub(before)
  const step = direction.mul(history.length)
  const product = dot(change, step)
  if (product > 1e-10) {
    if (history.past.length === historySize) history.past.shift()
    history.past.push({ step, change, inverse: 1 / product })
    history.scale = product / dot(change, change)
  }
  // The two loops of L-BFGS: through the past backwards and forwards.
  let q = gradient.neg()
  const shares = history.past.map(() => 0)
  for (let i = history.past.length - 1; i >= 0; i--) {
    const { step, change, inverse } = history.past[i] as Past
    const share = dot(step, q) * inverse
    shares[i] = share
    q = q.sub(change.mul(share))
  }
  let bent = q.mul(history.scale)
  history.past.forEach(({ step, change, inverse }, i) => {
    bent = bent.add(step.mul((shares[i] as number) - dot(change, bent) * inverse))
  })
  return bent
}
