import inspector from "node:inspector"
import { signalChildren } from "./child-processes.js"

/** What a cell that was interrupted ends with. */
export class InterruptError extends Error {
  override readonly name = "InterruptError"
  constructor(message = "the cell was interrupted") {
    super(message)
  }
}

/**
 * The words that the main thread shares with the worker that interrupts it: the number of the last interrupt that it has
 * seen, whether a cell runs, how much printed text is on its way, and whether user code may be running (`userCode`).
 */
export const interruptWords = { acknowledged: 0, busy: 1, credits: 2, userCode: 3, length: 4 } as const

/** The words of the main thread; a worker is given their buffer. */
export let mainWords = new Int32Array(new SharedArrayBuffer(4 * interruptWords.length))

/** From here on the main thread's words are these, which a worker was given before this module was loaded. */
export function useWords(buffer: SharedArrayBuffer): void {
  mainWords = new Int32Array(buffer)
}

/** Says in the main thread's words that interrupt number `epoch` was seen; false when it had been already. */
export function acknowledge(epoch: number): boolean {
  if (Atomics.load(mainWords, interruptWords.acknowledged) >= epoch) return false
  Atomics.store(mainWords, interruptWords.acknowledged, epoch)
  return true
}

/** The values of the word `userCode`: no; perhaps; perhaps, and its termination is under way. */
export const userCode = { no: 0, perhaps: 1, ending: 2 } as const

const tickMs = 30
/** When a termination has not arrived after so long, the main thread waits for a child process, which is then signalled. */
const childPatienceMs = 60
/** When that did not help, or when a second interrupt comes, the children are killed. */
const killAfterMs = 500
/** When the main thread has not answered for so long, it is in user code even if it does not say so. */
const patienceMs = 2000

/**
 * Interrupts the main thread, from a worker: first by a message, which a waiting cell sees at once; if it is not
 * acknowledged within 30 ms the main thread is in a loop, and its JavaScript is terminated until it is.
 *
 * A termination ends whatever JavaScript comes next and drops the microtasks that wait. So that it never meets our own
 * code, it is sent only while the word `userCode` says `perhaps`, and the main thread does not leave user code before a
 * termination that is under way has arrived (see Boundary).
 */
export class Interrupter {
  readonly #session = new inspector.Session()
  readonly #words: Int32Array
  readonly #post: (epoch: number, leftovers: boolean) => void
  #epoch = 0
  #asked = 0
  #ending = false
  /** An interrupt came while another was under way. */
  #again = false
  #signalled = false
  #leftovers = false
  /** When the last cell started: younger processes are its children. */
  #cellStarted = 0
  #timer: NodeJS.Timeout | undefined

  /** `post` gives the main thread the message; `leftovers` says that it is for what earlier cells left running. */
  constructor(words: Int32Array, post: (epoch: number, leftovers: boolean) => void) {
    this.#words = words
    this.#post = post
    this.#session.connectToMainThread()
  }

  /** Notes that a cell starts. */
  noteCell(): void {
    this.#cellStarted = performance.now()
  }

  interrupt(): void {
    this.#again = Atomics.load(this.#words, interruptWords.acknowledged) < this.#epoch
    // The cell may end before the message arrives, which is then not for what other cells left behind.
    this.#leftovers = this.#again || Atomics.load(this.#words, interruptWords.busy) === 0
    this.#post(++this.#epoch, this.#leftovers)
    if (!this.#again) this.#asked = performance.now()
    this.#timer ??= setInterval(() => this.#tick(), tickMs)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#session.disconnect()
  }

  #tick(): void {
    if (Atomics.load(this.#words, interruptWords.acknowledged) >= this.#epoch) {
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#signalled = false
      return
    }
    this.#signalChildren()
    if (this.#ending) return
    // The message itself may have been what a termination ended.
    this.#post(this.#epoch, this.#leftovers)
    const word = interruptWords.userCode
    const before = Atomics.compareExchange(this.#words, word, userCode.perhaps, userCode.ending)
    if (before !== userCode.perhaps && performance.now() - this.#asked < patienceMs) return
    this.#ending = true
    this.#session.post("Runtime.terminateExecution", () => {
      this.#ending = false
      Atomics.compareExchange(this.#words, word, userCode.ending, userCode.perhaps)
      Atomics.notify(this.#words, word)
    })
  }

  /** Ends what the main thread waits for in `execSync` and the like, where no termination reaches it. */
  #signalChildren(): void {
    const waited = performance.now() - this.#asked
    if (waited < childPatienceMs) return
    const kill = this.#again || waited > killAfterMs
    if (this.#signalled && !kill) return
    this.#signalled = true
    signalChildren(kill ? "SIGKILL" : "SIGINT", performance.now() - this.#cellStarted)
  }
}
