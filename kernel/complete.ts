import type { NameKind } from "./cell-names.js"
import type { LspRange } from "./diagnostics.js"
import type { Completion, Completions } from "./language.js"
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

const cellWords: Readonly<Record<NameKind, string>> = {
  let: "variable",
  const: "variable",
  function: "function",
  class: "class",
  enum: "enum",
  namespace: "module",
  import: "module",
  type: "interface",
}

export interface CompletionContext {
  readonly code: string
  readonly offset: number
  /** What an earlier cell declared; the server only sees an alias. */
  readonly kindOf: (name: string) => NameKind | undefined
  /** The kind by which the runtime exports a name. */
  readonly runtimeKind: (name: string) => number | undefined
}

/** The server's proposals as Jupyter wants them: one stretch that all of them replace, best first. */
export function cellCompletions(items: readonly LspCompletion[], context: CompletionContext): Completions {
  const { code, offset } = context
  const prefix = /[\p{ID_Continue}$\u200c\u200d]*$/u.exec(code.slice(0, offset))?.[0] ?? ""
  const proposals = items
    .filter(({ label, additionalTextEdits }) => !additionalTextEdits?.length && !/^_*cellgrad-|^__cell/.test(label))
    .map((item) => proposal(item, context, offset - prefix.length))
    .filter(({ filter, from }) => startsWith(filter, code.slice(from, offset)))
  const start = Math.min(offset - prefix.length, ...proposals.map(({ from }) => from))
  const sorted = proposals.sort(
    (a, b) =>
      Number(b.filter.startsWith(prefix)) - Number(a.filter.startsWith(prefix)) ||
      compare(a.sort, b.sort) ||
      compare(a.completion.text, b.completion.text),
  )
  const result = sorted.map(({ completion, from }) => ({
    ...completion,
    text: code.slice(start, from) + completion.text,
  }))
  return { items: result, start, end: offset }
}

interface Proposal {
  readonly completion: Completion
  readonly from: number
  readonly filter: string
  readonly sort: string
}

function proposal(item: LspCompletion, context: CompletionContext, prefixStart: number): Proposal {
  const edit = item.textEdit
  const range = edit?.range ?? edit?.insert
  const text = edit?.newText ?? item.insertText ?? item.label
  const completion: Completion = { text, type: typeWord(item, context) }
  return {
    completion: item.detail && item.detail !== item.label ? { ...completion, signature: item.detail } : completion,
    from: range ? rangeStart(context.code, range) : prefixStart,
    filter: item.filterText ?? item.label,
    sort: item.sortText ?? "",
  }
}

/** The offset in the user's code of a range in the server's document, which has one more line at its top. */
function rangeStart(code: string, range: LspRange): number {
  return offsetAt(code, { line: range.start.line - 1, column: range.start.character })
}

function typeWord({ label, kind }: LspCompletion, { kindOf, runtimeKind }: CompletionContext): string {
  if (kind === 6) {
    const cellKind = kindOf(label)
    if (cellKind) return cellWords[cellKind]
    return words[runtimeKind(label) ?? kind] ?? "variable"
  }
  return words[kind ?? 6] ?? "variable"
}

function startsWith(text: string, prefix: string): boolean {
  return text.toLowerCase().startsWith(prefix.toLowerCase())
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
