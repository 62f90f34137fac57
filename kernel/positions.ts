/** A place in a document as editors count: lines and UTF-16 columns from 0. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where each line of a text starts, in UTF-16 offsets. */
export function lineStarts(text: string): number[] {
  const starts = [0]
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push((match.index ?? 0) + match[0].length)
  return starts
}

export function positionAt(text: string, offset: number): Position {
  const starts = lineStarts(text)
  let line = starts.length - 1
  while (line > 0 && (starts[line] ?? 0) > offset) line--
  return { line, column: offset - (starts[line] ?? 0) }
}

export function offsetAt(text: string, { line, column }: Position): number {
  const start = lineStarts(text)[line]
  return start === undefined ? text.length : Math.min(text.length, start + column)
}
