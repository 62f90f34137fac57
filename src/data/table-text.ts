import { type ColumnSource, columnType, isMissing } from "./columns.js"

const shownRows = 10
const widestCell = 24
const widestLine = 120

/** A table as text: the first and last rows in aligned columns, and how many there are. */
export function tableText(table: ColumnSource): string {
  const { numRows, columns } = table
  const size = `${numRows} row${numRows === 1 ? "" : "s"} × ${columns.length} column${columns.length === 1 ? "" : "s"}`
  if (columns.length === 0) return size
  const half = shownRows / 2
  const indices =
    numRows <= shownRows
      ? Array.from({ length: numRows }, (_, i) => i)
      : [...Array(half).keys(), ...Array.from({ length: half }, (_, i) => numRows - half + i)]
  const blocks = columns.map((name) => {
    const values = table.values(name)
    const cells = indices.map((i) => cellText(values[i]))
    if (numRows > shownRows) cells.splice(half, 0, "…")
    const lines = [shorten(name), ...cells]
    const width = Math.max(...lines.map((line) => line.length))
    const right = columnType(values) === "number"
    return lines.map((line) => (right ? line.padStart(width) : line.padEnd(width)))
  })
  const shown = withinWidth(blocks)
  const lines = (blocks[0] as string[]).map((_, i) =>
    shown
      .map((block) => block[i])
      .join("  ")
      .trimEnd(),
  )
  return [...lines, size].join("\n")
}

/** The first columns and the last one, as many as stand in a line of a terminal, and a column of dots for the others. */
function withinWidth(blocks: readonly string[][]): readonly string[][] {
  const widths = blocks.map((block) => (block[0] as string).length + 2)
  if (widths.reduce((sum, width) => sum + width, 0) <= widestLine) return blocks
  const last = blocks.length - 1
  let room = widestLine - (widths[last] as number) - 3
  let count = 0
  while (count < last && (count === 0 || room >= (widths[count] as number))) room -= widths[count++] as number
  if (count >= last) return blocks
  const dots = (blocks[0] as string[]).map(() => "…")
  return [...blocks.slice(0, count), dots, blocks[last] as string[]]
}

function cellText(value: unknown): string {
  if (isMissing(value)) return "—"
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)))
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00.000Z$/, "")
  return shorten(typeof value === "object" ? JSON.stringify(value) : String(value))
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ")
  return line.length > widestCell ? `${line.slice(0, widestCell - 1)}…` : line
}
