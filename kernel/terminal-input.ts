import { PassThrough } from "node:stream"
import { Worker } from "node:worker_threads"
import { acknowledge, interruptWords, mainWords } from "./interrupt.js"

export type TerminalMessage =
  | { readonly type: "data"; readonly bytes: Uint8Array }
  | { readonly type: "interrupt"; readonly epoch: number }
  | { readonly type: "end" }

/** The keys typed at a terminal, read by a worker so that Ctrl-C is seen while the main thread is busy. */
export class TerminalInput {
  /** What was typed, byte for byte; ends when the terminal closes. */
  readonly stream = new PassThrough()
  readonly #worker: Worker

  /** Starts to read; `onInterrupt` is called for a Ctrl-C that comes while a cell runs. */
  constructor(onInterrupt: () => void) {
    this.#worker = new Worker(new URL("./terminal-worker.js", import.meta.url), { workerData: mainWords.buffer })
    this.#worker.on("message", (message: TerminalMessage) => {
      if (message.type === "data") this.stream.write(message.bytes)
      else if (message.type === "end") this.stream.end()
      else if (acknowledge(message.epoch)) onInterrupt()
    })
    this.#worker.on("error", () => this.stream.end())
  }

  /** Says whether Ctrl-C is for a running cell or for the prompt. */
  set running(on: boolean) {
    Atomics.store(mainWords, interruptWords.busy, on ? 1 : 0)
  }

  /** Gives the terminal back as it was. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve))
    this.#worker.postMessage("close")
    await ended
  }
}
