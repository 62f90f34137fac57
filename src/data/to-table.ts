import type { Column } from "./columns.js"
import { notATable } from "./messages.js"
import { Table } from "./table.js"

/** A table of arquero. */
interface HasObjects<Row> {
  objects(): readonly Row[]
}

/** A data frame of nodejs-polars. */
interface HasRecords<Row> {
  toRecords(): readonly Row[]
}

/** A table of Apache Arrow. */
interface HasRows<Row> {
  toArray(): readonly Row[]
}

/** What a query of DuckDB gives. */
interface HasRowObjects<Row> {
  getRowObjectsJS(): readonly Row[]
}

/** Everything that `toTable` makes a table of. */
export type TableSource<Row extends object> = Table<Row> | ForeignTable<Row>

/** The forms of a table that are not our own. */
export type ForeignTable<Row extends object> =
  | readonly Row[]
  | HasObjects<Row>
  | HasRecords<Row>
  | HasRows<Row>
  | HasRowObjects<Row>
  | { readonly [K in keyof Row]: ArrayLike<Row[K]> }

/**
 * A table of whatever holds rows: an array of objects, an object of columns, or a data frame of arquero, polars, Arrow or
 * DuckDB. None of these libraries is needed; the value is asked for the methods it has, for its columns before its rows.
 *
 * @example toTable([{ x: 1, y: 2 }, { x: 3, y: 4 }]).numRows // 2
 */
export function toTable<Row extends object = Record<string, unknown>>(source: TableSource<Row>): Table<KnownRow<Row>> {
  return tableOf<KnownRow<Row>>(source)
}

/** A row type; of a library that does not tell its own, one with columns of any name. */
export type KnownRow<Row> = [keyof Row] extends [never] ? Record<string, unknown> : Row

/** @internal `toTable` for a row type that the caller knows. */
export function tableOf<Row extends object>(source: unknown): Table<Row> {
  const value = source
  if (value instanceof Table) return source as Table<Row>
  if (typeof value !== "object" || value === null || value instanceof Promise) throw notATable("toTable", value)
  if (Array.isArray(value)) return fromRows<Row>(value)
  for (const read of columnReaders) {
    const columns = read(value as Methods)
    if (columns !== undefined) return Table.ofColumns<Row>(columns)
  }
  for (const method of ["objects", "toRecords", "getRowObjectsJS", "toArray"]) {
    const read = (value as Methods)[method]
    if (typeof read === "function") return fromRows<Row>(read.call(value) as unknown)
  }
  const columns = Object.entries(value)
  if (columns.length === 0 || !columns.every(([, column]) => Array.isArray(column) || ArrayBuffer.isView(column)))
    throw notATable("toTable", value)
  return Table.ofColumns<Row>(columns as [string, ArrayLike<unknown>][])
}

/** An object of another library, of which nothing is known but the names of what it has. */
type Methods = Readonly<Record<string, unknown>>
type Columns = [name: string, values: Column][]

/** How the columns of each library's tables are read; each gives undefined for what is not its own. */
const columnReaders: readonly ((table: Methods) => Columns | undefined)[] = [
  arrowColumns,
  arqueroColumns,
  polarsColumns,
]

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

function polarsColumns(frame: Methods): Columns | undefined {
  const { columns, getColumn } = frame as {
    columns?: readonly string[]
    getColumn?: (name: string) => { toArray(): Column }
  }
  if (!Array.isArray(columns) || typeof getColumn !== "function") return undefined
  return columns.map((name: string) => [name, plainValues(getColumn.call(frame, name).toArray())])
}

/** Whole numbers of 64 bits become numbers; what is missing is null. */
function plainValues(values: Column): Column {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Float64Array.from(values, Number)
  if (ArrayBuffer.isView(values)) return values
  return Array.from(values, (value) => (typeof value === "bigint" ? Number(value) : (value ?? null)))
}

function fromRows<Row extends object>(rows: unknown): Table<Row> {
  if (!Array.isArray(rows)) throw notATable("toTable", rows)
  const objects = rows.map((row: unknown) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) throw notATable("toTable", row)
    // Arrow's rows are views on the columns, with the values behind getters.
    const { toJSON } = row as { toJSON?: () => object }
    return typeof toJSON === "function" && !(row instanceof Date) ? toJSON.call(row) : row
  })
  return Table.from(objects as Row[])
}
