import { isTensor, type Tensor } from "../tensor/tensor.js"
import { categoriesOf, codeTensor } from "./categories.js"
import { columnTensor } from "./column-tensor.js"
import { columnType } from "./columns.js"
import { DataLoader, type DataLoaderOptions } from "./data-loader.js"
import { TensorDataset } from "./dataset.js"
import { badArgument, noColumns, noSuchColumn, textTarget } from "./messages.js"
import type { ColumnName } from "./row-types.js"
import type { Table } from "./table.js"
import { type ForeignTable, type TableSource, toTable } from "./to-table.js"

/** Inputs and targets of one batch. */
export type Pair = readonly [x: Tensor, y: Tensor]

/** The rows of a table as samples of inputs and targets. */
export class TableDataset extends TensorDataset<Pair> {
  constructor(
    x: Tensor,
    y: Tensor,
    /** The columns that the inputs come from. */
    readonly features: readonly string[],
    /** The columns that the targets come from. */
    readonly targets: readonly string[],
    /** What the class numbers in the targets stand for, when they are classes. */
    readonly classes: readonly unknown[] | undefined = undefined,
  ) {
    super(x, y)
  }
}

/** Options of `dataLoader`. */
export interface TableLoaderOptions<Names extends string = string> extends DataLoaderOptions {
  /** The columns that are inputs; all but the targets if none are given. */
  features?: readonly Names[]
  /**
   * Takes the target for a class, as `nn.CrossEntropyLoss` wants it: y is int32 `[batch]`, each value's place among the sorted
   * categories of the column, which stand in `loader.dataset.classes`. Give those of the training loader to code other
   * rows in the same way.
   */
  classes?: boolean | readonly unknown[]
}

/**
 * Batches of inputs and targets from a table, or from two tensors: `for (const [x, y] of loader)`.
 *
 * Shape: x `[batch, features]`, y `[batch, targets]`, so `[batch, 1]` for one target column; with `classes` int32 `[batch]`.
 *
 * Errors: a column that is not there; a column with text or missing values, which is named.
 *
 * @param source a `Table`, an array of objects, or a data frame of arquero, polars, Arrow or DuckDB
 * @param target the column to predict, or several
 * @example dataLoader([{ a: 1, kind: "b" }, { a: 2, kind: "a" }], "kind", { batchSize: 2, classes: true }).first()[1].tolist() // [1, 0]
 * @example dataLoader([{ a: 1, b: 2, y: 3 }], "y").first()[0].shape // [1, 2]
 */
export function dataLoader(x: Tensor, y: Tensor, options?: DataLoaderOptions): DataLoader<Pair, Pair>
export function dataLoader<Row extends object>(
  source: ForeignTable<Row>,
  target: string | readonly string[],
  options?: TableLoaderOptions,
): DataLoader<Pair, Pair> & { readonly dataset: TableDataset }
// The compiler explains the last overload that does not fit, and a table with a misspelt column is what happens most.
export function dataLoader<Row extends object>(
  source: Table<Row>,
  target: ColumnName<Row> | readonly ColumnName<Row>[],
  options?: TableLoaderOptions<ColumnName<Row>>,
): DataLoader<Pair, Pair> & { readonly dataset: TableDataset }
export function dataLoader(
  source: TableSource<object> | Tensor,
  target: string | readonly string[] | Tensor,
  { features, classes = false, ...options }: TableLoaderOptions = {},
): DataLoader<Pair, Pair> {
  if (isTensor(source)) {
    if (!isTensor(target))
      throw badArgument("dataLoader", "y", target, "With a tensor of inputs, the targets must be a tensor too.")
    return new DataLoader(new TensorDataset<Pair>(source, target), options)
  }
  if (isTensor(target))
    throw badArgument("dataLoader", "target", target, "With a table, the targets are the names of columns.")
  const table = toTable<Record<string, unknown>>(source as TableSource<Record<string, unknown>>)
  const targets = typeof target === "string" ? [target] : target
  for (const name of [...targets, ...(features ?? [])])
    if (!table.columns.includes(name)) throw noSuchColumn("dataLoader", name, table.columns)
  const inputs = features ?? table.columns.filter((name) => !targets.includes(name))
  if (inputs.length === 0) throw noColumns("dataLoader", "input")
  if (targets.length === 0) throw noColumns("dataLoader", "target")
  const x = columnTensor("dataLoader", table, inputs, "float32")
  for (const name of targets)
    if (classes === false && columnType(table.values(name)) === "string") throw textTarget("dataLoader", name, table)
  if (classes === false)
    return new DataLoader(
      new TableDataset(x, columnTensor("dataLoader", table, targets, "float32"), inputs, targets),
      options,
    )
  const [name, ...others] = targets as [string, ...string[]]
  if (others.length > 0) throw badArgument("dataLoader", "target", targets, "With classes, the target is one column.")
  const categories = categoriesOf(table.values(name), classes === true ? undefined : classes)
  const y = codeTensor("dataLoader", name, table.values(name), categories)
  return new DataLoader(new TableDataset(x, y, inputs, targets, categories), options)
}
