import { Worker } from "node:worker_threads"
import type { Language } from "./language.js"
import { LanguageUnavailable } from "./lsp.js"

export interface LanguageRequest {
  readonly id: number
  readonly method: keyof Language
  readonly values: readonly unknown[]
}

export interface LanguageReply {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly message: string; readonly unavailable: boolean }
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/**
 * A language on a thread of its own, started by the first question. User code shares its thread with whatever it pleases
 * to break: an interrupt cancels its timers, a cell may replace `Promise`. The language server's client stays out of reach.
 */
export class LanguageThread implements Language {
  readonly #cwd: string
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #id = 0
  #closed = false

  constructor({ cwd }: { readonly cwd: string }) {
    this.#cwd = cwd
  }

  /** Starts the language server in the background, ahead of the first question. */
  warmUp(): void {
    this.#running()
  }

  check: Language["check"] = (...values) => this.#call("check", values)
  explain: Language["explain"] = (...values) => this.#call("explain", values)
  commit: Language["commit"] = (...values) => this.#call("commit", values)
  complete: Language["complete"] = (...values) => this.#call("complete", values)
  hover: Language["hover"] = (...values) => this.#call("hover", values)

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker && !this.#closed) {
      // The process stays until the thread has ended its server; the reply itself ends with the thread.
      const ended = new Promise((resolve) => worker.once("exit", resolve))
      worker.postMessage({ id: 0, method: "close", values: [] } satisfies LanguageRequest)
      worker.ref()
      this.#closed = true
      await ended
    }
    this.#closed = true
  }

  #running(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL("./language-worker.js", import.meta.url), { workerData: this.#cwd })
    worker.on("message", ({ id, value, error }: LanguageReply) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (!error) waiting?.resolve(value as never)
      else waiting?.reject(error.unavailable ? new LanguageUnavailable(error.message) : new Error(error.message))
      this.#keepAlive()
    })
    const ended = (reason: string) => {
      this.#closed = true
      for (const { reject } of this.#waiting.values()) reject(new LanguageUnavailable(reason))
      this.#waiting.clear()
    }
    worker.on("error", (error) => ended(error.message))
    worker.on("exit", () => ended("the language's thread ended"))
    this.#worker = worker
    return worker
  }

  #call<T>(method: keyof Language, values: readonly unknown[]): Promise<T> {
    if (this.#closed) return Promise.reject(new LanguageUnavailable("the language was closed"))
    return new Promise<T>((resolve, reject) => {
      const id = ++this.#id
      this.#waiting.set(id, { resolve, reject })
      const worker = this.#running()
      worker.postMessage({ id, method, values } satisfies LanguageRequest)
      this.#keepAlive()
    })
  }

  /** An open question keeps the process running; a thread that only waits for the next one does not. */
  #keepAlive(): void {
    if (this.#waiting.size > 0 || this.#closed) this.#worker?.ref()
    else this.#worker?.unref()
  }
}
