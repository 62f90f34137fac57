import { inspect, stripVTControlCharacters } from "node:util"
import { displayMetadata, jupyterDisplay, type SpecDrawer, specDrawer } from "../src/display/host.js"
import { escapeHtml } from "./ansi-html.js"
import { elementRendering } from "./dom-element.js"
import { isModule, moduleText } from "./module-text.js"
import { objectHtml } from "./object-view.js"

/** What a value looks like: data and metadata of a display message. */
export interface Rendering {
  readonly data: Record<string, unknown>
  readonly metadata: Record<string, unknown>
}

const maxText = 100_000

type Loose = Record<string | symbol, unknown>

/**
 * What a value looks like in a notebook. The protocols by which objects say it are asked in the order of Jupyter.display
 * (Deno's and ours), ijavascript's `_toHtml` family, Deno's duck types, `toHTML`; the rest is text by `inspect`, and where
 * that takes more than a line an HTML tree.
 * A protocol that throws is passed over: showing a value never fails the cell.
 */
export async function render(value: unknown): Promise<Rendering> {
  if (isObject(value)) {
    for (const protocol of protocols) {
      try {
        const data = await protocol(value)
        if (data === undefined) continue
        if (protocol === elementProtocol) return elementRendering(String(data["text/html"]))
        const rendering = { data: withText(data, value), metadata: metadataOf(value) }
        return protocol === vegaProtocol ? withPicture(rendering) : rendering
      } catch {
        // the next protocol
      }
    }
  }
  const text = plainText(value)
  const html = isObject(value) && !fitsOnALine(text) ? objectView(value) : undefined
  return { data: html === undefined ? { "text/plain": text } : { "text/html": html, "text/plain": text }, metadata: {} }
}

/** What stands on one line is read at once; more is better unfolded. */
function fitsOnALine(text: string): boolean {
  return text.length <= 80 && !text.includes("\n")
}

function objectView(value: object): string | undefined {
  try {
    return objectHtml(value)
  } catch {
    return undefined
  }
}

/** Text without colours, bounded in depth and length; a value that cannot be inspected says so. */
export function plainText(value: unknown): string {
  try {
    if (isModule(value)) return moduleText(value)
    const options = { depth: 4, maxArrayLength: 100, maxStringLength: maxText, breakLength: 100, colors: false }
    const text = withoutColors(inspect(value, options))
    // An object of very many keys: inspect limits arrays and strings only.
    return text.length > 2 * maxText ? `${text.slice(0, maxText)}\n… ${text.length - maxText} more characters` : text
  } catch (error) {
    return `a value that cannot be shown (${error instanceof Error ? error.message : "inspecting it threw"})`
  }
}

type Protocol = (value: Loose) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>

const vegaProtocol: Protocol = (value) => {
  const spec: unknown = typeof value.toSpec === "function" ? value.toSpec() : value
  return isObject(spec) ? vegaBundle(spec as Loose) : undefined
}

const elementProtocol: Protocol = (value) =>
  typeof value.outerHTML === "string" ? { "text/html": value.outerHTML } : undefined

const protocols: readonly Protocol[] = [
  async (value) => {
    const method = value[jupyterDisplay]
    if (typeof method !== "function") return undefined
    const bundle: unknown = await method.call(value)
    return isObject(bundle) ? (bundle as Record<string, unknown>) : undefined
  },
  async (value) => {
    const found: Record<string, unknown> = {}
    if (typeof value._toMime === "function") Object.assign(found, await value._toMime())
    for (const [method, type] of ijavascript) {
      const toType = value[method]
      if (typeof toType === "function") found[type] = await toType.call(value)
    }
    return Object.keys(found).length > 0 ? found : undefined
  },
  (value) => {
    if (typeof value.toDataURL === "function") {
      const match = /^data:([^;,]+);base64,(.*)$/s.exec(String(value.toDataURL()))
      if (match) return { [match[1] ?? ""]: match[2] }
    }
    return undefined
  },
  vegaProtocol,
  (value) => dataFrameBundle(value),
  (value) => {
    if (!(value instanceof Uint8Array)) return undefined
    const type = imageType(value)
    return type === undefined ? undefined : { [type]: Buffer.from(value).toString("base64") }
  },
  elementProtocol,
  (value) => (typeof value.toHTML === "function" ? { "text/html": String(value.toHTML()) } : undefined),
]

