import type { Key } from "./line-editor.js"

/** How a search ends: with the entry that was found, with the text as it was, or with that entry at once. */
export type SearchEnd = "take" | "cancel" | "run"

/** A search backwards through the history, as Ctrl-R starts it: each key narrows it or goes on to an older entry. */
export class HistorySearch {
  query = ""
  readonly #entries: readonly string[]
  #place: number

  /** `entries` are the earlier ones, oldest first. */
  constructor(entries: readonly string[]) {
    this.#entries = entries
    this.#place = entries.length
  }

  /** The newest entry that holds what was typed, not newer than where the search stands; undefined when there is none. */
  get found(): string | undefined {
    return this.query === "" ? undefined : this.#entries[this.#place]
  }

  /** Where in the entry that stands. */
  get offset(): number {
    return this.found?.lastIndexOf(this.query) ?? 0
  }

  /** Applies one key; says how the search ends, if it does. */
  press(input: string | undefined, key: Key): SearchEnd | undefined {
    if (key.name === "return" || key.name === "enter") return this.found === undefined ? "cancel" : "run"
    if (key.ctrl && (key.name === "c" || key.name === "g")) return "cancel"
    if (key.ctrl && key.name === "r") this.#seek(this.#place - 1)
    else if (key.name === "backspace") this.#type(this.query.slice(0, -1))
    else if (key.ctrl || key.meta || input === undefined || /^\p{Cc}/u.test(input)) return "take"
    else this.#type(this.query + input)
    return undefined
  }

  #type(query: string): void {
    this.query = query
    this.#seek(this.#entries.length - 1)
  }

  /** The newest match from an entry on; none leaves the search where it is. */
  #seek(from: number): void {
    for (let place = from; place >= 0; place--) {
      if (this.#entries[place]?.includes(this.query)) {
        this.#place = place
        return
      }
    }
    if (!this.found?.includes(this.query)) this.#place = this.#entries.length
  }
}
