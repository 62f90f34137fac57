import * as messages from "./messages.js"

/** Anything that holds numbers in a row: a tensor, an array, a typed array, a `Set`, a column of a table. */
export type Numbers = Iterable<unknown> | ArrayLike<unknown> | TensorLike

/** What we use of a tensor; any object with these is drawn like one. */
export interface TensorLike {
  readonly shape: readonly number[]
  toTypedArray(): ArrayLike<number>
}

/** A table that names its columns. */
export interface TableLike {
  readonly columns: readonly string[]
  readonly numRows: number
  values(name: string): ArrayLike<unknown>
}

export function isTensorLike(value: unknown): value is TensorLike {
  return typeof value === "object" && value !== null && "toTypedArray" in value && "shape" in value
}

export function isTableLike(value: unknown): value is TableLike {
  return typeof value === "object" && value !== null && "numRows" in value && "columns" in value && "values" in value
}

/**
 * The values as plain numbers, one for each point. Missing values (null, undefined) become NaN, which charts leave out;
 * a tensor of shape [N, 1] counts as N numbers.
 */
export function readNumbers(call: string, role: string, values: unknown): number[] {
  if (isTensorLike(values)) {
    if (values.shape.filter((size) => size !== 1).length > 1) throw messages.notOneColumn(call, role, values.shape)
    return Array.from(values.toTypedArray(), Number)
  }
  if (typeof values !== "object" || values === null) throw messages.notNumbers(call, role, values)
  if (!(Symbol.iterator in values) && !("length" in values)) throw messages.notNumbers(call, role, values)
  return Array.from(values as ArrayLike<unknown>, (value, index) => readNumber(call, role, value, index))
}

/** One number; booleans, dates, bigints and one-element tensors count as one, a missing value as NaN. */
export function readNumber(call: string, role: string, value: unknown, index?: number): number {
  if (typeof value === "number") return value
  if (value === null || value === undefined) return Number.NaN
  if (typeof value === "bigint" || typeof value === "boolean" || value instanceof Date) return Number(value)
  if (Array.isArray(value) && value.length === 1) return readNumber(call, role, value[0], index)
  if (typeof value === "object" && "item" in value && typeof value.item === "function") return Number(value.item())
  throw messages.notANumber(call, role, value, index)
}

/** The values that are finite. */
export function finite(values: readonly number[]): number[] {
  return values.filter(Number.isFinite)
}

/** The smallest and the largest finite value, or undefined when there is none. */
export function extent(values: readonly number[]): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : undefined
}

/** The mean and the (population) standard deviation of the finite values. */
export function moments(values: readonly number[]): { mean: number; deviation: number } {
  const kept = finite(values)
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
  const deviation = Math.sqrt(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length)
  return { mean, deviation }
}

/** A number in at most `digits` significant digits, as one writes it: 0.2483, 1.2e-7, 98,304. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-Inf"
  if (value === 0) return "0"
  const size = Math.abs(value)
  if (size >= 1e7 || size < 1e-4) return value.toExponential(Math.max(0, Math.min(2, digits - 1)))
  if (Number.isInteger(value)) return count(value)
  if (size >= 10 ** (digits - 1)) return count(Math.round(value))
  return String(Number(value.toPrecision(digits)))
}

/** A count with separators: 100,352. */
export function count(value: number): string {
  return value.toLocaleString("en-US")
}

/** "3 NaN not drawn" and the like for a subtitle, or nothing. */
export function leftOut(...columns: readonly (readonly number[])[]): string | undefined {
  let missing = 0
  const length = Math.max(0, ...columns.map((column) => column.length))
  for (let i = 0; i < length; i++) if (columns.some((column) => !Number.isFinite(column[i] ?? 0))) missing++
  return missingText(missing)
}

/** How many values are not drawn, or nothing. */
export function missingText(missing: number): string | undefined {
  return missing === 0 ? undefined : `${count(missing)} NaN or infinite, not drawn`
}

/** The parts of a subtitle that are there, joined by a dot in the middle. */
export function joined(...parts: readonly (string | undefined)[]): string | undefined {
  const text = parts.filter((part) => part !== undefined && part !== "").join("  ·  ")
  return text === "" ? undefined : text
}

/** Fewer digits, so that a specification stays small: what a chart shows has no more than five. */
export function round(value: number, digits = 5): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : null
}
