import { type CellText, closingQuote, endOfCell, halvesOf, placeIn, skipEmptyLines } from "../native/cells.js"
import { currentBackend } from "../native/current.js"
import { cannotParse } from "./messages.js"

const quote = 34
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
 */
export function scanColumns(text: CsvText, start: number, count: number): ScannedColumn[] {
  const first = skipEmptyLines(text, start)
  // What the first record shows saves those columns from being read twice.
  const cells = first < text.bytes.length ? readRecord(text, first).cells : []
  const uses = Array.from({ length: count }, (_, c) => {
    const cell = cells[c] ?? ""
    return text.absent.has(cell) || isNumber(pointed(text, cell)) ? "number" : "place"
  })
  const backend = currentBackend()
  const found = backend.scanCells(text, first, uses)
  if (found.broken >= 0) throw wrongWidth(text, found.broken, count)
  const columns = uses.map((use, c): ScannedColumn | undefined => {
    const column = found.columns[c] as Float64Array
    return use === "place" ? readTexts(text, column) : readOthers(text, column, found.others[c] as number)
  })
  if (!columns.includes(undefined)) return columns as ScannedColumn[]
  const places = backend.scanCells(
    text,
    first,
    columns.map((column) => (column === undefined ? "place" : "skip")),
  ).columns
  return columns.map((column, c) => column ?? readTexts(text, places[c] as Float64Array))
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
    if (text.absent.has(cell)) {
      missing.push(row)
      numbers[row] = Number.NaN
    } else if (isNumber(pointed(text, cell))) numbers[row] = Number(pointed(text, cell))
    else return undefined
  }
  return { kind: "number", numbers, missing }
}

/** The texts of the cells that start at these places. */
function readTexts(text: CsvText, places: Float64Array): TextColumn {
  const texts = Array.from(places, (start) => {
    const cell = cellText(text, start, endOfCell(text, start))
    return text.absent.has(cell) ? null : cell
  })
  return { kind: "text", texts }
}

/** A cell with the decimal sign that JavaScript reads; a point in it is none where the comma is. */
function pointed({ decimal }: CsvText, cell: string): string {
  return decimal === 46 ? cell : cell.replace(/[.,]/g, (sign) => (sign === "," ? "." : ","))
}

/** Whether a text is a decimal number as a whole. */
export function isNumber(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$/.test(cell)
}

/** The text of the cell between these places, without quotes or the space around it. */
function cellText({ bytes }: CsvText, start: number, end: number): string {
  if (bytes[start] !== quote) return decode(bytes, start, end).trim()
  const close = closingQuote(bytes, start)
  return decode(bytes, start + 1, close).replaceAll('""', '"') + decode(bytes, close + 1, end).trimEnd()
}

function decode(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("utf8", start, end)
}

/** In which line a position stands, counted from 1. */
function lineOf({ bytes }: CsvText, position: number): number {
  let line = 1
  for (let at = 0; at < position; at++) if (bytes[at] === lineFeed) line++
  return line
}

function wrongWidth(text: CsvText, recordStart: number, count: number): Error {
  const width = readRecord(text, recordStart).cells.length
  return cannotParse(
    "readCsv",
    `line ${lineOf(text, recordStart)}`,
    `This line has ${width} value${width === 1 ? "" : "s"}, but there are ${count} columns.`,
    count === 1
      ? 'is the separator right? Give it as { separator: ";" }.'
      : "a value with the separator in it must stand in quotes.",
  )
}
