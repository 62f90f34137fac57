import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

/** One cell that was run. */
export interface HistoryEntry {
  readonly session: number
  readonly line: number
  readonly code: string
  /** The text of its result. */
  output: string | null
}

/** What of a history is asked for: the content of a `history_request`, of which nothing is taken for granted. */
export interface HistoryQuery {
  readonly hist_access_type?: unknown
  readonly session?: unknown
  readonly n?: unknown
  readonly start?: unknown
  readonly stop?: unknown
  readonly pattern?: unknown
  readonly unique?: unknown
  readonly output?: unknown
}

const maxSessions = 500
const maxTotalBytes = 32 << 20
/** What one session may write; what comes after is remembered until it ends. */
const maxSessionBytes = 4 << 20
const maxOutput = 2_000
/** Of so many cells of this session the history is held in memory. */
const maxEntries = 20_000
const writeAfterMs = 50

/** Where kernels keep what was run: a folder with one file a session. `CELLGRAD_HISTORY` names another, `off` none. */
export function historyFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.CELLGRAD_HISTORY === "off") return undefined
  return (
    env.CELLGRAD_HISTORY ||
    join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "cellgrad", "notebook-history")
  )
}

/**
 * The cells of this and earlier sessions, as `history_request` asks for them. Each session appends to a file of its own,
 * `000042.jsonl`, whose number it gets by being the one that creates it: so kernels that run at once never meet. A line
 * is `{ "line": 3, "code": "1 + 1" }` or, once the result is known, `{ "line": 3, "output": "2" }`.
 */
export class CellHistory {
  readonly #folder: string | undefined
  readonly #entries: HistoryEntry[] = []
  #session = 0
  #bytes = 0
  #unwritten = ""

  /** Without a folder the history lives in memory only. */
  constructor(folder?: string) {
    this.#folder = folder
  }

  /** The cells of this session, newest last. */
  get cells(): readonly HistoryEntry[] {
    return this.#entries
  }

  add(line: number, code: string): void {
    if (this.#entries.length === 0) this.#begin()
    this.#entries.push({ session: this.#session, line, code, output: null })
    if (this.#entries.length > maxEntries) this.#entries.splice(0, maxEntries / 2)
    this.#append({ line, code })
  }

  /** Says what came out of the cell that was added as `line`. */
  setOutput(line: number, text: string): void {
    const entry = this.#entries.findLast((entry) => entry.line === line)
    if (!entry) return
    entry.output = text.slice(0, maxOutput)
    this.#append({ line, output: entry.output })
  }

  /** The content of the reply: `[session, line, code]`, or `[session, line, [code, output]]` with `output`. */
  find(query: HistoryQuery): unknown[] {
    const entries = this.#select(query)
    return entries.map(({ session, line, code, output }) => [
      session,
      line,
      query.output === true ? [code, output] : code,
    ])
  }

  #select(query: HistoryQuery): HistoryEntry[] {
    const count = typeof query.n === "number" && query.n >= 0 ? query.n : Number.POSITIVE_INFINITY
    if (query.hist_access_type === "range") return this.#range(query)
    if (query.hist_access_type !== "search") return this.#newest(count, () => true)
    const pattern = globPattern(typeof query.pattern === "string" ? query.pattern : "*")
    const seen = new Set<string>()
    const matches = ({ code }: HistoryEntry) => {
      if (!pattern.test(code) || (query.unique === true && seen.has(code))) return false
      seen.add(code)
      return true
    }
    return this.#newest(count, matches)
  }

  /** Lines of one session: 0 is this one, -1 the one before it, 42 that of this number. */
  #range({ session = 0, start, stop }: HistoryQuery): HistoryEntry[] {
    const number = typeof session === "number" ? session : 0
    const from = typeof start === "number" ? start : 1
    const to = typeof stop === "number" ? stop : Number.POSITIVE_INFINITY
    const within = ({ line }: HistoryEntry) => line >= from && line < to
    if (number === 0) return this.#entries.filter(within).map((entry) => ({ ...entry, session: 0 }))
    return this.#read(number > 0 ? number : this.#earlier().at(number)).filter(within)
  }

  /** The newest `count` entries that `matches`, oldest first. */
  #newest(count: number, matches: (entry: HistoryEntry) => boolean): HistoryEntry[] {
    const found: HistoryEntry[] = []
    const take = (entries: readonly HistoryEntry[]) => {
      for (let i = entries.length - 1; i >= 0 && found.length < count; i--) {
        const entry = entries[i]
        if (entry && matches(entry)) found.push(entry)
      }
    }
    take(this.#entries)
    for (const session of this.#earlier().reverse()) {
      if (found.length >= count) break
      take(this.#read(session))
    }
    return found.reverse()
  }

  /** The numbers of the sessions before this one. */
  #earlier(): number[] {
    const last = this.#session > 0 ? this.#session : Number.POSITIVE_INFINITY
    return this.#sessions().filter((number) => number < last)
  }

  #sessions(): number[] {
    if (this.#folder === undefined) return []
    try {
      const numbers = readdirSync(this.#folder).map((name) => Number(/^(\d+)\.jsonl$/.exec(name)?.[1]))
      return numbers.filter((number) => number > 0).sort((a, b) => a - b)
    } catch {
      return []
    }
  }

  #read(session: number | undefined): HistoryEntry[] {
    if (session === undefined || this.#folder === undefined) return []
    if (session === this.#session) return this.#entries
    const entries: HistoryEntry[] = []
    for (const text of readLines(fileOf(this.#folder, session))) {
      try {
        const { line, code, output } = JSON.parse(text) as Partial<HistoryEntry>
        if (typeof line !== "number") continue
        if (typeof code === "string") entries.push({ session, line, code, output: null })
        const last = entries.at(-1)
        if (typeof output === "string" && last?.line === line) last.output = output
      } catch {
        // A line that was cut off when its kernel died.
      }
    }
    return entries
  }

  /** Creates the file of this session, and removes the oldest ones when there are too many. */
  #begin(): void {
    const folder = this.#folder
    if (folder === undefined) return
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const sessions = this.#sessions()
      for (let number = (sessions.at(-1) ?? 0) + 1; this.#session === 0; number++) {
        try {
          writeFileSync(fileOf(folder, number), "", { flag: "wx", mode: 0o600 })
          this.#session = number
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
        }
      }
      let total = 0
      for (const [i, number] of sessions.reverse().entries()) {
        total += statSync(fileOf(folder, number)).size
        if (i >= maxSessions || total > maxTotalBytes) rmSync(fileOf(folder, number), { force: true })
      }
    } catch {
      // A home that cannot be written to costs the history, not the session.
    }
  }

  #append(record: object): void {
    if (this.#session === 0) return
    const text = `${JSON.stringify(record)}\n`
    this.#bytes += text.length
    if (this.#bytes > maxSessionBytes) return
    if (this.#unwritten === "") setTimeout(() => this.flush(), writeAfterMs).unref()
    this.#unwritten += text
  }

  /** Writes what was added last; called once more before the process ends. */
  flush(): void {
    const text = this.#unwritten
    this.#unwritten = ""
    if (this.#folder === undefined || text === "") return
    try {
      appendFileSync(fileOf(this.#folder, this.#session), text)
    } catch {
      // As above.
    }
  }
}

function fileOf(folder: string, session: number): string {
  return join(folder, `${String(session).padStart(6, "0")}.jsonl`)
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean)
  } catch {
    return []
  }
}

/** The pattern of a search: `*` stands for anything, `?` for one character. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[\\s\\S]*")
    .replace(/\?/g, "[\\s\\S]")
  return new RegExp(`^${source}$`)
}
