import type { StreamName } from "./streams.js"

/** A piece of printed text. */
export interface Piece {
  readonly name: StreamName
  readonly text: string
}

const defaultLimit = 4 << 20
const tailLength = 1 << 16

/** How many characters one cell may print: `CELLGRAD_OUTPUT_LIMIT`, 0 for any number. */
export function outputLimit(env: NodeJS.ProcessEnv = process.env): number {
  const limit = Number(env.CELLGRAD_OUTPUT_LIMIT ?? Number.NaN)
  if (limit === 0) return Number.POSITIVE_INFINITY
  return limit > 0 ? limit : defaultLimit
}

/**
 * Bounds what one cell prints, so that a run-away loop drowns neither the front end nor the notebook's file: the beginning
 * passes, of the rest the end is kept and shown when the cell has ended. A line that is written anew after a carriage
 * return, as progress bars are, counts once.
 */
export class OutputLimit {
  readonly #limit: number
  /** Characters on lines that are complete, and on the one that is not. */
  #passed = 0
  #line = 0
  #omitted = 0
  #tail: Piece[] = []
  #tailLength = 0

  constructor(limit = outputLimit()) {
    this.#limit = limit
  }

  /** What of a piece is shown now. */
  take(name: StreamName, text: string): Piece[] {
    if (this.#omitted > 0) {
      this.#keep(name, text)
      return []
    }
    const room = this.#limit - this.#passed - this.#line
    this.#count(text)
    if (this.#passed + this.#line <= this.#limit) return [{ name, text }]
    const shown = text.slice(0, Math.max(0, room))
    this.#keep(name, text.slice(shown.length))
    const notice = `\n… more than ${this.#limit.toLocaleString("en")} characters; of the rest the end is shown when the cell has ended (CELLGRAD_OUTPUT_LIMIT)\n`
    return [{ name, text: shown + notice }]
  }

  /** What is shown at the end of the cell. */
  end(): Piece[] {
    const left = this.#omitted - this.#tailLength
    const [first, ...others] = this.#tail
    this.#tail = []
    this.#tailLength = 0
    if (!first) return []
    const notice = left > 0 ? `… ${left.toLocaleString("en")} characters left out …\n` : ""
    this.#omitted = 1
    return [{ name: first.name, text: notice + first.text }, ...others]
  }

  #count(text: string): void {
    const lines = text.split("\n")
    for (const [i, line] of lines.entries()) {
      const start = line.lastIndexOf("\r")
      this.#line = start < 0 ? this.#line + line.length : Math.max(Math.min(this.#line, start), line.length - start - 1)
      if (i === lines.length - 1) continue
      this.#passed += this.#line + 1
      this.#line = 0
    }
  }

  #keep(name: StreamName, text: string): void {
    this.#omitted += text.length
    const last = this.#tail.at(-1)
    if (last?.name === name && last.text.length < tailLength) {
      this.#tail[this.#tail.length - 1] = { name, text: last.text + text }
    } else this.#tail.push({ name, text })
    this.#tailLength += text.length
    while (this.#tailLength > tailLength) {
      const [first, ...others] = this.#tail
      if (!first) break
      const excess = this.#tailLength - tailLength
      if (first.text.length <= excess) {
        this.#tail = others
        this.#tailLength -= first.text.length
        continue
      }
      // From the start of a line, if there is one to start from.
      const line = first.text.indexOf("\n", excess) + 1
      const from = line > 0 && line < first.text.length ? line : excess
      this.#tail = [{ name: first.name, text: first.text.slice(from) }, ...others]
      this.#tailLength -= from
    }
  }
}
