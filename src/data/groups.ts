import { noSuchColumn } from "./messages.js"
import type { ColumnName } from "./row-types.js"
import { type Statistic, statistic } from "./summary.js"
import { Table } from "./table.js"

/**
 * How a column of an aggregated table comes about: a statistic of the column of that name, of another column, or what a
 * function makes of the rows of a group.
 */
export type Aggregation<Row extends object> =
  | Statistic
  | readonly [column: ColumnName<Row>, statistic: Statistic]
  | ((group: Table<Row>) => unknown)

/** The type of an aggregated column. */
export type Aggregated<Row extends object, Name, A> = A extends (group: never) => infer Value
  ? Value
  : A extends readonly [infer Column, infer S]
    ? Aggregated<Row, Column, S>
    : A extends "count" | "unique" | "sum"
      ? number
      : A extends "mean" | "median" | "std"
        ? number | null
        : Name extends keyof Row
          ? Row[Name]
          : unknown

/** The key of a group: the value of the column, or of several columns in a tuple. */
export type GroupKey<Row extends object, Names extends readonly ColumnName<Row>[]> = Names extends readonly [
  infer Name extends ColumnName<Row>,
]
  ? Row[Name]
  : { readonly [I in keyof Names]: Names[I] extends ColumnName<Row> ? Row[Names[I]] : never }

/** The rows of a table by the value of a column or of several: a map from the value to a table. */
export class Groups<Row extends object, Names extends readonly ColumnName<Row>[]> extends Map<
  GroupKey<Row, Names>,
  Table<Row>
> {
  constructor(
    /** The columns that the rows are grouped by. */
    readonly names: Names,
    groups: Iterable<readonly [GroupKey<Row, Names>, Table<Row>]>,
  ) {
    super(groups)
  }

  /**
   * A table with one row for each group: the columns that were grouped by, then one for each entry.
   *
   * @example new Table({ city: ["A", "B", "A"], x: [1, 2, 5] }).groupBy("city").aggregate({ x: "mean" }).column("x") // [3, 2]
   * @example new Table({ k: [1, 1], x: [1, 5] }).groupBy("k").aggregate({ n: "count", top: ["x", "max"] }).row(0).top // 5
   */
  aggregate<const Entries extends { readonly [name: string]: Aggregation<Row> }>(
    entries: Entries,
  ): Table<Pick<Row, Names[number]> & { -readonly [K in keyof Entries]: Aggregated<Row, K, Entries[K]> }> {
    const tables = [...this.values()]
    const columns = new Map<string, unknown[]>()
    for (const name of this.names)
      columns.set(
        name,
        tables.map((table) => table.values(name)[0]),
      )
    for (const [name, entry] of Object.entries(entries)) {
      columns.set(
        name,
        tables.map((table) => this.#value(name, entry, table)),
      )
    }
    return Table.ofColumns(columns)
  }

  #value(name: string, entry: Aggregation<Row>, table: Table<Row>): unknown {
    if (typeof entry === "function") return entry(table)
    const [column, wanted] = typeof entry === "string" ? [name, entry] : entry
    const known = (table.columns as readonly string[]).includes(column)
    if (wanted === "count" && !known && typeof entry === "string") return table.numRows
    if (!known) throw noSuchColumn("aggregate", column, table.columns)
    return statistic("aggregate", wanted, table.values(column))
  }

  override toString(): string {
    return `${this.size} group${this.size === 1 ? "" : "s"} by ${this.names.join(", ")}`
  }
}
