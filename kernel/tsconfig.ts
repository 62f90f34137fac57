import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, isAbsolute, join, resolve } from "node:path"

/** The options of a tsconfig.json that we read ourselves; all others are the language server's. */
export interface CompilerOptions {
  /** Where imports lead that match a pattern; in absolute paths. */
  readonly paths?: Readonly<Record<string, readonly string[]>>
  readonly jsx?: string
  readonly jsxFactory?: string
  readonly jsxFragmentFactory?: string
  readonly jsxImportSource?: string
  readonly target?: string
  readonly strict?: boolean
  readonly strictNullChecks?: boolean
  readonly experimentalDecorators?: boolean
  readonly emitDecoratorMetadata?: boolean
  readonly useDefineForClassFields?: boolean
}

interface Tsconfig {
  readonly extends?: string | readonly string[]
  readonly compilerOptions?: CompilerOptions
}

const maxDepth = 20

/** The text of the tsconfig.json in a folder. */
export function tsconfigText(folder: string): string | undefined {
  return textOf(join(folder, "tsconfig.json"))
}

/** The options of the tsconfig.json in a folder, and of those that it extends; none where there is none. */
export function compilerOptions(folder: string): CompilerOptions {
  return optionsOf(join(folder, "tsconfig.json"), maxDepth)
}

/** The files that a specifier may mean by the `paths` of a tsconfig.json: those of the pattern that fits best. */
export function mappedPaths(specifier: string, { paths = {} }: CompilerOptions): string[] {
  let best: { readonly head: string; readonly match: string; readonly targets: readonly string[] } | undefined
  for (const [pattern, targets] of Object.entries(paths)) {
    const [head = "", tail] = pattern.split("*", 2)
    if (tail === undefined) {
      if (pattern === specifier) return [...targets]
    } else if (specifier.startsWith(head) && specifier.endsWith(tail) && specifier.length >= pattern.length - 1) {
      const match = specifier.slice(head.length, specifier.length - tail.length)
      if (!best || head.length > best.head.length) best = { head, match, targets }
    }
  }
  return best ? best.targets.map((target) => target.replace("*", () => best.match)) : []
}

function optionsOf(file: string, depth: number): CompilerOptions {
  const config = parse(textOf(file))
  const bases = depth > 0 ? [config.extends ?? []].flat() : []
  const inherited = bases.map((base) => optionsOf(fileOf(base, file), depth - 1))
  const { paths, ...options } = config.compilerOptions ?? {}
  return Object.assign({}, ...inherited, options, paths ? { paths: absolute(paths, dirname(file)) } : {})
}

/** The file that `extends` names: beside the one that says so, or in a package. */
function fileOf(base: string, from: string): string {
  if (/^\.{0,2}\//.test(base) || isAbsolute(base)) {
    const file = resolve(dirname(from), base)
    return file.endsWith(".json") ? file : `${file}.json`
  }
  const { resolve: find } = createRequire(from)
  for (const name of [base, `${base}.json`, `${base}/tsconfig.json`]) {
    try {
      return find(name)
    } catch {
      // the next name, or a file that is not there, which says nothing
    }
  }
  return base
}

function absolute(paths: NonNullable<CompilerOptions["paths"]>, folder: string): CompilerOptions["paths"] {
  return Object.fromEntries(
    Object.entries(paths).map(([pattern, targets]) => [pattern, targets.map((target) => resolve(folder, target))]),
  )
}

/** What a tsconfig.json says, comments and trailing commas allowed; nothing of a broken one. */
function parse(text: string | undefined): Tsconfig {
  if (text === undefined) return {}
  try {
    const json = text
      .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, string: string | undefined) => string ?? "")
      .replace(/,(\s*[}\]])/g, "$1")
    return JSON.parse(json) as Tsconfig
  } catch {
    return {}
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}
