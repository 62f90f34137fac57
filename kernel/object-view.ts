import { inspect, types } from "node:util"
import { jupyterDisplay } from "../src/display/host.js"
import { escapeHtml } from "./ansi-html.js"

/** A container shows so many of its entries; the rest is counted. */
const shownEntries = 50
const shownNumbers = 100
const shownRows = 20
const shownColumns = 12
/** Containers within containers are opened to this depth. */
const deepest = 5
/** One view has about so many parts, whatever it is made of: a page must stay quick. */
const mostParts = 1500
const longestText = 200

/**
 * An object, array, Map, Set or class instance as HTML that can be unfolded, the outermost level open; a list of like records as a
 * table. Getters are not called. Undefined for what is no container.
 */
export function objectHtml(value: object): string | undefined {
  const view = new ObjectView()
  const records = recordsOf(value)
  const html = records ? view.table(records, value as readonly unknown[]) : view.tree(value)
  return html === undefined ? undefined : `<div style="${frame}">${html}</div>`
}

const frame = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px;line-height:1.5"
const quiet = "opacity:.65"
const indent = "padding-left:18px"
const colors = { key: "#8E6BBF", text: "#1F9E89", number: "#3D7ABF", word: "#A94B32" } as const

/** A key as it is written, and what belongs to it. */
type Entry = readonly [key: string | undefined, value: unknown]

interface Container {
  /** What it is, in a word: `Map(3)`. */
  title: string
  size: number
  entries(): Iterable<Entry>
}

class ObjectView {
  #parts = 0
  readonly #above = new Set<object>()

  tree(value: object): string | undefined {
    const container = containerOf(value)
    return container && this.#unfolded(value, container, true, 0)
  }

  table(records: readonly string[], rows: readonly unknown[]): string {
    const columns = records.slice(0, shownColumns)
    const cell = (tag: string, text: string) =>
      `<${tag} style="text-align:left;padding:2px 10px;border:0;border-bottom:1px solid rgba(128,128,128,.3)">${text}</${tag}>`
    const head = ["", ...columns].map((name) => cell("th", escapeHtml(name))).join("")
    const body = rows.slice(0, shownRows).map((row, i) => {
      const cells = columns.map((name) => cell("td", this.#inline((row as Record<string, unknown>)[name])))
      return `<tr>${cell("td", `<span style="${quiet}">${i}</span>`)}${cells.join("")}</tr>`
    })
    const rest = [
      rows.length > shownRows ? `${count(rows.length - shownRows)} more rows` : "",
      records.length > shownColumns ? `${count(records.length - shownColumns)} more columns` : "",
    ].filter((text) => text !== "")
    const more = rest.length > 0 ? `<div style="${quiet}">… ${rest.join(", ")}</div>` : ""
    return `<div><b>Array(${count(rows.length)})</b></div><table style="border-collapse:collapse;font-size:12px;margin:4px 0"><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${more}`
  }

  #unfolded(value: object, container: Container, open: boolean, depth: number): string {
    const { title, size } = container
    if (size === 0) return `<b>${escapeHtml(title)}</b>`
    this.#above.add(value)
    const numbers = numbersOf(value)
    const lines = numbers ? [numbers] : this.#lines(container, depth)
    this.#above.delete(value)
    return `<details${open ? " open" : ""}><summary style="cursor:pointer"><b>${escapeHtml(title)}</b></summary><div style="${indent}">${lines.join("")}</div></details>`
  }

  #lines({ size, entries }: Container, depth: number): string[] {
    const lines: string[] = []
    for (const [key, value] of entries()) {
      if (lines.length === shownEntries || this.#parts++ > mostParts) {
        lines.push(`<div style="${quiet}">… ${count(size - lines.length)} more</div>`)
        break
      }
      const name = key === undefined ? "" : `<span style="color:${colors.key}">${escapeHtml(key)}</span>: `
      const inner = this.#inner(value, depth + 1)
      // A folded part brings its own line; the key stands before its summary.
      lines.push(
        inner.startsWith("<details")
          ? inner.replace('<summary style="cursor:pointer">', `<summary style="cursor:pointer">${name}`)
          : `<div>${name}${inner}</div>`,
      )
    }
    return lines
  }

