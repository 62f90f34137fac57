import { type ColumnSource, isMissing, keyOf } from "./columns.js"

/**
 * The numbers of the rows by what stands in the named columns, in the order in which the values first appear. Where a value
 * is missing the row belongs nowhere; with `missing` it belongs to the others that miss the same.
 */
export function rowsByKey(
  table: ColumnSource,
  names: readonly string[],
  { missing = false }: { missing?: boolean } = {},
): Map<unknown, number[]> {
  const rows = new Map<unknown, number[]>()
  const key = keyReader(table, names, { missing })
  for (let row = 0; row < table.numRows; row++) {
    const value = key(row)
    if (value === undefined) continue
    const group = rows.get(value)
    if (group === undefined) rows.set(value, [row])
    else group.push(row)
  }
  return rows
}

/**
 * The key of a row: its value, or the values of several columns as one text. It is undefined when one is missing, unless
 * `missing` asks for a key of those too.
 */
export function keyReader(
  table: ColumnSource,
  names: readonly string[],
  { missing = false }: { missing?: boolean } = {},
): (row: number) => unknown {
  const columns = names.map((name) => table.values(name))
  const keyAt = (values: ArrayLike<unknown>, row: number) => {
    const value = values[row]
    if (!isMissing(value)) return keyOf(value)
    return missing ? null : undefined
  }
  const [only] = columns
  if (only !== undefined && columns.length === 1) return (row) => keyAt(only, row)
  return (row) => {
    const keys = columns.map((values) => keyAt(values, row))
    return keys.includes(undefined) ? undefined : JSON.stringify(keys.map((key) => [typeof key, String(key)]))
  }
}
