import type { Worker } from "node:worker_threads"
import type { CommMessage } from "../src/display/host.js"
import type { Extras, Origin, ToMain, ToWorker } from "./bridge.js"
import type { CheckMode } from "./check-mode.js"
import { interruptWords, mainWords, useWords } from "./interrupt.js"
import type { Language } from "./language.js"
import type { JsonObject } from "./messages.js"
import { checkRealm, restoreRealm } from "./realm.js"
import { type ExecuteResult, Session, type SessionOutput } from "./session.js"

/** Printed text that the worker has not yet given to the network, in KiB, above which printing waits. */
const maxCredits = 32 << 10
/** How long a child process is kept from starting by output that is not yet out. */
const maxSettleMs = 200

/** What the kernel's command line says. */
export interface KernelOptions {
  readonly check?: CheckMode | undefined
}

/** The main thread of the kernel: the session, and what it says and asks as messages to the worker. */
export class KernelMain {
  readonly #worker: Worker
  readonly #session: Session
  readonly #exit = process.exit.bind(process)
  readonly #immediately = setImmediate
  readonly #answers = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  #questions = 0

  /** `words` are those that the worker interrupts by; `early` is what it said before somebody listened. */
  constructor(
    worker: Worker,
    words: SharedArrayBuffer,
    cwd: string,
    early: readonly ToMain[],
    { check }: KernelOptions,
  ) {
    useWords(words)
    this.#worker = worker
    const exit = this.#exit
    worker.on("message", (message: ToMain) => void this.#receive(message))
    this.#session = new Session({ output: this.#output(), cwd, language: this.#language(), check })
    this.#session.streams.replace()
    // Unlike a listener, cells cannot take this away with process.removeAllListeners(). Their own listeners still hear.
    process.setUncaughtExceptionCaptureCallback((error) => this.#uncaught(error))
    process.on("SIGINT", () => this.#session.interrupt())
    process.on("SIGTERM", () => exit(0))
    process.exit = (() => {
      throw new Error(
        "process.exit() would end the session and lose its variables; restart the kernel from the menu instead",
      )
    }) as typeof process.exit
    this.#post({ type: "ready" })
    for (const message of early) void this.#receive(message)
    setImmediate(() => void this.#session.loadRuntime())
  }

  /** Errors that no cell caught: of timers, events, promises. None of them ends the kernel. */
  #uncaught(error: Error): void {
    restoreRealm()
    this.#session.reportLate(error)
    try {
      for (const listener of process.listeners("uncaughtException")) listener(error, "uncaughtException")
    } catch (thrown) {
      this.#session.reportLate(thrown)
    }
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  async #receive(message: ToMain): Promise<void> {
    checkRealm()
    switch (message.type) {
      case "listening":
        return
      case "execute":
        return this.#execute(message)
      case "comm":
        this.#session.receiveComm(message.message, message.origin)
        return this.#post({ type: "commHandled", id: message.origin.id })
      case "interrupt":
        return this.#session.interrupt(message.epoch, message.leftovers)
      case "input":
        return this.#answer(message.id, message.value)
      case "language":
        return this.#answer(message.id, message.value, message.error)
      case "shutdown":
        this.#session.streams.flush()
        // The worker leaves first: while its inspector session lives, Node waits for it on exit, and says so on stderr.
        this.#post({ type: "closed" })
    }
  }

  async #execute({ origin, code, ...options }: Extract<ToMain, { type: "execute" }>): Promise<void> {
    const { silent, storeHistory, userExpressions } = options
    const result = await this.#session.execute(code, { origin, silent, storeHistory, userExpressions })
    this.#post({ type: "executed", id: origin.id, content: executeReply(result) })
    this.#immediately(() => {
      const values = this.#session.liveValues()
      if (Object.keys(values).length > 0) this.#post({ type: "live", values })
    })
  }

