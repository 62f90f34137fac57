import { badArgument, missingValues, type NumberForm, notNumeric } from "./messages.js"

/** The values of one column, one per row. */
export type Column = ArrayLike<unknown>

/** What one needs of a table to read it. */
export interface ColumnSource {
  readonly columns: readonly string[]
  readonly numRows: number
  values(name: string): Column
}

/** What a column holds: `mixed` for values of several kinds, `empty` when all are missing. */
export type ColumnType = "number" | "boolean" | "string" | "date" | "mixed" | "empty"

/** Whether a value counts as missing: null, undefined and NaN do. */
export function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined || (typeof value === "number" && Number.isNaN(value))
}

/** Whether a column is a typed array of numbers, which can only miss values as NaN. */
export function isNumberArray(values: Column): values is Float64Array | Float32Array | Int32Array {
  return ArrayBuffer.isView(values) && !(values instanceof BigInt64Array || values instanceof BigUint64Array)
}

/** The values in these rows, in this order; a typed array stays one. */
export function pick(values: Column, rows: ArrayLike<number>): Column {
  const count = rows.length
  const picked = isNumberArray(values)
    ? new (values.constructor as Float64ArrayConstructor)(count)
    : new Array<unknown>(count)
  for (let i = 0; i < count; i++) picked[i] = values[rows[i] as number]
  return picked
}

/** What a column holds, missing values apart. */
export function columnType(values: Column): ColumnType {
  if (isNumberArray(values)) {
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) return "number"
    return "empty"
  }
  let found: ColumnType = "empty"
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (isMissing(value)) continue
    const type = valueType(value)
    if (found === "empty") found = type
    else if (found !== type) return "mixed"
  }
  return found
}

function valueType(value: unknown): ColumnType {
  if (typeof value === "number" || typeof value === "bigint") return "number"
  if (typeof value === "boolean" || typeof value === "string") return typeof value as "boolean" | "string"
  return value instanceof Date ? "date" : "mixed"
}

/** How many values of a column are missing. */
export function missingCount(values: Column): number {
  let count = 0
  if (isNumberArray(values)) for (let i = 0; i < values.length; i++) count += Number.isNaN(values[i]) ? 1 : 0
  else for (let i = 0; i < values.length; i++) if (isMissing(values[i])) count++
  return count
}

/** The numbers of a column without its missing values; nothing for other kinds. The array is the caller's own. */
export function presentNumbers(values: Column): Float64Array {
  const numbers = new Float64Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value === "number" ? !Number.isNaN(value) : typeof value === "bigint") numbers[count++] = Number(value)
  }
  return numbers.subarray(0, count)
}

/** Where the numbers of a column go: every `stride`-th element of `out`, from `offset` on. */
export interface NumberTarget {
  readonly out: Float32Array | Float64Array | Int32Array | Uint8Array
  readonly offset: number
  readonly stride: number
}

/**
 * Writes a column's numbers, from row `start` up to `end`; booleans become 0 and 1. Throws for missing values and for other
 * kinds, naming the column; `call` says on whose behalf.
 */
export function writeNumbers(
  call: string,
  name: string,
  values: Column,
  { out, offset, stride }: NumberTarget,
  start = 0,
  end = values.length,
): void {
  for (let i = start; i < end; i++) {
    const value = values[i]
    let number: number
    if (typeof value === "number") number = value
    else if (typeof value === "boolean" || typeof value === "bigint") number = Number(value)
    else throw unusable(call, name, values, i)
    if (Number.isNaN(number)) throw unusable(call, name, values, i)
    out[offset + i * stride] = number
  }
}

/** The numbers of a column, all of which must be there. */
export function readNumbers(call: string, name: string, values: Column): Float64Array {
  const out = new Float64Array(values.length)
  writeNumbers(call, name, values, { out, offset: 0, stride: 1 })
  return out
}

/** Why the column cannot become numbers: text is the greater obstacle, so it is named before holes. */
function unusable(call: string, name: string, values: Column, first: number): Error {
  let row = -1
  for (let i = 0; i < values.length && row < 0; i++) {
    const value = values[i]
    if (!isMissing(value) && typeof value !== "number" && typeof value !== "boolean" && typeof value !== "bigint")
      row = i
  }
  if (row < 0) return missingValues(call, name, missingCount(values), values.length, first)
  return notNumeric(call, name, values[row], row, numberForm(values))
}

const numberForms: Readonly<Record<NumberForm, RegExp>> = {
  plain: /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/,
  thousands: /^[+-]?\d{1,3}(,\d{3})*(\.\d+)?$/,
  "decimal comma": /^[+-]?\d+(,\d+)?$/,
}

/** How numbers stand in a column of text, if that is what all its values are. */
function numberForm(values: Column): NumberForm | undefined {
  const texts = Array.from(values).filter((value) => !isMissing(value))
  const forms = Object.keys(numberForms) as NumberForm[]
  return forms.find((form) => texts.every((text) => typeof text === "string" && numberForms[form].test(text)))
}

/** Mean and standard deviation; with `ddof` 0 the deviation of these values, with 1 the estimate for what they sample. */
export function meanAndStd(numbers: ArrayLike<number>, ddof: 0 | 1): { mean: number; std: number } {
  const count = numbers.length
  let sum = 0
  for (let i = 0; i < count; i++) sum += numbers[i] as number
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < count; i++) squares += ((numbers[i] as number) - mean) ** 2
  return { mean, std: Math.sqrt(squares / (count - ddof)) }
}

/** The number below which the fraction `q` of the sorted numbers lies, between neighbours by linear interpolation. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw badArgument("quantile", "q", q, "A quantile lies between 0 and 1.")
  const place = q * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** The values that occur, each once, in sorted order; missing ones apart. Dates count as the same when their times are. */
export function distinct(values: Column): unknown[] {
  const found = new Map<unknown, unknown>()
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (!isMissing(value) && !found.has(keyOf(value))) found.set(keyOf(value), value)
  }
  return [...found.values()].sort(ascending)
}

/** What two values that count as equal have in common: dates are objects, and compare by their time. */
export function keyOf(value: unknown): unknown {
  return value instanceof Date ? `date ${value.getTime()}` : value
}

/** The order of numbers, texts, dates and booleans; missing values come last. */
export function ascending(a: unknown, b: unknown): number {
  if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b))
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}
