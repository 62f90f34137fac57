import { foreignColumns, type Methods, plainValue, unfinished } from "./foreign-tables.js"
import { notATable } from "./messages.js"
import { columnsOfRows } from "./rows-to-columns.js"
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

/** Tables of libraries that do not know the types of their columns: `toTable<{ x: number }>(frame)` tells them. */
export type UntypedTable = HasObjects<object> | HasRecords<object> | HasRows<object> | HasRowObjects<object>

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
export function toTable<Row extends object = Record<string, unknown>>(source: TableSource<Row>): Table<KnownRow<Row>>
export function toTable<Row extends object>(source: UntypedTable): Table<Row>
export function toTable<Row extends object>(source: TableSource<Row> | UntypedTable): Table<KnownRow<Row>> {
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
  const foreign = foreignColumns(value as Methods)
  if (foreign !== undefined) return Table.ofColumns<Row>(foreign)
  const hint = unfinished(value as Methods)
  if (hint !== undefined) throw notATable("toTable", value, hint)
  for (const method of ["objects", "toRecords", "toArray"]) {
    const read = (value as Methods)[method]
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
  const columns = columnsOfRows(objects as object[])
  for (const values of columns.values()) {
    for (let i = 0; i < values.length; i++) if (typeof values[i] === "bigint") values[i] = plainValue(values[i])
  }
  return Table.ofColumns<Row>(columns)
}
