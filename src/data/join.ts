import { type Column, type ColumnSource, pick } from "./columns.js"
import { badArgument, columnExists, noSuchColumn } from "./messages.js"
import { keyReader, rowsByKey } from "./row-keys.js"

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

function pickOrNull(values: Column, rows: readonly number[]): Column {
  return rows.includes(-1) ? rows.map((row) => (row === -1 ? null : values[row])) : pick(values, rows)
}
