import type { AsyncContext } from "./async-context.js"
import type { Boundary } from "./boundary.js"
import type { Origin } from "./bridge.js"
import { InterruptError } from "./interrupt.js"
import { restoreGlobals } from "./realm.js"
import type { Payload } from "./session.js"

/** The end of a wait that failed. It is handed on as a value, so that `after` is called in any case. */
class FailedWait {
  constructor(readonly error: unknown) {}
}

// What waits need, out of reach of cells that take methods away from Set.
const addTo: <T>(set: Set<T>, value: T) => void = Function.prototype.call.bind(Set.prototype.add)
const deleteFrom: <T>(set: Set<T>, value: T) => void = Function.prototype.call.bind(Set.prototype.delete)

/** After so many awaits that an interrupted cell goes on to, it is parked for good. */
const maxLateWaits = 16

/** The run of one cell: what it waits for, what it scheduled, whether it was interrupted. */
export class Execution {
  interrupted = false
  /** The value of the cell's last expression, once that has been evaluated. */
  result: unknown
  /** Looks of values that are being worked out; the cell ends when they are shown. */
  readonly showing: Promise<unknown>[] = []
  /** What must settle before the cell ends, beside its own code. */
  readonly holds = new Set<Promise<void>>()
  /** What the front end is asked to do after the cell. */
  readonly payload: Payload[] = []
  /** Ends the cell; called before anything else of it goes on. */
  onInterrupt: () => void = () => {}
  #open = false
  #ended = false
  readonly #waits = new Set<(error: Error) => void>()
  readonly #cancels = new Set<() => void>()
  #lateWaits = 0

  constructor(
    readonly cell: number,
    /** The request under which its output appears. */
    readonly origin: Origin | undefined,
    private readonly boundary: Boundary,
    private readonly context: AsyncContext<Execution>,
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

  /** Keeps the cell from ending until the function that this gives is called. */
  hold(): () => void {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    this.holds.add(held)
    return () => {
      this.holds.delete(held)
      release()
    }
  }

  /** Calls a part of the cell. */
  enter<T>(run: () => T): T {
    return this.context.run(this, run)
  }

  /** Something to cancel when this cell is interrupted; call the result once there is nothing to cancel any more. */
  scheduled(cancel: () => void): () => void {
    addTo(this.#cancels, cancel)
    return () => deleteFrom(this.#cancels, cancel)
  }

  /** Stops the cell, or, when its result is out, what it left running. */
  interrupt(): void {
    this.interrupted = true
    if (!this.#ended) this.onInterrupt()
    for (const reject of this.#waits) reject(new InterruptError())
    for (const cancel of this.#cancels) cancel()
    this.#waits.clear()
    this.#cancels.clear()
  }

  /**
   * What a cell awaits in place of `value`: the promise, which an interrupt ends at once. Its outcome is to be passed to
   * `after`. Promises are chained such that V8 finds the callers of an async function for the stack of an error.
   */
  wait(value: unknown): unknown {
    restoreGlobals()
    if (this.interrupted) {
      if (++this.#lateWaits > maxLateWaits) return new Promise(() => {})
      return new FailedWait(new InterruptError())
    }
    if (!isThenable(value)) return value
    let end = (_error: Error) => {}
    const settled = new Promise<unknown>((resolve, reject) => {
      end = reject
      addTo(this.#waits, reject)
      value.then(resolve, reject)
    })
    return settled.then(
      (outcome) => {
        deleteFrom(this.#waits, end)
        return outcome
      },
      (error: unknown) => {
        deleteFrom(this.#waits, end)
        return new FailedWait(error)
      },
    )
  }

  /** Waits for a promise of ours, as cells do for theirs. */
  async until<T>(value: T): Promise<Awaited<T>> {
    return this.after(await this.wait(value)) as Awaited<T>
  }

  /** Goes on after a wait: gives its value or throws its error. */
  after(outcome: unknown): unknown {
    restoreGlobals()
    this.context.resume(this)
    if (outcome instanceof FailedWait) throw outcome.error
    return outcome
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  )
}
