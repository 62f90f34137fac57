import { readFileSync } from "node:fs"
import { isAbsolute, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"

/** Our own files, which no traceback shows: dist/, or the checkout when we run from source. */
const own = fileURLToPath(new URL("..", import.meta.url))

/** A file of JavaScript that the user has written, for tracebacks; undefined for packages, Node and ourselves. */
export function localSource(file: string): { path: string; code: string } | undefined {
  try {
    const name = file.replace(/\?.*$/, "")
    const path = name.startsWith("file:") ? fileURLToPath(name) : name
    if (!isAbsolute(path) || path.startsWith(own) || path.split(sep).includes("node_modules")) return undefined
    return { path, code: readFileSync(path, "utf8") }
  } catch {
    return undefined
  }
}

/** A path as short as it can be said: from the notebook's folder, when it stands below it. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short
}
