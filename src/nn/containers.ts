import { Tensor } from "../tensor/tensor.js"
import { fuseLayers } from "./fused-layers.js"
import type { Linear } from "./linear.js"
import { badName, containerIsNotCalled, notALayer, notAMember, notAParameter } from "./messages.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"
import type { ShapeKeeping } from "./shape-keeping.js"

/** A step of a model: a module, or any function of a tensor. */
export type Layer = (x: Tensor) => Tensor

/** What stands in the place of a linear layer that cannot take what comes out of the one before. */
export interface SizesDiffer<Comes extends number, Wanted extends number> {
  readonly comes: Comes
  readonly wanted: Wanted
}

/**
 * Layers, checked as far as their types tell: a linear layer of known sizes must take as many features as the one before
 * gives, where between them stands only what keeps the shape.
 */
export type Fitting<L extends readonly unknown[], Size extends number = number> = L extends readonly [
  infer First,
  ...infer Rest,
]
  ? First extends Linear<infer In, infer Out>
    ? [Joins<Size, In> extends true ? First : SizesDiffer<Size, In>, ...Fitting<Rest, Out>]
    : [First, ...Fitting<Rest, First extends ShapeKeeping ? Size : number>]
  : L

/** Whether two sizes can meet: they are equal, or one of them is not known. */
type Joins<A extends number, B extends number> = number extends A
  ? true
  : number extends B
    ? true
    : A extends B
      ? true
      : false

/**
 * Layers one after the other; the output of each is the input of the next. They are called `0`, `1`, …, or as they are
 * named in an object.
 *
 * Functions may stand among the modules: `new nn.Sequential(new nn.Linear(2, 8), (x) => x.sin(), new nn.Linear(8, 1))`.
 *
 * Where the types tell the sizes of two linear layers that meet, the editor shows that they do not fit. (A variable keeps
 * the sizes that it was first given; as an `nn.Linear` it has none.)
 *
 * Errors: elements that can not be called.
 *
 * @example new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU())(ones([4, 2])).shape // [4, 3]
 * @example new nn.Sequential({ fc1: new nn.Linear(2, 3), act: new nn.ReLU() }).namedParameters().map(([name]) => name) // ["fc1.weight", "fc1.bias"]
 */
export class Sequential<L extends readonly Layer[] = readonly Layer[]> extends Module {
  /** The layers in their order. */
  readonly layers: readonly Layer[]
  readonly #names: readonly string[]

  constructor(...layers: Fitting<L>)
  constructor(layers: Readonly<Record<string, Layer>>)
  constructor(...given: readonly unknown[]) {
    super()
    const [first] = given
    const isNamed = given.length === 1 && typeof first === "object" && first !== null && !Array.isArray(first)
    const entries = Object.entries(isNamed ? (first as Record<string, unknown>) : given)
    for (const [name, layer] of entries)
      if (typeof layer !== "function") throw notALayer("Sequential", isNamed ? name : Number(name), layer)
    this.layers = entries.map(([, layer]) => layer as Layer)
    this.#names = entries.map(([name]) => name)
  }

  forward(x: Tensor): Tensor {
    const layers = this.layers
    for (let i = 0; i < layers.length; i++) {
      const fused = fuseLayers(layers, i, x)
      if (fused === null) x = (layers[i] as Layer)(x)
      else {
        x = fused.output
        i += fused.count - 1
      }
    }
    return x
  }

  /** The number of layers. */
  override get length(): number {
    return this.layers.length
  }

