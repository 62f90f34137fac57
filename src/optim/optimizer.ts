import { noGrad } from "../autograd/mode.js"
import { clearGradient } from "../nn/clear-gradient.js"
import { Module } from "../nn/module.js"
import { uninitialized } from "../tensor/allocate.js"
import { Tensor } from "../tensor/tensor.js"
import { badParameters, badSetting, idleStep, stateSizes } from "./messages.js"

/** Parameters with settings of their own: `{ params: model.head.parameters(), lr: 1e-2 }`. */
export type GroupOptions<Settings> = { readonly params: Iterable<Tensor> } & Partial<Settings>

/** What an optimizer takes: parameters, or groups of them with their own settings. */
export type Parameters<Settings> = Iterable<Tensor> | Iterable<GroupOptions<Settings>>

/** Parameters that are moved with the same settings; a scheduler changes `lr` here. */
export type ParameterGroup<Settings> = { readonly params: readonly Tensor[] } & Settings

/** What every optimizer has to be told. */
export interface CommonSettings {
  /** How far each step goes. */
  lr: number
  /** Whether steps lead uphill, to make the objective larger. */
  maximize: boolean
}

/** What an optimizer knows, for saving: settings, and per parameter the averages it keeps. */
export interface OptimizerState {
  /** What is kept for all parameters together, such as the history of `LBFGS`. */
  readonly shared?: unknown
  readonly groups: readonly Record<string, unknown>[]
  readonly buffers: readonly (Readonly<Record<string, Tensor>> | null)[]
  readonly steps: readonly number[]
}

/** The parameters of one group that have a gradient and have taken the same number of steps. */
export interface Batch {
  readonly params: Tensor[]
  readonly grads: Tensor[]
  /** How many steps they have taken, this one included. */
  readonly step: number
}

/** What is kept for one parameter from step to step. */
interface Kept {
  step: number
  readonly buffers: Record<string, Tensor>
}

/**
 * The base of the optimizers: groups of parameters, the averages kept for each, and the loop over them. A subclass says
 * what one step does to a list of parameters.
 */
export abstract class Optimizer<Settings extends CommonSettings = CommonSettings> {
  /** The parameters with their settings. */
  readonly paramGroups: ParameterGroup<Settings>[]
  readonly #defaults: Settings
  #toldIdle = false
  readonly #kept = new Map<Tensor, Kept>()

  protected constructor(params: Parameters<Settings>, settings: Settings) {
    this.#defaults = settings
    this.paramGroups = groupsOf(this.constructor.name, params, settings)
    for (const group of this.paramGroups) this.check(group)
  }

  /** Refuses settings that make no sense. */
  protected abstract check(settings: Settings): void

  /** Moves parameters that have come equally far. */
  protected abstract update(batch: Batch, group: ParameterGroup<Settings>): void

  /**
   * Moves every parameter that has a gradient. Does nothing to the gradients themselves.
   *
   * @param closure computes the loss anew, for a step that goes with it; its value is returned
   */
  step(): void
  step<T>(closure: () => T): T
  step<T>(closure?: () => T): T | undefined {
    const loss = closure?.()
    let moved = false
    noGrad(() => {
      for (const group of this.paramGroups) {
        for (const batch of this.#batches(group.params)) {
          moved = true
          this.update(group.maximize ? { ...batch, grads: batch.grads.map((g) => g.neg()) } : batch, group)
          for (let i = 0; i < batch.params.length; i++) (batch.params[i] as Tensor).storage.version++
        }
      }
    })
    if (!moved) this.#tellIdle()
    return loss
  }

