import { type Paint, plain } from "./paint.js"

/** The bit of each dot in a braille letter, by row and column. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** A drawing of dots in braille letters: two dots across and four down in each. */
export class BrailleCanvas {
  readonly #letters: Uint8Array
  readonly #colors: Int8Array

  /** Width and height in letters. */
  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.#letters = new Uint8Array(columns * rows)
    this.#colors = new Int8Array(columns * rows).fill(-1)
  }

  /** Sets the dot at a place, counted in dots from the top left; one outside is left out. */
  dot(x: number, y: number, color: number): void {
    const [column, row] = [Math.floor(x / 2), Math.floor(y / 4)]
    if (!(column >= 0 && column < this.columns && row >= 0 && row < this.rows)) return
    const at = row * this.columns + column
    this.#letters[at] = (this.#letters[at] ?? 0) | (dots[Math.floor(y) % 4]?.[Math.floor(x) % 2] ?? 0)
    this.#colors[at] = color
  }

  /** Sets the dots from one place to another. */
  line(x1: number, y1: number, x2: number, y2: number, color: number): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1))))
    for (let i = 0; i <= steps; i++) this.dot(x1 + ((x2 - x1) * i) / steps, y1 + ((y2 - y1) * i) / steps, color)
  }

  /** The rows as text, each letter in the color of its last dot. */
  lines(paint: Paint = plain): string[] {
    return Array.from({ length: this.rows }, (_, r) => {
      let text = ""
      for (let c = 0; c < this.columns; c++) {
        const at = r * this.columns + c
        const letter = this.#letters[at] ?? 0
        text += letter === 0 ? " " : paint(String.fromCharCode(0x2800 + letter), this.#colors[at] ?? 0)
      }
      return text.trimEnd()
    })
  }
}
