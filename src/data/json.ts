import { cannotParse } from "./messages.js"
import { readText } from "./read-text.js"
import type { Table } from "./table.js"
import { toTable } from "./to-table.js"

/**
 * Reads a table from a JSON file or its text: an array of objects, an object of columns, or one object a line.
 *
 * @example readJson('[{"x": 1}, {"x": 2}]').column("x") // [1, 2]
 */
export function readJson<Row extends object = Record<string, unknown>>(source: string): Table<Row> {
  const text = readText("readJson", source)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    value = parseLines(text)
    if (value === undefined) throw cannotParse("readJson", "this is no JSON", `${(error as Error).message}.`)
  }
  const isTabular =
    Array.isArray(value) || (typeof value === "object" && value !== null && Object.values(value).every(Array.isArray))
  if (!isTabular)
    throw cannotParse(
      "readJson",
      "this is no table",
      "The JSON must be an array of objects, or an object of columns.",
      "if the table is deeper inside, parse it yourself and give that part to toTable().",
    )
  return toTable<Row>(value as readonly Row[])
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
