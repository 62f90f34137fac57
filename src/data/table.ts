import type { DType } from "../native/dtype.js"
import { uninitialized } from "../tensor/allocate.js"
import { defaultGenerator, Generator } from "../tensor/random.js"
import type { Tensor } from "../tensor/tensor.js"
import {
  type Column,
  type ColumnSource,
  type ColumnType,
  columnType,
  isMissing,
  meanAndStd,
  missingCount,
  presentNumbers,
  quantile,
  writeNumbers,
} from "./columns.js"
import * as messages from "./messages.js"
import { Scaler } from "./scaler.js"
import { tableText } from "./table-text.js"

/** The name of a column of a row type. */
export type ColumnName<Row> = keyof Row & string

/** A row type with some columns under new names. */
export type Renamed<Row, Names> = {
  [K in keyof Row as K extends keyof Names ? (Names[K] extends string ? Names[K] : K) : K]: Row[K]
}

/** A row type whose values are all there. */
export type Complete<Row> = { [K in keyof Row]: NonNullable<Row[K]> }

/** A row type in which one column has become columns of 0 and 1. */
export type OneHot<Row, K extends string> = Omit<Row, K> & { [N in `${K}_${string}`]: number }

/** One line of `describe()`: a column's type and, where it holds numbers, their statistics. */
export interface ColumnSummary {
  column: string
  type: ColumnType
  count: number
  missing: number
  mean: number | null
  std: number | null
  min: number | null
  median: number | null
  max: number | null
}

/**
 * A table of named columns, each with one value per row. A table never changes: every method returns another one, which
 * shares the columns it keeps.
 *
 * It is small on purpose: what it takes from a file to a tensor. Data frames of other libraries are welcome wherever a
 * table is (see `toTable`).
 *
 * @example new Table({ x: [1, 2], y: [3, 5] }).withColumn("sum", (row) => row.x + row.y).column("sum") // [4, 7]
 */
export class Table<Row extends object = Record<string, unknown>> implements ColumnSource {
  /** The names of the columns, in order. */
  readonly columns: readonly ColumnName<Row>[]
  /** The number of rows. */
  readonly numRows: number
  readonly #values: ReadonlyMap<string, Column>

