import { writeFileSync } from "node:fs"
import type { ColumnSource } from "./columns.js"
import { cannotParse, cannotWrite } from "./messages.js"
import { readText } from "./read-text.js"
import type { Table } from "./table.js"
import { tableOf } from "./to-table.js"

/**
 * Reads a table from a JSON file or its text: an array of objects, an object of columns, or one object a line.
 *
 * @example readJson('[{"x": 1}, {"x": 2}]').column("x") // [1, 2]
 */
export function readJson<Row extends object = Record<string, unknown>>(source: string | Uint8Array): Table<Row> {
  const text = readText("readJson", source)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    value = parseLines(text)
    if (value === undefined) throw cannotParse("readJson", "this is no JSON", `${(error as Error).message}.`)
  }
  if (!Array.isArray(value) && !isColumns(value))
    throw cannotParse(
      "readJson",
      "this is no table",
      "The JSON must be an array of objects, or an object of columns.",
      "if the table is deeper inside, parse it yourself and give that part to toTable().",
    )
  return tableOf<Row>(value)
}

/** How a table is written as JSON. */
export interface JsonWriteOptions {
  /** One object a line (JSON Lines) instead of one array. Default: false. */
  lines?: boolean
}

/**
 * A table as JSON text: an array of objects, or with `lines` one object a line. Missing values are null.
 *
 * @example toJson(new Table({ x: [1, 2] }), { lines: true }).split("\n")[1] // "{\"x\":2}"
 */
export function toJson(table: ColumnSource, { lines = false }: JsonWriteOptions = {}): string {
  const columns = table.columns.map((name) => [name, table.values(name)] as const)
  const rows = Array.from({ length: table.numRows }, (_, i) =>
    JSON.stringify(Object.fromEntries(columns.map(([name, values]) => [name, plain(values[i])]))),
  )
  return lines ? rows.map((row) => `${row}\n`).join("") : `[${rows.join(",\n")}]\n`
}

/** Writes a table to a JSON file, or with `lines` to one of JSON Lines; `readJson` reads both back. */
export function writeJson(table: ColumnSource, path: string, options: JsonWriteOptions = {}): void {
  try {
    writeFileSync(path, toJson(table, options))
  } catch (error) {
    throw cannotWrite("writeJson", path, error)
  }
}

/** Whether a value is an object of columns, and not one of lists of rows. */
function isColumns(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false
  return Object.values(value).every((column) => Array.isArray(column) && typeof (column[0] ?? 0) !== "object")
}

/** What JSON has no form for: a large integer becomes a number, undefined and NaN become null. */
function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : (value ?? null)
}

/** JSON Lines: every line an object. */
function parseLines(text: string): unknown[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  if (lines.length < 2) return undefined
  try {
    return lines.map((line) => JSON.parse(line) as unknown)
  } catch {
    return undefined
  }
}
