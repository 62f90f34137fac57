import { inspect } from "node:util"
import { ansi, codeFrame } from "./code-frame.js"
import { cellScheme } from "./evaluate.js"
import { fixOfSyntax } from "./habits.js"
import type { Diagnostic } from "./language.js"
import { localSource, shortPath } from "./local-sources.js"
import type { Position } from "./positions.js"
import type { CellSyntaxError } from "./transpile.js"

/** An error as Jupyter sends it. */
export interface ErrorReport {
  readonly ename: string
  readonly evalue: string
  readonly traceback: string[]
}

/** The sources of a session: what an error's place is looked up in. */
export interface Sources {
  /** The TypeScript of a cell and where a place of its script stands in it. */
  cell(number: number): { code: string; original(line: number, column: number): Position | undefined } | undefined
  /** The same for an imported file, by the name V8 has for it. */
  module(
    file: string,
  ): { path: string; code: string; original(line: number, column: number): Position | undefined } | undefined
}

/** A place in the user's code. */
export interface Frame {
  readonly where: string
  readonly code: string
  readonly at: Position
  readonly name: string
}

const maxFrames = 20
const maxCauses = 6
const maxErrors = 5

/** Whether the user wants to see the frames of the kernel and the runtime as well. */
export const showsAll = () => process.env.CELLGRAD_FULL_TRACEBACK === "1"

/** What was thrown, as a report: its message, then the user's frames with the code they stand in. Never throws. */
export function reportError(thrown: unknown, sources: Sources): ErrorReport {
  try {
    return describeError(thrown, sources, [])
  } catch (error) {
    // A proxy or getter of the user's that throws when it is looked at.
    const evalue = `an error that cannot be shown (${plainMessage(error)})`
    return { ename: "Error", evalue, traceback: [`${ansi.red(ansi.bold("Error"))}: ${evalue}`] }
  }
}

/** The outermost cell on the stack of an error: the one that started what failed. */
export function outermostCell(thrown: unknown): number | undefined {
  const stack = text(() => String((thrown as { stack?: unknown } | null | undefined)?.stack ?? ""))
  const number = Array.from(stack.matchAll(new RegExp(`${cellScheme}(\\d+)`, "g")), (match) => match[1]).at(-1)
  return number === undefined ? undefined : Number(number)
}

function plainMessage(error: unknown): string {
  return text(() => String((error as { message?: unknown }).message)) || "looking at it threw"
}

/** `outer` are the errors that led here: a cause that is one of them is not told again. */
function describeError(thrown: unknown, sources: Sources, outer: readonly unknown[]): ErrorReport {
  if (!isError(thrown)) {
    const shown = safeInspect(thrown)
    return { ename: "Thrown", evalue: shown, traceback: [`${ansi.red("Thrown")}: ${shown}`] }
  }
  // A proxy of the user's that lets nobody look: then this throws.
  if (read(() => thrown.stack) === undefined && read(() => thrown.name) === undefined) void thrown.message
  const ename = nameOf(thrown)
  const evalue = text(() => String(thrown.message))
  const traceback = [`${ansi.red(ansi.bold(ename))}: ${evalue}`]
  const stack = text(() => String(thrown.stack))
  const [first, ...others] = userFrames(stack, sources)
  if (first) traceback.push(placeOf(first), codeFrame(first.code, first.at), ...withoutRepeats(others.map(placeOf)))
  if (showsAll()) traceback.push(ansi.dim(stack))
  const more = text(() => ownProperties(thrown))
  if (more !== "") traceback.push(ansi.dim(more))
  const chain = [...outer, thrown]
  if (chain.length > maxCauses) return { ename, evalue, traceback }
  const cause = read(() => thrown.cause)
  if (cause !== undefined && !chain.includes(cause)) {
    traceback.push("", ansi.dim("caused by"), ...describeError(cause, sources, chain).traceback)
  }
  const errors = read(() => (thrown as { errors?: unknown }).errors)
  if (Array.isArray(errors)) traceback.push(...describeErrors(errors, sources, chain))
  return { ename, evalue, traceback }
}

/** The errors of an AggregateError, or of one that is built like it. */
function describeErrors(errors: readonly unknown[], sources: Sources, chain: readonly unknown[]): string[] {
  const shown = errors.slice(0, maxErrors).filter((error) => !chain.includes(error))
  const lines = shown.flatMap((error, i) => [
    "",
    ansi.dim(`error ${i + 1} of ${errors.length}`),
    ...describeError(error, sources, chain).traceback,
  ])
  return errors.length > maxErrors ? [...lines, "", ansi.dim(`… and ${errors.length - maxErrors} more errors`)] : lines
}

/** The name that an error goes by; of a class that gave its errors none, the name of the class. */
function nameOf(error: Error): string {
  const name = text(() => String(error.name)) || "Error"
  if (name !== "Error") return name
  return text(() => String((error.constructor as { name?: unknown }).name)) || name
}

/** What an error says beside its message: `{ code: 'ENOENT', path: '/nope' }`. */
function ownProperties(error: Error): string {
  const told = new Set(["name", "message", "stack", "cause", "errors"])
  const isPlain = (value: unknown) => /^(string|number|bigint|boolean)$/.test(typeof value)
  const entries = Object.entries(error).filter(([key, value]) => !told.has(key) && isPlain(value))
  return entries.length === 0 ? "" : inspect(Object.fromEntries(entries), { maxStringLength: 200, breakLength: 100 })
}

