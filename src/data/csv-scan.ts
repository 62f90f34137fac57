import { decimal } from "./decimal.js"
import { cannotParse } from "./messages.js"

const quote = 34
const plus = 43
const minus = 45
const zero = 48
const lineFeed = 10
const carriageReturn = 13
const space = 32

/** What a pass over the text makes of a column. */
type Kind = "number" | "text" | "skip"

/** A column as it comes together, row by row. */
export interface ScannedColumn {
  kind: Kind
  numbers: Float64Array
  /** The rows without a value, when the others are numbers. */
  readonly missing: number[]
  readonly texts: (string | null)[]
}

/** A text of separated values, with what is needed to read it. */
export interface CsvText {
  /** The text, which ends with a line break: no loop over a cell has to look for the end. */
  readonly bytes: Buffer
  /** The separator as a byte. */
  readonly separator: number
  /** What stands between the whole and the fraction of a number, as a byte: a point, or a comma. */
  readonly decimal: number
  /** The texts that stand for a missing value. */
  readonly absent: ReadonlySet<string>
}

/**
 * Where the last cell that was read ended: the position of the separator or line break behind it, or the end of the
 * text. A variable of the module, since an object for every cell would cost more than reading it.
 */
let cellEnd = 0

/** The values of the record that starts at `position`, as text, and where the next one starts. */
export function readRecord(text: CsvText, position: number): { cells: string[]; next: number } {
  const cells: string[] = []
  let at = position
  for (;;) {
    cells.push(readCell(text, at))
    if (text.bytes[cellEnd] !== text.separator) return { cells, next: cellEnd + 1 }
    at = cellEnd + 1
  }
}

/** Where the first record that is not an empty line starts, from `position` on. */
export function skipEmptyLines({ bytes }: CsvText, position: number): number {
  for (let start = position; ; ) {
    let at = start
    while (bytes[at] === space || bytes[at] === carriageReturn) at++
    if (at >= bytes.length) return bytes.length
    if (bytes[at] !== lineFeed) return start
    start = at + 1
  }
}

/**
 * The columns of the records from `start` on.
 *
 * Each column is taken for numbers until a cell says otherwise. Columns of numbers are read in one pass without making a
 * text of any cell; those that turn out to be text are read in a second one.
 */
export function scanColumns(text: CsvText, start: number, count: number): { columns: ScannedColumn[]; rows: number } {
  const columns = Array.from({ length: count }, (): ScannedColumn => {
    return { kind: "number", numbers: new Float64Array(0), missing: [], texts: [] }
  })
  const first = skipEmptyLines(text, start)
  if (first < text.bytes.length) {
    // What the first record shows saves those columns from being read twice.
    readRecord(text, first).cells.forEach((cell, i) => {
      const column = columns[i]
      if (column && !text.absent.has(cell) && !isNumber(pointed(text, cell))) column.kind = "text"
    })
  }
  const rows = scanPass(text, first, columns)
  const late = columns.filter((column) => column.kind === "skip")
  if (late.length > 0) {
    const again = columns.map((column): ScannedColumn => {
      return { ...column, kind: column.kind === "skip" ? "text" : "skip" }
    })
    scanPass(text, first, again)
    again.forEach((column, i) => {
      if (column.kind === "text") columns[i] = column
    })
  }
  return { columns, rows }
}

/** One pass over all records; returns how many there are. A column of numbers that meets other text is left out from there. */
function scanPass(text: CsvText, start: number, columns: readonly ScannedColumn[]): number {
  const { bytes, separator, decimal: point } = text
  const count = columns.length
  const end = bytes.length
  // Where the numbers of each column go; undefined for the columns that take the longer way.
  const numbers: (Float64Array | undefined)[] = columns.map(() => undefined)
  let row = 0
  let capacity = 0
  let position = start
  while (position < end) {
    const recordStart = position
    if (row === capacity) {
      capacity = row === 0 ? estimateRows(bytes, start) : 2 * capacity
      columns.forEach((column, i) => {
        if (column.kind === "number") numbers[i] = column.numbers = enlarged(column.numbers, capacity)
      })
    }
    for (let c = 0; c < count; c++) {
      const out = numbers[c]
      const number = out === undefined ? Number.NaN : readNumber(bytes, position, separator, point)
      // NaN: not a plain number, or no number at all.
      if (out !== undefined && !Number.isNaN(number)) out[row] = number
      else if (!readCellInto(columns[c] as ScannedColumn, text, position, row)) numbers[c] = undefined
      position = cellEnd
      if (bytes[position] === separator) position++
      else if (c !== count - 1) throw wrongWidth(text, recordStart, count)
    }
    if (position > cellEnd) throw wrongWidth(text, recordStart, count)
    row++
    position++
    const byte = bytes[position]
    if (byte === lineFeed || byte === carriageReturn || byte === space) position = skipEmptyLines(text, position)
  }
  for (const column of columns) if (column.kind === "number") column.numbers = column.numbers.subarray(0, row)
  return row
}

