import {
  ascending,
  type Column,
  type ColumnType,
  columnType,
  isMissing,
  keyOf,
  meanAndStd,
  missingCount,
  presentNumbers,
  quantile,
} from "./columns.js"
import { unknownStatistic } from "./messages.js"

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

/** The line of `describe()` for one column. */
export function summarize(column: string, values: Column): ColumnSummary {
  const type = columnType(values)
  const missing = missingCount(values)
  const count = values.length - missing
  const numbers = type === "number" ? presentNumbers(values).sort() : new Float64Array(0)
  if (numbers.length === 0) {
    return { column, type, count, missing, mean: null, std: null, min: null, median: null, max: null }
  }
  const { mean, std } = meanAndStd(numbers, 1)
  const [min, max] = [numbers[0] as number, numbers[numbers.length - 1] as number]
  return { column, type, count, missing, mean, std, min, median: quantile(numbers, 0.5), max }
}

/**
 * What can be asked of a column as a whole; missing values do not count.
 *
 * - `count`: how many values there are; `unique`: how many different ones
 * - `sum`, `mean`, `median`; `std`: the standard deviation that they suggest for what they sample (n - 1)
 * - `min`, `max`: also of texts and dates
 * - `first`, `last`: the value in the first or last row that has one
 * - `mode`: the value that occurs most, of several the smallest
 */
export type Statistic = keyof typeof statistics

const numeric = (compute: (numbers: Float64Array) => number) => (values: Column) => {
  const numbers = presentNumbers(values)
  return numbers.length === 0 ? null : compute(numbers)
}

const statistics = {
  count: (values: Column) => values.length - missingCount(values),
  unique: (values: Column) => counts(values).size,
  sum: (values: Column) => presentNumbers(values).reduce((a, b) => a + b, 0),
  mean: numeric((numbers) => meanAndStd(numbers, 0).mean),
  median: numeric((numbers) => quantile(numbers.sort(), 0.5)),
  std: numeric((numbers) => meanAndStd(numbers, 1).std),
  min: (values: Column) => extreme(values, -1),
  max: (values: Column) => extreme(values, 1),
  first: (values: Column) => Array.from(values).find((value) => !isMissing(value)) ?? null,
  last: (values: Column) => Array.from(values).findLast((value) => !isMissing(value)) ?? null,
  mode: (values: Column) => valueCounts(values)[0]?.value ?? null,
}

/** One statistic of a column; null when the column has no value that it could be computed from. */
export function statistic(call: string, name: Statistic, values: Column): unknown {
  if (!Object.hasOwn(statistics, name)) throw unknownStatistic(call, name, Object.keys(statistics))
  return statistics[name](values)
}

function extreme(values: Column, direction: 1 | -1): unknown {
  let best: unknown = null
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!isMissing(value) && (best === null || direction * ascending(value, best) > 0)) best = value
  }
  return best
}

/** The values that occur and how often, the most frequent first; missing ones apart. */
export function valueCounts(values: Column): { value: unknown; count: number }[] {
  return [...counts(values).values()].sort((a, b) => b.count - a.count || ascending(a.value, b.value))
}

function counts(values: Column): Map<unknown, { value: unknown; count: number }> {
  const found = new Map<unknown, { value: unknown; count: number }>()
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (isMissing(value)) continue
    const key = keyOf(value)
    const entry = found.get(key)
    if (entry === undefined) found.set(key, { value, count: 1 })
    else entry.count++
  }
  return found
}
