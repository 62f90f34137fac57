import { notATable } from "./messages.js"
import { Table } from "./table.js"

/** A data frame of arquero. */
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
 * DuckDB. None of these libraries is needed; the value is asked for the methods it has.
 *
 * @example toTable([{ x: 1, y: 2 }, { x: 3, y: 4 }]).numRows // 2
 */
export function toTable<Row extends object = Record<string, unknown>>(source: TableSource<Row>): Table<Row> {
  const value: unknown = source
  if (value instanceof Table) return source as Table<Row>
  if (typeof value !== "object" || value === null || value instanceof Promise) throw notATable("toTable", value)
  if (Array.isArray(value)) return fromRows<Row>(value)
  for (const method of ["objects", "toRecords", "getRowObjectsJS", "toArray"]) {
    const read = (value as Record<string, unknown>)[method]
    if (typeof read === "function") return fromRows<Row>(read.call(value) as unknown)
  }
  const columns = Object.entries(value)
  if (columns.length === 0 || !columns.every(([, column]) => Array.isArray(column) || ArrayBuffer.isView(column)))
    throw notATable("toTable", value)
  return Table.ofColumns<Row>(columns as [string, ArrayLike<unknown>][])
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