/** Reads a cell by its text into the column; says whether the column is still one of numbers. */
function readCellInto(column: ScannedColumn, text: CsvText, position: number, row: number): boolean {
  if (column.kind === "skip") skipCell(text, position)
  else {
    const cell = readCell(text, position)
    const isAbsent = text.absent.has(cell)
    if (column.kind === "text") column.texts.push(isAbsent ? null : cell)
    else if (isAbsent) {
      column.missing.push(row)
      column.numbers[row] = Number.NaN
    } else if (isNumber(pointed(text, cell))) column.numbers[row] = Number(pointed(text, cell))
    else {
      column.kind = "skip"
      column.numbers = new Float64Array(0)
    }
  }
  return column.kind === "number"
}

/** A cell with the decimal sign that JavaScript reads; a point in it is none where the comma is. */
function pointed({ decimal }: CsvText, cell: string): string {
  return decimal === 46 ? cell : cell.replace(/[.,]/g, (sign) => (sign === "," ? "." : ","))
}

/** Whether a text is a decimal number as a whole. */
export function isNumber(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$/.test(cell)
}

/**
 * The number in the cell that starts at `start`, and its end in `cellEnd`; NaN when the cell is not a plain decimal
 * number. The digits are gathered as two whole numbers of nine each, in integer arithmetic, since this is where reading a
 * large file spends its time; what has more is left to `Number`.
 */
function readNumber(bytes: Buffer, start: number, separator: number, point: number): number {
  let at = start
  let byte = bytes[at] as number
  while (byte === space) byte = bytes[++at] as number
  const negative = byte === minus
  if (negative || byte === plus) byte = bytes[++at] as number
  const digitsStart = at
  let pointAt = -1
  for (; byte === zero || (byte === point && pointAt < 0); byte = bytes[++at] as number)
    if (byte === point) pointAt = at
  let head = 0
  for (let digits = 0; digits < 9; byte = bytes[++at] as number) {
    const digit = byte - zero
    if (digit >>> 0 < 10) {
      head = (Math.imul(head, 10) + digit) | 0
      digits++
    } else if (byte === point && pointAt < 0) pointAt = at
    else break
  }
  let tail = 0
  let tailDigits = 0
  for (; tailDigits < 9; byte = bytes[++at] as number) {
    const digit = byte - zero
    if (digit >>> 0 < 10) {
      tail = (Math.imul(tail, 10) + digit) | 0
      tailDigits++
    } else if (byte === point && pointAt < 0) pointAt = at
    else break
  }
  if (at - digitsStart - (pointAt < 0 ? 0 : 1) === 0) return Number.NaN
  let scale = pointAt < 0 ? 0 : at - pointAt - 1
  if (byte === 101 || byte === 69) {
    byte = bytes[++at] as number
    const down = byte === minus
    if (down || byte === plus) byte = bytes[++at] as number
    let exponent = 0
    const exponentStart = at
    for (; byte >= zero && byte <= zero + 9 && exponent < 1000; byte = bytes[++at] as number)
      exponent = exponent * 10 + byte - zero
    if (at === exponentStart) return Number.NaN
    scale += down ? exponent : -exponent
  }
  while (byte === space || byte === carriageReturn) byte = bytes[++at] as number
  if (byte !== separator && byte !== lineFeed) return Number.NaN
  const size = decimal(head, tail, tailDigits, scale)
  cellEnd = at
  return negative ? -size : size
}

/** The text of the cell that starts at `start`, without quotes or the space around it, and its end in `cellEnd`. */
function readCell(text: CsvText, start: number): string {
  const { bytes, separator } = text
  if (bytes[start] !== quote) {
    skipCell(text, start)
    return decode(bytes, start, cellEnd).trim()
  }
  const close = closingQuote(text, start)
  let end = close + 1
  while (bytes[end] !== separator && bytes[end] !== lineFeed) end++
  cellEnd = end
  return decode(bytes, start + 1, close).replaceAll('""', '"') + decode(bytes, close + 1, end).trimEnd()
}

function skipCell(text: CsvText, start: number): void {
  const { bytes, separator } = text
  let end = bytes[start] === quote ? closingQuote(text, start) + 1 : start
  while (bytes[end] !== separator && bytes[end] !== lineFeed) end++
  cellEnd = end
}

/** Where the quote that closes stands; two quotes in a row are one in the value. */
function closingQuote(text: CsvText, open: number): number {
  const { bytes } = text
  for (let at = open + 1; at < bytes.length; at++) {
    if (bytes[at] !== quote) continue
    if (bytes[at + 1] !== quote) return at
    at++
  }
  throw cannotParse("readCsv", `line ${lineOf(text, open)}`, "A quote is opened here and never closed.")
}

function decode(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("utf8", start, end)
}

/** How many records there may be, judging by the length of the first lines. */
function estimateRows(bytes: Uint8Array, start: number): number {
  const sample = 1 << 16
  let lines = 1
  const end = Math.min(bytes.length, start + sample)
  for (let at = start; at < end; at++) if (bytes[at] === lineFeed) lines++
  return end === bytes.length ? lines + 1 : Math.ceil(((bytes.length - start) / sample) * lines * 1.02) + 16
}

function enlarged(numbers: Float64Array, capacity: number): Float64Array {
  const larger = new Float64Array(capacity)
  larger.set(numbers)
  return larger
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
