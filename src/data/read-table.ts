import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { type CsvOptions, readCsv } from "./csv.js"
import { fetchBytes, isWebAddress } from "./fetch-bytes.js"
import { readJson } from "./json.js"
import { badArgument, cannotOpen, cannotParse } from "./messages.js"
import { type ParquetOptions, parseParquet } from "./parquet.js"
import type { Table } from "./table.js"

/** The forms of a table that can be read. */
export type TableFormat = "csv" | "tsv" | "json" | "jsonl" | "parquet"

/** How a table is to be read; what does not concern its format is not looked at. */
export interface ReadOptions extends CsvOptions, ParquetOptions {
  /** The format, when neither the name nor the content tells it. */
  format?: TableFormat
}

/**
 * Reads a table from a file, a web address, a text or bytes: CSV, TSV, JSON, JSON Lines or Parquet, also packed with gzip.
 *
 * The format is that of the name's ending; without one, the content tells.
 *
 * Errors: no such file; an address that cannot be reached, with the reason; content that is not what it should be.
 *
 * @example (await readTable("x,y\n1,2\n3,4")).column("y")
 */
export async function readTable<Row extends object = Record<string, unknown>>(
  source: string | URL | Uint8Array,
  options: ReadOptions = {},
): Promise<Table<Row>> {
  const call = "readTable"
  const [content, name] = await load(call, source)
  const bytes = content[0] === 0x1f && content[1] === 0x8b ? unpacked(call, content) : content
  const format = options.format ?? formatOfName(name) ?? formatOfContent(bytes)
  switch (format) {
    case "csv":
      return readCsv<Row>(bytes, options)
    case "tsv":
      return readCsv<Row>(bytes, { separator: "\t", ...options })
    case "json":
    case "jsonl":
      return readJson<Row>(bytes)
    case "parquet":
      return parseParquet<Row>(call, bytes, options)
    default:
      throw badArgument(call, "format", format, 'It is "csv", "tsv", "json", "jsonl" or "parquet".')
  }
}

/** The bytes of a source, and the name that may tell their format. */
async function load(call: string, source: string | URL | Uint8Array): Promise<[Uint8Array, string]> {
  if (source instanceof Uint8Array) return [source, ""]
  if (isWebAddress(source)) return [await fetchBytes(call, source), new URL(source).pathname]
  if (typeof source !== "string" && !(source instanceof URL))
    throw badArgument(call, "source", source, "It is a file's path, a web address, the text itself, or bytes.")
  if (typeof source === "string" && /[\n\r]|^\s*[[{]/.test(source)) return [Buffer.from(source), ""]
  const path = source instanceof URL ? fileURLToPath(source) : source
  try {
    return [readFileSync(path), path]
  } catch (error) {
    throw cannotOpen(call, path, error)
  }
}

function unpacked(call: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw cannotParse(call, "the gzip data is broken", `${(error as Error).message}.`)
  }
}

const endings: Readonly<Record<string, TableFormat>> = {
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
  parquet: "parquet",
}

/** @internal The format that the ending of a name tells. */
export function formatOfName(name: string): TableFormat | undefined {
  const ending = /\.(\w+)(\.gz)?$/.exec(name.toLowerCase())?.[1] ?? ""
  return Object.hasOwn(endings, ending) ? endings[ending] : undefined
}

function formatOfContent(bytes: Uint8Array): TableFormat {
  const start = Buffer.from(bytes.subarray(0, 64)).toString("latin1")
  if (start.startsWith("PAR1")) return "parquet"
  return /^\s*[[{]/.test(start) ? "json" : "csv"
}
