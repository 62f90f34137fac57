import { writeFileSync } from "node:fs"
import { skipEmptyLines } from "../native/cells.js"
import { type Column, type ColumnSource, isMissing } from "./columns.js"
import { type CsvText, readRecord, type ScannedColumn, scanColumns } from "./csv-scan.js"
import { badArgument, cannotParse, cannotWrite } from "./messages.js"
import { readBytes } from "./read-text.js"
import { Table } from "./table.js"

/** How a text of separated values is to be read. */
export interface CsvOptions {
  /** What stands between two values; found in the first line when not given: tab, semicolon or comma. */
  separator?: string
  /** What stands before the fraction of a number: a point, or a comma as in much of Europe. Default: `"."`. */
  decimal?: "." | ","
  /** Whether the first line names the columns; if not they are called `column1`, `column2`, … */
  header?: boolean
  /** The texts that stand for a missing value, beside the empty one. */
  missing?: readonly string[]
}

const usualMissing = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None"]

/**
 * Reads a table from a CSV or TSV file, or from its text (anything with a line break in it is text).
 *
 * Each column becomes numbers if all its values are numbers, booleans if all are `true` or `false`, else text. Quotes,
 * line breaks within quotes, Windows line ends and a byte order mark are understood.
 *
 * @example readCsv("x,y\n1,a\n2,b").column("x") // [1, 2]
 */
export function readCsv<Row extends object = Record<string, unknown>>(
  source: string | Uint8Array,
  options: CsvOptions = {},
): Table<Row> {
  const { header = true, missing = usualMissing, decimal = "." } = options
  const bytes = withLineEnd(readBytes("readCsv", source))
  const begin = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0 // a byte order mark
  const separator = options.separator ?? findSeparator(bytes, begin)
  if (separator.length !== 1 || separator === '"' || separator === "\n" || separator.charCodeAt(0) > 127)
    throw badArgument("readCsv", "separator", separator, "It is one character, and neither a quote nor a line break.")
  if ((decimal !== "." && decimal !== ",") || decimal === separator)
    throw badArgument("readCsv", "decimal", decimal, 'It is "." or ",", and not the separator.')
  const text: CsvText = {
    bytes,
    separator: separator.charCodeAt(0),
    decimal: decimal.charCodeAt(0),
    absent: new Set(["", ...missing]),
  }
  const first = skipEmptyLines(text, begin)
  if (first >= bytes.length)
    throw cannotParse("readCsv", "the text is empty", "There must be a line of column names at least.")
  const { cells, next } = readRecord(text, first)
  const names = header ? uniqueNames(cells) : cells.map((_, i) => `column${i + 1}`)
  const columns = scanColumns(text, header ? next : first, names.length)
  return Table.ofColumns<Row>(columns.map((column, i): [string, Column] => [names[i] as string, typedColumn(column)]))
}

/** How a table is written as text. */
export interface CsvWriteOptions {
  /** What stands between two values. Default: a comma. */
  separator?: string
}

/**
 * A table as CSV text: a line of names, and a line for each row. A missing value is an empty cell; cells with a separator,
 * a quote or a line break in them stand in quotes.
 *
 * @example toCsv(new Table({ x: [1, 2], y: ["a", "b, c"] })).split("\n")[2] // "2,\"b, c\""
 */
export function toCsv(table: ColumnSource, { separator = "," }: CsvWriteOptions = {}): string {
  const columns = table.columns.map((name) => table.values(name))
  const special = new RegExp(`["\\n\\r${separator === "\t" ? "\\t" : `\\${separator}`}]|^\\s|\\s$`)
  const cell = (value: unknown): string => {
    if (isMissing(value)) return ""
    const text = value instanceof Date ? value.toISOString() : String(value)
    return typeof value !== "number" && special.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const lines = [table.columns.map(cell).join(separator)]
  for (let row = 0; row < table.numRows; row++) lines.push(columns.map((values) => cell(values[row])).join(separator))
  return `${lines.join("\n")}\n`
}

/** Writes a table to a CSV file; `readCsv` reads it back. */
export function writeCsv(table: ColumnSource, path: string, options: CsvWriteOptions = {}): void {
  try {
    writeFileSync(path, toCsv(table, options))
  } catch (error) {
    throw cannotWrite("writeCsv", path, error)
  }
}

function withLineEnd(bytes: Buffer): Buffer {
  return bytes[bytes.length - 1] === 10 ? bytes : Buffer.concat([bytes, Buffer.from("\n")])
}

/** The separator that occurs most in the first line. */
function findSeparator(bytes: Uint8Array, begin: number): string {
  const end = bytes.indexOf(10, begin)
  const line = bytes.subarray(begin, end < 0 ? bytes.length : end)
  const count = (separator: string) => line.reduce((sum, byte) => sum + (byte === separator.charCodeAt(0) ? 1 : 0), 0)
  return [",", "\t", ";"].reduce((best, other) => (count(other) > count(best) ? other : best))
}

/** Names for all columns, each once: empty ones are numbered, repeated ones get a suffix. */
function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name, i) => {
    const base = name === "" ? `column${i + 1}` : name
    let unique = base
    for (let n = 2; used.has(unique); n++) unique = `${base}_${n}`
    used.add(unique)
    return unique
  })
}

/** A scanned column as numbers, booleans or texts; null where a value is missing. */
function typedColumn(column: ScannedColumn): Column {
  if (column.kind === "number") {
    const { numbers, missing } = column
    if (missing.length === 0) return numbers
    const values: (number | null)[] = Array.from(numbers)
    for (const row of missing) values[row] = null
    return values
  }
  const { texts } = column
  const isBoolean = texts.every((text) => text === null || /^(true|false)$/i.test(text))
  return isBoolean ? texts.map((text) => (text === null ? null : text.toLowerCase() === "true")) : texts
}