  #inner(value: unknown, depth: number): string {
    if (typeof value !== "object" || value === null) return this.#inline(value)
    if (this.#above.has(value)) return `<span style="color:${colors.word}">[circular]</span>`
    const container = hasLook(value) ? undefined : containerOf(value)
    if (!container || depth >= deepest || this.#parts > mostParts) return this.#inline(value)
    const short = oneLine(value)
    // What fits on a line needs no folding.
    if (short.length <= 60 && !/\[[A-Z]\w*\]|\.\.\. \d+ more|…/.test(short)) return escapeHtml(short)
    return this.#unfolded(value, container, false, depth)
  }

  #inline(value: unknown): string {
    switch (typeof value) {
      case "string":
        return `<span style="color:${colors.text}">${escapeHtml(JSON.stringify(shorten(value, longestText)))}</span>`
      case "number":
      case "bigint":
        return `<span style="color:${colors.number}">${escapeHtml(oneLine(value))}</span>`
      case "boolean":
      case "undefined":
        return `<span style="color:${colors.word}">${String(value)}</span>`
      default:
        return value === null ? `<span style="color:${colors.word}">null</span>` : escapeHtml(oneLine(value))
    }
  }
}

/** A container's title, size and entries; undefined for what is shown by its text: functions, dates, errors, promises, proxies. */
function containerOf(value: object): Container | undefined {
  if (types.isProxy(value) || typeof value === "function") return undefined
  if (Array.isArray(value)) {
    return { title: `Array(${count(value.length)})`, size: value.length, entries: () => elementsOf(value) }
  }
  if (types.isTypedArray(value)) {
    const name = Object.prototype.toString.call(value).slice(8, -1)
    return { title: `${name}(${count(value.length)})`, size: value.length, entries: () => elementsOf(value) }
  }
  if (types.isMap(value)) {
    return {
      title: `Map(${count(value.size)})`,
      size: value.size,
      *entries() {
        for (const [key, inner] of value)
          yield [typeof key === "string" ? JSON.stringify(shorten(key, 60)) : oneLine(key), inner]
      },
    }
  }
  if (types.isSet(value)) {
    return {
      title: `Set(${count(value.size)})`,
      size: value.size,
      *entries() {
        for (const inner of value) yield [undefined, inner]
      },
    }
  }
  if (Object.prototype.toString.call(value) !== "[object Object]" || inspect.custom in value) return undefined
  const keys = Object.keys(value)
  return {
    title: nameOf(value),
    size: keys.length,
    *entries() {
      for (const key of keys) {
        const property = Object.getOwnPropertyDescriptor(value, key)
        yield [key, property && "value" in property ? property.value : new Getter()]
      }
    },
  }
}

/** Stands for a value that only calling a getter would give. */
class Getter {
  [inspect.custom](): string {
    return "(getter)"
  }
}

function* elementsOf(list: ArrayLike<unknown>): Iterable<Entry> {
  for (let i = 0; i < list.length; i++) yield [String(i), list[i]]
}

/** A list of numbers as one paragraph instead of a line for each. */
function numbersOf(value: object): string | undefined {
  if (!Array.isArray(value) && !types.isTypedArray(value)) return undefined
  const list = value as ArrayLike<unknown>
  const shown = Array.from({ length: Math.min(list.length, shownNumbers) }, (_, i) => list[i])
  if (!shown.every((element) => typeof element === "number" || typeof element === "bigint")) return undefined
  const rest =
    list.length > shown.length ? ` <span style="${quiet}">… ${count(list.length - shown.length)} more</span>` : ""
  return `<div style="color:${colors.number}">${escapeHtml(shown.map((element) => oneLine(element)).join(", "))}${rest}</div>`
}

/** The names of the columns, when a list holds plain records with the same keys, at most a few of them missing. */
function recordsOf(value: object): string[] | undefined {
  if (!Array.isArray(value) || value.length < 2) return undefined
  const rows = value.slice(0, shownRows)
  const keys = new Set<string>()
  for (const row of rows) {
    if (typeof row !== "object" || row === null || types.isProxy(row) || hasLook(row)) return undefined
    if (Object.getPrototypeOf(row) !== Object.prototype) return undefined
    const properties = Object.getOwnPropertyDescriptors(row)
    if (Object.values(properties).some((property) => !("value" in property))) return undefined
    for (const key of Object.keys(row)) keys.add(key)
  }
  const filled = rows.reduce((sum, row) => sum + Object.keys(row).length, 0)
  return keys.size > 0 && filled >= 0.7 * keys.size * rows.length ? [...keys] : undefined
}

function hasLook(value: object): boolean {
  return jupyterDisplay in value || inspect.custom in value
}

function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return "Object (no prototype)"
  const property = Object.getOwnPropertyDescriptor(prototype as object, "constructor")
  return typeof property?.value === "function" && property.value.name !== "" ? property.value.name : "Object"
}

function oneLine(value: unknown): string {
  const options = {
    depth: 1,
    maxArrayLength: 6,
    maxStringLength: 60,
    breakLength: Number.POSITIVE_INFINITY,
    colors: false,
  }
  return shorten(inspect(value, options).replace(/\s*\n\s*/g, " "), longestText)
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}

function count(value: number): string {
  return value.toLocaleString("en-US")
}
