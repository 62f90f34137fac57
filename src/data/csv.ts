import { skipEmptyLines } from "../native/cells.js"
import type { Column } from "./columns.js"
import { type CsvText, readRecord, type ScannedColumn, scanColumns } from "./csv-scan.js"
import { dateReader } from "./dates.js"
import { badArgument, cannotParse, noSuchColumn, notADate } from "./messages.js"
import { readBytes } from "./read-text.js"
import { Table } from "./table.js"
import { toUtf8 } from "./text-encoding.js"

/** How a text of separated values is to be read. */
export interface CsvOptions {
  /** What stands between two values; found in the first line when not given: comma, tab, semicolon or bar. */
  separator?: string
  /** What stands before the fraction of a number: a point, or a comma as in much of Europe. Default: `"."`. */
  decimal?: "." | ","
  /** What stands between the thousands of a number, such as the comma in `"1,234,567"`. Default: nothing. */
  thousands?: string
  /** Whether the first line names the columns; if not they are called `column1`, `column2`, … */
  header?: boolean
  /** How many lines stand before the first one. Default: 0. */
  skip?: number
  /** What lines begin with that are left out, such as `"#"`. */
  comment?: string
  /** The texts that stand for a missing value, beside the empty one. */
  missing?: readonly string[]
  /** The columns that stay text though they look like numbers, such as postal codes. */
  text?: readonly string[]
  /**
   * The columns that hold dates: their names when the dates are written as in `2024-02-29` or `2024-02-29 18:30:00Z`, else
   * the pattern of each, as in `{ day: "DD/MM/YYYY" }`. Without a zone they are UTC.
   */
  dates?: readonly string[] | Readonly<Record<string, string>>
  /** The encoding of the file, such as `"latin1"`. Default: UTF-8, or what its first bytes tell. */
  encoding?: string
}

