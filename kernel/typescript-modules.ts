import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"
import MagicString from "magic-string"
import { parseSync } from "oxc-parser"
import { type TransformOptions, transformSync } from "oxc-transform"
import { codeFrame } from "./code-frame.js"
import { type Position, positionAt } from "./positions.js"
import { typescriptOptions } from "./transpile.js"

const { target = "es2022", decorator = {}, helpers = {} } = typescriptOptions
/** As for cells, but an import that only types need is dropped, and the file's extension says its language. */
const moduleOptions: TransformOptions = { sourceType: "module", sourcemap: true, target, decorator, helpers }

/** A local file as its errors are looked up. */
export interface ModuleSource {
  readonly path: string
  readonly code: string
  original(line: number, column: number): Position | undefined
}

/**
 * Local TypeScript files as modules that any supported Node can import: transpiled into a cache folder, under a name that
 * changes with the text of the file and of what it imports, so that a changed file is imported anew.
 */
export class TypeScriptModules {
  readonly #resolve: (specifier: string, from: string) => string
  readonly #folder: string
  readonly #sources = new Map<string, ModuleSource>()
  readonly #open: string[] = []

  constructor(resolve: (specifier: string, from: string) => string) {
    this.#resolve = resolve
    this.#folder = join(tmpdir(), `cellgrad-modules-${process.getuid?.() ?? userInfo().username}`)
  }

  /** The source behind a module's URL or cache file, for tracebacks. */
  source(file: string): ModuleSource | undefined {
    return this.#sources.get(file)
  }

  /** The URL of the module that a TypeScript file is now. */
  url(path: string): string {
    if (this.#open.includes(path)) {
      const circle = [...this.#open.slice(this.#open.indexOf(path)), path].join(" → ")
      throw new Error(`local modules import each other in a circle: ${circle}; move what they share into a third file`)
    }
    this.#open.push(path)
    try {
      return this.#compile(path)
    } finally {
      this.#open.pop()
    }
  }

  #compile(path: string): string {
    const code = readFileSync(path, "utf8")
    const { code: js, map, errors } = transformSync(path, code, moduleOptions)
    const [error] = errors
    if (error) {
      const at = positionAt(code, error.labels[0]?.start ?? 0)
      throw new SyntaxError(`${path}, line ${at.line + 1}: ${error.message}\n${codeFrame(code, at)}`)
    }
    const text = this.#absolute(js, path)
    const hash = createHash("sha256").update(path).update(text).digest("hex").slice(0, 24)
    const file = join(this.#folder, `${hash}.mjs`)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writeFileSync(file, text)
    const url = pathToFileURL(file).href
    const trace = map ? new TraceMap(map as never) : undefined
    // The rewriting changes names of files only, on their own lines: lines stay, and columns of statements too.
    const original = (line: number, column: number): Position | undefined => {
      if (!trace) return { line, column }
      const found = originalPositionFor(trace, { line: line + 1, column })
      return found.line === null ? undefined : { line: found.line - 1, column: found.column }
    }
    const source = { path, code, original }
    // Stacks name a module by its URL; under a test runner or a debugger also by its path.
    this.#sources.set(url, source)
    this.#sources.set(file, source)
    return url
  }

  /** Makes every import absolute, since the text moves to the cache, and `import.meta` speak of the source. */
  #absolute(js: string, path: string): string {
    const { program, module } = parseSync("module.mjs", js, { lang: "js", sourceType: "module" })
    const text = new MagicString(js)
    const folder = dirname(path)
    const replace = (start: number, end: number, specifier: string) =>
      text.update(start, end, JSON.stringify(this.#resolve(specifier, folder)))
    for (const { moduleRequest } of module.staticImports) {
      replace(moduleRequest.start, moduleRequest.end, moduleRequest.value)
    }
    for (const statement of program.body) {
      if (
        (statement.type === "ExportNamedDeclaration" || statement.type === "ExportAllDeclaration") &&
        statement.source
      ) {
        replace(statement.source.start, statement.source.end, statement.source.value)
      }
    }
    for (const { moduleRequest } of module.dynamicImports) {
      const literal = js.slice(moduleRequest.start, moduleRequest.end)
      const quoted = /^(["'])(.*)\1$/.exec(literal)
      if (quoted) replace(moduleRequest.start, moduleRequest.end, quoted[2] ?? "")
    }
    const meta = JSON.stringify({ url: pathToFileURL(path).href, dirname: folder, filename: path })
    for (const { start, end } of module.importMetas) text.update(start, end, `(${meta})`)
    return text.toString()
  }
}
