import { cellNames, parseCell } from "./cell-names.js"

/** Where a name was declared last: the statement, and the cell that it stands in. */
export interface Declaration {
  readonly line: number
  readonly source: string
}

/** The last declaration of a name among the cells that were run, given newest last. */
export function declarationOf(
  name: string,
  cells: readonly { readonly line: number; readonly code: string }[],
): Declaration | undefined {
  for (let i = cells.length - 1; i >= 0; i--) {
    const cell = cells[i]
    if (!cell?.code.includes(name)) continue
    const parsed = parseCell(cell.code)
    if (parsed.errors.length > 0 || !cellNames(parsed).declared.has(name)) continue
    const statement = parsed.program.body.find((node) =>
      cellNames({ ...parsed, program: { ...parsed.program, body: [node] } }).declared.has(name),
    )
    if (statement) return { line: cell.line, source: cell.code.slice(statement.start, statement.end) }
  }
  return undefined
}

/** The name that a cursor stands in or behind. */
export function nameAt(code: string, offset: number): string {
  const before = /[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.exec(code.slice(0, offset))?.[0] ?? ""
  const after = /^[\p{ID_Continue}$]*/u.exec(code.slice(offset))?.[0] ?? ""
  return before + after
}