const usualMissing = ["NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "null", "NULL", "None", "?"]

/**
 * Reads a table from a CSV or TSV file, or from its text (anything with a line break in it is text).
 *
 * Each column becomes numbers if all its values are numbers, booleans if all are `true` or `false`, else text. Quotes,
 * line breaks within quotes, the line ends of all systems, byte order marks and old encodings are understood.
 *
 * Errors: a line with more or fewer values than there are columns; a quote that is never closed; a value of a column of
 * dates that is none.
 *
 * @example readCsv("x,y\n1,a\n2,b").column("x") // [1, 2]
 * @example readCsv("day,n\n29/02/2024,1\n", { dates: { day: "DD/MM/YYYY" } }).row(0).day.getUTCMonth() // 1
 */
export function readCsv<Row extends object = Record<string, unknown>>(
  source: string | Uint8Array,
  options: CsvOptions = {},
): Table<Row> {
  const { header = true, missing = usualMissing, decimal = ".", thousands = "", skip = 0, comment } = options
  const bytes = prepared(toUtf8("readCsv", readBytes("readCsv", source), options.encoding), skip, comment)
  const separator = options.separator ?? findSeparator(bytes)
  if (!/^[ -~\t]$/.test(separator) || /[\w".+-]/.test(separator))
    throw badArgument("readCsv", "separator", separator, "It is one character that is in no number, and no quote.")
  if ((decimal !== "." && decimal !== ",") || decimal === separator)
    throw badArgument("readCsv", "decimal", decimal, 'It is "." or ",", and not the separator.')
  if (thousands.length > 1 || thousands === decimal || /[\d+-]/.test(thousands))
    throw badArgument("readCsv", "thousands", thousands, "It is one character, and not the decimal sign.")
  const text: CsvText = {
    bytes,
    separator: separator.charCodeAt(0),
    decimal: decimal.charCodeAt(0),
    thousands,
    linesBefore: skip,
    absent: new Set(["", ...missing]),
  }
  const first = skipEmptyLines(text, 0)
  if (first >= bytes.length)
    throw cannotParse("readCsv", "the text is empty", "There must be a line of column names at least.")
  const { cells, next } = readRecord(text, first)
  const names = header ? uniqueNames(cells) : cells.map((_, i) => `column${i + 1}`)
  const dates = dateReaders(options.dates, names)
  const columns = scanColumns(
    text,
    header ? next : first,
    names.length,
    textColumns([...dates.keys()], options.text, names),
  )
  return Table.ofColumns<Row>(
    columns.map((column, i): [string, Column] => {
      const name = names[i] as string
      const read = dates.get(name)
      if (read !== undefined && column.kind === "text") return [name, dateColumn(name, column.texts, read)]
      return [name, options.text?.includes(name) && column.kind === "text" ? column.texts : typedColumn(column)]
    }),
  )
}

/** The text from its first line that counts, without comments, and with a line break at its end. */
function prepared(bytes: Buffer, skip: number, comment: string | undefined): Buffer {
  if (!Number.isInteger(skip) || skip < 0)
    throw badArgument("readCsv", "skip", skip, "It is how many lines stand before the first one.")
  let text = bytes
  if (!text.includes(10) && text.includes(13)) text = Buffer.from(text.map((byte) => (byte === 13 ? 10 : byte))) // old Macs
  let start = 0
  for (let line = 0; line < skip; line++) {
    const end = text.indexOf(10, start)
    start = end < 0 ? text.length : end + 1
  }
  text = text.subarray(start)
  const opening = text.toString("latin1", 0, 64).trimStart()
  if (/^<(!doctype|html|\?xml)/i.test(opening))
    throw cannotParse("readCsv", "this is a web page", "It begins with a tag, not with the names of columns.")
  if (opening.startsWith("PK\x03\x04"))
    throw cannotParse(
      "readCsv",
      "this is a zip archive, as Excel workbooks are",
      "CSV is plain text.",
      "unpack it, or save the sheet as CSV.",
    )
  if (text[text.length - 1] !== 10) text = Buffer.concat([text, Buffer.from("\n")])
  return comment === undefined ? text : withoutComments(text, comment)
}

function withoutComments(text: Buffer, comment: string): Buffer {
  if (comment === "") throw badArgument("readCsv", "comment", comment, "It is what lines begin with that are left out.")
  const lines: Buffer[] = []
  const mark = Buffer.from(comment)
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf(10, start) + 1
    // An empty line stays, so that the others keep their numbers.
    const isComment = text.subarray(start, start + mark.length).equals(mark)
    lines.push(text.subarray(isComment ? next - 1 : start, next))
    start = next
  }
  return Buffer.concat(lines)
}

/** The separator that occurs most in the first line, outside of quotes. */
function findSeparator(bytes: Buffer): string {
  const end = bytes.indexOf(10)
  const line = bytes.toString("latin1", 0, end < 0 ? bytes.length : end).replace(/"[^"]*"/g, "")
  const count = (separator: string) => line.split(separator).length
  return [",", "\t", ";", "|"].reduce((best, other) => (count(other) > count(best) ? other : best))
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

/** How the columns of dates are read. */
function dateReaders(dates: CsvOptions["dates"] = [], names: readonly string[]) {
  const patterns: readonly (readonly [string, string?])[] = Array.isArray(dates)
    ? (dates as readonly string[]).map((name) => [name])
    : Object.entries(dates as Readonly<Record<string, string>>)
  for (const [name] of patterns) if (!names.includes(name)) throw noSuchColumn("readCsv: dates", name, names)
  return new Map(patterns.map(([name, pattern]) => [name, dateReader("readCsv", pattern)]))
}

/** The places of the columns that are not taken for numbers, whatever stands in them. */
function textColumns(dates: readonly string[], text: readonly string[] = [], names: readonly string[]): Set<number> {
  for (const name of text) if (!names.includes(name)) throw noSuchColumn("readCsv: text", name, names)
  return new Set([...dates, ...text].map((name) => names.indexOf(name)))
}

function dateColumn(
  name: string,
  texts: readonly (string | null)[],
  read: (text: string) => Date | undefined,
): (Date | null)[] {
  return texts.map((text, row) => {
    if (text === null) return null
    const date = read(text)
    if (date === undefined) throw notADate("readCsv", name, text, row)
    return date
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
