import { latestSequence } from "../../autograd/node.js"
import type { Module } from "../../nn/module.js"

/** One call of a module, and the operations that it recorded. */
interface Call {
  readonly label: string
  readonly first: number
  last: number
}

/** Watches in which layer of a model each operation is recorded, so that an error can name it. */
export class LayerPaths {
  readonly #calls: Call[] = []

  /** Runs the model with its layers watched. */
  watch<T>(model: Module, run: () => T): T {
    const removals = model.namedModules().flatMap(([path, module]) => {
      const open: Call[] = []
      const label = labelOf(path, module)
      return [
        module.registerForwardPreHook(() => {
          const call = { label, first: latestSequence(), last: Number.POSITIVE_INFINITY }
          open.push(call)
          this.#calls.push(call)
        }),
        module.registerForwardHook(() => {
          const call = open.pop()
          if (call !== undefined) call.last = latestSequence()
        }),
      ]
    })
    try {
      return run()
    } finally {
      for (const remove of removals) remove()
    }
  }

  /** The layers that recorded an operation, outermost first. */
  of(sequence: number): string[] {
    return this.#calls.filter(({ first, last }) => first < sequence && sequence <= last).map(({ label }) => label)
  }
}

function labelOf(path: string, module: Module): string {
  const extra = module.extraRepr()
  const text = extra === "" ? module.constructor.name : `${module.constructor.name}(${extra})`
  return path === "" ? text : `${path.slice(path.lastIndexOf(".") + 1)} = ${text}`
}