  /** Says once that a step had nothing to do: the loop runs on, and only the loss, which stays, would tell. */
  #tellIdle(): void {
    if (this.#toldIdle) return
    this.#toldIdle = true
    console.warn(idleStep(this.constructor.name))
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups)
      for (let i = 0; i < params.length; i++) clearGradient(params[i] as Tensor)
  }

  /** Adds parameters, such as those of layers that were frozen until now. */
  addParamGroup(group: GroupOptions<Settings>): void {
    const added = groupsOf(this.constructor.name, [group], this.#defaults, this.paramGroups)
    for (const one of added) this.check(one)
    this.paramGroups.push(...added)
  }

  /** Settings, averages and numbers of steps, to go on with another time. */
  stateDict(): OptimizerState {
    const params = this.paramGroups.flatMap((group) => group.params)
    return {
      groups: this.paramGroups.map(({ params: _, ...settings }) => ({ ...settings })),
      buffers: params.map((parameter) => this.#kept.get(parameter)?.buffers ?? null),
      steps: params.map((parameter) => this.#kept.get(parameter)?.step ?? 0),
    }
  }

  /** Takes up a saved state; the parameters must be those of the optimizer that it came from, in the same order. */
  loadStateDict(state: OptimizerState): void {
    const params = this.paramGroups.flatMap((group) => group.params)
    if (state.buffers.length !== params.length || state.groups.length !== this.paramGroups.length)
      throw stateSizes(this.constructor.name, params.length, state.buffers.length)
    this.paramGroups.forEach((group, i) => {
      Object.assign(group, state.groups[i])
    })
    params.forEach((parameter, i) => {
      const saved = state.buffers[i]
      if (saved === null || saved === undefined) this.#kept.delete(parameter)
      else {
        const buffers = Object.entries(saved).map(([name, value]) => [name, value.detach().clone()] as const)
        this.#kept.set(parameter, { step: state.steps[i] ?? 0, buffers: Object.fromEntries(buffers) })
      }
    })
  }

  toString(): string {
    const groups = this.paramGroups.map(({ params, ...settings }) => {
      const count = params.reduce((sum, parameter) => sum + parameter.numel(), 0)
      const named = Object.entries(settings).map(([name, value]) => `${name}: ${String(value)}`)
      return `${params.length} tensors, ${count} numbers, ${named.join(", ")}`
    })
    return `${this.constructor.name}(${groups.join("; ")})`
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }

  /** The averages called `name` of a batch's parameters; where there are none yet, they start from a number. */
  protected buffers(
    batch: Batch,
    name: string,
    start = 0,
    shapeOf = (parameter: Tensor): readonly number[] => parameter.shape,
  ): Tensor[] {
    return batch.params.map((parameter) => {
      const { buffers } = this.#kept.get(parameter) as Kept
      const kept = buffers[name]
      if (kept !== undefined) return kept
      const fresh = uninitialized(shapeOf(parameter), parameter.dtype).fill_(start)
      buffers[name] = fresh
      return fresh
    })
  }

  /** What is kept for one parameter under a name, or null before its first step. */
  protected kept(parameter: Tensor, name: string): Tensor | null {
    return this.#kept.get(parameter)?.buffers[name] ?? null
  }

  /** A number called `name` that is kept for a batch; it starts from `start` and becomes what `next` makes of it. */
  protected number(batch: Batch, name: string, start: number, next: (before: number) => number): number {
    const all = batch.params.map((parameter) => (this.#kept.get(parameter) as Kept).buffers)
    const before = all[0]?.[name]?.item() ?? start
    const value = next(before)
    for (const buffers of all) buffers[name] = uninitialized([], "float64").fill_(value)
    return value
  }

  /** Parameters with a gradient, counted one step further; together where they are of one type and equally far. */
  #batches(params: readonly Tensor[]): Batch[] {
    const batches: Batch[] = []
    for (let i = 0; i < params.length; i++) {
      const parameter = params[i] as Tensor
      const gradient = parameter.gradient
      if (gradient === null) continue
      let kept = this.#kept.get(parameter)
      if (kept === undefined) {
        kept = { step: 0, buffers: {} }
        this.#kept.set(parameter, kept)
      }
      kept.step++
      const last = batches.at(-1)
      let batch = last?.step === kept.step && last.params[0]?.dtype === parameter.dtype ? last : undefined
      if (batch === undefined) {
        batch = { params: [], grads: [], step: kept.step }
        batches.push(batch)
      }
      batch.params.push(parameter)
      batch.grads.push(gradient.packed ? gradient : gradient.contiguous())
    }
    return batches
  }
}

/** Checks what the user gave as parameters and fills in the settings that a group does not give itself. */
function groupsOf<Settings>(
  optimizer: string,
  given: Parameters<Settings>,
  settings: Settings,
  existing: readonly { readonly params: readonly Tensor[] }[] = [],
): ParameterGroup<Settings>[] {
  const value: unknown = given
  if (value instanceof Module)
    throw badParameters(
      optimizer,
      `the module ${value.constructor.name}`,
      "It takes parameters.",
      "write model.parameters().",
    )
  if (typeof value !== "object" || value === null || !(Symbol.iterator in value) || value instanceof Tensor)
    throw badParameters(optimizer, value, "It takes an array of parameters.", "write model.parameters().")
  const list = [...given]
  if (list.length === 0)
    throw badParameters(
      optimizer,
      "no parameters",
      "There is nothing to learn: the list is empty.",
      "does the model hold its layers in fields?",
    )
  const isGrouped = !(list[0] instanceof Tensor)
  const groups = (isGrouped ? list : [{ params: list }]) as readonly GroupOptions<Settings>[]
  const seen = new Set<Tensor>(existing.flatMap((group) => group.params))
  return groups.map((group) => {
    const given: unknown = typeof group === "object" && group !== null ? group.params : undefined
    if (typeof given !== "object" || given === null || !(Symbol.iterator in given) || given instanceof Tensor)
      throw badParameters(
        optimizer,
        group,
        "Every element must be a tensor, or a group of them: { params: […] }.",
        given instanceof Module || group instanceof Module ? "write model.parameters()." : undefined,
      )
    const params = [...group.params]
    for (const parameter of params) checkParameter(optimizer, parameter, seen)
    const own = Object.fromEntries(Object.entries(group).filter(([, setting]) => setting !== undefined))
    return { ...settings, ...own, params } as ParameterGroup<Settings>
  })
}

function checkParameter(optimizer: string, parameter: unknown, seen: Set<Tensor>): void {
  if (!(parameter instanceof Tensor)) throw badParameters(optimizer, parameter, "Every parameter must be a tensor.")
  if (!parameter.isLeaf)
    throw badParameters(optimizer, "a computed tensor", "Only tensors that were made directly can be moved.")
  if (!parameter.packed)
    throw badParameters(
      optimizer,
      "a strided view",
      "The elements of a parameter must stand in order; use contiguous().",
    )
  if (seen.has(parameter)) throw badParameters(optimizer, "a parameter that is there twice", "Each may be given once.")
  seen.add(parameter)
}

/** The gradient of a parameter with the pull of its weight decay added. */
export function decayed(gradient: Tensor, parameter: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))
}

/** Moves a running mean towards a value: `mean ← beta · mean + (1 - beta) · value`. */
export function moveMean(mean: Tensor, value: Tensor, beta: number): void {
  mean.add_(value.sub(mean).mul_(1 - beta))
}

/** Moves a running mean of squares: `mean ← beta · mean + (1 - beta) · value²`. */
export function moveSquare(mean: Tensor, value: Tensor, beta: number): void {
  mean.mul_(beta).add_(value.square().mul_(1 - beta))
}

/** Refuses betas that are not two numbers from 0 to below 1. */
export function checkBetas(optimizer: string, betas: readonly [number, number]): void {
  if (!Array.isArray(betas) || betas.length !== 2) throw badSetting(optimizer, "betas", betas, "must be two numbers")
  checkRange(optimizer, "betas[0]", betas[0], 1)
  checkRange(optimizer, "betas[1]", betas[1], 1)
}

/** Refuses a number that is not at least 0 (or not below `below`). */
export function checkRange(optimizer: string, name: string, value: number, below = Number.POSITIVE_INFINITY): void {
  if (value >= 0 && (value < below || below === Number.POSITIVE_INFINITY)) return
  throw badSetting(
    optimizer,
    name,
    value,
    below === Number.POSITIVE_INFINITY ? "must be a number of at least 0" : `must be at least 0 and less than ${below}`,
  )
}
