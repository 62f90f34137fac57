import type { Column } from "./columns.js"
import { cannotParse, noSuchColumn } from "./messages.js"
import { Table } from "./table.js"

/** What of a Parquet file is read. */
export interface ParquetOptions {
  /** The columns; all if none are given. */
  columns?: readonly string[]
  /** The rows from this one on. Default: 0. */
  start?: number
  /** The rows up to, but without, this one. Default: the end. */
  end?: number
}

/** A table of the bytes of a Parquet file. Whole numbers of 64 bits become numbers, as everywhere in a table. */
export async function parseParquet<Row extends object>(
  call: string,
  bytes: Uint8Array,
  { columns, start = 0, end }: ParquetOptions = {},
): Promise<Table<Row>> {
  const [{ parquetMetadata, parquetRead, parquetSchema }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ])
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  try {
    const metadata = parquetMetadata(file)
    const names = parquetSchema(metadata).children.map((child) => child.element.name)
    for (const name of columns ?? []) if (!names.includes(name)) throw noSuchColumn(call, name, names)
    const last = Math.min(end ?? Number.POSITIVE_INFINITY, Number(metadata.num_rows))
    const wanted = columns ?? names
    const found = new Map(wanted.map((name): [string, unknown[]] => [name, new Array(Math.max(0, last - start))]))
    await parquetRead({
      file,
      metadata,
      compressors,
      columns: [...wanted],
      rowStart: start,
      rowEnd: last,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const values = found.get(columnName)
        if (values === undefined) return
        // A chunk may begin before the first row that is wanted.
        for (let i = Math.max(0, start - rowStart); i < columnData.length && rowStart + i < last; i++)
          values[rowStart + i - start] = plain(columnData[i])
      },
    })
    return Table.ofColumns<Row>([...found].map(([name, values]): [string, Column] => [name, packed(values)]))
  } catch (error) {
    if (error instanceof Error && error.name === "ColumnError") throw error
    throw cannotParse(call, "this is no Parquet file that can be read", `${(error as Error).message}.`)
  }
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : (value ?? null)
}

/** A column of numbers as a typed array, which takes an eighth of the time to become a tensor. */
function packed(values: unknown[]): Column {
  return values.every((value) => typeof value === "number") ? Float64Array.from(values) : values
}
