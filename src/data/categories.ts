import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { type Column, distinct, isMissing, keyOf, missingCount } from "./columns.js"
import { columnExists, missingValues, unknownCategory } from "./messages.js"

/** The categories that a column is coded with: the given ones, or those that occur in it, sorted. */
export function categoriesOf(values: Column, given?: readonly unknown[]): readonly unknown[] {
  return given ?? distinct(values)
}

/** A table's columns with one of them replaced by a column of 0 and 1 for each category. */
export function oneHotColumns(
  columns: ReadonlyMap<string, Column>,
  name: string,
  values: Column,
  given?: readonly unknown[],
): Map<string, Column> {
  const categories = categoriesOf(values, given)
  if (given !== undefined) codesOf("oneHot", name, values, given, { missing: true }) // for its errors
  const others = new Map([...columns].filter(([other]) => other !== name))
  for (const category of categories) {
    const column = `${name}_${category}`
    if (others.has(column)) throw columnExists("oneHot", column)
    const key = keyOf(category)
    others.set(
      column,
      Array.from(values, (value) => (keyOf(value) === key ? 1 : 0)),
    )
  }
  return others
}

/** Each value as the number of its category; a missing one is -1 where that is allowed, else an error. */
export function codesOf(
  call: string,
  name: string,
  values: Column,
  categories: readonly unknown[],
  { missing = false }: { missing?: boolean } = {},
): Int32Array {
  const numbers = new Map(categories.map((category, i) => [keyOf(category), i]))
  const codes = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (isMissing(value)) {
      if (!missing)
        throw missingValues(
          call,
          name,
          missingCount(values),
          values.length,
          i,
          "A class has a number; a missing value has none.",
        )
      codes[i] = -1
      continue
    }
    const code = numbers.get(keyOf(value))
    if (code === undefined) throw unknownCategory(call, name, value, i, categories)
    codes[i] = code
  }
  return codes
}

/** The numbers of the categories as a tensor: int32 `[rows]`. */
export function codeTensor(call: string, name: string, values: Column, categories: readonly unknown[]): Tensor {
  const out = uninitialized([values.length], "int32")
  out.storage.data.set(codesOf(call, name, values, categories))
  return out
}
