import type { OxcError } from "oxc-parser"
import { type ParsedCell, parseCell } from "./cell-names.js"

/** Whether a cell can run as it stands, as Jupyter's is_complete_reply says it. */
export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid" | "unknown"
  /** What the next line should start with; empty unless incomplete. */
  readonly indent: string
}

/**
 * Whether a cell is complete, goes on in the next line, or can never become valid.
 *
 * A syntax error exactly where the text ends means that something is still to come: a bracket to close, an operand, a
 * body. An error anywhere before will not go away by typing on.
 *
 * @example isComplete("function f() {") // { status: "incomplete", indent: "  " }
 */
export function isComplete(code: string): Completeness {
  if (code.trim() === "") return { status: "complete", indent: "" }
  let parsed: ParsedCell
  try {
    parsed = parseCell(code)
  } catch {
    return { status: "unknown", indent: "" }
  }
  const [error] = parsed.errors
  if (error ? goesOn(error, code) : lacksBody(parsed)) return { status: "incomplete", indent: nextIndent(code) }
  return { status: error ? "invalid" : "complete", indent: "" }
}

function goesOn(error: OxcError, code: string): boolean {
  const end = code.trimEnd().length
  const start = error.labels[0]?.start ?? 0
  if (start >= end) return true
  if (/^Unterminated multiline comment/.test(error.message)) return true
  if (/^Unterminated string/.test(error.message)) {
    // A template, also after one of its `${…}`; a quoted string only when a backslash carries it over the line.
    return code[start] === "`" || code[start] === "}" || /\\\r?\n?$/.test(code)
  }
  // Where the parser blames the start of something unfinished: see whether its missing rest would settle it.
  if (/(=>|\?\.)$/.test(code.trimEnd())) return parses(`${code}${code.trimEnd().endsWith("=>") ? "{}" : "x"}`)
  return /\bimport\s*(\([^)]*|\.)$/.test(code) && parses(`${code}${code.endsWith(".") ? "meta" : ")"}`)
}

function parses(code: string): boolean {
  return parseCell(code).errors.length === 0
}

/** `function f()` alone is valid TypeScript, the signature of an overload; at a prompt its body is still to come. */
function lacksBody({ program }: ParsedCell): boolean {
  const last = program.body.at(-1)
  return last?.type === "TSDeclareFunction" && !last.declare
}

/** The indentation of the last line, one step deeper after something that opens. */
function nextIndent(code: string): string {
  const last = code.trimEnd().split(/\r?\n/).at(-1) ?? ""
  const indent = /^\s*/.exec(last)?.[0] ?? ""
  const opens = /([{([]|=>)\s*(\/\/.*)?$/.test(last)
  return opens ? `${indent}  ` : indent
}
