import { writeFileSync } from "node:fs"
import { type ColumnSource, isMissing } from "./columns.js"
import { cannotWrite } from "./messages.js"

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