/** A cell that is not TypeScript, with the place marked. */
export function reportSyntaxError(error: CellSyntaxError, code: string, cell: number): ErrorReport {
  const where = `Cell ${cell}, line ${error.start.line + 1}, column ${error.start.column + 1}`
  return {
    ename: "SyntaxError",
    evalue: `${error.message} (line ${error.start.line + 1}, column ${error.start.column + 1})`,
    traceback: [
      `${ansi.red(ansi.bold("SyntaxError"))}: ${error.message}`,
      where,
      codeFrame(code, error.start, error.end),
      ...fixLines(fixOfSyntax(code, error.start.line)),
    ],
  }
}

/** The type errors that stopped a cell, each with its place. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], code: string, cell: number): ErrorReport {
  const [first] = diagnostics
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : ""
  return {
    ename: `TypeError TS${first?.code ?? 0}`,
    evalue: `${first?.message ?? ""}${more}`,
    traceback: [
      ...describeDiagnostics(diagnostics, code, cell),
      ansi.dim("The cell did not run. With // @check warn as its first line it runs all the same."),
    ],
  }
}

const maxDiagnostics = 10

/** Type errors as lines: message, place, code frame, and the fix where there is one. */
export function describeDiagnostics(diagnostics: readonly Diagnostic[], code: string, cell: number): string[] {
  const lines = diagnostics
    .slice(0, maxDiagnostics)
    .flatMap((diagnostic, i) => [
      ...(i > 0 ? [""] : []),
      `${ansi.red(ansi.bold(`TypeError TS${diagnostic.code}`))}: ${diagnostic.message}`,
      `Cell ${cell}, line ${diagnostic.start.line + 1}, column ${diagnostic.start.column + 1}`,
      codeFrame(code, diagnostic.start, diagnostic.end),
      ...fixLines(diagnostic.fix),
    ])
  const more = diagnostics.length - maxDiagnostics
  return more > 0 ? [...lines, "", ansi.dim(`… and ${more} more type errors`)] : lines
}

function fixLines(fix: string | undefined): string[] {
  return fix === undefined ? [] : [`${ansi.bold("fix:")} ${fix.replaceAll("\n", "\n     ")}`]
}

function placeOf({ where, at, name }: Frame): string {
  return `${where}, line ${at.line + 1}, column ${at.column + 1}${name === "" ? "" : ansi.dim(` in ${name}`)}`
}

/** The lines, where a recursion repeats one line after the other only the first of each. */
function withoutRepeats(lines: readonly string[]): string[] {
  const kept: string[] = []
  let repeated = 0
  for (const [i, line] of lines.entries()) {
    if (line !== lines[i - 1]) kept.push(line)
    else repeated++
    if (repeated > 0 && line !== lines[i + 1]) {
      kept.push(ansi.dim(`  … and ${repeated} more such calls`))
      repeated = 0
    }
  }
  return kept
}

function userFrames(stack: string, sources: Sources): Frame[] {
  const frames: Frame[] = []
  for (const line of stack.split("\n")) {
    if (frames.length >= maxFrames) break
    const frame = frameOf(line, sources)
    if (frame) frames.push(frame)
  }
  return frames
}

/** The place in the user's code that a line of a stack names; undefined when it names none. */
export function frameOf(line: string, sources: Sources): Frame | undefined {
  const [, name = "", file = "", row, column] = /^\s+at (?:async )?(?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/.exec(line) ?? []
  const found = file === "" ? undefined : sourceOf(file, sources)
  const at = found?.original(Number(row) - 1, Number(column) - 1)
  return found && at && { where: found.where, code: found.code, at, name: cleanName(name) }
}

/** The source behind a name of V8's: a cell, an imported TypeScript file, or JavaScript of the user. */
function sourceOf(file: string, sources: Sources) {
  if (file.startsWith(cellScheme)) {
    const cell = Number(file.slice(cellScheme.length))
    const source = sources.cell(cell)
    return source && { ...source, where: `Cell ${cell}` }
  }
  const module = sources.module(file)
  if (module) return { ...module, where: shortPath(module.path) }
  const local = localSource(file)
  return (
    local && {
      where: shortPath(local.path),
      code: local.code,
      original: (line: number, column: number) => ({ line, column }),
    }
  )
}

/** The name of a function as the user wrote it; "" for the cell itself. */
function cleanName(name: string): string {
  return /^(Object\.|new )?<anonymous>$|^eval/.test(name)
    ? ""
    : name.replace(/^Object\./, "").replace(/ \[as .*\]$/, "")
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]"
}

/** What `value` gives; a getter or proxy of the user that throws gives undefined. */
function read(value: () => unknown): unknown {
  try {
    return value()
  } catch {
    return undefined
  }
}

/** What `read` gives; a getter or proxy of the user that throws gives "". */
function text(read: () => string): string {
  try {
    return read()
  } catch {
    return ""
  }
}

function safeInspect(value: unknown): string {
  try {
    return typeof value === "string" ? value : inspect(value, { depth: 2, maxArrayLength: 20 })
  } catch {
    return "a value that cannot be shown"
  }
}
