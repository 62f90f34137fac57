import inspector from "node:inspector"
import { keepGlobal, restoreRealm } from "./realm.js"

/** What a cell that was interrupted ends with. */
export class InterruptError extends Error {
  override readonly name = "InterruptError"
  constructor(message = "the cell was interrupted") {
    super(message)
  }
}

/** The words shared by both threads: which interrupt was asked for last, and which one the main thread has seen. */
export const interruptWords = { acknowledged: 0, busy: 1, credits: 2, length: 4 } as const

/** What the boundary evaluates: the call of a global that cells cannot assign to, by a name that they cannot declare. */
const expression = "__cellgradEnter()"

/**
 * Runs user code on the main thread so that it can be terminated from the worker: everything enters through a synchronous
 * evaluation of the inspector, which absorbs the termination. Without it a terminated callback aborts the process.
 */
export class Boundary {
  readonly #session = new inspector.Session()
  #entry: () => void = () => {}

  constructor() {
    this.#session.connect()
    keepGlobal("__cellgradEnter", () => this.#entry())
  }

  /** Calls `run`; throws `InterruptError` when it was terminated, else what it throws. */
  call<T>(run: () => T): T {
    const outer = this.#entry
    let outcome: { value: T } | { error: unknown } | undefined
    this.#entry = () => {
      try {
        outcome = { value: run() }
      } catch (error) {
        outcome = { error }
      }
    }
    this.#session.post("Runtime.evaluate", { expression, silent: true }, () => {})
    this.#entry = outer
    restoreRealm()
    if (outcome === undefined) throw new InterruptError()
    if ("error" in outcome) throw outcome.error
    return outcome.value
  }

  /**
   * Lets the callbacks of timers, immediates, ticks and microtasks enter through the boundary too. `scheduled` hears of
   * each timer, so that an interrupt can clear what the cell left running.
   */
  guardCallbacks(scheduled: (cancel: () => void) => void): void {
    type Callback = (...values: unknown[]) => unknown
    const guarded =
      (callback: Callback, interrupted: () => void = () => {}): Callback =>
      (...values) => {
        try {
          return this.call(() => callback(...values))
        } catch (error) {
          if (!(error instanceof InterruptError)) throw error
          interrupted()
          return undefined
        }
      }
    const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = globalThis
    const timer = (start: typeof setTimeout | typeof setInterval, stop: (handle: NodeJS.Timeout) => void) =>
      Object.assign(
        (callback: Callback, ms?: number, ...values: unknown[]) => {
          const handle: NodeJS.Timeout = start(
            guarded(callback, () => stop(handle)) as () => void,
            ms,
            ...(values as []),
          )
          scheduled(() => stop(handle))
          return handle
        },
        start, // keeps util.promisify's symbol
      )
    const tick = process.nextTick.bind(process)
    const microtask = queueMicrotask
    Object.assign(globalThis, {
      setTimeout: timer(setTimeout, clearTimeout),
      setInterval: timer(setInterval, clearInterval),
      setImmediate: Object.assign((callback: Callback, ...values: unknown[]) => {
        const handle = setImmediate(guarded(callback), ...values)
        scheduled(() => clearImmediate(handle))
        return handle
      }, setImmediate),
      queueMicrotask: (callback: () => void) => microtask(guarded(callback) as () => void),
    })
    process.nextTick = ((callback: Callback, ...values: unknown[]) => tick(guarded(callback), ...values)) as never
  }
}

/**
 * Interrupts the main thread, from a worker: first by a message, which a waiting cell sees at once; if it is not
 * acknowledged within 30 ms the main thread is in a loop, and its JavaScript is terminated until it is.
 */
export class Interrupter {
  readonly #session = new inspector.Session()
  readonly #words: Int32Array
  readonly #post: (epoch: number) => void
  #epoch = 0
  #timer: NodeJS.Timeout | undefined

  constructor(words: Int32Array, post: (epoch: number) => void) {
    this.#words = words
    this.#post = post
    this.#session.connectToMainThread()
  }

  interrupt(): void {
    const epoch = ++this.#epoch
    this.#post(epoch)
    clearInterval(this.#timer)
    this.#timer = setInterval(() => {
      const settled =
        Atomics.load(this.#words, interruptWords.acknowledged) >= epoch ||
        Atomics.load(this.#words, interruptWords.busy) === 0
      if (settled) clearInterval(this.#timer)
      else this.#session.post("Runtime.terminateExecution", () => {})
    }, 30)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#session.disconnect()
  }
}
