export type TokenKind = "comment" | "string" | "number" | "keyword" | "type" | "call"

/** A stretch of TypeScript that is coloured as one; without a kind, as plain text. */
export interface Token {
  readonly text: string
  readonly kind: TokenKind | undefined
}

const keywords = new Set(
  (
    "abstract as asserts async await break case catch class const continue declare default delete do else enum export " +
    "extends false finally for from function get if implements import in infer instanceof interface is keyof let new " +
    "null of private protected public readonly return satisfies set static super switch this throw true try type " +
    "typeof undefined using var void while yield"
  ).split(" "),
)

const tokens = new RegExp(
  [
    String.raw`(?<comment>//[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\x60(?:\\[\s\S]|[^\x60\\])*\x60?)`,
    String.raw`(?<regex>(?<=[=(,:[!&|?{};\n]\s*|^\s*|return\s+)/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+/[a-z]*)`,
    String.raw`(?<number>\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?)n?\b)`,
    String.raw`(?<word>[\p{ID_Start}$_#@][\p{ID_Continue}$]*)`,
  ].join("|"),
  "giu",
)

/** Splits TypeScript code, finished or not, for a light colouring; the texts joined are the code. */
export function codeTokens(code: string): Token[] {
  const found: Token[] = []
  let from = 0
  for (const match of code.matchAll(tokens)) {
    const start = match.index ?? 0
    if (start > from) found.push({ text: code.slice(from, start), kind: undefined })
    from = start + match[0].length
    found.push({ text: match[0], kind: kindOf(match.groups ?? {}, code, start, from) })
  }
  if (from < code.length) found.push({ text: code.slice(from), kind: undefined })
  return found
}

function kindOf(
  groups: Record<string, string | undefined>,
  code: string,
  start: number,
  end: number,
): TokenKind | undefined {
  const { comment, string, regex, number, word } = groups
  if (comment !== undefined) return "comment"
  if (string !== undefined || regex !== undefined) return "string"
  if (number !== undefined) return "number"
  if (word === undefined) return undefined
  // `x.type` and `{ type: … }` are names, not keywords.
  const afterDot = code[start - 1] === "." && code[start - 2] !== "."
  if (keywords.has(word) && !afterDot && !/^\s*\??:(?!:)/.test(code.slice(end, end + 8))) return "keyword"
  if (/^\p{Lu}/u.test(word)) return "type"
  return /^\s*\(/.test(code.slice(end, end + 4)) ? "call" : undefined
}
