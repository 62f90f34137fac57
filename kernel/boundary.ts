import inspector from "node:inspector"
import { InterruptError, interruptWords, mainWords, userCode } from "./interrupt.js"
import { checkRealm, enterRealm, keepGlobal, restoreRoots } from "./realm.js"

/** What the boundary evaluates: the call of a global that cells cannot assign to, by a name that they cannot declare. */
const expression = "__cellgradEnter()"

const now = performance.now.bind(performance)
const yieldMs = 300

type Callback = (...values: unknown[]) => unknown

/** The cell that scheduled a callback. */
export interface CallbackOwner {
  /** What it scheduled before is not called any more: a callback that schedules itself again would go on for ever. */
  readonly interrupted?: boolean
  /** Calls the callback as a part of the cell. */
  enter(run: () => unknown): unknown
  /** Something to cancel when the cell is interrupted; what this returns is called once there is nothing to cancel. */
  scheduled(cancel: () => void): () => void
}

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
 * Runs user code on the main thread so that it can be terminated from a worker: everything enters through a synchronous
 * evaluation of the inspector, which absorbs the termination. Without it a terminated callback aborts the process.
 */
export class Boundary {
  readonly #session = new inspector.Session()
  readonly #words: Int32Array
  #entry: () => void = () => {}
  #open = 0

  constructor(words = mainWords) {
    this.#words = words
    this.#session.connect()
    keepGlobal("__cellgradEnter", () => this.#entry())
  }

  /** From here on user code may run at any time, as after an await, until as many calls of `close`. */
  open(): void {
    if (this.#open++ === 0) Atomics.store(this.#words, interruptWords.userCode, userCode.perhaps)
  }

  close(): void {
    if (--this.#open === 0) this.#leave()
  }

  /** Runs code of ours, between user code, that no termination may end. */
  hold<T>(run: () => T): T {
    this.#leave()
    checkRealm()
    try {
      return run()
    } finally {
      if (this.#open > 0) Atomics.store(this.#words, interruptWords.userCode, userCode.perhaps)
    }
  }

  /** Calls `run`; throws `InterruptError` when it was terminated, else what it throws. */
  call<T>(run: () => T): T {
    let outcome: { value: T } | { error: unknown } | undefined
    this.open()
    const completed = this.#evaluate(() => {
      try {
        outcome = { value: run() }
      } catch (error) {
        outcome = { error }
      }
    })
    // The termination that was under way has arrived.
    if (!completed) Atomics.store(this.#words, interruptWords.userCode, userCode.perhaps)
    this.close()
    checkRealm()
    if (outcome === undefined) throw new InterruptError()
    if ("error" in outcome) throw outcome.error
    return outcome.value
  }

  /** Whether `entry` ran to its end. */
  #evaluate(entry: () => void): boolean {
    const outer = this.#entry
    let completed = false
    this.#entry = () => {
      entry()
      completed = true
    }
    // The inspector reads its message as JSON, to which a cell's Object.prototype.toJSON would add.
    restoreRoots()
    this.#session.post("Runtime.evaluate", { expression, silent: true }, () => {})
    this.#entry = outer
    return completed
  }

  /** Leaves user code. A termination that is under way is given something of no value to end. */
  #leave(): void {
    const word = interruptWords.userCode
    if (Atomics.compareExchange(this.#words, word, userCode.perhaps, userCode.no) !== userCode.ending) return
    const until = now() + yieldMs
    this.#evaluate(() => {
      while (Atomics.load(this.#words, word) === userCode.ending && now() < until) {
        Atomics.wait(this.#words, word, userCode.ending, 5)
      }
    })
    Atomics.store(this.#words, word, userCode.no)
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
   * Lets the callbacks of timers, immediates, ticks and microtasks enter through the boundary too, as a part of the owner
   * that was at work when they were scheduled.
   */
  guardCallbacks(currentOwner: () => CallbackOwner | undefined): void {
    type Start<Handle> = (run: () => void) => Handle
    const guarded = (callback: Callback): Callback => {
      const enter = this.guard()
      const owner = currentOwner()
      const late = owner?.interrupted === true
      return (...values) => enter(() => callOf(owner, late, () => callback(...values)))
    }
    const leaveRealm = (run: () => unknown) => {
      try {
        return run()
      } finally {
        checkRealm()
      }
    }
    const callOf = (owner: CallbackOwner | undefined, late: boolean, run: () => unknown) => {
      if (owner?.interrupted && !late) return undefined
      enterRealm()
      return owner ? owner.enter(() => leaveRealm(run)) : leaveRealm(run)
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
      const owner = currentOwner()
      const late = owner?.interrupted === true
      const handle: Handle = start(() => {
        if (!repeats) done()
        enter(() => callOf(owner, late, run))
      })
      done = owner?.scheduled(cancel) ?? done
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
