import type { Tensor } from "../tensor/tensor.js"
import { notALayer } from "./messages.js"
import { Module } from "./module.js"

/** A step of a model: a module, or any function of a tensor. */
export type Layer = (x: Tensor) => Tensor

/**
 * Layers one after the other; the output of each is the input of the next. They are called `0`, `1`, …
 *
 * Functions may stand among the modules: `new nn.Sequential(new nn.Linear(2, 8), (x) => x.sin(), new nn.Linear(8, 1))`.
 *
 * @example new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU())(ones([4, 2])).shape // [4, 3]
 */
export class Sequential extends Module {
  readonly layers: readonly Layer[]

  constructor(...layers: readonly Layer[]) {
    super()
    layers.forEach((layer, i) => {
      if (typeof layer !== "function") throw notALayer("Sequential", i, layer)
    })
    this.layers = layers
  }

  forward(x: Tensor): Tensor {
    const layers = this.layers
    for (let i = 0; i < layers.length; i++) x = (layers[i] as Layer)(x)
    return x
  }

  override members(): Iterable<[string, unknown]> {
    return Object.entries(this.layers)
  }
}

/**
 * A list of modules, whose parameters belong to the module that holds it. It has no `forward` of its own; a plain array
 * in a field does as well, under the names `layers.0`, `layers.1`, …
 *
 * @example new nn.ModuleList([new nn.Linear(2, 3), new nn.Linear(3, 1)]).length // 2
 */
export class ModuleList<M extends Module = Module> extends Module {
  readonly #modules: M[]

  constructor(modules: Iterable<M> = []) {
    super()
    this.#modules = [...modules]
    this.#modules.forEach((module, i) => {
      checkModule(module, i)
    })
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
    checkModule(module, this.#modules.length)
    this.#modules.push(module)
    return this
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.#modules[Symbol.iterator]()
  }

  /** A list is not called; its modules are. */
  forward(): never {
    throw notALayer("ModuleList", 0, "the list itself")
  }

  override members(): Iterable<[string, unknown]> {
    return Object.entries(this.#modules)
  }
}

function checkModule(module: unknown, index: number): void {
  if (!(module instanceof Module)) throw notALayer("ModuleList", index, module)
}
