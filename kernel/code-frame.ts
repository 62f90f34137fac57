/** Whether and how a traceback is coloured. */
export interface Paint {
  red(text: string): string
  dim(text: string): string
  bold(text: string): string
}

const wrap = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`

/** Colours as ANSI escapes, which notebooks and terminals draw. */
export const ansi: Paint = { red: wrap(31, 39), dim: wrap(2, 22), bold: wrap(1, 22) }

const contextLines = 2

/**
 * The lines around a place in a text, the place marked by carets. Lines and columns count from 0.
 *
 * ```
 *   1 | const a = 1
 * > 2 | const b: string = a
 *     |       ^
 * ```
 */
export function codeFrame(
  code: string,
  start: { line: number; column: number },
  end: { line: number; column: number } = start,
  paint: Paint = ansi,
): string {
  const lines = code.split(/\r\n|\r|\n/)
  const last = Math.min(lines.length - 1, start.line + contextLines)
  const width = String(last + 1).length
  const rows: string[] = []
  for (let line = Math.max(0, start.line - contextLines); line <= last; line++) {
    const text = lines[line] ?? ""
    const label = `${String(line + 1).padStart(width)} |`
    if (line !== start.line) {
      rows.push(paint.dim(`  ${label} ${text}`))
      continue
    }
    const stop = end.line === start.line ? Math.max(end.column, start.column + 1) : text.length
    const indent = text.slice(0, start.column).replace(/[^\t]/g, " ")
    const carets = "^".repeat(Math.max(1, Math.min(stop, text.length) - start.column))
    rows.push(`${paint.red(">")} ${label} ${text}`)
    rows.push(`  ${" ".repeat(width)} | ${indent}${paint.red(carets)}`)
  }
  return rows.join("\n")
}
