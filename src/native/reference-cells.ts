import {
  type CellText,
  type CellUse,
  endOfCell,
  type FoundCells,
  halvesOf,
  skipEmptyLines,
  writePlace,
} from "./cells.js"
import { decimal } from "./decimal.js"

// Texts of separated values in plain TypeScript.

const plus = 43
const minus = 45
const zero = 48
const lineFeed = 10
const carriageReturn = 13
const space = 32

/**
 * Where the last number that was read ended: the position of the separator or line break behind it. A variable of the
 * module, since an object for every cell would cost more than reading it.
 */
let numberEnd = 0

/** Reads the cells of the records from `start` on. */
export function scanCells(text: CellText, start: number, uses: readonly CellUse[]): FoundCells {
  const { bytes, separator, decimal: point } = text
  const others = uses.map(() => 0)
  const columns = uses.map((): Float64Array => new Float64Array(0))
  let halves = columns.map(halvesOf)
  let row = 0
  let capacity = 0
  let position = skipEmptyLines(text, start)
  while (position < bytes.length) {
    const record = position
    if (row === capacity) {
      capacity = row === 0 ? estimateRows(bytes, position) : 2 * capacity
      for (let c = 0; c < uses.length; c++)
        if (uses[c] !== "skip") columns[c] = enlarged(columns[c] as Float64Array, capacity)
      halves = columns.map(halvesOf)
    }
    for (let c = 0; c < uses.length; c++) {
      const use = uses[c]
      const number = use === "number" ? readNumber(bytes, position, separator, point) : Number.NaN
      // NaN: not a plain number, or no number at all.
      if (!Number.isNaN(number)) {
        ;(columns[c] as Float64Array)[row] = number
        position = numberEnd
      } else {
        if (use === "place") (columns[c] as Float64Array)[row] = position
        else if (use === "number") {
          writePlace(halves[c] as Uint32Array, row, position)
          ;(others[c] as number)++
        }
        position = endOfCell(text, position)
      }
      const isLast = c === uses.length - 1
      if (position < 0 || (bytes[position] === separator) === isLast)
        return { rows: row, columns, others, broken: record }
      position++
    }
    row++
    const byte = bytes[position]
    if (byte === lineFeed || byte === carriageReturn || byte === space) position = skipEmptyLines(text, position)
  }
  return { rows: row, columns: columns.map((column) => column.subarray(0, row)), others, broken: -1 }
}

/**
 * Columns of numbers side by side, each row's after the other, as float32. False if one of them is NaN; what was written
 * then has no meaning.
 */
export function columnsToRows(columns: readonly Float64Array[], out: Float32Array): boolean {
  const count = columns.length
  const rows = columns[0]?.length ?? 0
  // In stretches of rows, so that the lines of memory they share are still at hand for the next column.
  for (let start = 0; start < rows; start += 1024) {
    const end = Math.min(rows, start + 1024)
    for (let c = 0; c < count; c++) {
      const column = columns[c] as Float64Array
      for (let row = start; row < end; row++) {
        const number = column[row] as number
        if (Number.isNaN(number)) return false
        out[row * count + c] = number
      }
    }
  }
  return true
}

/**
 * The number in the cell that starts at `start`, and its end in `numberEnd`; NaN when the cell is not a plain decimal
 * number. The digits are gathered as two whole numbers of nine each, in integer arithmetic, since this is where reading a
 * large file spends its time; what has more is left to `Number`.
 */
function readNumber(bytes: Uint8Array, start: number, separator: number, point: number): number {
  let at = start
  let byte = bytes[at] as number
  const blank = separator === space ? -1 : space
  while (byte === blank) byte = bytes[++at] as number
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
  while (byte === blank || byte === carriageReturn) byte = bytes[++at] as number
  if (byte !== separator && byte !== lineFeed) return Number.NaN
  const size = decimal(head, tail, tailDigits, scale)
  numberEnd = at
  return negative ? -size : size
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
