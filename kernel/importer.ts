import { existsSync, readFileSync, statSync } from "node:fs"
import { createRequire, isBuiltin } from "node:module"
import { extname, isAbsolute, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { installPackage, isInstalled, type NpmSpecifier, npmFolder, npmImports, npmSpecifier } from "./npm-packages.js"
import { ownModules } from "./own-modules.js"
import { resolvePackage } from "./resolve-package.js"
import { type CompilerOptions, compilerOptions, mappedPaths } from "./tsconfig.js"
import { TypeScriptModules } from "./typescript-modules.js"

/** An import that cannot be resolved; the message says what to do. */
export class ImportError extends Error {
  override readonly name = "ImportError"
}

/** An import of a package that is first to be installed. */
class NotInstalled extends ImportError {
  constructor(readonly specifier: NpmSpecifier) {
    super(`the package "${specifier.name}" is not installed yet`)
  }
}

export interface ImporterOptions {
  /** Says what is being installed, and that it is. */
  readonly notice?: (text: string) => void
  /** Is given a way to stop an installation; see Execution.scheduled. */
  readonly scheduled?: (stop: () => void) => () => void
}

/** What a cell finds under `import.meta`. */
export interface CellMeta {
  readonly url: string
  readonly dirname: string
  readonly filename: string
  resolve(specifier: string): string
}

const typescript = /\.(?:[mc]?ts|tsx)$/

/** Loads what cells import: packages from the notebook's folder, local files of either language, JSON, built-in modules. */
export class Importer {
  readonly modules = new TypeScriptModules(
    (specifier, from) => this.#url(specifier, from),
    () => this.compilerOptions,
  )
  readonly #cwd: string
  /** Those of our own modules that have been loaded, for `require`. */
  readonly loaded = new Map<string, unknown>()
  readonly #install: { notice: (text: string) => void; started: (stop: () => void) => () => void }

  constructor(cwd: string, { notice = () => {}, scheduled = () => () => {} }: ImporterOptions = {}) {
    this.#cwd = cwd
    this.#install = { notice, started: scheduled }
  }

  /** What the notebook's tsconfig.json says now. */
  get compilerOptions(): CompilerOptions {
    return compilerOptions(this.#cwd)
  }

  /** Installs what a cell imports by `npm:`, before its types are looked up. */
  async prepare(code: string): Promise<void> {
    for (const name of npmImports(code)) {
      const specifier = npmSpecifier(name)
      if (specifier && !isInstalled(specifier)) await installPackage(specifier, this.#install)
    }
  }

  async import(specifier: string): Promise<unknown> {
    const url = await this.#installing(() => this.#url(String(specifier), this.#cwd))
    if (url.startsWith("file:") && extname(fileURLToPath(url)) === ".json") {
      const value: unknown = JSON.parse(readFileSync(fileURLToPath(url), "utf8"))
      return { ...(typeof value === "object" ? value : {}), default: value }
    }
    return import(url)
  }

  /** Resolves, as often as there is a package to be installed first: local files import packages, too. */
  async #installing(resolve: () => string): Promise<string> {
    for (;;) {
      try {
        return resolve()
      } catch (error) {
        if (!(error instanceof NotInstalled)) throw error
        await installPackage(error.specifier, this.#install)
        if (!isInstalled(error.specifier)) throw error
      }
    }
  }

  /** Why an import of this specifier would fail, or undefined. */
  problem(specifier: string): string | undefined {
    if (npmSpecifier(specifier)) return undefined
    try {
      this.#url(specifier, this.#cwd)
      return undefined
    } catch (error) {
      return error instanceof ImportError ? error.message : undefined
    }
  }

  /** `import.meta` of a cell: the notebook's own module is a file of its folder that need not exist. */
  get meta(): CellMeta {
    const filename = join(this.#cwd, "notebook.ts")
    const resolve = (specifier: string) => this.#resolve(String(specifier))
    return { url: pathToFileURL(filename).href, dirname: this.#cwd, filename, resolve }
  }

  /** The URL of what a specifier means; of a TypeScript file its own, not that of what it is compiled to. */
  #resolve(specifier: string): string {
    const isRelative = /^\.{0,2}\//.test(specifier)
    const paths = isRelative ? [resolve(this.#cwd, specifier)] : mappedPaths(specifier, this.compilerOptions)
    const local = paths.map(sourceOf).find((path) => path !== undefined)
    return local === undefined ? this.#url(specifier, this.#cwd) : pathToFileURL(local).href
  }

  /** `require` as in a file of the notebook's folder. */
  get require(): NodeJS.Require {
    const real = createRequire(join(this.#cwd, "cell.js"))
    const required = (id: string): unknown => this.loaded.get(id) ?? real(this.#required(id))
    return Object.assign(required, real)
  }

  /** What Node is asked for: of what only we can find, TypeScript and npm: packages, the file that we made or installed. */
  #required(id: string): string {
    if (typeof id !== "string") return id
    const isRelative = /^\.{0,2}\//.test(id)
    const [path] = isRelative ? [resolve(this.#cwd, id)] : mappedPaths(id, this.compilerOptions)
    const file = path === undefined ? undefined : sourceOf(path)
    const isOurs = id.startsWith("npm:") || (file !== undefined && (!isRelative || typescript.test(file)))
    return isOurs ? fileURLToPath(this.#url(id, this.#cwd)) : id
  }

  #url(specifier: string, from: string): string {
    const own = ownModules.get(specifier)
    if (own !== undefined) return own
    if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`
    if (/^(file|data):/.test(specifier)) return this.#file(specifier)
    if (/^\.{0,2}\//.test(specifier) || specifier === "." || specifier === ".." || isAbsolute(specifier)) {
      return this.#local(resolve(from, specifier), specifier, from)
    }
    if (specifier.startsWith("npm:")) return this.#npm(specifier)
    for (const path of mappedPaths(specifier, this.compilerOptions)) {
      if (sourceOf(path) !== undefined) return this.#local(path, specifier, from)
    }
    const found = resolvePackage(specifier, from)
    if (found !== undefined) return pathToFileURL(found).href
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")
    throw new ImportError(`cannot find package "${name}" from ${from}; install it there: npm install ${name}`)
  }

  #npm(specifier: string): string {
    const parsed = npmSpecifier(specifier)
    if (!parsed)
      throw new ImportError(`"${specifier}" is no npm: import; write npm:name, npm:name@^1.2 or npm:name/file`)
    if (!isInstalled(parsed)) throw new NotInstalled(parsed)
    const found = resolvePackage(parsed.name + parsed.subpath, npmFolder(parsed))
    if (found === undefined) throw new ImportError(`the package "${parsed.name}" has no "${parsed.subpath.slice(1)}"`)
    return pathToFileURL(found).href
  }

  #file(url: string): string {
    return url.startsWith("data:") ? url : this.#local(fileURLToPath(url), url, this.#cwd)
  }

  #local(path: string, specifier: string, from: string): string {
    const file = sourceOf(path)
    if (file === undefined) {
      throw new ImportError(
        `cannot find "${specifier}" from ${from}; looked for ${candidates(path).slice(0, 2).join(" and ")}`,
      )
    }
    if (typescript.test(file)) return this.modules.url(file)
    const url = pathToFileURL(file)
    // A changed file is another module to Node, so that a cell run again sees the change.
    if (/\.m?js$/.test(file)) url.searchParams.set("changed", String(statSync(file).mtimeMs))
    return url.href
  }
}

/**
 * A module as a cell imports these names from it. Of a CommonJS module Node knows only those that it sees without running
 * it; the others are in what the module exports. A name that is nowhere is an error, as in any module.
 */
export function withNames(module: object, specifier: string, names: readonly string[]): object {
  const missing = names.filter((name) => !(name in module))
  if (missing.length === 0) return module
  const { default: exported } = module as { default?: unknown }
  const isObject = (typeof exported === "object" && exported !== null) || typeof exported === "function"
  const found: Record<string, unknown> = { default: exported }
  for (const name of names) {
    if (name in module) found[name] = (module as Record<string, unknown>)[name]
    else if (isObject && name in exported) found[name] = (exported as Record<string, unknown>)[name]
    else throw new ImportError(`"${specifier}" exports no "${name}"${exportsOf(module)}`)
  }
  return found
}

function exportsOf(module: object): string {
  const names = Object.keys(module).filter((name) => name !== "module.exports")
  const more = names.length > 12 ? ", …" : ""
  return names.length === 0 ? "" : `; it exports ${names.slice(0, 12).join(", ")}${more}`
}

/** The file that an import of a path means. */
function sourceOf(path: string): string | undefined {
  return candidates(path).find((file) => existsSync(file) && statSync(file).isFile())
}

function candidates(path: string): string[] {
  const sources = [".ts", ".tsx", ".mts", ".js", ".mjs", ".json"]
  if (typescript.test(path)) return [path]
  return [
    path,
    ...(/\.[mc]?js$/.test(path) ? [path.replace(/js$/, "ts")] : []),
    ...sources.map((extension) => `${path}${extension}`),
    ...sources.slice(0, 5).map((extension) => join(path, `index${extension}`)),
  ]
}
