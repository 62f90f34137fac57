import { Script } from "node:vm"
import type { Boundary } from "./boundary.js"
import { cellHelpers } from "./cell-helpers.js"
import type { CellMeta, Importer } from "./importer.js"
import { InterruptError } from "./interrupt.js"
import { keepGlobal, restoreRealm } from "./realm.js"
import type { CellContext, TranspiledCell } from "./transpile.js"

/** The start of the file name under which V8 knows a cell; what follows is its number. */
export const cellScheme = "cellgrad-cell:"

/** The run of one cell: what it waits for, what it scheduled, whether it was interrupted. */
export class Execution {
  interrupted = false
  #open = false
  #ended = false
  /** Ends the cell; called before anything else of it goes on. */
  onInterrupt: () => void = () => {}
  readonly #waits = new Set<(error: Error) => void>()
  readonly #cancels = new Set<() => void>()
  /** Awaits after the interrupt; a loop that catches the error and goes on is parked for good after a few. */
  #late = 0

  constructor(
    readonly cell: number,
    private readonly boundary: Boundary,
  ) {}

  /** Its result is out: what still comes of it does not count. */
  get ended(): boolean {
    return this.#ended
  }

  /** From here to `end` the cell's code may run. */
  start(): void {
    // An interrupt may have come while the cell was being checked; nobody would repeat it for a loop that starts now.
    if (this.interrupted || this.#ended) throw new InterruptError()
    if (!this.#open) this.boundary.open()
    this.#open = true
  }

  end(): void {
    this.#ended = true
    if (this.#open) this.boundary.close()
    this.#open = false
  }

  /** Something to cancel when this cell is interrupted; call the result once there is nothing to cancel any more. */
  scheduled(cancel: () => void): () => void {
    this.#cancels.add(cancel)
    return () => this.#cancels.delete(cancel)
  }

  interrupt(): void {
    if (this.#ended) return
    this.interrupted = true
    this.onInterrupt()
    for (const reject of this.#waits) reject(new InterruptError())
    for (const cancel of this.#cancels) cancel()
    this.#waits.clear()
    this.#cancels.clear()
  }

  /** The promise, which an interrupt rejects at once. */
  wait<T>(value: T): T | Promise<Awaited<T>> {
    restoreRealm()
    if (this.interrupted) {
      if (++this.#late > 16) return new Promise(() => {})
      throw new InterruptError()
    }
    if (!isThenable(value)) return value
    return new Promise<Awaited<T>>((resolve, reject) => {
      this.#waits.add(reject)
      const settle =
        <V>(settled: (value: V) => void) =>
        (value: V) => {
          restoreRealm()
          this.#waits.delete(reject)
          settled(value)
        }
      value.then(settle(resolve as (value: unknown) => void), settle(reject))
    })
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  )
}

function iterate<T>(iterable: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
}

/** What the script of a cell finds under `__cellgrad`. */
interface CellApi {
  result: unknown
  wait<T>(value: T): T | Promise<Awaited<T>>
  each<T>(iterable: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T>
  import(specifier: string): Promise<unknown>
  readonly meta: CellMeta
}

/** Runs transpiled cells in this context, one after the other. */
export class Evaluator {
  current: Execution | undefined
  /** What transpiling the next cell must know of this session. */
  readonly context: CellContext
  readonly #shadowed = new Set<string>()
  readonly #declared = new Set<string>()
  readonly #boundary: Boundary
  readonly #api: CellApi

  constructor(boundary: Boundary, importer: Importer) {
    this.#boundary = boundary
    const wait = <T>(value: T) => (this.current ? this.current.wait(value) : value)
    this.#api = {
      result: undefined,
      wait,
      async *each(iterable) {
        const iterator = iterate(iterable)
        let ended = false
        try {
          for (;;) {
            const { done, value } = await wait(iterator.next())
            ended = done === true
            if (ended) return
            yield (await value) as Awaited<typeof value>
          }
        } finally {
          if (!ended) await iterator.return?.()
        }
      },
      import: (specifier) => importer.import(specifier),
      meta: importer.meta,
    }
    keepGlobal("__cellgrad", this.#api)
    keepGlobal("babelHelpers", cellHelpers)
    this.context = { reserved: new Set(Object.getOwnPropertyNames(globalThis)), shadowed: this.#shadowed }
  }

  /** Runs a cell to its end; the value of its last expression, or undefined. A promise as a value is not awaited. */
  async run(cell: TranspiledCell, execution: Execution): Promise<{ value: unknown }> {
    execution.start()
    this.current = execution
    this.#declare(cell.names)
    for (const name of cell.shadows) this.#shadowed.add(name)
    this.#api.result = undefined
    // Whatever the cell reassigned meanwhile, its own result is what stands here when it ends.
    const started = this.#boundary.call(
      () =>
        new Script(cell.script, { filename: `${cellScheme}${execution.cell}` }).runInThisContext() as
          | Promise<void>
          | undefined,
    )
    if (cell.isAsync) await execution.wait(started)
    const { result } = this.#api
    this.#api.result = undefined
    return { value: cell.hasResult ? result : undefined }
  }

  /** Each name becomes a `let` of the session once; that it exists already is no error. */
  #declare(names: readonly string[]): void {
    for (const name of names) {
      if (this.#declared.has(name)) continue
      this.#declared.add(name)
      try {
        new Script(`let ${name}`).runInThisContext()
      } catch {
        // A name that cannot be a `let` (undefined, NaN): the assignment will say so.
      }
    }
  }
}
