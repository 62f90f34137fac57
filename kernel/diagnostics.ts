import type { Diagnostic } from "./language.js"
import { lineStarts } from "./positions.js"

export interface LspPosition {
  readonly line: number
  readonly character: number
}

export interface LspRange {
  readonly start: LspPosition
  readonly end: LspPosition
}

export interface LspDiagnostic {
  readonly range: LspRange
  /** 1 error, 2 warning, 3 information, 4 hint. */
  readonly severity?: number
  readonly code?: number | string
  readonly message: string
  readonly relatedInformation?: readonly { readonly message: string; readonly location: { readonly range: LspRange } }[]
}

/** Complaints that make no sense in a notebook: what is unused here is used in a later cell. */
const unusedCodes = new Set([6133, 6138, 6192, 6196, 6198, 6199, 6205, 7027, 7028])

/** The number of the cell in the module `cellgrad-cell-<slot>`; undefined for the cell that is being checked. */
export type CellOf = (slot: number) => number | undefined

/** "'x' is possibly 'null'", and its variants. */
const nullCodes = new Set([2531, 2532, 2533, 18047, 18048, 18049])

const importEquals = 1202

/**
 * What the server says about a cell, in the cell's own lines. The server's document has one line of imports before the
 * user's first line; whatever it finds there, or in the exports after the last line, is ours and is left out.
 */
export function cellDiagnostics(
  code: string,
  found: readonly LspDiagnostic[],
  { relaxed, cellOf }: { relaxed: boolean; cellOf: CellOf },
): Diagnostic[] {
  const starts = lineStarts(code)
  const last = starts.length - 1
  const lastLength = code.length - (starts[last] ?? 0)
  const result: Diagnostic[] = []
  for (const { range, severity = 1, code: rawCode, message, relatedInformation = [] } of found) {
    const number = Number(rawCode) || 0
    const line = range.start.line - 1
    if (severity > 2 || line < 0 || line > last || unusedCodes.has(number)) continue
    const implicitAny = number >= 7005 && number < 7100
    // A wrong key of a typed object is worth a word, `counts[word]` on `{}` is not worth stopping the cell.
    if (relaxed && implicitAny && number !== 7053) continue
    // In a notebook a `var` that only a loop assigns is no mistake: it is there, and undefined at worst.
    if (number === 2454 && declaresVar(code, message)) continue
    // `import x = require("…")` works in cells, as in the CommonJS that it was made for.
    if (number === importEquals) continue
    const related = relatedInformation.map(({ message, location }) => ({
      message,
      line: location.range.start.line - 1,
    }))
    const beyond = range.end.line - 1 > last
    result.push({
      severity: severity === 1 && !(relaxed && number === 7053) ? "error" : "warning",
      code: number,
      message: inTheUsersWords(message, number, cellOf),
      start: { line, column: range.start.character },
      end: beyond ? { line: last, column: lastLength } : { line: range.end.line - 1, column: range.end.character },
      ...(related.length > 0 ? { related } : {}),
    })
  }
  return result.sort((a, b) => a.start.line - b.start.line || a.start.column - b.start.column)
}

/** The message with the names of a table's columns, where the server says `ColumnName<{ age: number; … }>`. */
function withColumns(message: string): string {
  const names = /ColumnName<\{((?:[^{}]|\{[^{}]*\})*)\}>/g
  return message
    .replace(/readonly (ColumnName<\{(?:[^{}]|\{[^{}]*\})*\}>)\[\] \| \1/g, "$1")
    .replace(names, (all, fields: string) => {
      const columns = Array.from(fields.matchAll(/(?:^|;)\s*(?:readonly )?(?:["']([^"']+)["']|([\w$]+))\??:/g))
      return columns.map(([, quoted, plain]) => `"${quoted ?? plain}"`).join(" | ") || all
    })
}

/** Whether the variable that a message names is a `var`. */
function declaresVar(code: string, message: string): boolean {
  const name = /'([\w$]+)'/.exec(message)?.[1]
  return (
    name !== undefined && new RegExp(`\\bvar\\s[^;\\n]*?(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(code)
  )
}

/** The message without our plumbing: no modules of cells, no imports that the user did not write. */
function inTheUsersWords(message: string, code: number, cellOf: CellOf): string {
  const ofCell = (_: string, slot: string, name: string) => {
    const cell = cellOf(Number(slot))
    return cell === undefined ? name : `${name} of cell ${cell}`
  }
  let text = message
    .replace(/import\("[^"]*cellgrad-cell-(\d+)(?:-jsx)?"\)\.(\w+)/g, ofCell)
    .replace(/import\("[^"]*cellgrad-ask(?:-jsx)?"\)\./g, "")
    .replace(/import\("[^"]*\/src\/[^"]*"\)\./g, "")
    .replace(/import\("[^"]*\/src\/(\w+)(?:\/index)?"\)/g, "$1")
    .replace(/\b__cellgrad\./g, "")
    .replace(/\b__cell(\d+)\.(\w+)/g, ofCell)
  text = withColumns(text)
  if (code === 2632) return text.replace("it is an import", "it is a constant")
  if (nullCodes.has(code)) return `${text} Write ! after it where you know better.`
  return text
}
