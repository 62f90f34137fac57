/** One cell that was run: session number, line number, code. */
export type HistoryEntry = [session: number, line: number, code: string]

/** The cells of this session, as `history_request` asks for them. */
export class CellHistory {
  readonly #entries: HistoryEntry[] = []

  add(line: number, code: string): void {
    this.#entries.push([0, line, code])
  }

  find(request: {
    hist_access_type?: unknown
    n?: unknown
    start?: unknown
    stop?: unknown
    pattern?: unknown
    unique?: unknown
    output?: unknown
  }): unknown[] {
    const n = typeof request.n === "number" ? request.n : this.#entries.length
    let found = this.#entries
    if (request.hist_access_type === "range") {
      const start = typeof request.start === "number" ? request.start : 1
      const stop = typeof request.stop === "number" ? request.stop : Number.POSITIVE_INFINITY
      found = found.filter(([, line]) => line >= start && line < stop)
    } else {
      if (request.hist_access_type === "search") {
        const pattern = globPattern(typeof request.pattern === "string" ? request.pattern : "*")
        found = found.filter(([, , code]) => pattern.test(code))
        if (request.unique === true) found = [...new Map(found.map((entry) => [entry[2], entry])).values()]
      }
      found = n === 0 ? [] : found.slice(-n)
    }
    return request.output === true ? found.map(([session, line, code]) => [session, line, [code, null]]) : found
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
