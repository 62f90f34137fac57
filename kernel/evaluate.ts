import { Script } from "node:vm"
import type { AsyncContext } from "./async-context.js"
import type { Boundary } from "./boundary.js"
import { cellHelpers } from "./cell-helpers.js"
import { original } from "./cell-rewrite.js"
import type { Execution } from "./execution.js"
import { type CellMeta, type Importer, withNames } from "./importer.js"
import { enterRealm, keepGlobal, restoreRealm } from "./realm.js"
import type { CellContext, TranspiledCell } from "./transpile.js"

/** The start of the file name under which V8 knows a cell; what follows is its number. */
export const cellScheme = "cellgrad-cell:"

function iterate<T>(iterable: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
}

/** What the script of a cell finds under `__cellgrad`. */
interface CellApi {
  /** The cell whose code runs. */
  readonly cell: Pick<Execution, "after">
  result: unknown
  wait(value: unknown): unknown
  each<T>(iterable: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T>
  import(specifier: string): Promise<unknown>
  named(module: object, specifier: string, names: readonly string[]): object
  readonly meta: CellMeta
}

/** Runs transpiled cells in this context, one after the other. */
export class Evaluator {
  /** What transpiling the next cell must know of this session. */
  readonly context: CellContext
  readonly #shadowed = new Set<string>()
  /** How each variable is read: to look it up by name anew each time takes V8 far longer. */
  readonly #declared = new Map<string, () => unknown>()
  readonly #boundary: Boundary

  constructor(boundary: Boundary, executions: AsyncContext<Execution>, importer: Importer) {
    this.#boundary = boundary
    const current = () => executions.current as Execution
    const api: CellApi = {
      get cell() {
        return current()
      },
      get result() {
        return current().result
      },
      set result(value) {
        current().result = value
      },
      wait: (value) => current().wait(value),
      async *each(iterable) {
        const execution = current()
        const iterator = iterate(iterable)
        let ended = false
        try {
          for (;;) {
            const { done, value } = (await execution.until(iterator.next())) as IteratorResult<typeof iterable>
            ended = done === true
            if (ended) return
            yield (await value) as never
          }
        } finally {
          if (!ended) await iterator.return?.()
        }
      },
      import: (specifier) => importer.import(specifier),
      named: withNames,
      meta: importer.meta,
    }
    keepGlobal("__cellgrad", api)
    keepGlobal("babelHelpers", cellHelpers)
    const reserved = new Set(Object.getOwnPropertyNames(globalThis))
    this.context = { reserved, shadowed: this.#shadowed, compilerOptions: () => importer.compilerOptions }
  }

  /** Runs a cell to its end; the value of its last expression, or undefined. A promise as a value is not awaited. */
  async run(cell: TranspiledCell, execution: Execution): Promise<{ value: unknown }> {
    execution.start()
    this.#declare(cell.names)
    for (const name of cell.shadows) this.#shadowed.add(name)
    execution.result = undefined
    const started = this.#boundary.call(() =>
      execution.enter(() => {
        const script = new Script(cell.script, { filename: `${cellScheme}${execution.cell}` })
        enterRealm()
        try {
          return script.runInThisContext() as unknown
        } finally {
          restoreRealm()
        }
      }),
    )
    if (cell.isAsync) {
      await execution.until(started)
      restoreRealm()
    }
    const { result } = execution
    execution.result = undefined
    return { value: cell.hasResult ? result : undefined }
  }

  /** The variables of the session, those declared last at most `most`, with what they hold. Nothing of a cell runs. */
  variables(most: number): [name: string, value: unknown][] {
    return [...this.#declared].slice(-most).map(([name, read]) => [original(name), read()])
  }

  /** Whether a variable that a cell declares holds nothing yet. */
  isUnset(name: string): boolean {
    return this.#declared.get(name)?.() === undefined
  }

  /** Each name becomes a `let` of the session once; that it exists already is no error. */
  #declare(names: readonly string[]): void {
    for (const name of names) {
      if (this.#declared.has(name)) continue
      this.#declared.set(name, () => undefined)
      try {
        this.#declared.set(name, new Script(`let ${name}; (() => ${name})`).runInThisContext() as () => unknown)
      } catch {
        // A name that cannot be a `let` (undefined, NaN): the assignment will say so.
      }
    }
  }
}