const ijavascript = [
  ["_toHtml", "text/html"],
  ["_toSvg", "image/svg+xml"],
  ["_toPng", "image/png"],
  ["_toJpeg", "image/jpeg"],
] as const

/** A Vega or Vega-Lite specification by its $schema. Front ends know Vega-Lite up to 5, so newer ones go as that. */
function vegaBundle(spec: Loose): Record<string, unknown> | undefined {
  const schema = spec.$schema
  if (typeof schema !== "string") return undefined
  const match = /vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)/.exec(schema)
  if (!match) return undefined
  const lite = match[1] === "vega-lite"
  const version = Math.min(5, Number(match[2]))
  const $schema = `https://vega.github.io/schema/${match[1]}/v${version}.json`
  return { [`application/vnd.${lite ? "vegalite" : "vega"}.v${version}+json`]: { ...spec, $schema } }
}

/** A chart's picture and its description, for where no script runs and for those who do not see it. */
function withPicture({ data, metadata }: Rendering): Rendering {
  const spec = Object.values(data)[0] as Loose
  const draw = (globalThis as { [specDrawer]?: SpecDrawer })[specDrawer]
  const picture = draw?.(spec as Record<string, unknown>)
  const text = typeof spec.description === "string" ? spec.description : titleOf(spec)
  if (!picture) return { data: { ...data, "text/plain": text }, metadata }
  const { png, width, height } = picture
  return {
    data: { ...data, "image/png": Buffer.from(png).toString("base64"), "text/plain": text },
    metadata: { ...metadata, "image/png": { width, height } },
  }
}

function titleOf({ title }: Loose): string {
  const text: unknown = isObject(title) ? title.text : title
  return `Chart${typeof text === "string" ? ` · ${text}` : ""}`
}

const maxRows = 50

/** A data frame as Deno knows it (nodejs-polars): its first rows as an HTML table. */
function dataFrameBundle(value: Loose): Record<string, unknown> | undefined {
  const { schema, head, toRecords } = value
  if (schema === undefined || typeof head !== "function" || typeof toRecords !== "function") return undefined
  const first: unknown = head.call(value, maxRows)
  const records = (first as { toRecords(): readonly Record<string, unknown>[] }).toRecords()
  const names = Object.keys(records[0] ?? {})
  const row = (tag: string, cells: unknown[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(typeof cell === "string" ? cell : plainText(cell))}</${tag}>`).join("")}</tr>`
  const body = records.map((record) =>
    row(
      "td",
      names.map((name) => record[name]),
    ),
  )
  return { "text/html": `<table><thead>${row("th", names)}</thead><tbody>${body.join("")}</tbody></table>` }
}

function imageType(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47) return "image/png"
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "image/jpeg"
  return undefined
}

function withText(data: Record<string, unknown>, value: unknown): Record<string, unknown> {
  const { "text/plain": text = plainText(value) } = data
  return { ...data, "text/plain": typeof text === "string" ? withoutColors(text) : text }
}

/** Text as programs read it, that grade a notebook or search in it. */
function withoutColors(text: string): string {
  return text.includes("\u001b") ? stripVTControlCharacters(text) : text
}

function metadataOf(value: Loose): Record<string, unknown> {
  const metadata = value[displayMetadata]
  return isObject(metadata) ? (metadata as Record<string, unknown>) : {}
}

function isObject(value: unknown): value is Loose {
  return (typeof value === "object" && value !== null) || typeof value === "function"
}
