import { writeFileSync } from "node:fs"
import type { ColumnSource as ParquetColumn } from "hyparquet-writer"
import { type Column, type ColumnSource, columnType, isMissing } from "./columns.js"
import { cannotWrite, mixedColumn } from "./messages.js"

/**
 * A table as the bytes of a Parquet file, packed with Snappy: what pandas, polars, DuckDB and Arrow read. Each column keeps
 * its type: text, booleans, dates with their milliseconds, and numbers, as 32-bit integers where all of them are. A missing
 * value is null.
 *
 * Errors: a column that holds values of several kinds, which is named.
 *
 * @example (await toParquet(new Table({ x: [1, 2], t: ["a", null] }))).length
 */
export async function toParquet(table: ColumnSource): Promise<Uint8Array> {
  const columnData = table.columns.map((name) => parquetColumn(name, table.values(name)))
  const { parquetWriteBuffer } = await import("hyparquet-writer")
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 100_000, createdBy: "cellgrad" }))
}

/** Writes a table to a Parquet file; `readTable` reads it back. */
export async function writeParquet(table: ColumnSource, path: string): Promise<void> {
  const bytes = await toParquet(table)
  try {
    writeFileSync(path, bytes)
  } catch (error) {
    throw cannotWrite("writeParquet", path, error)
  }
}

function parquetColumn(name: string, values: Column): ParquetColumn {
  const kind = columnType(values)
  if (kind === "mixed") throw mixedColumn("toParquet", name)
  const data = Array.from(values, (value) =>
    isMissing(value) ? null : typeof value === "bigint" ? Number(value) : value,
  )
  if (kind === "string") return { name, data, type: "STRING" }
  if (kind === "boolean") return { name, data, type: "BOOLEAN" }
  if (kind === "date") return { name, data, type: "TIMESTAMP" }
  const isInt32 = kind === "number" && data.every((value) => value === null || Object.is(value, (value as number) | 0))
  return { name, data, type: isInt32 ? "INT32" : "DOUBLE" }
}
