import { isGradEnabled } from "../autograd/mode.js"
import { record } from "../autograd/node.js"
import type { CellgradError } from "../tensor/errors.js"
import { Tensor } from "../tensor/tensor.js"
import type { Module } from "./module.js"

// What happens around a module's forward pass: hooks before and after it, hooks on its gradients, and the path in an error.

/** Called before a forward pass with what goes in. A tensor or an array of inputs that it returns takes their place. */
export type ForwardPreHook = (module: Module, inputs: readonly unknown[]) => unknown

/**
 * Called after a forward pass with what went in and what came out. A tensor, or an array with one, that it returns takes
 * the output's place; anything else is left alone.
 */
export type ForwardHook = (module: Module, inputs: readonly unknown[], output: unknown) => unknown

/** The gradients of tensors that go into a module or come out of it; null where there is none. */
export type Gradients = readonly (Tensor | null)[]

/**
 * Called when the gradients of a module's inputs and outputs are known. Gradients that it returns take the place of those
 * of the inputs.
 */
export type BackwardHook = (module: Module, gradInput: Gradients, gradOutput: Gradients) => unknown

/** What a module calls around its forward pass. */
export interface Hooks {
  readonly before: readonly ForwardPreHook[]
  readonly after: readonly ForwardHook[]
  readonly backward: readonly BackwardHook[]
}

/** What a module remembers of its calls. */
export interface CallRecord {
  outputShape: readonly number[] | null
  /** Null as long as there is none: a call then costs no more than its forward pass. */
  hooks: Hooks | null
}

/** Adds a hook of one kind; the function that is returned takes it away. */
export function addHook<K extends keyof Hooks>(calls: CallRecord, kind: K, hook: Hooks[K][number]): () => void {
  const { hooks } = calls
  calls.hooks = { before: [], after: [], backward: [], ...hooks, [kind]: [...(hooks?.[kind] ?? []), hook] }
  return () => {
    const now = calls.hooks
    if (now === null) return
    const rest = { ...now, [kind]: (now[kind] as readonly unknown[]).filter((other) => other !== hook) }
    calls.hooks = Object.values(rest).every((list) => list.length === 0) ? null : rest
  }
}

/** A forward pass with its hooks. */
export function forwardWithHooks(module: Module, hooks: Hooks, given: readonly unknown[]): unknown {
  let inputs = given
  for (const hook of hooks.before) {
    const changed = hook(module, inputs)
    if (changed instanceof Tensor) inputs = [changed]
    else if (Array.isArray(changed)) inputs = changed
  }
  const watch = hooks.backward.length > 0 && isGradEnabled() ? new GradientWatch(module, hooks.backward) : null
  if (watch !== null) inputs = watch.inputs(inputs)
  let output: unknown = module.forward(...inputs)
  for (const hook of hooks.after) {
    const changed = hook(module, inputs, output)
    if (changed instanceof Tensor || (Array.isArray(changed) && changed.some((value) => value instanceof Tensor)))
      output = changed
  }
  return watch === null ? output : watch.outputs(output)
}

/** Sits between a module and the tape and tells the hooks about the gradients that pass. */
class GradientWatch {
  #gradOutput: Gradients = []
  #watchesInputs = false

  constructor(
    private readonly module: Module,
    private readonly hooks: readonly BackwardHook[],
  ) {}

  /** The inputs, each tensor that needs a gradient behind a node of its own. */
  inputs(inputs: readonly unknown[]): readonly unknown[] {
    this.#watchesInputs = inputs.some((input) => input instanceof Tensor && input.requiresGrad)
    return watched(inputs, (gradients) => this.#call(gradients))
  }

  /** The output, or those in an array. */
  outputs(output: unknown): unknown {
    const list: readonly unknown[] = Array.isArray(output) ? output : [output]
    const outputs = watched(list, (gradients) => {
      this.#gradOutput = gradients
      if (!this.#watchesInputs) this.#call([])
      return gradients
    })
    return Array.isArray(output) ? outputs : outputs[0]
  }

  #call(gradInput: Gradients): Gradients {
    let gradients = gradInput
    for (const hook of this.hooks) {
      const changed = hook(this.module, gradients, this.#gradOutput)
      if (changed instanceof Tensor) gradients = [changed]
      else if (Array.isArray(changed)) gradients = changed
    }
    return gradients
  }
}

/**
 * Passes values on unchanged, and once the gradients of all tensors among them are known, gives them to `seen`, which says
 * what goes further back. The node of the first tensor is the one that all gradients pass through; it was recorded first,
 * so it runs last, after the nodes of the others, which send it zeros so that it runs in any case.
 */
function watched(values: readonly unknown[], seen: (gradients: Gradients) => Gradients): readonly unknown[] {
  const places = values.flatMap((value, i) => (value instanceof Tensor && value.requiresGrad ? [i] : []))
  const tensors = places.map((i) => values[i] as Tensor)
  const [first] = tensors
  if (first === undefined) return values
  let gradients = new Array<Tensor | null>(values.length).fill(null)
  const keep = (at: number, dy: Tensor) => {
    dy.storage.pass = 0 // the hook may hold it
    gradients[at] = dy
  }
  const gate = record("hook", first.detach(), tensors, (dy) => {
    keep(places[0] as number, dy)
    const found = gradients
    gradients = new Array<Tensor | null>(values.length).fill(null)
    const further = seen(found)
    return places.map((i) => further[i] ?? null)
  })
  const passed = [...values]
  places.forEach((at, i) => {
    const x = tensors[i] as Tensor
    if (i === 0) passed[at] = gate
    else {
      passed[at] = record("hook", x.detach(), [gate], (dy) => {
        keep(at, dy)
        return [gate.detach().mul(0)]
      })
    }
  })
  return passed
}

/** The modules an error has come through, outermost first. */
const erringModules = new WeakMap<CellgradError, Module[]>()

/**
 * Names a module in an error on its way out. Only the module that contains another knows the field it stands in, so the
 * whole path is written anew at each level: `in FeedForward > fc2 = Linear(64 -> 10)`.
 */
export function addToPath(error: CellgradError, module: Module): void {
  const modules = [module, ...(erringModules.get(error) ?? [])]
  erringModules.set(error, modules)
  const [outermost = "", ...inner] = modules.map((current, i) => {
    const extra = current.extraRepr()
    const label = extra === "" ? current.constructor.name : `${current.constructor.name}(${extra})`
    const field = modules[i - 1]?.namedChildren().find(([, child]) => child === current)?.[0]
    return field === undefined ? label : `${field} = ${label}`
  })
  const before = error.message
  error.path = inner
  error.addToPath(outermost)
  error.stack = error.stack?.replace(before, () => error.message) ?? ""
}
