import { oneHotColumns } from "./categories.js"
import { type Column, columnType, pick } from "./columns.js"
import { type GroupKey, Groups } from "./groups.js"
import { type JoinKind, joinedColumns } from "./join.js"
import * as messages from "./messages.js"
import { completeRows, filled } from "./missing-values.js"
import { longColumns, wideColumns } from "./reshape.js"
import { rowsByKey } from "./row-keys.js"
import { permutation, sortedOrder } from "./row-order.js"
import type { ColumnName, FillValue, Joined, OneHot, Renamed } from "./row-types.js"
import { columnsOfRows } from "./rows-to-columns.js"
import { type RangeScale, rangeScale, Scaler, type StandardScale, standardScale } from "./scaler.js"
import { type ColumnSummary, type Statistic, summarize, valueCounts } from "./summary.js"
import { TableReader } from "./table-reader.js"
import { type SplitOptions, splitRows } from "./train-test-split.js"

/**
 * A table of named columns, each with one value per row. A table never changes: every method returns another one, which
 * shares the columns it keeps.
 *
 * It is small on purpose: what it takes from a file to a tensor. Data frames of other libraries are welcome wherever a
 * table is (see `toTable`).
 *
 * @example new Table({ x: [1, 2], y: [3, 5] }).withColumn("sum", (row) => row.x + row.y).column("sum") // [4, 7]
 * @ts-expect-error a table of more columns can stand where fewer are asked for; that `columns` and `groupBy` know their names would forbid it */
export class Table<out Row extends object = Record<string, unknown>> extends TableReader<Row> {
  /** @internal A table of columns whose types the compiler cannot follow. */
  static ofColumns<Row extends object>(columns: Iterable<readonly [string, Column]>): Table<Row> {
    return new Table<Row>(new Map(columns) as never) // a Map, since an object would reorder names such as "2020"
  }

  /**
   * A table of an array of objects. Columns stand in the order in which their names first appear; a name that an object
   * lacks is a missing value there.
   */
  static from<Row extends object>(rows: readonly Row[]): Table<Row> {
    return Table.ofColumns(columnsOfRows(rows))
  }

  /** The named columns only, in the order given. */
  select<K extends ColumnName<Row>>(...names: K[]): Table<Pick<Row, K>> {
    return Table.ofColumns(names.map((name) => [name, this.find("select", name)]))
  }

  /** All columns but the named ones. */
  drop<K extends ColumnName<Row>>(...names: K[]): Table<Omit<Row, K>> {
    for (const name of names) this.find("drop", name)
    return Table.ofColumns([...this.byName].filter(([name]) => !(names as string[]).includes(name)))
  }

  /** The same columns, some under new names: `rename({ Miles_per_Gallon: "target" })`. */
  rename<const Names extends { readonly [K in ColumnName<Row>]?: string }>(names: Names): Table<Renamed<Row, Names>> {
    for (const name of Object.keys(names)) this.find("rename", name)
    const columns = new Map<string, Column>()
    for (const [name, values] of this.byName) {
      const renamed = (names as Record<string, string | undefined>)[name] ?? name
      if (columns.has(renamed)) throw messages.columnExists("rename", renamed)
      columns.set(renamed, values)
    }
    return Table.ofColumns(columns)
  }

  /** The rows for which the function says yes. */
  filter(keep: (row: Row, index: number) => boolean): Table<Row> {
    const kept: number[] = []
    for (let i = 0; i < this.numRows; i++) if (keep(this.rowAt(i), i)) kept.push(i)
    return this.take(kept)
  }

  /** A table of what the function makes of each row. */
  map<NewRow extends object>(make: (row: Row, index: number) => NewRow): Table<NewRow> {
    return Table.from(this.each(make))
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
    const made = typeof values === "function" ? this.each(values) : values
    return Table.ofColumns([...this.byName, [name, made]])
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
    return Table.ofColumns([...this.byName].map(([name, values]) => [name, pick(values, indices)]))
  }

  /** The rows in the order of a column, or of several of which the later ones settle ties; missing values come last. */
  sortBy(
    names: ColumnName<Row> | readonly ColumnName<Row>[],
    { descending = false }: { descending?: boolean } = {},
  ): Table<Row> {
    const columns = (typeof names === "string" ? [names] : names).map((name) => this.find("sortBy", name))
    return this.take(sortedOrder(columns, this.numRows, descending))
  }

