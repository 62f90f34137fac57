import { AsyncLocalStorage } from "node:async_hooks"

/**
 * Whether this Node keeps asynchronous context in V8 itself. Before 24 it is kept by hooks around every promise, and a
 * termination that meets them ends the process.
 */
const isNative = Number.parseInt(process.versions.node, 10) >= 24

/**
 * Which value the code that runs now belongs to: set by `run`, and still there in what that code started, timers, promises
 * and events. Where Node cannot follow them cheaply (before version 24) timers are entered through `run` again, awaits of
 * cells through `resume`, and everything else belongs to the foreground.
 */
export class AsyncContext<T extends object> {
  readonly #storage = isNative ? new AsyncLocalStorage<T>() : undefined
  #value: T | undefined
  #foreground: T | undefined
  #failure: { error: unknown; value: T } | undefined

  /** What code belongs to of which nobody knows better. */
  set foreground(value: T) {
    this.#foreground = value
    this.#value = undefined
  }

  get current(): T | undefined {
    return (this.#storage ? this.#storage.getStore() : this.#value) ?? this.#foreground
  }

  /** Calls `call` as a part of `value`; what it throws can be traced back to it with `blamed`. */
  run<R>(value: T, call: () => R): R {
    const outer = this.#value
    try {
      if (this.#storage) return this.#storage.run(value, call)
      this.#value = value
      return call()
    } catch (error) {
      this.#failure = { error, value }
      throw error
    } finally {
      this.#value = outer
    }
  }

  /** Goes on as a part of `value` after an await, until this turn ends. */
  resume(value: T): void {
    if (this.#storage) return
    if (value === this.#foreground) {
      this.#value = undefined
      return
    }
    this.#value = value
    queueMicrotaskOfNode(() => {
      if (this.#value === value) this.#value = undefined
    })
  }

  /** The value in whose `run` this error was thrown last. */
  blamed(error: unknown): T | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure !== undefined && failure.error === error ? failure.value : undefined
  }
}

// Not the one that cells find under this name, which enters through the boundary.
const queueMicrotaskOfNode = queueMicrotask
