import { type Column, columnType, isMissing } from "./columns.js"
import { statistic } from "./summary.js"

/** The numbers of the rows in which none of the columns misses its value. */
export function completeRows(columns: readonly Column[], numRows: number): number[] {
  const complete: number[] = []
  for (let i = 0; i < numRows; i++) if (!columns.some((values) => isMissing(values[i]))) complete.push(i)
  return complete
}

/**
 * A column with a value put where one is missing. The name of a statistic stands for it: `"mode"` in every column, `"mean"`
 * and `"median"` in one of numbers.
 */
export function filled(values: Column, value: unknown): unknown[] {
  const isStatistic = value === "mode" || ((value === "mean" || value === "median") && columnType(values) === "number")
  const put = isStatistic ? statistic("fillMissing", value, values) : value
  return Array.from(values, (old) => (isMissing(old) ? put : old))
}
