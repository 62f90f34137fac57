import { highlight } from "./highlight.js"
import type { Rendering } from "./render.js"
import type { SessionOutput } from "./session.js"
import { stripAnsi, styles } from "./terminal.js"
import type { DrawImage } from "./terminal-images.js"
import type { ErrorReport } from "./traceback.js"

export interface TerminalOutputOptions {
  /** Writes to the terminal, or to the file or pipe in its place. */
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
  readonly color: boolean
  /** Whether what was printed can be printed over, as on a terminal. */
  readonly overwrite: boolean
  readonly columns: () => number
  /** Shows pictures, where the terminal can. */
  readonly drawImage?: DrawImage | undefined
  readonly ask: (prompt: string, password: boolean) => Promise<string>
}

/** What a session says, as text: results coloured like code, displays by their text, updates in place. */
export class TerminalOutput implements SessionOutput {
  readonly #options: TerminalOutputOptions
  #atLineStart = true
  /** The display that stands last on the terminal, and how many rows it takes; anything printed after it fixes it. */
  #last: { readonly id: string; readonly rows: number } | undefined
  /** Updates of displays that cannot be printed over; their last state is printed when the cell ends. */
  readonly #pending = new Map<string, string>()

  constructor(options: TerminalOutputOptions) {
    this.#options = options
  }

  /** What charts and cards need to know to be drawn as text. */
  get terminal(): { columns: number; color: boolean; images: boolean } {
    const { columns, color, drawImage } = this.#options
    return { columns: columns(), color, images: drawImage !== undefined }
  }

  stream(name: "stdout" | "stderr", text: string): void {
    this.#last = undefined
    const plain = this.#options.color ? text : stripAnsi(text)
    if (name === "stderr") this.#options.writeError(plain)
    else this.#options.write(plain)
    this.#atLineStart = text.endsWith("\n")
  }

  display(rendering: Rendering, { displayId, update }: { displayId?: string; update?: boolean }): void {
    // What is updated in place is text: a picture cannot be printed over.
    const image = displayId === undefined ? this.#imageOf(rendering) : undefined
    const text = image ?? this.#textOf(rendering)
    if (update && displayId !== undefined && this.#last?.id !== displayId) {
      this.#pending.set(displayId, text)
      return
    }
    if (update && this.#last) this.#options.write(`\x1b[${this.#last.rows}A\r\x1b[J`)
    this.#line(text)
    if (displayId === undefined) return
    this.#pending.delete(displayId)
    if (this.#options.overwrite) this.#last = { id: displayId, rows: this.#rowsOf(text) }
  }

  result(rendering: Rendering): void {
    const text = this.#textOf(rendering)
    this.#line(this.#imageOf(rendering) ?? (this.#options.color ? highlight(text) : text))
  }

  error({ traceback }: ErrorReport): void {
    const text = traceback.join("\n")
    this.#freshLine()
    this.#options.writeError(`${this.#options.color ? text : stripAnsi(text)}\n`)
    this.#atLineStart = true
  }

  clearOutput(): void {}

  input(prompt: string, password: boolean): Promise<string> {
    this.#freshLine()
    return this.#options.ask(prompt, password)
  }

  /** Ends the output of a cell: the last state of every display, and the cursor at the start of a line. */
  endCell(): void {
    for (const text of this.#pending.values()) this.#line(text)
    this.#pending.clear()
    this.#last = undefined
    this.#freshLine()
  }

  #line(text: string): void {
    this.#freshLine()
    this.#options.write(text.endsWith("\n") ? text : `${text}\n`)
    this.#last = undefined
  }

  #freshLine(): void {
    if (!this.#atLineStart) this.#options.write("\n")
    this.#atLineStart = true
  }

  #rowsOf(text: string): number {
    const columns = Math.max(1, this.#options.columns())
    const lines = stripAnsi(text).replace(/\n$/, "").split("\n")
    return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0)
  }

  /** A picture as what shows it here; undefined where there is none, or no way. */
  #imageOf({ data, metadata }: Rendering): string | undefined {
    const { drawImage, columns } = this.#options
    const png = data["image/png"]
    if (drawImage === undefined || typeof png !== "string") return undefined
    const { width } = (metadata["image/png"] ?? {}) as { width?: number }
    return drawImage(Buffer.from(png, "base64"), width, columns())
  }

  /** The text of a value; what has none says what it is. */
  #textOf({ data }: Rendering): string {
    const { dim } = styles(this.#options.color)
    const text = data["text/plain"] ?? data["text/markdown"]
    if (text === undefined) return dim(`(${Object.keys(data).join(", ") || "nothing"}: open this in a notebook)`)
    return Array.isArray(text) ? text.join("") : String(text)
  }
}
