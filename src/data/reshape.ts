import { ascending, type Column, type ColumnSource, isMissing, pick } from "./columns.js"
import { badArgument, columnExists, noSuchColumn } from "./messages.js"
import { rowsByKey } from "./row-keys.js"
import { type Statistic, statistic } from "./summary.js"

/** A long table of a wide one: each row once for each of the columns, with the column's name and its value there. */
export function longColumns(
  table: ColumnSource,
  columns: readonly string[],
  nameColumn: string,
  valueColumn: string,
): Map<string, Column> {
  const call = "unpivot"
  if (columns.length === 0) throw badArgument(call, "columns", columns, "At least one column becomes rows.")
  for (const name of columns) if (!table.columns.includes(name)) throw noSuchColumn(call, name, table.columns)
  const kept = table.columns.filter((name) => !columns.includes(name))
  for (const name of [nameColumn, valueColumn])
    if (kept.includes(name)) throw columnExists(call, name, 'name it otherwise: { name: "…", value: "…" }.')
  const rows = Int32Array.from({ length: table.numRows * columns.length }, (_, i) => Math.floor(i / columns.length))
  const values = columns.map((name) => table.values(name))
  const long = new Map<string, Column>(kept.map((name) => [name, pick(table.values(name), rows)]))
  long.set(
    nameColumn,
    Array.from(rows, (_, i) => columns[i % columns.length]),
  )
  long.set(
    valueColumn,
    Array.from(rows, (row, i) => values[i % columns.length]?.[row]),
  )
  return long
}

/**
 * A wide table of a long one: a column for each value of the naming column, and a row for each combination of what stands in
 * the other columns. What a combination lacks is missing.
 */
export function wideColumns(
  table: ColumnSource,
  nameColumn: string,
  valueColumn: string,
  wanted: Statistic | undefined,
): Map<string, Column> {
  const call = "pivot"
  for (const name of [nameColumn, valueColumn])
    if (!table.columns.includes(name)) throw noSuchColumn(call, name, table.columns)
  const others = table.columns.filter((name) => name !== nameColumn && name !== valueColumn)
  const [names, values] = [table.values(nameColumn), table.values(valueColumn)]
  const groups =
    others.length === 0
      ? [Array.from({ length: table.numRows }, (_, i) => i)]
      : [...rowsByKey(table, others, { missing: true }).values()]
  const firsts = groups.map((rows) => rows[0] as number)
  const wide = new Map<string, Column>(others.map((name) => [name, pick(table.values(name), firsts)]))
  const found = new Set(Array.from(names).filter((name) => !isMissing(name)))
  for (const name of [...found].sort(ascending)) {
    const column = String(name)
    if (wide.has(column)) throw columnExists(call, column)
    wide.set(
      column,
      groups.map((rows) => {
        const cells = rows.filter((row) => names[row] === name).map((row) => values[row])
        if (wanted !== undefined) return cells.length === 0 ? null : statistic(call, wanted, cells)
        if (cells.length > 1)
          throw badArgument(
            call,
            `${nameColumn} ${column}:`,
            cells.length,
            "More than one row has this name and the same values in all other columns.",
            'say what becomes of them: { statistic: "mean" }.',
          )
        return cells[0] ?? null
      }),
    )
  }
  return wide
}
