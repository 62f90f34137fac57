import type { ArrayView } from "./backend.js"
import type { CellText, CellUse, FoundCells } from "./cells.js"
import { kernels } from "./descriptor.js"
import type { TypedArray } from "./dtype.js"
import type { NativeCall } from "./native-call.js"

// Texts of separated values. Each function returns undefined, having done nothing, where it does not take what it is given.

/** A part of a text that one thread reads at a time has this many bytes at least. */
const bytesOfPart = 1 << 18
const mostParts = 256
const useCodes: { readonly [Use in CellUse]: number } = { number: 0, place: 1, skip: 2 } // as in cells.h

export function scanCells(
  call: NativeCall,
  text: CellText,
  start: number,
  uses: readonly CellUse[],
): FoundCells | undefined {
  if (call.copies || start >= text.bytes.length) return undefined
  const parts = Math.max(1, Math.min(mostParts, Math.floor((text.bytes.length - start) / bytesOfPart)))
  const counts = new Float64Array(2 * parts)
  writeText(call, kernels.countLines, text, start, parts)
  call.numbers[3] = call.addressOfArray(counts)
  call.run()
  const total = (kind: 0 | 1) => counts.reduce((sum, count, i) => sum + (i % 2 === kind ? count : 0), 0)
  const [lines, quotes] = [total(0), total(1)]
  // A line break within quotes ends no record, so a text with quotes is read from its start to its end.
  const firstRows = new Float64Array(quotes > 0 ? 1 : parts)
  for (let part = 1; part < firstRows.length; part++)
    firstRows[part] = (firstRows[part - 1] as number) + (counts[2 * (part - 1)] as number)
  return readCells(call, text, start, uses, lines, firstRows, quotes > 0)
}

function readCells(
  call: NativeCall,
  text: CellText,
  start: number,
  uses: readonly CellUse[],
  lines: number,
  firstRows: Float64Array,
  quoted: boolean,
): FoundCells {
  const parts = firstRows.length
  const columns = uses.map((use) => new Float64Array(use === "skip" ? 0 : lines))
  const codes = Int32Array.from(uses, (use) => useCodes[use])
  const addresses = addressesOf(call, columns)
  const width = 2 + uses.length
  const found = new Float64Array(parts * width)
  writeText(call, kernels.readCells, text, start, parts)
  call.ints[4] = uses.length
  call.ints[5] = quoted ? 1 : 0
  call.numbers[3] = call.addressOfArray(codes)
  call.numbers[4] = call.addressOfArray(addresses)
  call.numbers[5] = call.addressOfArray(firstRows)
  call.numbers[6] = call.addressOfArray(found)
  call.run()
  let rows = 0
  for (let part = 0; part < parts; part++) {
    const broken = found[part * width + 1] as number
    if (broken >= 0) return { rows, columns, others: [], broken }
    const first = firstRows[part] as number
    const count = found[part * width] as number
    // Empty lines make a part shorter than it has lines.
    if (first !== rows) for (const column of columns) column.copyWithin(rows, first, first + count)
    rows += count
  }
  const others = uses.map((_, c) => {
    let sum = 0
    for (let part = 0; part < parts; part++) sum += found[part * width + 2 + c] as number
    return sum
  })
  return { rows, columns: columns.map((column) => column.subarray(0, rows)), others, broken: -1 }
}

export function columnsToRows(call: NativeCall, columns: readonly Float64Array[], out: ArrayView): boolean | undefined {
  const rows = columns[0]?.length ?? 0
  if (call.copies || rows === 0) return undefined
  const missing = new Float64Array(Math.ceil(rows / rowsOfTask))
  const addresses = addressesOf(call, columns)
  call.ints[0] = kernels.columnsToRows
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOfArray(addresses)
  call.numbers[2] = rows
  call.numbers[3] = columns.length
  call.numbers[4] = call.addressOfArray(missing)
  call.run()
  return missing.every((found) => found === 0)
}

/** How many rows a task of `columnsToRows` has, as in cells.h. */
const rowsOfTask = 8192

function writeText(call: NativeCall, kernel: number, text: CellText, start: number, parts: number): void {
  call.ints[0] = kernel
  call.ints[1] = parts
  call.ints[2] = text.separator
  call.ints[3] = text.decimal
  call.numbers[0] = call.addressOfArray(text.bytes)
  call.numbers[1] = start
  call.numbers[2] = text.bytes.length
}

function addressesOf(call: NativeCall, columns: readonly TypedArray[]): Float64Array {
  return Float64Array.from(columns, (column) => (column.length === 0 ? 0 : call.addressOfArray(column)))
}
