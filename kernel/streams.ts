import { Console } from "node:console"
import { Writable } from "node:stream"

export type StreamName = "stdout" | "stderr"

export interface OutputStreamsOptions<Source> {
  /** Where the text goes. */
  readonly sink: (name: StreamName, text: string, source: Source | undefined) => void
  /** Who prints at the moment. */
  readonly source?: () => Source | undefined
  /** Runs what a timer does, in a way that an interrupt may end. */
  readonly enter?: (run: () => void) => void
}

const quietMs = 25
const maxLength = 1 << 16
/** How many pieces may be passed on at once; each 25 ms allow one more. */
const burst = 40

/**
 * Gathers what user code prints and passes it on: a few lines at once, since a long computation may follow, in which no
 * timer can fire; a flood in large pieces every 25 ms, so that it costs few messages. No text is lost, and the order of
 * the two streams is kept, and each piece goes with the one who printed it.
 */
export class OutputStreams<Source extends { readonly interrupted: boolean }> {
  readonly #sink: OutputStreamsOptions<Source>["sink"]
  readonly #currentSource: () => Source | undefined
  readonly #enter: (run: () => void) => void
  readonly #setTimeout = setTimeout
  readonly #clearTimeout = clearTimeout
  #name: StreamName = "stdout"
  #source: Source | undefined
  #parts: string[] = []
  #length = 0
  #lastFlush = 0
  #allowed = burst
  #timer: NodeJS.Timeout | undefined

  constructor({ sink, source = () => undefined, enter = (run) => run() }: OutputStreamsOptions<Source>) {
    this.#sink = sink
    this.#currentSource = source
    this.#enter = enter
  }

  /** Takes the place of process.stdout.write and process.stderr.write. */
  capture(): void {
    process.stdout.write = this.#writer("stdout")
    process.stderr.write = this.#writer("stderr")
    replaceConsole()
  }

  /**
   * Takes the place of process.stdout and process.stderr. Node's own are never made: they would set the descriptors, which
   * child processes share, to non-blocking, and a child that prints much would fail.
   */
  replace(): void {
    for (const [name, fd] of [
      ["stdout", 1],
      ["stderr", 2],
    ] as const) {
      const stream = new Writable({ decodeStrings: false, write: (_chunk, _encoding, done) => done() })
      Object.assign(stream, { fd, isTTY: false, write: this.#writer(name) })
      Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: true })
    }
    replaceConsole()
  }

  write(name: StreamName, text: string): void {
    const source = this.#currentSource()
    // Nothing of an interrupted cell goes on printing.
    if (text === "" || source?.interrupted) return
    if (this.#length > 0 && (this.#name !== name || this.#source !== source)) this.flush()
    this.#name = name
    this.#source = source
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
    this.#clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#length === 0) return
    const text = this.#parts.join("")
    this.#parts = []
    this.#length = 0
    this.#sink(this.#name, text, this.#source)
    this.#lastFlush = performance.now()
  }

  #writer(name: StreamName): typeof process.stdout.write {
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
