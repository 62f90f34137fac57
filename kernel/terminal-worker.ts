// Reads the terminal for the prompt, on a thread of its own: a cell that loops for ever keeps the main thread from
// reading, and Ctrl-C must still be seen.
import { Session } from "node:inspector"
import { ReadStream } from "node:tty"
import { parentPort, workerData } from "node:worker_threads"
import { interruptAcknowledged, interruptRequested, running, type TerminalMessage } from "./terminal-input.js"

const ctrlC = 3
/** How long the main thread has to acknowledge an interrupt before its code is terminated, in milliseconds. */
const patience = 30

const port = parentPort
if (port === null) throw new Error("terminal-worker.ts is started by terminal-input.ts")
const state = new Int32Array(workerData as SharedArrayBuffer)
const inspector = new Session()
inspector.connectToMainThread()
const terminal = new ReadStream(0)
terminal.setRawMode(true)
const send = (message: TerminalMessage) => port.postMessage(message)
let timer: NodeJS.Timeout | undefined

terminal.on("data", (bytes: Buffer) => {
  if (Atomics.load(state, running) === 0 || !bytes.includes(ctrlC)) {
    send({ type: "data", bytes })
    return
  }
  // Ctrl-C goes to the cell that runs, what was typed after it to the next prompt.
  interrupt()
  const after = bytes.subarray(bytes.lastIndexOf(ctrlC) + 1)
  if (after.length > 0) send({ type: "data", bytes: after })
})
terminal.on("end", () => send({ type: "end" }))
terminal.on("error", () => send({ type: "end" }))

port.once("message", () => {
  clearInterval(timer)
  terminal.setRawMode(false)
  terminal.destroy()
  inspector.disconnect()
  port.close()
})

/** Asks first, so that a cell that waits ends by itself; terminates code that does not let anybody ask. */
function interrupt(): void {
  const request = Atomics.add(state, interruptRequested, 1) + 1
  send({ type: "interrupt", request })
  clearInterval(timer)
  timer = setInterval(() => {
    if (Atomics.load(state, running) === 0 || Atomics.load(state, interruptAcknowledged) >= request) {
      clearInterval(timer)
    } else {
      inspector.post("Runtime.terminateExecution", () => {})
    }
  }, patience)
}
