import type { DType } from "../native/dtype.js"
import type { Tensor } from "../tensor/tensor.js"
import { categoriesOf, codeTensor } from "./categories.js"
import { columnTensor } from "./column-tensor.js"
import { type Column, type ColumnSource, type ColumnType, columnType, missingCount } from "./columns.js"
import * as messages from "./messages.js"
import type { ColumnName } from "./row-types.js"
import { type Statistic, statistic } from "./summary.js"
import { tableText } from "./table-text.js"

/**
 * What a table holds, and how it is read: by column, by row, in statistics, as tensors and as text. What makes another
 * table of it stands in `Table`.
 */
export abstract class TableReader<Row extends object> implements ColumnSource {
  /** The names of the columns, in order. */
  readonly columns: readonly ColumnName<Row>[]
  /** The number of rows. */
  readonly numRows: number
  /** The columns by their names, in order. */
  protected readonly byName: ReadonlyMap<string, Column>
  /** The same columns in order. */
  readonly #ordered: readonly Column[]

  /** @param columns the values of each column under its name, all of the same length */
  constructor(columns: { readonly [K in keyof Row]: ArrayLike<Row[K]> }) {
    if (typeof columns !== "object" || columns === null || Array.isArray(columns)) throw messages.notColumns(columns)
    this.byName = columns instanceof Map ? columns : new Map(Object.entries<Column>(columns))
    this.columns = [...this.byName.keys()] as ColumnName<Row>[]
    this.#ordered = [...this.byName.values()]
    this.numRows = this.#ordered[0]?.length ?? 0
    for (const [name, values] of this.byName) {
      if (typeof values !== "object" || typeof values?.length !== "number") throw messages.notColumns(values, name)
      if (values.length !== this.numRows)
        throw messages.columnLengths(this.columns[0] as string, this.numRows, name, values.length)
    }
  }

  /** The number of columns. */
  get numColumns(): number {
    return this.columns.length
  }

  /** The values of one column, one per row. */
  column<K extends ColumnName<Row>>(name: K): Row[K][] {
    return Array.from(this.find("column", name)) as Row[K][]
  }

  /** @internal The values of a column whose name the compiler does not know. */
  values(name: string): Column {
    return this.find("column", name)
  }

  /** What a column holds: numbers, text, … */
  type(name: ColumnName<Row>): ColumnType {
    return columnType(this.find("type", name))
  }

  /** How many values of a column are missing: null, undefined or NaN. */
  missing(name: ColumnName<Row>): number {
    return missingCount(this.find("missing", name))
  }

  /** One row as an object. */
  row(index: number): Row {
    if (!Number.isInteger(index) || index < 0 || index >= this.numRows)
      throw messages.noSuchSample("row", index, this.numRows)
    return this.rowAt(index)
  }

  /** All rows as objects. */
  rows(): Row[] {
    return Array.from({ length: this.numRows }, (_, i) => this.rowAt(i))
  }

  *[Symbol.iterator](): IterableIterator<Row> {
    for (let i = 0; i < this.numRows; i++) yield this.rowAt(i)
  }

  /**
   * A statistic of one column: `"mean"`, `"median"`, `"max"`, … (see `Statistic`); missing values do not count.
   *
   * @example new Table({ x: [1, 2, 6] }).statistic("x", "mean") // 3
   */
  statistic<K extends ColumnName<Row>>(name: K, wanted: "count" | "unique" | "sum"): number
  statistic<K extends ColumnName<Row>>(name: K, wanted: "mean" | "median" | "std"): number
  statistic<K extends ColumnName<Row>>(name: K, wanted: Statistic): NonNullable<Row[K]>
  statistic(name: ColumnName<Row>, wanted: Statistic): unknown {
    const found = statistic("statistic", wanted, this.find("statistic", name))
    if (found === null) throw messages.nothingToCount("statistic", wanted, name)
    return found
  }

  /** The different values of a column, sorted; missing ones apart. */
  categories<K extends ColumnName<Row>>(name: K): NonNullable<Row[K]>[] {
    return [...categoriesOf(this.find("categories", name))] as NonNullable<Row[K]>[]
  }

  /**
   * A column of categories as class numbers, which is what a classifier's loss takes: each value's place among the
   * categories. Give the training table's categories to code another table in the same way.
   *
   * Shape: int32 `[numRows]`.
   *
   * Errors: missing values; a value that is none of the categories.
   *
   * @example new Table({ c: ["b", "a", "b"] }).codes("c") // tensor([1, 0, 1], dtype=int32)
   */
  codes<K extends ColumnName<Row>>(name: K, categories?: readonly NonNullable<Row[K]>[]): Tensor {
    const values = this.find("codes", name)
    return codeTensor("codes", name, values, categoriesOf(values, categories))
  }

  /**
   * The columns side by side as a tensor.
   *
   * Shape: `[numRows, names.length]`.
   *
   * @param names the columns; all if none are given. They must hold numbers or booleans, without gaps.
   */
  toTensor(names: readonly ColumnName<Row>[] = this.columns, { dtype = "float32" }: { dtype?: DType } = {}): Tensor {
    for (const name of names) this.find("toTensor", name)
    return columnTensor("toTensor", this, names, dtype)
  }

  toString(): string {
    return tableText(this)
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }

  toJSON(): Row[] {
    return this.rows()
  }

  /** A column, which `call` cannot do without. */
  protected find(call: string, name: string): Column {
    const values = this.byName.get(name)
    if (values === undefined) throw messages.noSuchColumn(call, name, this.columns)
    return values
  }

  /** A row whose number is known to be right. */
  protected rowAt(index: number): Row {
    const row: Record<string, unknown> = {}
    const { columns } = this
    for (let i = 0; i < columns.length; i++) {
      const name = columns[i] as string
      row[name] = this.#ordered[i]?.[index]
    }
    return row as Row
  }

  /** What the function makes of each row, one row at a time: all of them at once would fill the memory. */
  protected each<V>(make: (row: Row, index: number) => V): V[] {
    const made = new Array<V>(this.numRows)
    for (let i = 0; i < this.numRows; i++) made[i] = make(this.rowAt(i), i)
    return made
  }
}
