import { uninitialized } from "../tensor/allocate.js"
import { isTensor, type Tensor } from "../tensor/tensor.js"
import { type Column, meanAndStd, readNumbers } from "./columns.js"
import * as messages from "./messages.js"
import { Table } from "./table.js"

/** How one column is scaled: `(x - offset) / divisor`. */
export interface ColumnScale {
  readonly column: string
  readonly offset: number
  readonly divisor: number
}

/** The mean and the standard deviation that one column is scaled with. */
export interface StandardScale extends ColumnScale {
  readonly mean: number
  readonly std: number
}

/** The smallest and the largest value that one column is scaled with. */
export interface RangeScale extends ColumnScale {
  readonly min: number
  readonly max: number
}

/**
 * Brings columns to another scale, with the numbers of the table that it was made from by `standardize()` or
 * `normalize()`. What is learned on one table's scale must be fed, and read, on the same.
 */
export class Scaler<Scale extends ColumnScale = ColumnScale> {
  constructor(
    /** What each column is scaled with. */
    readonly scales: readonly Scale[],
  ) {}

  /** Another table on the same scale: `(x - offset) / divisor` in the scaler's columns, which it must have. */
  transform<Row extends object>(table: Table<Row>): Table<Row> {
    const columns = new Map(table.columns.map((name) => [name as string, table.values(name)]))
    for (const { column, offset, divisor } of this.scales) {
      const values = columns.get(column)
      if (values === undefined) throw messages.noSuchColumn("transform", column, table.columns)
      const numbers = readNumbers("transform", column, values)
      for (let i = 0; i < numbers.length; i++) numbers[i] = ((numbers[i] as number) - offset) / divisor
      columns.set(column, numbers)
    }
    return Table.ofColumns(columns)
  }

  /** Numbers on the scale of a column back in its own units: `x · divisor + offset`. */
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
    const { offset, divisor } = scale
    if (typeof values === "number") return values * divisor + offset
    if (!isTensor(values)) return values.map((x) => x * divisor + offset)
    const elements = values.toTypedArray()
    const out = uninitialized(values.shape, values.dtype === "float64" ? "float64" : "float32")
    for (let i = 0; i < elements.length; i++) out.storage.data[i] = (elements[i] as number) * divisor + offset
    return out
  }
}

/** The mean and deviation of exactly these values; a constant column has no deviation and becomes 0 instead of NaN. */
export function standardScale(column: string, values: Column): StandardScale {
  const { mean, std } = meanAndStd(readNumbers("standardize", column, values), 0)
  return { column, offset: mean, divisor: std === 0 ? 1 : std, mean, std }
}

/** The range of these values; a constant column becomes 0. */
export function rangeScale(column: string, values: Column): RangeScale {
  const numbers = readNumbers("normalize", column, values)
  const min = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const max = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return { column, offset: min, divisor: max === min ? 1 : max - min, min, max }
}
