/** A string literal that a place of a text stands in: where its contents start. */
export interface StringAt {
  readonly start: number
}

/**
 * The string literal that is open at an offset, between its quotes; undefined outside of strings, in comments, and in the
 * `${…}` of a template.
 */
export function stringAt(code: string, offset: number): StringAt | undefined {
  /** The templates in whose `${…}` we are, each with how many braces are open in it. */
  const templates: number[] = []
  for (let at = 0; at < offset; ) {
    const character = code[at] ?? ""
    if (code.startsWith("//", at)) {
      at = after(code, "\n", at)
    } else if (code.startsWith("/*", at)) {
      at = after(code, "*/", at)
    } else if (character === "}" && templates.at(-1) === 0) {
      templates.pop()
      const end = templateEnd(code, at + 1)
      if (end.at > offset || end.open) return { start: at + 1 }
      if (end.hole) templates.push(0)
      at = end.at
    } else if (character === "`") {
      const end = templateEnd(code, at + 1)
      if (end.at > offset || end.open) return { start: at + 1 }
      if (end.hole) templates.push(0)
      at = end.at
    } else if (character === '"' || character === "'") {
      const end = quotedEnd(code, at + 1, character)
      if (end > offset) return { start: at + 1 }
      at = end
    } else {
      const depth = templates.length - 1
      if (depth >= 0 && character === "{") templates[depth] = (templates[depth] ?? 0) + 1
      if (depth >= 0 && character === "}") templates[depth] = (templates[depth] ?? 0) - 1
      at++
    }
  }
  return undefined
}

function after(code: string, mark: string, from: number): number {
  const found = code.indexOf(mark, from)
  return found < 0 ? code.length : found + mark.length
}

/** Behind the closing quote; of a string that its line does not close, behind the line. */
function quotedEnd(code: string, from: number, quote: string): number {
  for (let at = from; at < code.length; at++) {
    if (code[at] === "\\") at++
    else if (code[at] === quote) return at + 1
    else if (code[at] === "\n") return at
  }
  return code.length + 1
}

/** Where the text of a template ends: behind its closing mark, or in front of what stands in a `${`, a hole in it. */
function templateEnd(code: string, from: number): { at: number; hole: boolean; open: boolean } {
  for (let at = from; at < code.length; at++) {
    if (code[at] === "\\") at++
    else if (code[at] === "`") return { at: at + 1, hole: false, open: false }
    else if (code.startsWith("${", at)) return { at: at + 2, hole: true, open: false }
  }
  return { at: code.length, hole: false, open: true }
}
