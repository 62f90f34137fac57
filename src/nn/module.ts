import { noGrad } from "../autograd/mode.js"
import { CellgradError } from "../tensor/errors.js"
import { badOption, notATensor } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { adoptElements, sameShape, Tensor } from "../tensor/tensor.js"
import { clearGradient } from "./clear-gradient.js"
import { noSuchMember, stateMismatch } from "./messages.js"
import {
  addHook,
  addToPath,
  type BackwardHook,
  type CallRecord,
  type ForwardHook,
  type ForwardPreHook,
  forwardWithHooks,
} from "./module-calls.js"
import { Buffer, Parameter } from "./parameter.js"

export type { BackwardHook, ForwardHook, ForwardPreHook, Gradients } from "./module-calls.js"

/** The parameters and buffers of a module by name, as `stateDict()` gives them. */
export type StateDict = Record<string, Tensor>

/** Under a symbol, so that it is no field of the model. */
const callRecord: unique symbol = Symbol("call record")

/** Calling a module runs its `forward`. */
export interface Module {
  // biome-ignore lint/style/useShorthandFunctionType: only an interface merges with the class below
  (...args: Parameters<this["forward"]>): ReturnType<this["forward"]>
}

/**
 * The base of every layer and every model: fields hold what it is made of, `forward` says how it computes.
 *
 * Parameters are found by looking through the fields whenever they are asked for, in the order of declaration: tensors
 * that require a gradient, and those of modules in fields, arrays and plain objects. Tensors that do not require one are
 * buffers. (Fields with a `#` are hidden from this search.)
 *
 * A module is a function: `model(x)` is `model.forward(x)`, and a layer can stand wherever a function of tensors can.
 *
 * **How that works.** The constructor returns an arrow function instead of `this`, after giving it the class's prototype.
 * JavaScript then runs the field initialisers and constructors of the subclasses on that function, so fields, methods,
 * `instanceof` and `super` behave as in any class. The cost is about 20 ns a call. Two things follow: this base class
 * must not declare fields of its own (they would land on the discarded `this`), and a function's own `name` and `length`
 * are deleted, so that subclasses may have fields of those names.
 *
 * @example
 * class Net extends nn.Module {
 *   fc1 = new nn.Linear(10, 64)
 *   fc2 = new nn.Linear(64, 1)
 *   forward(x: Tensor) {
 *     return this.fc2(this.fc1(x).relu())
 *   }
 * }
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor makes good what the interface promises
export abstract class Module {
  /** Whether the module is being trained; `train()` and `eval()` set it. Dropout works only while it is. */
  declare training: boolean
  declare readonly [callRecord]: CallRecord

  /** What the module computes. Call the module itself rather than this: `model(x)`. */
  // biome-ignore lint/suspicious/noExplicitAny: subclasses give forward its own parameters, which the call takes over
  abstract forward(...args: any[]): any

  constructor() {
    const record: CallRecord = { outputShape: null, hooks: null }
    const call = (...args: unknown[]): unknown => {
      let output: unknown
      try {
        output = record.hooks === null ? module.forward(...args) : forwardWithHooks(module, record.hooks, args)
      } catch (error) {
        if (error instanceof CellgradError) addToPath(error, module)
        throw error
      }
      if (output instanceof Tensor) record.outputShape = output.shape
      return output
    }
    delete (call as { name?: string }).name
    delete (call as { length?: number }).length
    const module = Object.setPrototypeOf(call, new.target.prototype) as Module
    module.training = true
    Object.defineProperty(module, callRecord, { value: record })
    // biome-ignore lint/correctness/noConstructorReturn: see "How that works" above
    return module
  }

  /** @internal Name and value of what the module is made of; containers name their layers by position instead. */
  members(): Iterable<[string, unknown]> {
    return Object.entries(this)
  }

  /** A few words about the module's settings, for its text form: `10 -> 64`. */
  extraRepr(): string {
    return ""
  }

  /** The shape of the last output, or null before the first call. */
  get outputShape(): readonly number[] | null {
    return this[callRecord].outputShape
  }

  /** @internal Whether hooks watch the calls of this module. */
  get isWatched(): boolean {
    return this[callRecord].hooks !== null
  }

  /** @internal Notes what a call would have given, for a container that computes several layers at once. */
  noteOutput(shape: readonly number[]): void {
    this[callRecord].outputShape = shape
  }

  /** Calls a function before each forward pass, which may change the inputs; returns a function that ends this. */
  registerForwardPreHook(hook: ForwardPreHook): () => void {
    return addHook(this[callRecord], "before", hook)
  }

  /** Calls a function after each forward pass, which may change the output; returns a function that ends this. */
  registerForwardHook(hook: ForwardHook): () => void {
    return addHook(this[callRecord], "after", hook)
  }

  /**
   * Calls a function in each backward pass, once the gradients of the inputs are known; it may change them. Returns a
   * function that ends this.
   *
   * @example const layer = new nn.Linear(1, 1); const seen = []; layer.registerFullBackwardHook((_layer, _dx, [dy]) => { seen.push(dy.item()) }); layer(zeros([1])).mul(3).sum().backward(); seen // [3]
   */
  registerFullBackwardHook(hook: BackwardHook): () => void {
    return addHook(this[callRecord], "backward", hook)
  }

  /** Makes a tensor a parameter under a name: the same as assigning an `nn.Parameter` to a field. */
  registerParameter(name: string, value: Tensor | null): void {
    Object.assign(this, { [name]: value === null || value instanceof Parameter ? value : new Parameter(value) })
  }

  /** Makes a tensor a buffer under a name; one that is not `persistent` is not saved with the model. */
  registerBuffer(name: string, value: Tensor | null, { persistent = true }: { persistent?: boolean } = {}): void {
    Object.assign(this, { [name]: value === null ? null : new Buffer(value.detach(), { persistent }) })
  }

  /** Makes a module part of this one under a name: the same as assigning it to a field. */
  registerModule(name: string, module: Module | null): void {
    Object.assign(this, { [name]: module })
  }

  /** The module at a path such as `blocks.0.fc1`. */
  getSubmodule(path: string): Module {
    return found(this, "getSubmodule", path, this.namedModules())
  }

  /** The parameter at a path such as `blocks.0.fc1.weight`. */
  getParameter(path: string): Tensor {
    return found(this, "getParameter", path, this.namedParameters())
  }

  /** The buffer at a path. */
  getBuffer(path: string): Tensor {
    return found(this, "getBuffer", path, this.namedBuffers())
  }

  /** The modules that this one is directly made of, with their names. */
  namedChildren(): [string, Module][] {
    const seen = new Set<unknown>()
    return flatMembers(this).filter(
      (entry): entry is [string, Module] =>
        entry[1] instanceof Module && !seen.has(entry[1]) && seen.add(entry[1]) !== null,
    )
  }

  /** The modules that this one is directly made of. */
  children(): Module[] {
    return this.namedChildren().map(([, module]) => module)
  }

  /** This module and all within it, each once, with their paths; this one's is empty. */
  namedModules(): [string, Module][] {
    const found: [string, Module][] = []
    const seen = new Set<Module>()
    const visit = (path: string, module: Module): void => {
      if (seen.has(module)) return
      seen.add(module)
      found.push([path, module])
      for (const [name, child] of module.namedChildren()) visit(joined(path, name), child)
    }
    visit("", this)
    return found
  }

  /** This module and all within it, each once. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module)
  }

  /** The tensors that are learned, each once, with their paths, such as `fc1.weight`. */
  namedParameters(): [string, Tensor][] {
    return namedTensors(this, isParameter, true)
  }

  /** The tensors that are learned, each once: what an optimizer takes. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, parameter]) => parameter)
  }

  /** The tensors that belong to the module but are not learned, with their paths. */
  namedBuffers(): [string, Tensor][] {
    return namedTensors(this, isBuffer, true)
  }

  /** The tensors that belong to the module but are not learned. */
  buffers(): Tensor[] {
    return this.namedBuffers().map(([, buffer]) => buffer)
  }

  /** @internal The tensors that are saved with the model, themselves, by their paths. */
  savedTensors(): [string, Tensor][] {
    return namedTensors(this, isSaved, false)
  }

  /** Parameters and buffers by their paths, the names that PyTorch gives them. They are views: training changes them. */
  stateDict(): StateDict {
    return Object.fromEntries(this.savedTensors().map(([name, value]) => [name, value.detach()]))
  }

  /**
   * Copies values into parameters and buffers, by name.
   *
   * Errors: a shape that differs; with `strict` (the default) also a name that is missing or that the module does not
   * have. Nothing is copied then.
   */
  loadStateDict(state: Readonly<StateDict>, { strict = true }: { strict?: boolean } = {}): LoadResult {
    const own = this.savedTensors()
    for (const value of Object.values(state))
      if (!(value instanceof Tensor)) throw notATensor("loadStateDict", value, "a state of tensors")
    const names = new Set(own.map(([name]) => name))
    const missingKeys = own.map(([name]) => name).filter((name) => !Object.hasOwn(state, name))
    const unexpectedKeys = Object.keys(state).filter((name) => !names.has(name))
    const present = own.filter(([name]) => Object.hasOwn(state, name))
    const unlike = present.filter(([name, value]) => !sameShape(value.shape, state[name]?.shape ?? []))
    if (unlike.length > 0 || (strict && missingKeys.length + unexpectedKeys.length > 0)) {
      throw stateMismatch(
        this.constructor.name,
        strict ? missingKeys : [],
        strict ? unexpectedKeys : [],
        unlike.map(([name, value]) => ({ name, wanted: value.shape, found: state[name]?.shape ?? [] })),
      )
    }
    noGrad(() => {
      for (const [name, value] of present) value.copy_(state[name] as Tensor)
    })
    return { missingKeys, unexpectedKeys }
  }

  /** Puts the module and all within it into training mode, or out of it. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode
    return this
  }

  /** Puts the module and all within it into evaluation mode: dropout lets everything through. */
  eval(): this {
    return this.train(false)
  }

  /** Calls a function with every module within, from the inside out, and with this one at last. */
  apply(visit: (module: Module) => void): this {
    for (const child of this.children()) child.apply(visit)
    visit(this)
    return this
  }

  /** Lets all parameters require a gradient, or freezes them. */
  requiresGrad_(on = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = on
    return this
  }

  /**
   * Converts all parameters and buffers with fractions, in place: optimizers that hold them go on.
   *
   * @example new nn.Linear(2, 1).to("float64").weight.dtype // "float64"
   */
  to(dtype: "float32" | "float64"): this {
    if (dtype !== "float32" && dtype !== "float64")
      throw badOption(`${this.constructor.name}.to`, "dtype", dtype, ["float32", "float64"])
    for (const x of new Set([...this.parameters(), ...this.buffers()])) {
      if (!isFloatingPoint(x.dtype) || x.dtype === dtype) continue
      const gradient = x.gradient
      adoptElements(x, x.detach().to(dtype))
      if (gradient !== null) x.grad = gradient.to(dtype)
    }
    return this
  }

  /** `to("float64")`. */
  double(): this {
    return this.to("float64")
  }

  /** `to("float32")`. */
  float(): this {
    return this.to("float32")
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) clearGradient(parameter)
  }

  /** The tree of modules, as PyTorch prints it. */
  toString(): string {
    const children = this.namedChildren()
    const extra = this.extraRepr()
    if (children.length === 0) return `${this.constructor.name}(${extra})`
    const lines = children.map(([name, child]) => `  (${name}): ${String(child).replaceAll("\n", "\n  ")}`)
    return [`${this.constructor.name}(${extra}`, ...lines, ")"].join("\n")
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

/** What `loadStateDict` found beside what it copied. */
export interface LoadResult {
  readonly missingKeys: readonly string[]
  readonly unexpectedKeys: readonly string[]
}

function isParameter(value: Tensor): boolean {
  return value instanceof Parameter || (value.requiresGrad && value.isLeaf)
}

/** A tensor that was computed with a gradient, such as an activation kept for a look, is neither. */
function isBuffer(value: Tensor): boolean {
  return !isParameter(value) && value.isLeaf
}

/** Whether a tensor is saved with the model. */
function isSaved(value: Tensor): boolean {
  return isParameter(value) || (isBuffer(value) && !(value instanceof Buffer && !value.persistent))
}

/** What stands at a path, among all that might. */
function found<T>(module: Module, call: string, path: string, named: readonly (readonly [string, T])[]): T {
  const entry = named.find(([name]) => name === path)
  if (entry === undefined)
    throw noSuchMember(
      `${module.constructor.name}.${call}`,
      path,
      named.map(([name]) => name),
    )
  return entry[1]
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`
}

/** The tensors and modules in a module's fields, and in the arrays and plain objects there, with their names. */
function flatMembers(module: Module): [string, Tensor | Module][] {
  const found: [string, Tensor | Module][] = []
  const containers = new Set<unknown>() // of a ring of arrays or objects, one round is enough
  const visit = (name: string, value: unknown): void => {
    if (value instanceof Tensor || value instanceof Module) found.push([name, value])
    else if (typeof value === "object" && value !== null && isContainer(value) && !containers.has(value)) {
      containers.add(value)
      for (const [key, element] of Object.entries(value)) visit(`${name}.${key}`, element)
    }
  }
  for (const [name, value] of module.members()) visit(name, value)
  return found
}

function isContainer(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

function namedTensors(root: Module, wanted: (value: Tensor) => boolean, once: boolean): [string, Tensor][] {
  const found: [string, Tensor][] = []
  const seen = new Set<unknown>()
  const above = new Set<Module>() // a module may appear twice, but not within itself
  const visit = (path: string, module: Module): void => {
    if (above.has(module) || (once && seen.has(module))) return
    above.add(module)
    seen.add(module)
    for (const [name, value] of flatMembers(module)) {
      if (value instanceof Module) visit(joined(path, name), value)
      else if (wanted(value) && !(once && seen.has(value))) {
        seen.add(value)
        found.push([joined(path, name), value])
      }
    }
    above.delete(module)
  }
  visit("", root)
  return found
}
