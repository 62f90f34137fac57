import type { Column } from "./columns.js"

/** An object of another library, of which nothing is known but the names of what it has. */
export type Methods = Readonly<Record<string, unknown>>
type Columns = [name: string, values: Column][]

/** The columns of a table of Arrow, arquero, polars or DuckDB; undefined for what is none. */
export function foreignColumns(table: Methods): Columns | undefined {
  for (const read of [arrowColumns, arqueroColumns, polarsColumns, duckDbColumns]) {
    const columns = read(table)
    if (columns !== undefined) return columns
  }
  return undefined
}

/** What has to be done first to something of these libraries that is not yet a table. */
export function unfinished(value: Methods): string | undefined {
  if (typeof value.collectSync === "function") return "this is a plan of polars; collectSync() makes a table of it."
  if (typeof value.getRowObjectsJS === "function" && value.currentRowCount === undefined)
    return "this result of DuckDB has not been read yet; await connection.runAndReadAll(sql) gives one that has."
  return undefined
}

function arrowColumns(table: Methods): Columns | undefined {
  const { schema, getChild } = table as {
    schema?: { fields?: readonly { name: string }[] }
    getChild?: (name: string) => (Iterable<unknown> & { nullCount?: number; toArray(): Column }) | null
  }
  if (!Array.isArray(schema?.fields) || typeof getChild !== "function") return undefined
  return schema.fields.map(({ name }) => {
    const vector = getChild.call(table, name)
    if (vector === null) return [name, []]
    // Where values are missing, Arrow's own array has zeros; going through the vector gives null.
    const isComplete = vector.nullCount === 0
    return [name, plainValues(isComplete ? vector.toArray() : Array.from(vector))]
  })
}

function arqueroColumns(table: Methods): Columns | undefined {
  const { columnNames, array } = table as { columnNames?: () => string[]; array?: (name: string) => Column }
  if (typeof columnNames !== "function" || typeof array !== "function") return undefined
  // `array` gives the rows that a filter leaves, in the order that a sort gave.
  return columnNames.call(table).map((name) => [name, plainValues(array.call(table, name))])
}

/** A column of polars. */
interface Series {
  toArray(): Column
  toTypedArray?(): Column
  isNumeric?(): boolean
  nullCount?(): number
}

function polarsColumns(frame: Methods): Columns | undefined {
  const { columns, getColumn } = frame as { columns?: readonly string[]; getColumn?: (name: string) => Series }
  if (!Array.isArray(columns) || typeof getColumn !== "function") return undefined
  return columns.map((name: string) => {
    const series = getColumn.call(frame, name)
    // A typed array comes thirty times faster, but polars has one for numbers without gaps only.
    const isPacked = series.toTypedArray !== undefined && series.isNumeric?.() && series.nullCount?.() === 0
    return [name, plainValues(isPacked ? (series.toTypedArray as () => Column)() : series.toArray())]
  })
}

function duckDbColumns(result: Methods): Columns | undefined {
  const { deduplicatedColumnNames, getColumnsJS, currentRowCount } = result as {
    deduplicatedColumnNames?: () => string[]
    getColumnsJS?: () => Column[]
    currentRowCount?: number
  }
  if (typeof deduplicatedColumnNames !== "function" || typeof getColumnsJS !== "function") return undefined
  if (currentRowCount === undefined) return undefined // a result that is still to be read gives promises
  const columns = getColumnsJS.call(result)
  return deduplicatedColumnNames.call(result).map((name, i) => [name, plainValues(columns[i] ?? [])])
}

/** Whole numbers of 64 bits become numbers; what is missing is null. A column of nothing but numbers is packed. */
function plainValues(values: Column): Column {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Float64Array.from(values, Number)
  if (ArrayBuffer.isView(values)) return values
  const plain = Array.from(values, plainValue)
  return plain.every((value) => typeof value === "number") ? Float64Array.from(plain) : plain
}

/** A value as it stands in a table. */
export function plainValue(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : (value ?? null)
}
