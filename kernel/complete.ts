import type { LspRange } from "./diagnostics.js"
import type { Completion } from "./language.js"
import { offsetAt } from "./positions.js"

export interface LspCompletion {
  readonly label: string
  readonly kind?: number
  readonly detail?: string
  readonly sortText?: string
  readonly filterText?: string
  readonly insertText?: string
  readonly textEdit?: { readonly newText: string; readonly range?: LspRange; readonly insert?: LspRange }
  readonly additionalTextEdits?: readonly unknown[]
}

/** LSP's numbers for kinds, as the words that Jupyter's completers draw icons for. */
const words: Readonly<Record<number, string>> = {
  2: "method",
  3: "function",
  4: "class",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  11: "constant",
  12: "constant",
  13: "enum",
  14: "keyword",
  17: "file",
  19: "folder",
  20: "constant",
  21: "constant",
  25: "interface",
}

/** How many proposals are looked up one by one for what they are; in a longer list nobody reads it. */
export const maxResolved = 30

/** The server's proposals that fit what was typed, best first, and the stretch that all of them replace. */
export function fittingCompletions(
  items: readonly LspCompletion[],
  code: string,
  offset: number,
): { readonly proposals: readonly Proposal[]; readonly start: number } {
  const prefix = /[\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(0, offset))?.[0] ?? ""
  const fitting = items
    .filter(({ label, additionalTextEdits }) => !additionalTextEdits?.length && !/^_*cellgrad-|^__cell/.test(label))
    .map((item) => proposal(item, code, offset - prefix.length))
    .filter(({ filter, from }) => startsWith(filter, code.slice(from, offset)))
    .sort(
      (a, b) =>
        Number(b.filter.startsWith(prefix)) - Number(a.filter.startsWith(prefix)) ||
        compare(a.item.sortText ?? "", b.item.sortText ?? "") ||
        compare(a.text, b.text),
    )
  // `[Symbol.iterator]` takes the place of the dot, and would draw it into every other proposal: names go first.
  const named = fitting.filter(({ from, text }) => from >= offset - prefix.length || !text.startsWith("["))
  const proposals = named.length > 0 ? named : fitting
  const start = Math.min(offset - prefix.length, ...proposals.map(({ from }) => from))
  return { proposals: proposals.map((one) => ({ ...one, text: code.slice(start, one.from) + one.text })), start }
}

/** A proposal as Jupyter wants it; `detail` is what the server knows when it is asked about this one alone. */
export function completionOf({ item, text }: Proposal, detail: string | undefined = item.detail): Completion {
  const signature = detail
    ?.replace(/^\((?:alias|method|property)\) /, "")
    .replace(/\b__cell(?:grad|\d+)\./g, "")
    .split("\n", 1)[0]
  // An alias is all that the server sees of what comes from another cell or the runtime, until it looks behind it.
  const declared =
    item.kind === 6 ? /^(?:abstract )?(function|class|namespace|enum|interface)\b/.exec(signature ?? "") : null
  const type = declared?.[1]?.replace("namespace", "module") ?? words[item.kind ?? 6] ?? "variable"
  return signature === undefined || signature === item.label ? { text, type } : { text, type, signature }
}

/** An item of the server, with the text it stands for and the offset from which it replaces the user's. */
export interface Proposal {
  readonly item: LspCompletion
  readonly text: string
  readonly from: number
  readonly filter: string
}

function proposal(item: LspCompletion, code: string, prefixStart: number): Proposal {
  const edit = item.textEdit
  const range = edit?.range ?? edit?.insert
  return {
    item,
    text: edit?.newText ?? item.insertText ?? item.label,
    from: range ? rangeStart(code, range) : prefixStart,
    filter: item.filterText ?? item.label,
  }
}

/** The offset in the user's code of a range in the server's document, which has one more line at its top. */
function rangeStart(code: string, range: LspRange): number {
  return offsetAt(code, { line: range.start.line - 1, column: range.start.character })
}

function startsWith(text: string, prefix: string): boolean {
  return text.toLowerCase().startsWith(prefix.toLowerCase())
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
