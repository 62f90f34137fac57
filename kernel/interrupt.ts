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

type Callback = (...values: unknown[]) => unknown

/** A function that takes the place of `original`, which goes on to say what is wrong with a callback that is none. */
function inPlaceOf<F extends (callback: never, ...rest: never[]) => unknown>(
  original: F,
  replacement: (callback: Callback, ...rest: unknown[]) => unknown,
): F {
  const checked = (callback: unknown, ...rest: unknown[]): unknown =>
    typeof callback === "function"
      ? replacement(callback as Callback, ...rest)
      : original(callback as never, ...(rest as never[]))
  // The symbols by which util.promisify knows setTimeout go along.
  return Object.assign(checked, original)
}

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

  /** A way to run something, of which an interrupt is the silent end. */
  guard(interrupted: () => void = () => {}): (run: () => unknown) => void {
    return (run) => {
      try {
        this.call(run)
      } catch (error) {
        if (!(error instanceof InterruptError)) throw error
        interrupted()
      }
    }
  }

  /**
   * Lets the callbacks of timers, immediates, ticks and microtasks enter through the boundary too. `scheduled` hears of
   * each timer, so that an interrupt can clear what the cell left running; what it returns is called once that is done.
   */
  guardCallbacks(scheduled: (cancel: () => void) => () => void): void {
    type Start<Handle> = (run: () => void) => Handle
    const guarded = (callback: Callback): Callback => {
      const enter = this.guard()
      return (...values) => enter(() => callback(...values))
    }
    /** Starts a timer that can be cancelled while it is due; an endless callback of an interval ends the interval. */
    const schedule = <Handle>(
      run: () => unknown,
      start: Start<Handle>,
      stop: (handle: Handle) => void,
      repeats = false,
    ) => {
      let done = () => {}
      const cancel = () => stop(handle)
      const enter = this.guard(cancel)
      const handle: Handle = start(() => {
        if (!repeats) done()
        enter(run)
      })
      done = scheduled(cancel)
      return handle
    }
    const { setTimeout, setInterval, setImmediate, clearTimeout, clearImmediate, queueMicrotask } = globalThis
    Object.assign(globalThis, {
      setTimeout: inPlaceOf(setTimeout, (run, ms, ...values) =>
        schedule(
          () => run(...values),
          (run) => setTimeout(run, ms as number),
          clearTimeout,
        ),
      ),
      setInterval: inPlaceOf(setInterval, (run, ms, ...values) =>
        schedule(
          () => run(...values),
          (run) => setInterval(run, ms as number),
          clearTimeout,
          true,
        ),
      ),
      setImmediate: inPlaceOf(setImmediate, (run, ...values) =>
        schedule(
          () => run(...values),
          (run) => setImmediate(run),
          clearImmediate,
        ),
      ),
      queueMicrotask: inPlaceOf(queueMicrotask, (run) => queueMicrotask(guarded(run))),
    })
    const tick = process.nextTick.bind(process)
    process.nextTick = inPlaceOf(process.nextTick, (run, ...values) => tick(guarded(run), ...values))
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
