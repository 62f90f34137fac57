import { readdirSync } from "node:fs"
import { homedir } from "node:os"
import { resolve } from "node:path"
import { stringAt } from "./code-strings.js"
import type { Completion, Completions, Hover, Language } from "./language.js"
import type { LiveValue, LiveValues } from "./live-values.js"

/** Functions whose strings are names of files, also of those in the notebook's own folder. */
const filesCallee =
  /\b(?:\w*(?:[rR]ead|[wW]rite|[lL]oad|[oO]pen|[sS]ave)\w*|\w*(?:File|Path|Csv|CSV|Parquet|Image))\(\s*$/
/** How far before a string a table may be named whose columns it means. */
const reach = 300
const maxPaths = 200

/**
 * A language that also knows what the variables of the session hold: shapes, layers, columns; and the files beside the
 * notebook. It is told after each cell, so it answers while the next one runs.
 */
export class LiveLanguage implements Language {
  readonly #language: Language
  readonly #cwd: string
  readonly #values = new Map<string, LiveValue>()

  constructor(language: Language, cwd: string) {
    this.#language = language
    this.#cwd = cwd
  }

  /** Takes in what changed. */
  update(values: LiveValues): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === null) this.#values.delete(name)
      else this.#values.set(name, value)
    }
  }

  check: Language["check"] = (...values) => this.#language.check(...values)
  explain: Language["explain"] = (...values) => this.#language.explain(...values)
  commit: Language["commit"] = (...values) => this.#language.commit(...values)
  close: Language["close"] = () => this.#language.close()

  async complete(code: string, offset: number): Promise<Completions> {
    const string = stringAt(code, offset)
    const found = await this.#language.complete(code, offset).catch((error: unknown) => {
      if (string === undefined) throw error
      return { items: [], start: offset, end: offset }
    })
    if (string === undefined) return this.#withValues(found, code, offset)
    // Where any string may stand, the checker proposes the one that stands there already.
    const isEcho = ({ text, type }: Completion) => type === "constant" && code.startsWith(text, string.start)
    if (!found.items.every(isEcho)) return found
    const typed = code.slice(string.start, offset)
    const before = code.slice(Math.max(0, string.start - reach), string.start - 1)
    const columns = this.#columns(before, typed)
    if (columns.length > 0) return { items: columns, start: string.start, end: offset }
    return this.#paths(before, typed, offset) ?? found
  }

  async hover(code: string, offset: number): Promise<Hover | undefined> {
    const hover = await this.#language.hover(code, offset)
    const text = this.#valueOf(pathAt(code, offset))
    if (text === undefined) return hover
    const markdown = `**now** \`${text.replaceAll("`", "'")}\``
    if (!hover) return { markdown, text: `now ${text}` }
    return { markdown: `${hover.markdown}\n\n${markdown}`, text: `${hover.text}\n\nnow ${text}` }
  }

  /** What a variable, or a named part of one, is at the moment: of `model.encoder.fc1` the layer. */
  #valueOf(path: string): string | undefined {
    const [name = "", ...rest] = path.split(".")
    const value = this.#values.get(name)
    return rest.length === 0 ? value?.text : value?.members?.[rest.join(".")]
  }

  /** The language's proposals with what they are at the moment; the parts of a value that have one come first. */
  #withValues(found: Completions, code: string, offset: number): Completions {
    const owner = /((?:[\p{ID_Continue}$]+\.)*)[\p{ID_Continue}$]*$/u.exec(code.slice(0, offset))?.[1] ?? ""
    const known: Completion[] = []
    const others: Completion[] = []
    for (const item of found.items) {
      const text = this.#valueOf(owner + item.text)
      if (text === undefined) others.push(item)
      else (owner === "" ? others : known).push({ ...item, signature: text })
    }
    return { ...found, items: [...known, ...others] }
  }

  #columns(before: string, typed: string): Completion[] {
    for (const [name] of [...before.matchAll(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu)].reverse()) {
      const columns = this.#values.get(name)?.columns ?? []
      const fitting = columns.filter((column) => column.toLowerCase().startsWith(typed.toLowerCase()))
      if (fitting.length > 0) return fitting.map((text) => ({ text, type: "property", signature: `column of ${name}` }))
    }
    return []
  }

  #paths(before: string, typed: string, offset: number): Completions | undefined {
    if (!/^(?:\.{1,2}|~)?\//.test(typed) && !typed.includes("/") && !filesCallee.test(before)) return undefined
    const slash = typed.lastIndexOf("/") + 1
    const folder = typed.slice(0, slash).replace(/^~(?=\/)/, homedir())
    const start = typed.slice(slash)
    try {
      const entries = readdirSync(resolve(this.#cwd, folder || "."), { withFileTypes: true })
      const items = entries
        .filter(({ name }) => name.startsWith(start) && (start !== "" || !name.startsWith(".")))
        .map((entry) =>
          entry.isDirectory() ? { text: `${entry.name}/`, type: "folder" } : { text: entry.name, type: "file" },
        )
        .sort((a, b) => Number(b.type === "folder") - Number(a.type === "folder") || (a.text < b.text ? -1 : 1))
      return { items: items.slice(0, maxPaths), start: offset - start.length, end: offset }
    } catch {
      return undefined // no such folder
    }
  }
}

/** The dotted path of names that stands at an offset: in `model.fc1.weight` with the cursor in `fc1`, `model.fc1`. */
function pathAt(code: string, offset: number): string {
  const end = offset + (/^[\p{ID_Continue}$]*/u.exec(code.slice(offset))?.[0].length ?? 0)
  return (
    /(?:[\p{ID_Start}$_][\p{ID_Continue}$]*\.)*[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.exec(code.slice(0, end))?.[0] ??
    ""
  )
}
