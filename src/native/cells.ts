/** A text of separated values, with what is needed to read it. */
export interface CellText {
  /** The text, which ends with a line break: no loop over a cell has to look for the end. */
  readonly bytes: Uint8Array
  /** The separator as a byte. */
  readonly separator: number
  /** What stands between the whole and the fraction of a number, as a byte: a point, or a comma. */
  readonly decimal: number
}

/** What becomes of a column of cells: its numbers are read, the place of each cell is noted, or nothing. */
export type CellUse = "number" | "place" | "skip"

/** What was found in the cells of a text. */
export interface FoundCells {
  /** How many records there are. */
  readonly rows: number
  /**
   * For each column the numbers of its cells, or their places; nothing for one that is skipped. Where a cell is no plain
   * number there stands a NaN that tells its place (`placeIn`).
   */
  readonly columns: readonly Float64Array[]
  /** How many cells of each column are no plain numbers. */
  readonly others: readonly number[]
  /** Where a record starts that has not one cell for each column, or a quote that is never closed; -1 if none does. */
  readonly broken: number
}

const quote = 34
const lineFeed = 10
const carriageReturn = 13
const space = 32

/** Where the cell that starts at `start` ends: at a separator or a line break; -1 if a quote in it is never closed. */
export function endOfCell({ bytes, separator }: CellText, start: number): number {
  let end = start
  if (bytes[start] === quote) {
    const close = closingQuote(bytes, start)
    if (close < 0) return -1
    end = close + 1
  }
  while (bytes[end] !== separator && bytes[end] !== lineFeed) end++
  return end
}

/** Where the quote that closes stands; two quotes in a row are one in the value. */
export function closingQuote(bytes: Uint8Array, open: number): number {
  for (let at = open + 1; at < bytes.length; at++) {
    if (bytes[at] !== quote) continue
    if (bytes[at + 1] !== quote) return at
    at++
  }
  return -1
}

/** Where the first record that is not an empty line starts, from `position` on. */
export function skipEmptyLines({ bytes }: CellText, position: number): number {
  for (let start = position; ; ) {
    let at = start
    while (bytes[at] === space || bytes[at] === carriageReturn) at++
    if (at >= bytes.length) return bytes.length
    if (bytes[at] !== lineFeed) return start
    start = at + 1
  }
}

/** The two halves of the numbers of a column, to write and to read places in. */
export function halvesOf(column: Float64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, 2 * column.length)
}

const quietNaN = 0x7ff80000

/** Puts a NaN that tells a place in the text into a row. */
export function writePlace(halves: Uint32Array, row: number, place: number): void {
  halves[2 * row] = place % 2 ** 32
  halves[2 * row + 1] = quietNaN | Math.floor(place / 2 ** 32)
}

/** The place that the NaN in a row tells. */
export function placeIn(halves: Uint32Array, row: number): number {
  return (halves[2 * row] as number) + ((halves[2 * row + 1] as number) & ~quietNaN) * 2 ** 32
}
