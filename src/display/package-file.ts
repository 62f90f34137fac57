import { existsSync } from "node:fs"

/** The URL of a file of this package, from the sources and from the build (`dist/src/display`) alike. */
export function packageFile(path: string): URL {
  const fromSource = new URL(`../../${path}`, import.meta.url)
  return existsSync(fromSource) ? fromSource : new URL(`../../../${path}`, import.meta.url)
}
