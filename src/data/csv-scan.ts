import { type CellText, endOfCell, halvesOf, placeIn, skipEmptyLines } from "../native/cells.js"
import { currentBackend } from "../native/current.js"
import { cellText, readTexts } from "./csv-texts.js"
import { cannotParse } from "./messages.js"

const lineFeed = 10

/** A column of a text: numbers, or what stands in its cells. */
export type ScannedColumn = NumberColumn | TextColumn

interface NumberColumn {
  readonly kind: "number"
  readonly numbers: Float64Array
  /** The rows without a value. */
  readonly missing: readonly number[]
}

interface TextColumn {
  readonly kind: "text"
  readonly texts: readonly (string | null)[]
}

/** A text of separated values, with the texts that stand for a missing value. */
export interface CsvText extends CellText {
  readonly bytes: Buffer
  /** What stands between the thousands of a number; empty for nothing. */
  readonly thousands: string
  /** How many lines of the file stand before the text. */
  readonly linesBefore: number
  readonly absent: ReadonlySet<string>
}

/** The values of the record that starts at `position`, as text, and where the next one starts. */
export function readRecord(text: CsvText, position: number): { cells: string[]; next: number } {
  const cells: string[] = []
  let at = position
  for (;;) {
    const end = endOfCell(text, at)
    if (end < 0) throw cannotParse("readCsv", `line ${lineOf(text, at)}`, "A quote is opened here and never closed.")
    cells.push(cellText(text, at, end))
    if (text.bytes[end] !== text.separator) return { cells, next: end + 1 }
    at = end + 1
  }
}

/**
 * The columns of the records from `start` on.
 *
 * Each column is taken for numbers until a cell says otherwise. Columns of numbers are read in one pass without making a
 * text of any cell; those that turn out to be text are read in a second one.
 *
 * @param texts the columns that are text, whatever stands in them
 */
export function scanColumns(
  text: CsvText,
  start: number,
  count: number,
  texts: ReadonlySet<number> = new Set(),
): ScannedColumn[] {
  const first = skipEmptyLines(text, start)
  // What the first record shows saves those columns from being read twice.
  const cells = first < text.bytes.length ? readRecord(text, first).cells : []
  const uses = Array.from({ length: count }, (_, c) => {
    const cell = cells[c] ?? ""
    return !texts.has(c) && (text.absent.has(cell) || numberIn(text, cell) !== undefined) ? "number" : "place"
  })
  const backend = currentBackend()
  const found = backend.scanCells(text, first, uses)
  if (found.broken >= 0) throw wrongWidth(text, found.broken, count)
  const columns = uses.map((use, c): ScannedColumn | undefined => {
    const column = found.columns[c] as Float64Array
    return use === "place"
      ? { kind: "text", texts: readTexts(text, column) }
      : readOthers(text, column, found.others[c] as number)
  })
  if (!columns.includes(undefined)) return columns as ScannedColumn[]
  const places = backend.scanCells(
    text,
    first,
    columns.map((column) => (column === undefined ? "place" : "skip")),
  ).columns
  return columns.map((column, c) => column ?? { kind: "text", texts: readTexts(text, places[c] as Float64Array) })
}

/** The numbers of a column with the cells that are none looked at; nothing if one of them is text. */
function readOthers(text: CsvText, numbers: Float64Array, count: number): NumberColumn | undefined {
  const missing: number[] = []
  const halves = halvesOf(numbers)
  for (let row = 0, left = count; left > 0; row++) {
    if (!Number.isNaN(numbers[row])) continue
    left--
    const start = placeIn(halves, row)
    const cell = cellText(text, start, endOfCell(text, start))
    const number = text.absent.has(cell) ? Number.NaN : numberIn(text, cell)
    if (number === undefined) return undefined
    if (Number.isNaN(number)) missing.push(row)
    numbers[row] = number
  }
  return { kind: "number", numbers, missing }
}

/** The number that a cell as a whole is, with the signs that are used here; undefined if it is none. */
function numberIn({ decimal, thousands }: CsvText, cell: string): number | undefined {
  let plain = cell
  if (thousands !== "") {
    const whole = cell.search(decimal === 46 ? /[.eE]|$/ : /[,eE]|$/)
    plain = cell.slice(0, whole).replaceAll(thousands, "") + cell.slice(whole)
  }
  // A point is no decimal sign where the comma is.
  if (decimal !== 46) plain = plain.replace(/[.,]/g, (sign) => (sign === "," ? "." : ","))
  if (/^[+-]?inf(inity)?$/i.test(plain)) return plain.startsWith("-") ? -Infinity : Infinity
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain) ? Number(plain) : undefined
}

/** In which line a position stands, counted from 1. */
function lineOf({ bytes, linesBefore }: CsvText, position: number): number {
  let line = linesBefore + 1
  for (let at = 0; at < position; at++) if (bytes[at] === lineFeed) line++
  return line
}

function wrongWidth(text: CsvText, recordStart: number, count: number): Error {
  const width = readRecord(text, recordStart).cells.length
  const rule = `This line has ${width} value${width === 1 ? "" : "s"}, but there ${count === 1 ? "is 1 column" : `are ${count} columns`}.`
  return cannotParse("readCsv", `line ${lineOf(text, recordStart)}`, rule, widthHint(text, count))
}

function widthHint({ bytes }: CsvText, count: number): string {
  if (bytes[0] === 35) return 'lines that begin with "#" are left out with { comment: "#" }.'
  return count === 1
    ? 'is the separator right? Give it as { separator: ";" }; lines before the table are left out with { skip: 1 }.'
    : "a value with the separator in it must stand in quotes."
}
