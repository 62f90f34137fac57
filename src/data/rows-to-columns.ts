/**
 * The columns of an array of objects, in the order in which their names first appear; a name that an object lacks is a
 * missing value there.
 */
export function columnsOfRows(rows: readonly object[]): Map<string, unknown[]> {
  const columns = new Map<string, unknown[]>()
  for (let i = 0; i < rows.length; i++) {
    for (const [name, value] of Object.entries(rows[i] as Record<string, unknown>)) {
      let values = columns.get(name)
      if (values === undefined) {
        values = new Array<unknown>(rows.length).fill(null)
        columns.set(name, values)
      }
      values[i] = value === undefined ? null : value
    }
  }
  return columns
}