  #output(): SessionOutput {
    return {
      stream: (name, text, origin) => {
        this.#publish("stream", { name, text }, origin, (text.length >> 10) + 1)
        this.#awaitCredits(maxCredits, Number.POSITIVE_INFINITY)
      },
      settle: () => this.#awaitCredits(0, maxSettleMs),
      display: ({ data, metadata }, { displayId, update = false }, origin) => {
        const transient = displayId === undefined ? {} : { display_id: displayId }
        this.#publish(update ? "update_display_data" : "display_data", { data, metadata, transient }, origin)
      },
      result: ({ data, metadata }, executionCount, origin) =>
        this.#publish("execute_result", { data, metadata, execution_count: executionCount }, origin),
      error: (report, origin) => this.#publish("error", { ...report }, origin),
      broadcast: (type, content, extras, origin) => this.#publish(type, content, origin, 1, extras),
      clearOutput: (wait, origin) => this.#publish("clear_output", { wait }, origin),
      comm: (message, origin) => this.#sendComm(message, origin),
      input: (prompt, password, origin) => {
        if (!origin?.allowStdin) {
          return Promise.reject(new Error("this front end cannot answer input(); run the cell where one can type"))
        }
        return this.#ask<string>((id) => ({ type: "input", id, origin: origin.id, prompt, password }))
      },
    }
  }

  /** Waits until no more than `credits` are on their way to the network. */
  #awaitCredits(credits: number, maxMs: number): void {
    const end = performance.now() + maxMs
    for (;;) {
      const now = Atomics.load(mainWords, interruptWords.credits)
      if (now <= credits || performance.now() > end) return
      Atomics.wait(mainWords, interruptWords.credits, now, 50)
    }
  }

  #publish(message: string, content: JsonObject, origin: Origin | undefined, credits = 1, extras: Extras = {}): void {
    const parent = origin?.parent
    Atomics.add(mainWords, interruptWords.credits, credits)
    this.#postData({ type: "iopub", message, content, parent, credits, ...extras })
  }

  #sendComm(message: CommMessage, origin: Origin | undefined): void {
    // The buffers are copied, so that the cell may go on to use its own.
    this.#postData({ type: "comm", message, parent: origin?.parent })
  }

  /** Posts what holds values of cells. Functions and symbols cannot cross threads; what JSON keeps of them can. */
  #postData(message: Extract<ToWorker, { type: "iopub" | "comm" }>): void {
    try {
      this.#post(message)
    } catch {
      if (message.type === "iopub")
        this.#post({ ...message, content: asJson(message.content), metadata: asJson(message.metadata ?? {}) })
      else {
        const { content, metadata } = asJson({ content: message.message.content, metadata: message.message.metadata })
        this.#post({ ...message, message: { ...message.message, content, metadata } })
      }
    }
  }

  /** The language server lives in the worker, so that it answers while a cell runs. */
  #language(): Language {
    const elsewhere = () => Promise.reject(new Error("the kernel's server answers this itself"))
    return {
      check: (...args) => this.#ask((id) => ({ type: "language", id, method: "check", args })),
      explain: (...args) => this.#ask((id) => ({ type: "language", id, method: "explain", args })),
      commit: (...args) => this.#ask((id) => ({ type: "language", id, method: "commit", args })),
      complete: elsewhere,
      hover: elsewhere,
      close: async () => {},
    }
  }

  #ask<T>(question: (id: number) => ToWorker): Promise<T> {
    const id = ++this.#questions
    return new Promise<T>((resolve, reject) => {
      this.#answers.set(id, { resolve, reject })
      this.#post(question(id))
    })
  }

  #answer(id: number, value: unknown, error?: string): void {
    const waiting = this.#answers.get(id)
    this.#answers.delete(id)
    if (error === undefined) waiting?.resolve(value as never)
    else waiting?.reject(new Error(error))
  }
}

function executeReply(result: ExecuteResult): JsonObject {
  if (result.status === "ok") {
    const { executionCount, userExpressions, payload } = result
    return { status: "ok", execution_count: executionCount, payload, user_expressions: userExpressions }
  }
  const { executionCount, ename, evalue, traceback } = result
  return { status: "error", execution_count: executionCount, ename, evalue, traceback }
}

function asJson<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
