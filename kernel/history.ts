import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"

const kept = 1000

/** Where the prompt's history is kept between sessions. */
export function historyPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "cellgrad", "history")
}

/**
 * The entries of this and earlier sessions, oldest first. The file holds one JSON string a line, so that entries of
 * several lines stay whole; each entry is appended at once, so that parallel sessions lose nothing.
 */
export class History {
  readonly entries: string[]
  readonly #path: string | undefined

  /** Reads the history; without a path it lives in memory only. */
  constructor(path?: string) {
    this.#path = path
    this.entries = path === undefined ? [] : readEntries(path)
  }

  add(entry: string): void {
    if (entry.trim() === "" || entry === this.entries.at(-1)) return
    this.entries.push(entry)
    if (this.#path === undefined) return
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      appendFileSync(this.#path, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
    } catch {
      // A home that cannot be written to costs the history, not the session.
    }
  }
}

function readEntries(path: string): string[] {
  let lines: string[]
  try {
    lines = readFileSync(path, "utf8").split("\n")
  } catch {
    return []
  }
  const entries = lines.flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line)
      return typeof entry === "string" ? [entry] : []
    } catch {
      return []
    }
  })
  if (entries.length > 2 * kept) shorten(path, entries.slice(-kept))
  return entries.slice(-kept)
}

function shorten(path: string, entries: readonly string[]): void {
  try {
    const fresh = `${path}.${process.pid}`
    writeFileSync(fresh, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), { mode: 0o600 })
    renameSync(fresh, path)
  } catch {
    // The next session tries again.
  }
}
