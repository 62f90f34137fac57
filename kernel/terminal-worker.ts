// Reads the terminal for the prompt, on a thread of its own: a cell that loops for ever keeps the main thread from
// reading, and Ctrl-C must still be seen.
import { ReadStream } from "node:tty"
import { parentPort, workerData } from "node:worker_threads"
import { Interrupter, interruptWords } from "./interrupt.js"
import type { TerminalMessage } from "./terminal-input.js"

const ctrlC = 3

const port = parentPort
if (port === null) throw new Error("terminal-worker.ts is started by terminal-input.ts")
const words = new Int32Array(workerData as SharedArrayBuffer)
const send = (message: TerminalMessage) => port.postMessage(message)
const interrupter = new Interrupter(words, (epoch) => send({ type: "interrupt", epoch }))
const terminal = new ReadStream(0)
terminal.setRawMode(true)

terminal.on("data", (bytes: Buffer) => {
  if (Atomics.load(words, interruptWords.busy) === 0 || !bytes.includes(ctrlC)) {
    send({ type: "data", bytes })
    return
  }
  // Ctrl-C goes to the cell that runs, what was typed after it to the next prompt.
  interrupter.interrupt()
  const after = bytes.subarray(bytes.lastIndexOf(ctrlC) + 1)
  if (after.length > 0) send({ type: "data", bytes: after })
})
terminal.on("end", () => send({ type: "end" }))
terminal.on("error", () => send({ type: "end" }))

port.once("message", () => {
  terminal.setRawMode(false)
  terminal.destroy()
  interrupter.close()
  port.close()
})