  /**
   * The rows by the value of a column, or of several, in the order in which the values first appear: a map of tables, which
   * can be aggregated.
   *
   * @example new Table({ city: ["A", "B", "A"], x: [1, 2, 5] }).groupBy("city").get("A")?.column("x") // [1, 5]
   */
  groupBy<const Names extends readonly [ColumnName<Row>, ...ColumnName<Row>[]]>(...names: Names): Groups<Row, Names> {
    const columns = names.map((name) => this.find("groupBy", name))
    const groups = [...rowsByKey(this, names, { missing: true }).values()].map((rows) => {
      const found = columns.map((column) => column[rows[0] as number])
      return [(names.length === 1 ? found[0] : found) as GroupKey<Row, Names>, this.take(rows)] as const
    })
    return new Groups<Row, Names>(names, groups)
  }

  /**
   * The columns of another table beside those of this one, rows with equal values in the columns `on` together.
   *
   * `how` says what becomes of a row without a partner: `"inner"` (the default) leaves it out, `"left"` keeps those of this
   * table, `"outer"` those of both, with null where the partner's values would be.
   *
   * Errors: a column `on` that one of the tables lacks; another column that both have.
   *
   * @example new Table({ k: [1, 2], a: [5, 6] }).join(new Table({ k: [2], b: [7] }), "k").row(0).b // 7
   */
  join<Other extends object, On extends ColumnName<Row> & ColumnName<Other>, How extends JoinKind = "inner">(
    other: Table<Other>,
    on: On | readonly On[],
    { how }: { how?: How } = {},
  ): Table<Joined<Row, Other, On, How>> {
    return Table.ofColumns(joinedColumns(this, other, typeof on === "string" ? [on] : on, how ?? "inner"))
  }

  /** The rows of other tables below those of this one. They must have the same columns, in any order. */
  concat(...others: readonly Table<Row>[]): Table<Row> {
    for (const other of others) {
      if (other.numColumns !== this.numColumns || !this.columns.every((name) => other.columns.includes(name)))
        throw messages.columnsDiffer("concat", this.columns, other.columns)
    }
    const below = (name: string) => [this, ...others].flatMap((table) => Array.from(table.values(name)))
    return Table.ofColumns(this.columns.map((name) => [name, below(name)]))
  }

  /**
   * The long form of a wide table: each row once for each of the given columns, whose name goes into the column `name` and
   * whose value into the column `value`.
   *
   * Errors: a column that is not there; a name that another column has.
   *
   * @example new Table({ city: ["A"], y2023: [1], y2024: [2] }).unpivot(["y2023", "y2024"]).column("value") // [1, 2]
   */
  unpivot<K extends ColumnName<Row>, Name extends string = "name", Value extends string = "value">(
    columns: readonly K[],
    { name, value }: { name?: Name; value?: Value } = {},
  ): Table<Omit<Row, K> & { [N in Name]: K } & { [V in Value]: Row[K] }> {
    return Table.ofColumns(longColumns(this, columns, name ?? "name", value ?? "value"))
  }

  /**
   * The wide form of a long table: a column for each value in the column `name`, in sorted order, which has what stands in the
   * column `value`. Rows that agree in all other columns become one; where none has a value it is missing.
   *
   * Errors: several values for one place, unless `statistic` says what becomes of them.
   *
   * @example new Table({ k: [1, 1], name: ["a", "b"], value: [5, 6] }).pivot("name", "value").row(0).b // 6
   */
  pivot<N extends ColumnName<Row>, V extends ColumnName<Row>>(
    name: N,
    value: V,
    options: { statistic?: Statistic } = {},
  ): Table<Omit<Row, N | V> & { [column: string]: unknown }> {
    return Table.ofColumns(wideColumns(this, name, value, options.statistic))
  }

  /** Count, mean, standard deviation and range of each column, as a table. */
  describe(): Table<ColumnSummary> {
    return Table.from(this.columns.map((column) => summarize(column, this.find("describe", column))))
  }

  /**
   * The values of a column and how often each occurs, the most frequent first, as a table.
   *
   * @example new Table({ c: ["a", "b", "a"] }).valueCounts("c").row(0).count // 2
   */
  valueCounts<K extends ColumnName<Row>>(name: K): Table<{ value: NonNullable<Row[K]>; count: number; share: number }> {
    const rows = valueCounts(this.find("valueCounts", name))
    const total = rows.reduce((sum, { count }) => sum + count, 0)
    return Table.from(
      rows.map(({ value, count }) => ({ value: value as NonNullable<Row[K]>, count, share: count / total })),
    )
  }

