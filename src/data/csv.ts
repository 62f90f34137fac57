import type { Column } from "./columns.js"
import { badArgument, cannotParse } from "./messages.js"
import { readText } from "./read-text.js"
import { Table } from "./table.js"

/** How a text of separated values is to be read. */
export interface CsvOptions {
  /** What stands between two values; found in the first line when not given: tab, semicolon or comma. */
  separator?: string
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
  source: string,
  options: CsvOptions = {},
): Table<Row> {
  const { header = true, missing = usualMissing } = options
  const text = readText("readCsv", source)
  const separator = options.separator ?? findSeparator(text)
  if (separator.length !== 1 || separator === '"' || separator === "\n")
    throw badArgument("readCsv", "separator", separator, "It is one character, and neither a quote nor a line break.")
  const { records, lines } = splitRecords(text, separator)
  const first = records[0]
  if (first === undefined)
    throw cannotParse("readCsv", "the text is empty", "There must be a line of column names at least.")
  const names = header ? uniqueNames(first) : first.map((_, i) => `column${i + 1}`)
  const rows = header ? records.slice(1) : records
  rows.forEach((row, i) => {
    if (row.length === names.length) return
    throw cannotParse(
      "readCsv",
      `line ${lines[header ? i + 1 : i]}`,
      `This line has ${row.length} value${row.length === 1 ? "" : "s"}, but there are ${names.length} columns.`,
      names.length === 1
        ? 'is the separator right? Give it as { separator: ";" }.'
        : "a value with the separator in it must stand in quotes.",
    )
  })
  const absent = new Set(["", ...missing])
  const columns = names.map((name, c): [string, Column] => [
    name,
    typedColumn(
      rows.map((row) => row[c] as string),
      absent,
    ),
  ])
  return Table.ofColumns<Row>(columns)
}

/** The separator that occurs most in the first line. */
function findSeparator(text: string): string {
  const line = text.slice(0, Math.max(0, text.search(/\r?\n|$/)))
  const count = (separator: string) => line.split(separator).length
  return [",", "\t", ";"].reduce((best, other) => (count(other) > count(best) ? other : best))
}

/** Takes the text apart into values; `lines` says in which line each record begins. Empty lines are left out. */
function splitRecords(text: string, separator: string): { records: string[][]; lines: number[] } {
  const records: string[][] = []
  const lines: number[] = []
  let position = text.startsWith("\ufeff") ? 1 : 0
  let line = 1
  while (position < text.length) {
    const record: string[] = []
    const startLine = line
    for (;;) {
      let value: string
      if (text[position] === '"') {
        const end = closingQuote(text, position + 1)
        if (end < 0) throw cannotParse("readCsv", `line ${line}`, "A quote is opened here and never closed.")
        value = text.slice(position + 1, end).replaceAll('""', '"')
        for (const character of value) if (character === "\n") line++
        position = end + 1
        const rest = valueEnd(text, position, separator)
        value += text.slice(position, rest).trimEnd()
        position = rest
      } else {
        const end = valueEnd(text, position, separator)
        value = text.slice(position, end).trim()
        position = end
      }
      record.push(value)
      if (text[position] !== separator) break
      position++
    }
    position++ // past the line break
    line++
    if (record.length === 1 && record[0] === "") continue
    records.push(record)
    lines.push(startLine)
  }
  return { records, lines }
}

/** Where the quote that closes stands; two quotes in a row are one in the value. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at
  return -1
}

function valueEnd(text: string, from: number, separator: string): number {
  let end = from
  while (end < text.length && text[end] !== separator && text[end] !== "\n") end++
  return end
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

/** Texts as what they all are: numbers, booleans, or texts; null where a value is missing. */
function typedColumn(cells: readonly string[], absent: ReadonlySet<string>): Column {
  const present = cells.filter((cell) => !absent.has(cell))
  const convert: (cell: string) => unknown =
    present.length > 0 && present.every(isNumber)
      ? Number
      : present.length > 0 && present.every((cell) => /^(true|false)$/i.test(cell))
        ? (cell) => cell.toLowerCase() === "true"
        : (cell) => cell
  return cells.map((cell) => (absent.has(cell) ? null : convert(cell)))
}

function isNumber(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$/.test(cell)
}
