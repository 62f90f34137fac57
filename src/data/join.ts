import { type Column, type ColumnSource, isMissing, keyOf, pick } from "./columns.js"
import { badArgument, columnExists, noSuchColumn } from "./messages.js"

/** Which rows a join keeps: those with a partner, all of the left table, or all of both. */
export type JoinKind = "inner" | "left" | "outer"

/** The columns of two tables side by side, rows with equal values in `on` together; a missing value equals none. */
export function joinedColumns(
  left: ColumnSource,
  right: ColumnSource,
  on: readonly string[],
  how: JoinKind,
): Map<string, Column> {
  if (!["inner", "left", "outer"].includes(how))
    throw badArgument("join", "how", how, 'It is "inner", "left" or "outer".')
  for (const name of on) {
    if (!left.columns.includes(name)) throw noSuchColumn("join", name, left.columns)
    if (!right.columns.includes(name)) throw noSuchColumn("join (the other table)", name, right.columns)
  }
  const others = right.columns.filter((name) => !on.includes(name))
  const twice = others.find((name) => left.columns.includes(name))
  if (twice !== undefined) throw columnExists("join", twice, "rename it in one of the tables before: rename({ … }).")
  const partners = rowsByKey(right, on)
  const [leftRows, rightRows]: [number[], number[]] = [[], []]
  const used = new Set<number>()
  const key = keyReader(left, on)
  for (let row = 0; row < left.numRows; row++) {
    const matches = partners.get(key(row)) ?? []
    for (const match of matches) {
      leftRows.push(row)
      rightRows.push(match)
      used.add(match)
    }
    if (matches.length === 0 && how !== "inner") {
      leftRows.push(row)
      rightRows.push(-1)
    }
  }
  if (how === "outer") {
    for (let row = 0; row < right.numRows; row++) {
      if (used.has(row)) continue
      leftRows.push(-1)
      rightRows.push(row)
    }
  }
  const columns = new Map<string, Column>()
  for (const name of left.columns) {
    const values = pickOrNull(left.values(name), leftRows)
    // A row that only the right table has brings its key along.
    if (on.includes(name) && how === "outer") {
      const other = right.values(name)
      columns.set(
        name,
        Array.from(values, (value, i) => (leftRows[i] === -1 ? other[rightRows[i] as number] : value)),
      )
    } else columns.set(name, values)
  }
  for (const name of others) columns.set(name, pickOrNull(right.values(name), rightRows))
  return columns
}

function rowsByKey(table: ColumnSource, on: readonly string[]): Map<unknown, number[]> {
  const rows = new Map<unknown, number[]>()
  const key = keyReader(table, on)
  for (let row = 0; row < table.numRows; row++) {
    const value = key(row)
    if (value === undefined) continue
    const group = rows.get(value)
    if (group === undefined) rows.set(value, [row])
    else group.push(row)
  }
  return rows
}

/** The key of a row: its value, or the values of several columns as one text; undefined when one is missing. */
export function keyReader(table: ColumnSource, names: readonly string[]): (row: number) => unknown {
  const columns = names.map((name) => table.values(name))
  const [only] = columns
  if (only !== undefined && columns.length === 1) return (row) => (isMissing(only[row]) ? undefined : keyOf(only[row]))
  return (row) => {
    const values = columns.map((column) => column[row])
    return values.some(isMissing)
      ? undefined
      : JSON.stringify(values.map((value) => [typeof value, String(keyOf(value))]))
  }
}

function pickOrNull(values: Column, rows: readonly number[]): Column {
  return rows.includes(-1) ? rows.map((row) => (row === -1 ? null : values[row])) : pick(values, rows)
}
