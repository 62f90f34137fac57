import { readFileSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"

const specifiers = /\b(?:from|import)\s*\(?\s*["'](\.{0,2}\/[^"']+)["']/g
const endings = ["", ".ts", ".mts", ".js", ".json", "/index.ts"]

export type FileChange = "created" | "changed" | "deleted"

/**
 * The files beside the notebook that its cells import, directly or through one another, and whether they changed.
 *
 * The language server trusts its editor to tell it about files; we are the editor, so the few files that matter are
 * looked at before each question. That is cheaper, and more certain over network drives, than watching folders.
 */
export class LocalFiles {
  readonly #stamps = new Map<string, string>()

  /** Remembers the files that a text imports by a relative or absolute path. */
  follow(text: string, folder: string): void {
    for (const [, specifier = ""] of text.matchAll(specifiers)) {
      const path = resolve(folder, specifier)
      for (const candidate of candidates(path)) {
        if (this.#stamps.has(candidate)) continue
        this.#stamps.set(candidate, stamp(candidate))
        this.#followInto(candidate)
      }
    }
  }

  /** What changed on disk since the last call. */
  changes(): Map<string, FileChange> {
    const found = new Map<string, FileChange>()
    for (const [path, before] of [...this.#stamps]) {
      const now = stamp(path)
      if (now === before) continue
      this.#stamps.set(path, now)
      found.set(path, now === "" ? "deleted" : before === "" ? "created" : "changed")
      this.#followInto(path)
    }
    return found
  }

  #followInto(path: string): void {
    if (this.#stamps.get(path) === "" || !/\.[mc]?[jt]sx?$/.test(path)) return
    try {
      this.follow(readFileSync(path, "utf8"), dirname(path))
    } catch {
      // A file that cannot be read has nothing to follow; the import itself will say what is wrong.
    }
  }
}

/** The paths that an import of `path` may mean; `./x.js` may be written for the file x.ts. */
function candidates(path: string): string[] {
  return [...endings.map((ending) => path + ending), path.replace(/\.([mc]?)js$/, ".$1ts")]
}

/** What differs when a file changed; empty when there is none. */
function stamp(path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true })
    return found?.isFile() ? `${found.mtimeNs} ${found.size}` : ""
  } catch {
    return "" // below a file, or in a folder that we may not read
  }
}
