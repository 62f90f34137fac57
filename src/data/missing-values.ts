import { type Column, columnType, isMissing } from "./columns.js"
import { statistic } from "./summary.js"

/** The numbers of the rows in which none of the columns misses its value. */
export function completeRows(columns: readonly Column[], numRows: number): number[] {
  const complete: number[] = []
  for (let i = 0; i < numRows; i++) if (!columns.some((values) => isMissing(values[i]))) complete.push(i)
  return complete
}

/** A column with a value put where one is missing; in a column of numbers, the name of a statistic stands for it. */
export function filled(values: Column, value: unknown): unknown[] {
  const isStatistic = value === "mean" || value === "median" || value === "mode"
  const put = isStatistic && columnType(values) === "number" ? statistic("fillMissing", value, values) : value
  return Array.from(values, (old) => (isMissing(old) ? put : old))
}
