// Ends five endless loops on the main thread from another thread, and prints what each of them ended with.
import { Worker } from "node:worker_threads"
import { Boundary } from "../../../dist/kernel/boundary.js"

const boundary = new Boundary()

// As in the kernel, one thread keeps its inspector session for all terminations. (Processes whose threads left with theirs open,
// right after a termination, died without a word now and then.)
const worker = new Worker(
  `
  const { Session } = require("node:inspector")
  const { parentPort } = require("node:worker_threads")
  const session = new Session()
  session.connectToMainThread()
  parentPort.on("message", (message) => {
    if (message === "terminate") return setTimeout(() => session.post("Runtime.terminateExecution"), 50)
    session.disconnect()
    parentPort.close()
  })`,
  { eval: true },
)

const ends = []
for (let i = 0; i < 5; i++) {
  worker.postMessage("terminate")
  let count = 0
  try {
    boundary.call(() => {
      for (;;) count++
    })
  } catch (error) {
    ends.push(count > 0 ? error.name : "nothing had run")
  }
}
worker.once("exit", () => console.log(ends.join(" ")))
worker.postMessage("leave")
