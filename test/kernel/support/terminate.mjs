// Ends five endless loops on the main thread from another thread, and prints what each of them ended with.
import { Worker } from "node:worker_threads"
import { Boundary } from "../../../dist/kernel/boundary.js"

const boundary = new Boundary()

/** Ends what runs on this thread, from another one, 50 ms from now. */
function terminateSoon() {
  const code = `
    const { Session } = require("node:inspector")
    const session = new Session()
    session.connectToMainThread()
    setTimeout(() => session.post("Runtime.terminateExecution", () => process.exit(0)), 50)`
  return new Worker(code, { eval: true })
}

const ends = []
for (let i = 0; i < 5; i++) {
  const worker = terminateSoon()
  let count = 0
  try {
    boundary.call(() => {
      for (;;) count++
    })
  } catch (error) {
    ends.push(count > 0 ? error.name : "nothing had run")
  }
  await worker.terminate()
}
console.log(ends.join(" "))
