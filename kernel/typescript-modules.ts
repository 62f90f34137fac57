import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"
import MagicString from "magic-string"
import { parseSync } from "oxc-parser"
import { codeFrame } from "./code-frame.js"
import { type Position, positionAt } from "./positions.js"
import { transform } from "./transform.js"
import type { CompilerOptions } from "./tsconfig.js"

/** A local file as its errors are looked up. */
export interface ModuleSource {
  readonly path: string
  readonly code: string
  original(line: number, column: number): Position | undefined
}

/** A place in a module's JavaScript that names another module. */
interface Reference {
  readonly start: number
  readonly end: number
  readonly specifier: string
}

/** A file on its way to becoming a module. */
interface Draft {
  readonly source: ModuleSource
  readonly js: string
  readonly references: readonly Reference[]
  readonly metas: readonly { readonly start: number; readonly end: number }[]
  /** The TypeScript files that it imports. */
  readonly imports: ReadonlySet<string>
  /** What decides whether it is another module than before: its JavaScript, and where its other imports lead. */
  readonly text: string
}

/**
 * Local TypeScript files as modules that any supported Node can import: transpiled into a cache folder, under a name that
 * changes with the text of the file and of all that it imports, so that a changed file is imported anew. The names are
 * made before the files are written: files may import each other in a circle.
 */
export class TypeScriptModules {
  readonly #resolve: (specifier: string, from: string) => string
  readonly #options: () => CompilerOptions
  readonly #folder: string
  readonly #sources = new Map<string, ModuleSource>()
  /** Is told of each TypeScript file that is asked for, while a draft is made. */
  #drafting: ((path: string) => void) | undefined
  /** The URLs of the files that are being written. */
  #planned: ReadonlyMap<string, string> = new Map()

  constructor(resolve: (specifier: string, from: string) => string, options: () => CompilerOptions = () => ({})) {
    this.#resolve = resolve
    this.#options = options
    this.#folder = join(tmpdir(), `cellgrad-modules-${process.getuid?.() ?? userInfo().username}`)
  }

  /** The source behind a module's URL or cache file, for tracebacks. */
  source(file: string): ModuleSource | undefined {
    return this.#sources.get(file)
  }

  /** The URL of the module that a TypeScript file is now. */
  url(path: string): string {
    if (this.#drafting) {
      this.#drafting(path)
      return pathToFileURL(path).href
    }
    const planned = this.#planned.get(path)
    if (planned !== undefined) return planned
    const drafts = this.#drafts(path)
    this.#planned = new Map([...drafts.keys()].map((path) => [path, pathToFileURL(this.#fileOf(path, drafts)).href]))
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      for (const [path, draft] of drafts) this.#write(this.#planned.get(path) ?? "", draft)
      return this.#planned.get(path) ?? ""
    } finally {
      this.#planned = new Map()
    }
  }

  /** The drafts of a file and of all that it imports. */
  #drafts(path: string): Map<string, Draft> {
    const drafts = new Map<string, Draft>()
    const waiting = [path]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (drafts.has(next)) continue
      const draft = this.#draft(next)
      drafts.set(next, draft)
      waiting.push(...draft.imports)
    }
    return drafts
  }

  #draft(path: string): Draft {
    const code = readFileSync(path, "utf8")
    // Unlike in a cell, an import that only types need is dropped.
    const settings = { options: this.#options(), jsx: path.endsWith("x"), keepImports: false }
    const { code: js, map, errors } = transform(path, code, settings)
    const [error] = errors
    if (error) {
      const at = positionAt(code, error.labels[0]?.start ?? 0)
      throw new SyntaxError(`${path}, line ${at.line + 1}: ${error.message}\n${codeFrame(code, at)}`)
    }
    const trace = map ? new TraceMap(map as never) : undefined
    // The rewriting changes names of files only, on their own lines: lines stay, and columns of statements too.
    const original = (line: number, column: number): Position | undefined => {
      if (!trace) return { line, column }
      const found = originalPositionFor(trace, { line: line + 1, column })
      return found.line === null ? undefined : { line: found.line - 1, column: found.column }
    }
    const { references, metas } = referencesIn(js)
    const imports = new Set<string>()
    this.#drafting = (file) => imports.add(file)
    try {
      const urls = references.map(({ specifier }) => this.#resolve(specifier, dirname(path)))
      return { source: { path, code, original }, js, references, metas, imports, text: [path, js, ...urls].join("\0") }
    } finally {
      this.#drafting = undefined
    }
  }

  /** The cache file of a module: named after its text and the texts of all that it imports, directly or not. */
  #fileOf(path: string, drafts: ReadonlyMap<string, Draft>): string {
    const reached = new Set([path])
    for (const file of reached) for (const imported of drafts.get(file)?.imports ?? []) reached.add(imported)
    const hash = createHash("sha256")
    for (const file of [path, ...[...reached].sort()]) hash.update(drafts.get(file)?.text ?? "").update("\0")
    return join(this.#folder, `${hash.digest("hex").slice(0, 24)}.mjs`)
  }

  /** Makes every import absolute, since the text moves to the cache, and `import.meta` speak of the source. */
  #write(url: string, { source, js, references, metas }: Draft): void {
    const { path } = source
    const text = new MagicString(js)
    for (const { start, end, specifier } of references) {
      text.update(start, end, JSON.stringify(this.#resolve(specifier, dirname(path))))
    }
    const meta = JSON.stringify({ url: pathToFileURL(path).href, dirname: dirname(path), filename: path })
    for (const { start, end } of metas) text.update(start, end, `(${meta})`)
    const file = fileURLToPath(url)
    writeFileSync(file, text.toString())
    // Stacks name a module by its URL; under a test runner or a debugger also by its path.
    this.#sources.set(url, source)
    this.#sources.set(file, source)
  }
}

function referencesIn(js: string): Pick<Draft, "references" | "metas"> {
  const { program, module } = parseSync("module.mjs", js, { lang: "js", sourceType: "module" })
  const references: Reference[] = []
  const add = ({ start, end, value }: { start: number; end: number; value: string }) =>
    references.push({ start, end, specifier: value })
  for (const { moduleRequest } of module.staticImports) add(moduleRequest)
  for (const statement of program.body) {
    if (statement.type === "ExportNamedDeclaration" || statement.type === "ExportAllDeclaration") {
      if (statement.source) add(statement.source)
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const quoted = /^(["'])(.*)\1$/.exec(js.slice(moduleRequest.start, moduleRequest.end))
    if (quoted) add({ ...moduleRequest, value: quoted[2] ?? "" })
  }
  return { references, metas: module.importMetas }
}
