// The thread that waits for SIGINT. Node gives signals to the event loop of the main thread, which does not turn while a
// cell computes; a script with `breakOnSigint` is ended wherever it stands, so a thread that waits in one hears at once.
import { Script } from "node:vm"
import { parentPort } from "node:worker_threads"

const wait = new Script("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)")

/** Tells of each end of the script that `run` starts; anything else that it throws ends the thread. */
function tell(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_INTERRUPTED") throw error
    parentPort?.postMessage("SIGINT")
  }
}

// While no such script runs, a signal ends the process: the outer one holds the place of the inner between two signals.
Object.assign(globalThis, {
  waitForSignals: () => {
    for (;;) tell(() => wait.runInThisContext({ breakOnSigint: true }))
  },
})
const waitForSignals = new Script("waitForSignals()")
for (;;) tell(() => waitForSignals.runInThisContext({ breakOnSigint: true }))
