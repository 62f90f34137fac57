import { randomBytes } from "node:crypto"
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import type { JsonObject } from "./messages.js"

/** A notebook file (nbformat 4) with its multi-line strings joined. */
export interface Notebook {
  nbformat: 4
  nbformat_minor: number
  metadata: JsonObject
  cells: Cell[]
}

export type Cell = CodeCell | TextCell

export interface CodeCell {
  cell_type: "code"
  id: string
  source: string
  metadata: JsonObject
  execution_count: number | null
  outputs: Output[]
}

export interface TextCell {
  cell_type: "markdown" | "raw"
  id: string
  source: string
  metadata: JsonObject
  /** Pictures by name, then by MIME type. */
  attachments?: Record<string, JsonObject>
}

export type Output =
  | { output_type: "stream"; name: string; text: string }
  | { output_type: "display_data"; data: JsonObject; metadata: JsonObject }
  | { output_type: "execute_result"; data: JsonObject; metadata: JsonObject; execution_count: number | null }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] }

/** A notebook that cannot be used; the message is one line that says why. */
export class NotebookError extends Error {
  override readonly name = "NotebookError"
}

/** Reads and checks a notebook file. */
export function readNotebook(path: string): Notebook {
  let text: string
  try {
    text = readFileSync(path, "utf8")
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new NotebookError(code === "ENOENT" ? `${path} does not exist` : `cannot read ${path}: ${code}`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new NotebookError(`${path} is not a notebook: ${oneLine((error as Error).message)}`)
  }
  return checkNotebook(json, path)
}

/** The notebook that JSON describes; ids are given to cells without one. */
export function checkNotebook(json: unknown, path: string): Notebook {
  const wrong = (what: string) => new NotebookError(`${path} is not a notebook we can run: ${what}`)
  if (!isObject(json)) throw wrong("it is not a JSON object")
  if (json.nbformat !== 4) {
    const version = typeof json.nbformat === "number" ? `format ${json.nbformat}` : "no nbformat number"
    throw wrong(`${version}; format 4 is needed`)
  }
  if (!Array.isArray(json.cells)) throw wrong("it has no list of cells")
  const metadata = isObject(json.metadata) ? json.metadata : {}
  const language = languageOf(metadata)
  if (language !== undefined && language !== "typescript") throw wrong(`its language is ${language}, not typescript`)
  const ids = new Set<string>()
  const cells = json.cells.map((cell: unknown, i) => {
    const read = readCell(cell)
    if (typeof read === "string") throw wrong(`cell ${i + 1} ${read}`)
    if (read.id === "" || ids.has(read.id)) read.id = randomBytes(4).toString("hex")
    ids.add(read.id)
    return read
  })
  const minor = typeof json.nbformat_minor === "number" ? json.nbformat_minor : 0
  return { nbformat: 4, nbformat_minor: Math.max(5, minor), metadata, cells }
}

function languageOf({ kernelspec, language_info: info }: JsonObject): string | undefined {
  const name = isObject(kernelspec) ? kernelspec.language : undefined
  const language = name ?? (isObject(info) ? info.name : undefined)
  return typeof language === "string" ? language.toLowerCase() : undefined
}

/** The cell, or what is wrong with it. */
function readCell(cell: unknown): Cell | string {
  if (!isObject(cell)) return "is not an object"
  const source = joined(cell.source)
  if (source === undefined) return "has no source"
  const id = typeof cell.id === "string" ? cell.id : ""
  const metadata = isObject(cell.metadata) ? cell.metadata : {}
  if (cell.cell_type === "code") {
    const outputs = (Array.isArray(cell.outputs) ? cell.outputs : []).map(readOutput)
    if (outputs.includes(undefined)) return "has an output of unknown type"
    const count = typeof cell.execution_count === "number" ? cell.execution_count : null
    return { cell_type: "code", id, source, metadata, execution_count: count, outputs: outputs as Output[] }
  }
  if (cell.cell_type === "markdown" || cell.cell_type === "raw") {
    const attachments = isObject(cell.attachments)
      ? { attachments: cell.attachments as Record<string, JsonObject> }
      : {}
    return { cell_type: cell.cell_type, id, source, metadata, ...attachments }
  }
  return `has the unknown type ${JSON.stringify(cell.cell_type)}`
}

function readOutput(output: unknown): Output | undefined {
  if (!isObject(output)) return undefined
  const data: JsonObject = {}
  for (const [type, value] of Object.entries(isObject(output.data) ? output.data : {})) {
    data[type] = isJsonType(type) ? value : (joined(value) ?? value)
  }
  const metadata = isObject(output.metadata) ? output.metadata : {}
  const count = typeof output.execution_count === "number" ? output.execution_count : null
  switch (output.output_type) {
    case "stream":
      return { output_type: "stream", name: String(output.name ?? "stdout"), text: joined(output.text) ?? "" }
    case "display_data":
      return { output_type: "display_data", data, metadata }
    case "execute_result":
      return { output_type: "execute_result", data, metadata, execution_count: count }
    case "error": {
      const traceback = Array.isArray(output.traceback) ? output.traceback.map(String) : []
      return {
        output_type: "error",
        ename: String(output.ename ?? ""),
        evalue: String(output.evalue ?? ""),
        traceback,
      }
    }
    default:
      return undefined
  }
}

/** Writes a notebook as Jupyter does: strings as lists of lines, one blank of indent, in one step. */
export function writeNotebook(path: string, notebook: Notebook): void {
  const cells = notebook.cells.map((cell) => {
    const { cell_type, id, metadata, source } = cell
    const common = { cell_type, id, metadata, source: lines(source) }
    if (cell.cell_type !== "code") return cell.attachments ? { ...common, attachments: cell.attachments } : common
    return { ...common, execution_count: cell.execution_count, outputs: cell.outputs.map(outputOnDisk) }
  })
  const { metadata, nbformat, nbformat_minor } = notebook
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify({ cells, metadata, nbformat, nbformat_minor }, null, 1)}\n`)
  renameSync(temporary, path)
}

function outputOnDisk(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: lines(output.text) }
  if (output.output_type === "error") return output
  const data = Object.entries(output.data).map(([type, value]) => {
    const text = typeof value === "string" && (type.startsWith("text/") || type === "image/svg+xml")
    return [type, text ? lines(value) : value]
  })
  return { ...output, data: Object.fromEntries(data) }
}

function lines(text: string): string[] {
  return text === "" ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? [])
}

function joined(value: unknown): string | undefined {
  if (typeof value === "string") return value
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("")
  return undefined
}

function isJsonType(type: string): boolean {
  return type === "application/json" || type.endsWith("+json")
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ")
}
