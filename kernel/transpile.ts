import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"
import type MagicString from "magic-string"
import { parseSync } from "oxc-parser"
import { rewriteCell } from "./cell-rewrite.js"
import { isJsx } from "./jsx.js"
import { type Position, positionAt } from "./positions.js"
import { transform } from "./transform.js"
import type { CompilerOptions } from "./tsconfig.js"

/** A cell as JavaScript that assigns what it declares, to be run as a script of its own. */
export interface TranspiledCell {
  /** The variables of the cell. Each is declared once, before the body runs, and shared by all later cells. */
  readonly names: readonly string[]
  /** Those names of JavaScript and Node that the cell declares anew; their variables go by another name. */
  readonly shadows: readonly string[]
  readonly script: string
  /** The cell awaits: the script's value is the promise of its end. */
  readonly isAsync: boolean
  /** The last statement is an expression, whose value the script leaves in `__cellgrad.result`. */
  readonly hasResult: boolean
  /** Only numbers and arithmetic: nothing that a type checker could look up. */
  readonly isArithmetic: boolean
  /** Where a place of the script (both from 0) stands in the user's TypeScript; undefined for what we added. */
  original(line: number, column: number): Position | undefined
}

/** What transpiling a cell must know of the cells before it. */
export interface CellContext {
  /**
   * The names of JavaScript and Node. Cells share them with the kernel, so what a cell declares under such a name
   * (`const process = …`, `import { setTimeout } from "node:timers/promises"`) becomes a variable of another name.
   */
  readonly reserved: ReadonlySet<string>
  /** Those of them that earlier cells declared. */
  readonly shadowed: ReadonlySet<string>
  /** The options of the notebook's tsconfig.json. */
  readonly compilerOptions?: () => CompilerOptions
}

/** A cell that is no TypeScript. */
export class CellSyntaxError extends SyntaxError {
  override readonly name = "SyntaxError"
  constructor(
    message: string,
    readonly start: Position,
    readonly end: Position,
  ) {
    super(message)
  }
}

/** Nothing is known of earlier cells, nor of a tsconfig.json. */
export const noContext: CellContext = { reserved: new Set(), shadowed: new Set() }

/**
 * Rewrites a TypeScript cell into a script: declarations become assignments to names that live as long as the session, so
 * that anything can be declared again; imports become calls of the session's importer; awaited values pass through the
 * session, so that a waiting cell can be interrupted.
 *
 * A cell that is one object literal, `{ a: 1 }`, is that object, as in Node's own prompt, and not a block.
 */
export function transpile(source: string, context: CellContext = noContext): TranspiledCell {
  const code = withoutHashbang(source)
  const object = asObject(code)
  const options = context.compilerOptions?.() ?? {}
  const settings = { options, jsx: false, keepImports: true }
  let { code: javascript, map, errors } = transform("cell.ts", object ?? code, settings)
  if (errors.some(isError) && isJsx(code)) {
    ;({ code: javascript, map, errors } = transform("cell.tsx", code, { ...settings, jsx: true }))
  }
  if (errors.some(isError)) throw syntaxError(code)
  const { text, ...cell } = rewriteCell(javascript, context)
  return { ...cell, script: text.toString(), original: lazyOriginal(text, object === undefined ? 0 : 1, map) }
}

/** The cell with `#!/usr/bin/env node`, copied from a script, as a comment: a cell does not begin the script it becomes. */
function withoutHashbang(code: string): string {
  return code.replace(/^#!/, "//")
}

function isError({ severity }: { severity: string }): boolean {
  return severity === "Error"
}

/** The cell in parentheses, when that makes it an object literal. */
function asObject(code: string): string | undefined {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(code)) return undefined
  const wrapped = `(${code}\n)`
  return parseTypeScript(wrapped).errors.length === 0 ? wrapped : undefined
}

function parseTypeScript(code: string) {
  return parseSync("cell.ts", code, { lang: "ts", sourceType: "module" })
}

/** The first error of a cell. The parser counts in UTF-16 units; the transformer, which knows more errors, in bytes. */
function syntaxError(code: string): CellSyntaxError {
  const [parsed] = parseTypeScript(code).errors
  const error = parsed ?? transform("cell.ts", code, { options: {}, jsx: false, keepImports: true }).errors[0]
  const units = (offset: number) => (parsed ? offset : Buffer.from(code).subarray(0, offset).toString().length)
  // Of two places, as for a name declared twice, the last is the one to change.
  const label = error?.labels.at(-1)
  const start = positionAt(code, units(label?.start ?? 0))
  const end = label ? positionAt(code, units(label.end)) : start
  return new CellSyntaxError(error?.message ?? "This is not TypeScript", start, end)
}

type Map = ConstructorParameters<typeof TraceMap>[0]

/** Both source maps are read when the first error asks for a place, so that a cell without one does not pay for them. */
function lazyOriginal(text: MagicString, added: number, map: object | undefined): TranspiledCell["original"] {
  let maps: [TraceMap, TraceMap] | undefined
  return (line, column) => {
    if (map === undefined) return undefined
    maps ??= [new TraceMap(text.generateMap({ hires: true }).toString()), new TraceMap(map as Map)]
    const js = originalPositionFor(maps[0], { line: line + 1, column })
    if (js.line === null) return undefined
    const ts = originalPositionFor(maps[1], { line: js.line, column: js.column })
    if (ts.line === null) return undefined
    return { line: ts.line - 1, column: Math.max(0, ts.column - (ts.line === 1 ? added : 0)) }
  }
}
