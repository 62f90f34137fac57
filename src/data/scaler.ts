import { uninitialized } from "../tensor/allocate.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { writeNumbers } from "./columns.js"
import * as messages from "./messages.js"
import { Table } from "./table.js"

/** The mean and the standard deviation that one column is scaled with. */
export interface ColumnScale {
  readonly column: string
  readonly mean: number
  readonly std: number
}

/**
 * Brings columns to mean 0 and deviation 1, with the numbers of the table that it was made from by `standardize()`. What
 * is learned on one table's scale must be fed, and read, on the same.
 */
export class Scaler {
  constructor(
    /** What each column is scaled with. */
    readonly scales: readonly ColumnScale[],
  ) {}

  /** Another table on the same scale: `(x - mean) / std` in the scaler's columns, which it must have. */
  transform<Row extends object>(table: Table<Row>): Table<Row> {
    const columns = new Map(table.columns.map((name) => [name as string, table.values(name)]))
    for (const { column, mean, std } of this.scales) {
      const values = columns.get(column)
      if (values === undefined) throw messages.noSuchColumn("transform", column, table.columns)
      const numbers = new Float64Array(table.numRows)
      writeNumbers("transform", column, values, numbers, 0, 1)
      for (let i = 0; i < numbers.length; i++) numbers[i] = ((numbers[i] as number) - mean) / divisorOf(std)
      columns.set(column, Array.from(numbers))
    }
    return Table.ofColumns(columns)
  }

  /** Numbers on the scale of a column back in its own units: `x · std + mean`. */
  inverse(column: string, values: Tensor): Tensor
  inverse(column: string, values: number): number
  inverse(column: string, values: readonly number[]): number[]
  inverse(column: string, values: Tensor | number | readonly number[]): Tensor | number | number[] {
    const scale = this.scales.find((entry) => entry.column === column)
    if (scale === undefined)
      throw messages.noSuchColumn(
        "inverse",
        column,
        this.scales.map((entry) => entry.column),
      )
    const { mean, std } = scale
    const divisor = divisorOf(std)
    if (typeof values === "number") return values * divisor + mean
    if (!isTensor(values)) return values.map((x) => x * divisor + mean)
    const elements = values.toTypedArray()
    const out = uninitialized(values.shape, values.dtype === "float64" ? "float64" : "float32")
    for (let i = 0; i < elements.length; i++) out.storage.data[i] = (elements[i] as number) * divisor + mean
    return out
  }
}

/** A constant column has no deviation; it becomes 0 instead of NaN. */
function divisorOf(std: number): number {
  return std === 0 ? 1 : std
}
