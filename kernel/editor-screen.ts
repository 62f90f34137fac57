import { coloredCode, plainColor } from "./highlight.js"
import { stripAnsi, type TextOutput } from "./terminal.js"
import { graphemes, graphemeWidth } from "./text-width.js"

export interface ScreenOptions {
  readonly output: TextOutput & { readonly rows?: number }
  readonly color: boolean
}

/** What is drawn: the text with its cursor, the prompts before its lines, and what stands below for a moment. */
export interface Picture {
  readonly text: string
  readonly cursor: number
  readonly prompt: string
  readonly continuation: string
  readonly below?: readonly string[]
  /** Whether the text is code, to be coloured. */
  readonly code?: boolean
}

/** Rows of a terminal, each no wider than it, and the place of the cursor among them. */
export interface Rows {
  readonly rows: readonly string[]
  readonly row: number
  readonly column: number
}

/** Breaks a text into the rows of a terminal that is `columns` wide. */
export function layOut(
  { text, cursor, prompt, continuation, code = true }: Picture,
  columns: number,
  color: boolean,
): Rows {
  const rows: string[] = [prompt]
  let width = stripAnsi(prompt).length
  let offset = 0
  let place = { row: 0, column: width }
  let painted = ""
  const append = (shown: string) => {
    rows[rows.length - 1] += shown
  }
  const paint = (next: string) => {
    if (next !== painted) append(next || plainColor)
    painted = next
  }
  const breakRow = (start: string) => {
    paint("")
    rows.push(start)
    width = stripAnsi(start).length
  }
  for (const stretch of code && color ? coloredCode(text) : [{ text, color: "" }]) {
    for (const grapheme of graphemes(stretch.text)) {
      if (offset === cursor) place = { row: rows.length - 1, column: width }
      offset += grapheme.length
      if (/^\r?\n$/.test(grapheme)) {
        breakRow(continuation)
        continue
      }
      // A control character shows as a box: written as it is, it would move the terminal's cursor.
      const shown = /^\p{Cc}/u.test(grapheme) ? "\u25a1" : grapheme
      const cells = graphemeWidth(shown)
      if (width + cells > columns) breakRow("")
      paint(stretch.color)
      append(shown)
      width += cells
    }
  }
  paint("")
  if (width >= columns) breakRow("")
  if (offset <= cursor) place = { row: rows.length - 1, column: width }
  if (place.column >= columns) place = { row: place.row + 1, column: 0 }
  return { rows, ...place }
}

/** Draws an editor's text in place, over and over, below whatever the terminal shows already. */
export class EditorScreen {
  readonly #output: ScreenOptions["output"]
  readonly #color: boolean
  /** How many rows above the cursor the last drawing began. */
  #above = 0
  #below = 0

  constructor({ output, color }: ScreenOptions) {
    this.#output = output
    this.#color = color
  }

  draw(picture: Picture): void {
    const columns = Math.max(8, this.#output.columns ?? 80)
    const height = Math.max(2, this.#output.rows ?? 24)
    const { rows, row, column } = layOut(picture, columns, this.#color)
    // A text taller than the terminal shows the part around the cursor.
    const first = Math.max(0, Math.min(row - (height >> 1), rows.length - height))
    const shown = rows.slice(first, first + height)
    const below = (picture.below ?? []).slice(0, Math.max(0, height - shown.length))
    const all = [...shown, ...below]
    const up = all.length - 1 - (row - first)
    const back = `\r${up > 0 ? `\x1b[${up}A` : ""}${column > 0 ? `\x1b[${column}C` : ""}`
    this.#output.write(`\x1b[?25l${this.#toTop()}\x1b[J${all.join("\r\n")}${back}\x1b[?25h`)
    this.#above = row - first
    this.#below = shown.length - 1 - this.#above
  }

  /** Leaves the text standing and goes on in the row after it. */
  finish(): void {
    const down = this.#below > 0 ? `\x1b[${this.#below}B` : ""
    this.#output.write(`${down}\r\n\x1b[J`)
    this.#above = 0
    this.#below = 0
  }

  /** Takes the drawing away, so that something can be printed in its place. */
  erase(): void {
    this.#output.write(`${this.#toTop()}\x1b[J`)
    this.#above = 0
    this.#below = 0
  }

  clear(): void {
    this.#output.write("\x1b[H\x1b[2J")
    this.#above = 0
    this.#below = 0
  }

  #toTop(): string {
    return `\r${this.#above > 0 ? `\x1b[${this.#above}A` : ""}`
  }
}
