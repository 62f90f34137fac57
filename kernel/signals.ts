import { Worker } from "node:worker_threads"

/** Calls `act` for each SIGINT that the process gets from here on, on this thread, whatever the main thread is doing. */
export function onSigint(act: () => void): void {
  const worker = new Worker(new URL("./signal-thread.cjs", import.meta.url), { execArgv: [] })
  worker.on("message", act)
  // Two signals within microseconds can end the script's thread as well.
  worker.on("exit", () => onSigint(act))
  worker.on("error", () => {})
  worker.unref()
}
