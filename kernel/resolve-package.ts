import { existsSync, readFileSync, realpathSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

type Exports = string | null | Exports[] | { [key: string]: Exports }

const conditions = new Set(["node", "import", "default"])

/**
 * The file that `import "specifier"` means in a module of the folder `from`: Node's own algorithm with the conditions of
 * `import`, which Node offers only to modules, not to scripts. Undefined when no such package is installed.
 */
export function resolvePackage(specifier: string, from: string): string | undefined {
  const parts = specifier.split("/")
  const name = parts.splice(0, specifier.startsWith("@") ? 2 : 1).join("/")
  const subpath = ["."].concat(parts).join("/")
  for (let folder = from; ; folder = dirname(folder)) {
    const root = join(folder, "node_modules", name)
    const manifest = join(root, "package.json")
    if (existsSync(manifest)) {
      const json = JSON.parse(readFileSync(manifest, "utf8")) as { exports?: Exports; main?: string }
      const file = json.exports === undefined ? legacy(root, subpath, json.main) : exported(json.exports, subpath)
      const path = file === undefined ? undefined : join(root, file)
      if (path !== undefined && existsSync(path)) return realpathSync(path)
      return byRequire(specifier, from)
    }
    if (folder === dirname(folder)) return byRequire(specifier, from)
  }
}

function byRequire(specifier: string, from: string): string | undefined {
  try {
    return createRequire(join(from, "cell.js")).resolve(specifier)
  } catch {
    return undefined
  }
}

/** A package without `exports`: its main file, or the file of the subpath. */
function legacy(root: string, subpath: string, main?: string): string | undefined {
  const base = subpath === "." ? (main ?? "index.js") : subpath
  const tries = [base, `${base}.js`, `${base}.mjs`, `${base}.cjs`, `${base}/index.js`]
  return tries.find((file) => existsSync(join(root, file)) && statSync(join(root, file)).isFile())
}

function exported(exports: Exports, subpath: string): string | undefined {
  const isMap = typeof exports === "object" && exports !== null && !Array.isArray(exports)
  const map: { [key: string]: Exports } =
    isMap && Object.keys(exports).some((key) => key.startsWith(".")) ? exports : { ".": exports }
  const exact = map[subpath]
  if (exact !== undefined) return target(exact, "")
  let best: { pattern: string; match: string } | undefined
  for (const pattern of Object.keys(map)) {
    const [head = "", tail] = pattern.split("*", 2)
    if (tail === undefined || !subpath.startsWith(head) || !subpath.endsWith(tail)) continue
    if (best && best.pattern.length >= pattern.length) continue
    best = { pattern, match: subpath.slice(head.length, subpath.length - tail.length) }
  }
  return best ? target(map[best.pattern] ?? null, best.match) : undefined
}

function target(exports: Exports, match: string): string | undefined {
  if (typeof exports === "string") return exports.replaceAll("*", match)
  if (exports === null) return undefined
  const entries = Array.isArray(exports) ? exports.map((value) => ["default", value] as const) : Object.entries(exports)
  for (const [condition, value] of entries) {
    if (!conditions.has(condition)) continue
    const found = target(value, match)
    if (found !== undefined) return found
  }
  return undefined
}
