import { codeTokens, type TokenKind } from "./code-tokens.js"
import { stripAnsi } from "./terminal.js"

const colors: Readonly<Record<TokenKind, string>> = {
  comment: "\x1b[90m",
  string: "\x1b[32m",
  number: "\x1b[33m",
  keyword: "\x1b[35m",
  type: "\x1b[36m",
  call: "\x1b[34m",
}
/** The escape sequence that ends a colour. */
export const plainColor = "\x1b[39m"

/** A stretch of text and the escape sequence that colours it; empty where it has no colour. */
export interface ColoredText {
  readonly text: string
  readonly color: string
}

/** Code in stretches of one colour each. */
export function coloredCode(code: string): ColoredText[] {
  return codeTokens(code).map(({ text, kind }) => ({ text, color: kind ? colors[kind] : "" }))
}

/** Code, or the printed form of a value, with the escape sequences that colour it in a terminal. */
export function highlight(code: string): string {
  // What brings its own colours keeps them.
  if (stripAnsi(code) !== code) return code
  return coloredCode(code)
    .map(({ text, color }) => (color ? `${color}${text}${plainColor}` : text))
    .join("")
}
