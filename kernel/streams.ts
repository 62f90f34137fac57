import { Console } from "node:console"

/** Where the text of stdout and stderr goes. */
export type StreamSink = (name: "stdout" | "stderr", text: string) => void

const quietMs = 25
const maxLength = 1 << 16
/** How many pieces may be passed on at once; each 25 ms allow one more. */
const burst = 40

/**
 * Gathers what user code prints and passes it on: a few lines at once, since a long computation may follow, in which no
 * timer can fire; a flood in large pieces every 25 ms, so that it costs few messages. No text is lost, and the order of
 * the two streams is kept.
 */
export class OutputStreams {
  readonly #sink: StreamSink
  readonly #enter: (run: () => void) => void
  readonly #setTimeout = setTimeout
  #name: "stdout" | "stderr" = "stdout"
  #parts: string[] = []
  #length = 0
  #lastFlush = 0
  #allowed = burst
  #timer: NodeJS.Timeout | undefined

  /** `enter` runs what a timer does, in a way that an interrupt may end. */
  constructor(sink: StreamSink, enter: (run: () => void) => void = (run) => run()) {
    this.#sink = sink
    this.#enter = enter
  }

  /** Takes the place of process.stdout.write and process.stderr.write. */
  capture(): void {
    process.stdout.write = this.#writer("stdout")
    process.stderr.write = this.#writer("stderr")
    replaceConsole()
  }

  write(name: "stdout" | "stderr", text: string): void {
    if (text === "") return
    if (this.#length > 0 && this.#name !== name) this.flush()
    this.#name = name
    this.#parts.push(text)
    this.#length += text.length
    if (this.#length >= maxLength || this.#mayFlush()) this.flush()
    else this.#timer ??= this.#setTimeout(() => this.#enter(() => this.flush()), quietMs)
  }

  #mayFlush(): boolean {
    const quiet = Math.floor((performance.now() - this.#lastFlush) / quietMs)
    this.#allowed = Math.min(burst, this.#allowed + quiet)
    if (this.#allowed === 0) return false
    this.#allowed--
    return true
  }

  /** Passes on what was gathered; called before every other message, so that the order holds. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#length === 0) return
    const text = this.#parts.join("")
    this.#parts = []
    this.#length = 0
    this.#sink(this.#name, text)
    this.#lastFlush = performance.now()
  }

  #writer(name: "stdout" | "stderr"): typeof process.stdout.write {
    const decoder = new TextDecoder()
    return ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown) => {
      this.write(name, typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }))
      const done = typeof encoding === "function" ? encoding : callback
      if (typeof done === "function") done()
      return true
    }) as typeof process.stdout.write
  }
}

/**
 * Gives `console` methods of its own. The inspector, through which cells are entered, records each call of Node's own ones
 * with its stack and its arguments: that is 9 µs a line instead of 0.7, and what was printed stays in memory.
 */
function replaceConsole(): void {
  const plain = new Console({ stdout: process.stdout, stderr: process.stderr })
  for (const [name, method] of Object.entries(plain)) {
    if (typeof method === "function" && name !== "Console") Object.assign(console, { [name]: method })
  }
}
