import { writeSync } from "node:fs"
import { Worker } from "node:worker_threads"
import type { ServerData, ToMain } from "./bridge.js"
import type { Connection } from "./connection.js"
import { captureDescriptors } from "./descriptors.js"
import { interruptWords } from "./interrupt.js"
import type { KernelOptions } from "./start.js"

/**
 * Starts the kernel on a connection; the promise never settles. The worker comes first, and once it answers this thread
 * loads the session and the runtime.
 */
export function startKernel(connection: Connection, options: KernelOptions = {}): Promise<never> {
  const cwd = process.cwd()
  const descriptors = captureDescriptors()
  const words = new SharedArrayBuffer(4 * interruptWords.length)
  const data: ServerData = { connection, cwd, words, descriptors }
  // What Node loads with `require` starts 4 ms sooner than a module; see scripts/bundle.mjs.
  const worker = new Worker(new URL("./server.cjs", import.meta.url), { workerData: data, execArgv: [] })
  const exit = process.exit.bind(process)
  worker.on("error", (error) => {
    writeSync(descriptors?.log ?? 2, `cellgrad: the kernel's server failed: ${error.stack}\n`)
    exit(1)
  })
  worker.on("exit", (code) => exit(code))
  const early: ToMain[] = []
  return new Promise(() => {
    worker.on("message", async function first(message: ToMain) {
      early.push(message)
      if (message.type !== "listening") return
      const { KernelMain } = await import("./start.js")
      worker.off("message", first)
      new KernelMain(worker, words, cwd, early, options)
    })
  })
}
