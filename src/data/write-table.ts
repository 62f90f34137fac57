import { writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import type { ColumnSource } from "./columns.js"
import { toCsv } from "./csv-writer.js"
import { toJson } from "./json.js"
import { badArgument, cannotWrite } from "./messages.js"
import { toParquet } from "./parquet-writer.js"
import { formatOfName, type TableFormat } from "./read-table.js"

/**
 * Writes a table to a file in the format of the name's ending: CSV, TSV, JSON, JSON Lines or Parquet, packed with gzip where
 * the name ends in `.gz` too. `readTable` reads it back.
 *
 * Errors: an ending that tells no format; a folder that does not exist.
 */
export async function writeTable(
  table: ColumnSource,
  path: string,
  { format = formatOfName(path) }: { format?: TableFormat | undefined } = {},
): Promise<void> {
  const bytes = await contentOf(table, format, path)
  try {
    writeFileSync(path, path.toLowerCase().endsWith(".gz") ? gzipSync(bytes) : bytes)
  } catch (error) {
    throw cannotWrite("writeTable", path, error)
  }
}

async function contentOf(
  table: ColumnSource,
  format: TableFormat | undefined,
  path: string,
): Promise<string | Uint8Array> {
  switch (format) {
    case "csv":
      return toCsv(table)
    case "tsv":
      return toCsv(table, { separator: "\t" })
    case "json":
    case "jsonl":
      return toJson(table, { lines: format === "jsonl" })
    case "parquet":
      return await toParquet(table)
    default:
      throw badArgument(
        "writeTable",
        format === undefined ? "path" : "format",
        format ?? path,
        'The format is "csv", "tsv", "json", "jsonl" or "parquet"; it is that of the name\'s ending if none is given.',
      )
  }
}
