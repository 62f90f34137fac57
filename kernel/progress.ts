import { type Styles, stripAnsi, styles, type TextOutput, truncate, wantsColor } from "./terminal.js"

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
/** Where there is no line to rewrite, what goes on changing is printed so often at most. */
const plainUpdateMs = 2_000
const maxStreamLines = 200
const maxShownLines = 20

/**
 * Shows in the terminal how a notebook runs: a line for each cell, what it prints and shows below it, and, on a
 * terminal, one line rewritten in place for what changes (a progress bar, the loss of the present epoch).
 */
export class Progress {
  readonly style: Styles
  readonly #output: TextOutput
  readonly #inPlace: boolean
  #indent = ""
  #started = 0
  #partial = ""
  #live = new Map<string, string>()
  #printedLive = ""
  #lastPlainUpdate = 0
  #lines = 0
  #statusShown = false
  #ticks = 0
  #timer: NodeJS.Timeout | undefined

  constructor(output: TextOutput, env: NodeJS.ProcessEnv = process.env) {
    this.#output = output
    this.#inPlace = output.isTTY === true && env.TERM !== "dumb"
    this.style = styles(wantsColor(output, env))
  }

  /** A line of its own. */
  line(text: string): void {
    this.#clearStatus()
    this.#output.write(`${text}\n`)
  }

  /** Begins cell `number` of `count`. */
  cellStarts(number: number, count: number, source: string): void {
    const label = `[${String(number).padStart(String(count).length)}/${count}] `
    this.#indent = " ".repeat(label.length)
    this.#started = performance.now()
    this.#partial = ""
    this.#live = new Map()
    this.#printedLive = ""
    this.#lastPlainUpdate = 0
    this.#lines = 0
    const title = truncate(titleOf(source), this.#width() - label.length)
    this.line(this.style.dim(label) + this.style.bold(title))
    if (!this.#inPlace) return
    this.#timer = setInterval(() => this.#drawStatus(), 100)
    this.#timer.unref()
  }

  /** Text that the cell printed. */
  stream(text: string): void {
    const pieces = (this.#partial + text).split("\n")
    this.#partial = pieces.pop() ?? ""
    for (const piece of pieces) {
      this.#lines++
      if (this.#lines <= maxStreamLines) this.#print(afterReturn(piece))
      else if (this.#lines === maxStreamLines + 1) this.#print(this.style.dim("… more lines in the notebook"))
    }
    if (this.#partial !== "") this.#update("stream", afterReturn(this.#partial))
    else this.#live.delete("stream")
  }

  /** A result or a display, as text. */
  show(text: string): void {
    const lines = text.replace(/\n$/, "").split("\n")
    for (const line of lines.slice(0, maxShownLines)) this.#print(afterReturn(line))
    if (lines.length > maxShownLines) this.#print(this.style.dim(`… ${lines.length - maxShownLines} more lines`))
  }

  /** The present state of a display that may change; its last state stays. */
  showLive(displayId: string, text: string): void {
    this.#update(displayId, text)
  }

  /** Ends the cell. */
  cellEnds(ok: boolean): void {
    clearInterval(this.#timer)
    if (this.#partial !== "") this.stream("\n")
    const last = [...this.#live.values()]
    this.#live = new Map()
    for (const text of last) if (text !== this.#printedLive) this.show(text)
    const ms = performance.now() - this.#started
    if (!ok) this.#print(this.style.red(`✗ failed after ${duration(ms)}`))
    else if (ms >= 1000) this.#print(this.style.dim(`✓ ${duration(ms)}`))
    this.#clearStatus()
  }

  #update(key: string, text: string): void {
    this.#live.set(key, text)
    const now = performance.now()
    if (this.#inPlace || now - Math.max(this.#lastPlainUpdate, this.#started) < plainUpdateMs) return
    this.#lastPlainUpdate = now
    this.#printedLive = text
    this.#print(firstLine(text))
  }

  #print(text: string): void {
    this.line(this.#indent + (this.style.red("") === "" ? stripAnsi(text) : text))
  }

  #drawStatus(): void {
    const latest = [...this.#live.values()].at(-1) ?? ""
    const turn = spinner[this.#ticks++ % spinner.length] ?? ""
    const text = `${turn} ${duration(performance.now() - this.#started)}  ${firstLine(stripAnsi(latest))}`
    this.#output.write(`\r\x1b[2K${this.#indent}${this.style.dim(truncate(text, this.#width() - this.#indent.length))}`)
    this.#statusShown = true
  }

  #clearStatus(): void {
    if (this.#statusShown) this.#output.write("\r\x1b[2K")
    this.#statusShown = false
  }

  #width(): number {
    return Math.max(40, this.#output.columns || 100) - 1
  }
}

/** The line that names a cell: its first line of code. */
function titleOf(source: string): string {
  const lines = source.split("\n").map((line) => line.trim())
  return lines.find((line) => line !== "" && !line.startsWith("//")) ?? lines.find((line) => line !== "") ?? "(empty)"
}

function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0] ?? ""
}

/** What a terminal would show of a line in which carriage returns go back to its beginning. */
function afterReturn(line: string): string {
  return line.replace(/\r+$/, "").split("\r").at(-1) ?? ""
}

/** A time span as people say it: 12 ms, 1.2 s, 3 min 5 s. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