  /** One layer, by its place (negative ones count from the end) or by its name. */
  at(place: number | string): Layer | undefined {
    return typeof place === "number" ? this.layers.at(place) : this.layers[this.#names.indexOf(place)]
  }

  /** The same layers and one more at the end; the layers are shared. */
  with(layer: Layer): Sequential {
    return new Sequential(...this.layers, layer)
  }

  [Symbol.iterator](): IterableIterator<Layer> {
    return this.layers[Symbol.iterator]()
  }

  override members(): Iterable<[string, unknown]> {
    return this.layers.map((layer, i) => [this.#names[i] as string, layer])
  }
}

/** The base of what only holds modules or parameters. */
abstract class Holder extends Module {
  /** A container is not called; what it holds is. */
  forward(): never {
    throw containerIsNotCalled(this.constructor.name)
  }
}

/**
 * A list of modules, whose parameters belong to the module that holds it. It has no `forward` of its own; a plain array
 * in a field does as well, under the names `layers.0`, `layers.1`, …
 *
 * @example new nn.ModuleList([new nn.Linear(2, 3), new nn.Linear(3, 1)]).length // 2
 */
export class ModuleList<M extends Module = Module> extends Holder {
  readonly #modules: M[]

  constructor(modules: Iterable<M> = []) {
    super()
    this.#modules = []
    this.extend(modules)
  }

  /** The number of modules. */
  override get length(): number {
    return this.#modules.length
  }

  /** One module; negative positions count from the end. */
  at(index: number): M | undefined {
    return this.#modules.at(index)
  }

  /** Adds a module at the end. */
  append(module: M): this {
    checkModule("ModuleList", this.#modules.length, module)
    this.#modules.push(module)
    return this
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    for (const module of modules) this.append(module)
    return this
  }

  /** Adds a module before a position. */
  insert(index: number, module: M): this {
    checkModule("ModuleList", index, module)
    this.#modules.splice(index, 0, module)
    return this
  }

  /** Takes a module out, the last one unless another is named. */
  pop(index = -1): M | undefined {
    return this.#modules.splice(index, 1)[0]
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.#modules[Symbol.iterator]()
  }

  override members(): Iterable<[string, unknown]> {
    return Object.entries(this.#modules)
  }
}

/**
 * Modules by name, whose parameters belong to the module that holds it. A plain object in a field does as well.
 *
 * @example new nn.ModuleDict({ relu: new nn.ReLU(), tanh: new nn.Tanh() }).get("relu")(tensor([-1])) // tensor([0.])
 */
export class ModuleDict<D extends Readonly<Record<string, Module>> = Readonly<Record<string, Module>>> extends Holder {
  readonly #modules = new Map<string, Module>()

  constructor(modules?: D) {
    super()
    for (const [name, module] of Object.entries(modules ?? {})) this.#put(name, module)
  }

  #put(name: string, module: unknown): void {
    checkModule("ModuleDict", name, module)
    if (name === "" || name.includes(".")) throw badName("ModuleDict", name)
    this.#modules.set(name, module)
  }

  /** The number of modules. */
  get size(): number {
    return this.#modules.size
  }

  /** The module of a name. */
  get<K extends keyof D & string>(name: K): D[K] {
    const module = this.#modules.get(name)
    if (module === undefined) throw notAMember("ModuleDict", name, [...this.#modules.keys()])
    return module as D[K]
  }

  /** Whether there is a module of a name. */
  has(name: string): boolean {
    return this.#modules.has(name)
  }

  /** Puts a module under a name. */
  set<K extends keyof D & string>(name: K, module: D[K]): this {
    this.#put(name, module)
    return this
  }

  /** Takes a module out. */
  delete(name: string): boolean {
    return this.#modules.delete(name)
  }

  /** The names. */
  keys(): string[] {
    return [...this.#modules.keys()]
  }

  /** The modules. */
  values(): D[keyof D][] {
    return [...this.#modules.values()] as D[keyof D][]
  }

  /** The names with their modules. */
  entries(): [string, D[keyof D]][] {
    return [...this.#modules] as [string, D[keyof D]][]
  }

  override members(): Iterable<[string, unknown]> {
    return this.entries()
  }
}

/**
 * A list of parameters. A plain array of them in a field does as well.
 *
 * @example new nn.ParameterList([zeros([2]), zeros([3])]).parameters().length // 2
 */
export class ParameterList extends Holder {
  readonly #parameters: Parameter[] = []

  constructor(parameters: Iterable<Tensor> = []) {
    super()
    this.extend(parameters)
  }

  /** The number of parameters. */
  override get length(): number {
    return this.#parameters.length
  }

  /** One parameter; negative positions count from the end. */
  at(index: number): Parameter | undefined {
    return this.#parameters.at(index)
  }

  /** Adds a parameter, or a tensor as one, at the end. */
  append(parameter: Tensor): this {
    this.#parameters.push(asParameter("ParameterList", parameter))
    return this
  }

  /** Adds parameters at the end. */
  extend(parameters: Iterable<Tensor>): this {
    for (const parameter of parameters) this.append(parameter)
    return this
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.#parameters[Symbol.iterator]()
  }

  override members(): Iterable<[string, unknown]> {
    return Object.entries(this.#parameters)
  }
}

/**
 * Parameters by name. A plain object of them in a field does as well.
 *
 * @example new nn.ParameterDict({ scale: ones([2]) }).get("scale").requiresGrad // true
 */
export class ParameterDict<Names extends string = string> extends Holder {
  readonly #parameters = new Map<string, Parameter>()

  constructor(parameters?: Readonly<Record<Names, Tensor>>) {
    super()
    for (const [name, parameter] of Object.entries<Tensor>(parameters ?? {}))
      this.#parameters.set(name, asParameter("ParameterDict", parameter))
  }

  /** The number of parameters. */
  get size(): number {
    return this.#parameters.size
  }

  /** The parameter of a name. */
  get(name: Names): Parameter {
    const parameter = this.#parameters.get(name)
    if (parameter === undefined) throw notAMember("ParameterDict", name, [...this.#parameters.keys()])
    return parameter
  }

  /** Whether there is a parameter of a name. */
  has(name: string): boolean {
    return this.#parameters.has(name)
  }

  /** Puts a parameter, or a tensor as one, under a name. */
  set(name: Names, parameter: Tensor): this {
    this.#parameters.set(name, asParameter("ParameterDict", parameter))
    return this
  }

  /** Takes a parameter out. */
  delete(name: string): boolean {
    return this.#parameters.delete(name)
  }

  /** The names. */
  keys(): Names[] {
    return [...this.#parameters.keys()] as Names[]
  }

  override members(): Iterable<[string, unknown]> {
    return this.#parameters
  }
}

function checkModule(container: string, place: number | string, module: unknown): asserts module is Module {
  if (!(module instanceof Module)) throw notALayer(container, place, module)
}

function asParameter(container: string, value: Tensor): Parameter {
  if (value instanceof Parameter) return value
  if (!(value instanceof Tensor)) throw notAParameter(container, value)
  return new Parameter(value)
}
