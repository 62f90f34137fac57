import { createInterface } from "node:readline"
import { isComplete } from "./is-complete.js"
import { isCommand } from "./prompt.js"

/** How long to wait for a line that might go on with the statement before, in milliseconds. */
const lookAhead = 20

/** Lines that go on with the statement above although it could end there: `.then(…)`, `else {`, `+ 1`. */
const goesOn =
  /^\s+[.+\-*/]|^\s*(?:\?\.|[?:&|^%=<>,)\]](?!\/)|(?:else|catch|finally|while|instanceof|as|satisfies|in|of)\b)/

/**
 * Cuts piped text into cells: each as short as it can be, so that every statement shows its value, as at the prompt.
 * A statement whose next line is not there yet does not wait for it, so a program may talk through the pipe.
 */
export async function* pipedCells(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  const lines = new LineQueue(input)
  let cell = ""
  for (;;) {
    const line = await lines.next()
    if (line === undefined) break
    if (cell === "" && (line.trim() === "" || isCommand(line))) {
      if (line.trim() !== "") yield line.trim()
      continue
    }
    cell = cell === "" ? line : `${cell}\n${line}`
    if (isComplete(cell).status === "incomplete") continue
    const following = await lines.peek(lookAhead)
    if (following !== undefined && goesOn.test(following)) continue
    yield cell
    cell = ""
  }
  if (cell !== "") yield cell
}

/** The lines of a stream, with a look at the next one. */
class LineQueue {
  readonly #lines: string[] = []
  #ended = false
  #wake: (() => void) | undefined

  constructor(input: NodeJS.ReadableStream) {
    const reader = createInterface({ input, terminal: false, crlfDelay: Number.POSITIVE_INFINITY })
    reader.on("line", (line) => {
      this.#lines.push(line)
      this.#wake?.()
    })
    reader.on("close", () => {
      this.#ended = true
      this.#wake?.()
    })
  }

  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#ended) await this.#change()
    return this.#lines.shift()
  }

  /** The next line if it comes within `ms`; it stays in the queue. */
  async peek(ms: number): Promise<string | undefined> {
    if (this.#lines.length === 0 && !this.#ended) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms)
      })
      await Promise.race([this.#change(), late])
      clearTimeout(timer)
    }
    return this.#lines[0]
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
