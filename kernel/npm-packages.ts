import { spawn } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

/** What `npm:name@range/subpath` asks for. */
export interface NpmSpecifier {
  readonly name: string
  /** A version, a range or a tag; empty for the newest. */
  readonly range: string
  /** What follows the name: `/plugins/x`, or nothing. */
  readonly subpath: string
}

/** A package that cannot be installed; the message says what to do. */
export class InstallFailure extends Error {
  override readonly name = "ImportError"
}

/** Reads `npm:@scope/name@^1.2/sub`; undefined for any other specifier. */
export function npmSpecifier(specifier: string): NpmSpecifier | undefined {
  const [, name, range = "", subpath = ""] =
    /^npm:\/?((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)(?:@([^/\s]+))?(\/.*)?$/.exec(specifier) ?? []
  return name === undefined ? undefined : { name, range, subpath }
}

/** The specifiers with `npm:` that a text imports. */
export function npmImports(code: string): string[] {
  if (!code.includes("npm:")) return []
  const imports = code.matchAll(/\b(?:from|import|require)\s*\(?\s*["'](npm:[^"'\s]+)["']/g)
  return [...new Set(Array.from(imports, ([, specifier = ""]) => specifier))]
}

/** The folder in whose node_modules a package lies, whether it is installed or not. */
export function npmFolder({ name, range }: NpmSpecifier): string {
  return join(cacheFolder(), `${name}@${range === "" ? "latest" : range}`.replace(/[^\w.@^~-]/g, "+"))
}

/** Whether the package is there. */
export function isInstalled(specifier: NpmSpecifier): boolean {
  return existsSync(join(npmFolder(specifier), "node_modules", specifier.name, "package.json"))
}

/** The file by which the type checker finds a package's types, below its folder; it is there if the package has types. */
export function typesEntry({ name, range, subpath }: NpmSpecifier): string {
  const file = `types${subpath.replace(/[^\w.-]/g, "+")}.d.ts`
  const folder = npmFolder({ name, range, subpath })
  const path = join(folder, file)
  if (!existsSync(path) && existsSync(join(folder, hasTypes))) {
    const wanted = JSON.stringify(`${name}${subpath}`)
    writeFileSync(path, `export * from ${wanted}\nexport { default } from ${wanted}\n`)
  }
  return path
}

/** The name of the file that says that a package comes with types. */
const hasTypes = ".has-types"

function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CELLGRAD_NPM_CACHE) return env.CELLGRAD_NPM_CACHE
  if (process.platform === "win32")
    return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "cellgrad", "npm")
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "cellgrad", "npm")
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cellgrad", "npm")
}

export interface InstallOptions {
  /** Says how far it got. */
  readonly notice: (text: string) => void
  /** Is given a way to stop; what it returns is called when there is nothing to stop any more. */
  readonly started?: (stop: () => void) => () => void
}

/**
 * Installs a package with npm, below the user's cache folder, its install scripts left out. It appears there all at once:
 * who stops it half-way, or does it twice at a time, breaks nothing.
 */
export async function installPackage(specifier: NpmSpecifier, options: InstallOptions): Promise<void> {
  const { name, range } = specifier
  const wanted = range === "" ? name : `${name}@${range}`
  const start = performance.now()
  options.notice(`npm: installing ${wanted} …\n`)
  const cache = cacheFolder()
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, ".installing-"))
  try {
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n')
    const failure = await npm(["install", wanted], folder, options)
    if (failure !== undefined) throw new InstallFailure(explain(wanted, failure))
    const manifest = readManifest(join(folder, "node_modules", name))
    // Types that a package does not bring along are often in a package of their own.
    if (isTyped(manifest) || (await installTypes(name, folder, options))) writeFileSync(join(folder, hasTypes), "")
    const others = countPackages(join(folder, "node_modules")) - 1
    publish(folder, npmFolder(specifier))
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    options.notice(`npm: ${name} ${manifest.version}${others > 0 ? ` and ${others} more` : ""} in ${seconds} s\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Manifest {
  readonly version?: string
  readonly types?: string
  readonly typings?: string
  readonly exports?: unknown
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
}

function isTyped({ types, typings, exports }: Manifest): boolean {
  return types !== undefined || typings !== undefined || JSON.stringify(exports ?? "").includes('"types')
}

async function installTypes(name: string, folder: string, options: InstallOptions): Promise<boolean> {
  if (existsSync(join(folder, "node_modules", name, "index.d.ts"))) return true
  const types = `@types/${name.replace(/^@([^/]+)\//, "$1__")}`
  return (await npm(["install", types], folder, options)) === undefined
}

function countPackages(modules: string): number {
  const names = readdirSync(modules).filter((name) => !name.startsWith("."))
  return names.reduce((sum, name) => sum + (name.startsWith("@") ? readdirSync(join(modules, name)).length : 1), 0)
}

/** Gives the folder its name; another process may have been faster. */
function publish(from: string, to: string): void {
  mkdirSync(join(to, ".."), { recursive: true })
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}

/** Runs npm; what it said if it failed. */
function npm(args: readonly string[], cwd: string, { started }: InstallOptions): Promise<string | undefined> {
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--fetch-retries=1"]
  const windows = process.platform === "win32"
  return new Promise((resolve) => {
    const child = spawn(windows ? "npm.cmd" : "npm", [...args, ...options, "--fetch-retry-mintimeout=500"], {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
      shell: windows,
    })
    const ended = started?.(() => child.kill())
    let said = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text))
    child.once("error", (error) => resolve(error.message))
    child.once("close", (code) => {
      ended?.()
      resolve(code === 0 ? undefined : said || `npm ended with code ${code}`)
    })
  })
}

/** What npm's error means for the one who imports. */
function explain(wanted: string, said: string): string {
  const failed = `cannot install "${wanted}"`
  if (/\bE404\b/.test(said)) return `${failed}: npm knows no such package; check the name`
  if (/\bETARGET\b/.test(said)) return `${failed}: there is no version that fits`
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH/.test(said)) {
    return `${failed}: the npm registry cannot be reached; packages that were imported before work without it`
  }
  if (/ENOENT/.test(said)) return `${failed}: there is no npm on the path; it comes with Node`
  return `${failed}: ${said.trim().split("\n").slice(0, 3).join("; ")}`
}