  /** The rows in which no value is missing; with names, only those columns are looked at. */
  dropMissing<K extends ColumnName<Row> = ColumnName<Row>>(
    ...names: K[]
  ): Table<{ [C in keyof Row]: C extends K ? NonNullable<Row[C]> : Row[C] }> {
    const looked = (names.length === 0 ? this.columns : names).map((name) => this.find("dropMissing", name))
    return Table.ofColumns(this.take(completeRows(looked, this.numRows)).byName)
  }

  /**
   * The table with values put where they are missing: `fillMissing({ Horsepower: "median", Sex: "unknown" })`. `"mode"`
   * stands for the most frequent value of the column, and `"mean"` and `"median"` for those of a column of numbers. (For a
   * test table, fill in the training table's: `{ Horsepower: train.statistic("Horsepower", "median") }`.)
   */
  fillMissing<const Fill extends { readonly [K in ColumnName<Row>]?: FillValue<NonNullable<Row[K]>> }>(
    fill: Fill,
  ): Table<{ [C in keyof Row]: C extends keyof Fill ? NonNullable<Row[C]> : Row[C] }> {
    const columns = new Map(this.byName)
    for (const [name, value] of Object.entries<unknown>(fill))
      columns.set(name, filled(this.find("fillMissing", name), value))
    return Table.ofColumns(columns)
  }

  /**
   * The table with numeric columns brought to mean 0 and standard deviation 1, and the scaler that does the same to other
   * tables: `(x - mean) / std`, with the deviation of exactly these rows (as scikit-learn's StandardScaler). A constant
   * column becomes 0.
   *
   * @param names the columns; all that hold numbers if none are given
   */
  standardize(names?: readonly ColumnName<Row>[]): { table: Table<Row>; scaler: Scaler<StandardScale> } {
    return this.#scaled("standardize", names, standardScale)
  }

  /**
   * The table with numeric columns brought to the range from 0 to 1, and the scaler that does the same to other tables:
   * `(x - min) / (max - min)`. A constant column becomes 0.
   *
   * @param names the columns; all that hold numbers if none are given
   */
  normalize(names?: readonly ColumnName<Row>[]): { table: Table<Row>; scaler: Scaler<RangeScale> } {
    return this.#scaled("normalize", names, rangeScale)
  }

  #scaled<Scale extends RangeScale | StandardScale>(
    call: string,
    names: readonly ColumnName<Row>[] | undefined,
    measure: (column: string, values: Column) => Scale,
  ): { table: Table<Row>; scaler: Scaler<Scale> } {
    const chosen = names ?? this.columns.filter((name) => columnType(this.find(call, name)) === "number")
    if (chosen.length === 0) throw messages.noColumns(call, "numeric")
    if (this.numRows === 0) throw messages.noRows(call)
    const scaler = new Scaler(chosen.map((name) => measure(name, this.find(call, name))))
    return { table: scaler.transform(this), scaler }
  }

  /**
   * The table with a column of categories replaced by one column per category, 1 where a row has it and 0 elsewhere. They
   * are called `<column>_<category>` and stand at the end, categories in sorted order. A table to test with needs the
   * columns of the one that was trained on: `test.oneHot("city", { categories: train.categories("city") })`.
   */
  oneHot<K extends ColumnName<Row>>(
    name: K,
    { categories }: { categories?: readonly NonNullable<Row[K]>[] } = {},
  ): Table<OneHot<Row, K>> {
    return Table.ofColumns(oneHotColumns(this.byName, name, this.find("oneHot", name), categories))
  }

  /** Some rows at random, each at most once; the same seed gives the same rows, without one `manualSeed` decides. */
  sample(count: number, { seed }: { seed?: number | undefined } = {}): Table<Row> {
    if (!Number.isInteger(count) || count < 0 || count > this.numRows)
      throw messages.badArgument("sample", "count", count, `It is a whole number from 0 to ${this.numRows}.`)
    return this.take(permutation(this.numRows, seed).subarray(0, count))
  }

  /** The rows in random order. */
  shuffle({ seed }: { seed?: number | undefined } = {}): Table<Row> {
    return this.take(permutation(this.numRows, seed))
  }

  /**
   * Two tables of the rows in random order: one to train on and one, of the fraction `testSize` of the rows (rounded up),
   * to test with. The same seed gives the same split; without one, `manualSeed` decides. With `stratify: "kind"` both have
   * the categories of that column in the same shares.
   */
  trainTestSplit(options: SplitOptions<ColumnName<Row>> = {}): [train: Table<Row>, test: Table<Row>] {
    const [train, test] = splitRows(this, options)
    return [this.take(train), this.take(test)]
  }
}