  /** @param columns the values of each column under its name, all of the same length */
  constructor(columns: { readonly [K in keyof Row]: ArrayLike<Row[K]> }) {
    this.#values = columns instanceof Map ? columns : new Map(Object.entries<Column>(columns))
    this.columns = [...this.#values.keys()] as ColumnName<Row>[]
    const first = this.#values.values().next().value
    this.numRows = first?.length ?? 0
    for (const [name, values] of this.#values) {
      if (values.length !== this.numRows)
        throw messages.columnLengths(this.columns[0] as string, this.numRows, name, values.length)
    }
  }

  /** @internal A table of columns whose types the compiler cannot follow. */
  static ofColumns<Row extends object>(columns: Iterable<readonly [string, Column]>): Table<Row> {
    return new Table<Row>(new Map(columns) as never) // a Map, since an object would reorder names such as "2020"
  }

  /**
   * A table of an array of objects. Columns stand in the order in which their names first appear; a name that an object
   * lacks is a missing value there.
   */
  static from<Row extends object>(rows: readonly Row[]): Table<Row> {
    const columns = new Map<string, unknown[]>()
    for (let i = 0; i < rows.length; i++) {
      for (const [name, value] of Object.entries(rows[i] as Row)) {
        let values = columns.get(name)
        if (values === undefined) {
          values = new Array<unknown>(rows.length).fill(null)
          columns.set(name, values)
        }
        values[i] = value === undefined ? null : value
      }
    }
    return Table.ofColumns(columns)
  }

  /** The number of columns. */
  get numColumns(): number {
    return this.columns.length
  }

  /** The values of one column, one per row. */
  column<K extends ColumnName<Row>>(name: K): Row[K][] {
    return Array.from(this.#column("column", name)) as Row[K][]
  }

  /** @internal The values of a column whose name the compiler does not know. */
  values(name: string): Column {
    return this.#column("column", name)
  }

  /** What a column holds: numbers, text, … */
  type(name: ColumnName<Row>): ColumnType {
    return columnType(this.#column("type", name))
  }

  /** How many values of a column are missing: null, undefined or NaN. */
  missing(name: ColumnName<Row>): number {
    return missingCount(this.#column("missing", name))
  }

  /** One row as an object. */
  row(index: number): Row {
    if (!Number.isInteger(index) || index < 0 || index >= this.numRows)
      throw messages.noSuchSample("row", index, this.numRows)
    return this.#row(index)
  }

  /** All rows as objects. */
  rows(): Row[] {
    return Array.from({ length: this.numRows }, (_, i) => this.#row(i))
  }

  *[Symbol.iterator](): IterableIterator<Row> {
    for (let i = 0; i < this.numRows; i++) yield this.#row(i)
  }

  /** The named columns only, in the order given. */
  select<K extends ColumnName<Row>>(...names: K[]): Table<Pick<Row, K>> {
    return Table.ofColumns(names.map((name) => [name, this.#column("select", name)]))
  }

  /** All columns but the named ones. */
  drop<K extends ColumnName<Row>>(...names: K[]): Table<Omit<Row, K>> {
    for (const name of names) this.#column("drop", name)
    return Table.ofColumns([...this.#values].filter(([name]) => !(names as string[]).includes(name)))
  }

  /** The same columns, some under new names: `rename({ Miles_per_Gallon: "target" })`. */
  rename<const Names extends { readonly [K in ColumnName<Row>]?: string }>(names: Names): Table<Renamed<Row, Names>> {
    for (const name of Object.keys(names)) this.#column("rename", name)
    const columns = new Map<string, Column>()
    for (const [name, values] of this.#values) {
      const renamed = (names as Record<string, string | undefined>)[name] ?? name
      if (columns.has(renamed)) throw messages.columnExists("rename", renamed)
      columns.set(renamed, values)
    }
    return Table.ofColumns(columns)
  }

  /** The rows for which the function says yes. */
  filter(keep: (row: Row, index: number) => boolean): Table<Row> {
    const kept: number[] = []
    for (let i = 0; i < this.numRows; i++) if (keep(this.#row(i), i)) kept.push(i)
    return this.take(kept)
  }

  /** A table of what the function makes of each row. */
  map<NewRow extends object>(make: (row: Row, index: number) => NewRow): Table<NewRow> {
    return Table.from(this.rows().map(make))
  }

  /**
   * The table with one more column, or with another in its place: computed from each row, or given as one value per row.
   *
   * @example new Table({ x: [1, 2] }).withColumn("square", (row) => row.x ** 2).column("square") // [1, 4]
   */
  withColumn<N extends string, V>(
    name: N,
    values: ((row: Row, index: number) => V) | ArrayLike<V>,
  ): Table<Omit<Row, N> & { [K in N]: V }> {
    const made = typeof values === "function" ? this.rows().map(values) : values
    return Table.ofColumns([...this.#values, [name, made]])
  }

  /** The first rows. */
  head(count = 5): Table<Row> {
    return this.slice(0, count)
  }

  /** The last rows. */
  tail(count = 5): Table<Row> {
    return this.slice(Math.max(0, this.numRows - count))
  }

  /** The rows from `start` up to, but without, `end`; counted as `Array.slice` does. */
  slice(start?: number, end?: number): Table<Row> {
    return this.take(Array.from({ length: this.numRows }, (_, i) => i).slice(start, end))
  }

  /** The rows with these numbers, in this order. */
  take(indices: ArrayLike<number>): Table<Row> {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number
      if (!Number.isInteger(index) || index < 0 || index >= this.numRows)
        throw messages.noSuchSample("take", index, this.numRows)
    }
    const pick = (values: Column) => Array.from(indices, (index) => values[index])
    return Table.ofColumns([...this.#values].map(([name, values]) => [name, pick(values)]))
  }

  /** The rows in the order of a column; missing values come last. */
  sortBy(name: ColumnName<Row>, { descending = false }: { descending?: boolean } = {}): Table<Row> {
    const values = this.#column("sortBy", name)
    const direction = descending ? -1 : 1
    const order = Array.from({ length: this.numRows }, (_, i) => i).sort((i, j) => {
      const [a, b] = [values[i] as number, values[j] as number] // or texts, or dates: all have an order
      if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b))
      return a < b ? -direction : a > b ? direction : 0
    })
    return this.take(order)
  }

  /** The rows by the value of a column, in the order in which the values first appear. */
  groupBy<K extends ColumnName<Row>>(name: K): Map<Row[K], Table<Row>> {
    const values = this.#column("groupBy", name)
    const groups = new Map<unknown, number[]>()
    for (let i = 0; i < this.numRows; i++) {
      const group = groups.get(values[i])
      if (group === undefined) groups.set(values[i], [i])
      else group.push(i)
    }
    return new Map([...groups].map(([value, rows]) => [value as Row[K], this.take(rows)]))
  }

  /** Count, mean, standard deviation and range of each column, as a table. */
  describe(): Table<ColumnSummary> {
    return Table.from(this.columns.map((column) => summarize(column, this.#column("describe", column))))
  }

  /** The rows in which no value is missing; with names, only those columns are looked at. */
  dropMissing<K extends ColumnName<Row> = ColumnName<Row>>(
    ...names: K[]
  ): Table<{ [C in keyof Row]: C extends K ? NonNullable<Row[C]> : Row[C] }> {
    const looked = (names.length === 0 ? this.columns : names).map((name) => this.#column("dropMissing", name))
    const kept: number[] = []
    for (let i = 0; i < this.numRows; i++) if (!looked.some((values) => isMissing(values[i]))) kept.push(i)
    return Table.ofColumns(this.take(kept).#values)
  }

  /** The table with values put where they are missing: `fillMissing({ Horsepower: 100 })`. */
  fillMissing<const Fill extends { readonly [K in ColumnName<Row>]?: NonNullable<Row[K]> }>(
    fill: Fill,
  ): Table<{ [C in keyof Row]: C extends keyof Fill ? NonNullable<Row[C]> : Row[C] }> {
    const columns = new Map(this.#values)
    for (const [name, value] of Object.entries<unknown>(fill)) {
      const values = Array.from(this.#column("fillMissing", name))
      columns.set(
        name,
        values.map((old) => (isMissing(old) ? value : old)),
      )
    }
    return Table.ofColumns(columns)
  }

  /**
   * The table with numeric columns brought to mean 0 and standard deviation 1, and the scaler that does the same to other
   * tables: `(x - mean) / std`, with the deviation of exactly these rows (as scikit-learn's StandardScaler). A constant
   * column becomes 0.
   *
   * @param names the columns; all that hold numbers if none are given
   */
  standardize(names?: readonly ColumnName<Row>[]): { table: Table<Row>; scaler: Scaler } {
    const chosen = names ?? this.columns.filter((name) => columnType(this.#column("standardize", name)) === "number")
    if (chosen.length === 0) throw messages.noColumns("standardize", "numeric")
    if (this.numRows === 0) throw messages.noRows("standardize")
    const scaler = new Scaler(
      chosen.map((column) => {
        const numbers = new Float64Array(this.numRows)
        writeNumbers("standardize", column, this.#column("standardize", column), numbers, 0, 1)
        return { column, ...meanAndStd(Array.from(numbers), 0) }
      }),
    )
    return { table: scaler.transform(this), scaler }
  }

  /**
   * The table with a column of categories replaced by one column per category, 1 where a row has it and 0 elsewhere. They
   * are called `<column>_<category>` and stand at the end, categories in sorted order.
   */
  oneHot<K extends ColumnName<Row>>(name: K): Table<OneHot<Row, K>> {
    const values = this.#column("oneHot", name)
    const categories = [...new Set(Array.from(values).filter((value) => !isMissing(value)))].sort((a, b) =>
      (a as string) < (b as string) ? -1 : 1,
    )
    const columns = new Map([...this.#values].filter(([other]) => other !== name))
    for (const category of categories) {
      const column = `${name}_${category}`
      if (columns.has(column)) throw messages.columnExists("oneHot", column)
      columns.set(
        column,
        Array.from(values, (value) => (value === category ? 1 : 0)),
      )
    }
    return Table.ofColumns(columns)
  }

  /** The rows in random order. */
  shuffle({ seed }: { seed?: number | undefined } = {}): Table<Row> {
    return this.take(this.#permutation(seed))
  }

  /**
   * Two tables of the rows in random order: one to train on and one, of the fraction `testSize` of the rows (rounded up),
   * to test with. The same seed gives the same split; without one, `manualSeed` decides.
   */
  trainTestSplit(
    options: { testSize?: number; seed?: number | undefined } = {},
  ): [train: Table<Row>, test: Table<Row>] {
    const { testSize = 0.25, seed } = options
    if (!(testSize > 0 && testSize < 1))
      throw messages.badArgument(
        "trainTestSplit",
        "testSize",
        testSize,
        "It is the fraction of rows to test with, between 0 and 1.",
      )
    const testCount = Math.ceil(this.numRows * testSize)
    if (this.numRows - testCount < 1) throw messages.noRows("trainTestSplit: rows to train on")
    const order = this.#permutation(seed)
    return [this.take(order.subarray(testCount)), this.take(order.subarray(0, testCount))]
  }

  /**
   * The columns side by side as a tensor.
   *
   * Shape: `[numRows, names.length]`.
   *
   * @param names the columns; all if none are given. They must hold numbers or booleans, without gaps.
   */
  toTensor(names: readonly ColumnName<Row>[] = this.columns, { dtype = "float32" }: { dtype?: DType } = {}): Tensor {
    const out = uninitialized([this.numRows, names.length], dtype)
    names.forEach((name, i) => {
      writeNumbers("toTensor", name, this.#column("toTensor", name), out.storage.data, i, names.length)
    })
    return out
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

  #column(call: string, name: string): Column {
    const values = this.#values.get(name)
    if (values === undefined) throw messages.noSuchColumn(call, name, this.columns)
    return values
  }

  #row(index: number): Row {
    const row: Record<string, unknown> = {}
    for (const [name, values] of this.#values) row[name] = values[index]
    return row as Row
  }

  #permutation(seed: number | undefined): Int32Array {
    const order = new Int32Array(this.numRows)
    const generator = seed === undefined ? defaultGenerator : new Generator(seed)
    generator.permutation(order)
    return order
  }
}

function summarize(column: string, values: Column): ColumnSummary {
  const type = columnType(values)
  const missing = missingCount(values)
  const count = values.length - missing
  const numbers = type === "number" ? presentNumbers(values).sort((a, b) => a - b) : []
  if (numbers.length === 0) {
    return { column, type, count, missing, mean: null, std: null, min: null, median: null, max: null }
  }
  const { mean, std } = meanAndStd(numbers, 1)
  const [min, max] = [numbers[0] as number, numbers[numbers.length - 1] as number]
  return { column, type, count, missing, mean, std, min, median: quantile(numbers, 0.5), max }
}
