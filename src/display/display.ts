import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { currentHost, displayMetadata, jupyterDisplay, type MimeBundle, type Rendered } from "./host.js"
import { Rich } from "./html.js"
import * as messages from "./messages.js"
import { isTensorLike, type TensorLike } from "./numbers.js"
import { type PictureOptions, readPictures } from "./pictures.js"
import { encodePng, enlarge } from "./png.js"
import { svgToPng } from "./rasterize.js"

/** How a value is displayed. */
export interface DisplayOptions {
  /** The value is a MIME bundle already. */
  raw?: boolean
  /** The name of the output, by which it can be updated; `true` makes one up. */
  displayId?: string | true
  /** Replaces what was displayed under `displayId`. */
  update?: boolean
}

/** An output that was displayed and can be replaced. */
export interface DisplayHandle {
  readonly displayId: string
  /** Shows another value in its place. */
  update(value: unknown, options?: { raw?: boolean }): void
}

let handles = 0

/**
 * Shows a value under the cell, as if it were its result; in plain Node prints its text.
 *
 * Options: `raw`, the value is a MIME bundle; `displayId`, a name or `true`, gives a handle by which the output is replaced
 * in place; `update`, replaces what was displayed under `displayId`.
 *
 * Errors: `update` without the name of an output.
 *
 * @example
 * const handle = display("working …", { displayId: true })
 * handle.update("done")
 */
export function display(
  value: unknown,
  options: DisplayOptions & { displayId: string | true; update?: false },
): DisplayHandle
export function display(value: unknown, options?: DisplayOptions): void
export function display(value: unknown, options: DisplayOptions = {}): DisplayHandle | undefined {
  const { raw = false, update = false } = options
  const named = typeof options.displayId === "string"
  if (update && !named) throw messages.updateNeedsId()
  const displayId = named ? String(options.displayId) : `cellgrad-display-${process.pid}-${++handles}`
  show(value, { displayId, update, raw })
  // A handle that nobody asked for would be shown itself when display() is the last line of a cell.
  if (update || options.displayId === undefined) return undefined
  return {
    displayId,
    update: (next, { raw = false } = {}) => show(next, { displayId, update: true, raw }),
  }
}

function show(value: unknown, options: { displayId: string; update: boolean; raw: boolean }): void {
  const host = currentHost()
  const { raw, ...place } = options
  const send = ({ data, metadata }: Rendered) => host?.display(data, { ...place, metadata })
  if (raw) send({ data: value as MimeBundle, metadata: {} })
  else {
    const rendered = renderNow(value)
    if (!host) process.stdout.write(`${String(rendered?.data["text/plain"] ?? inspect(value))}\n`)
    else if (rendered) send(rendered)
    else void Promise.resolve(host.render?.(value) ?? asText(value)).then(send)
  }
}

/** The look of a value that can be had at once; asking the host for the protocols of other libraries takes a promise. */
function renderNow(value: unknown): Rendered | undefined {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return asText(value)
  const method = (value as { [jupyterDisplay]?: unknown })[jupyterDisplay]
  if (typeof method !== "function") return undefined
  const data: unknown = method.call(value)
  if (typeof data !== "object" || data === null || data instanceof Promise) return undefined
  const metadata = (value as { [displayMetadata]?: Record<string, unknown> })[displayMetadata] ?? {}
  return { data: { "text/plain": inspect(value), ...data }, metadata }
}

function asText(value: unknown): Rendered {
  return { data: { "text/plain": typeof value === "string" ? value : inspect(value) }, metadata: {} }
}

/** Removes the outputs of the running cell; with `wait` only when the next one comes, so that nothing flickers. */
export function clearOutput({ wait = false }: { wait?: boolean } = {}): void {
  currentHost()?.clearOutput(wait)
}

/** Puts code into a new cell below the running one, or with `replace` into the running one. */
export function setNextInput(code: string, { replace = false }: { replace?: boolean } = {}): void {
  currentHost()?.setNextInput?.(code, { replace })
}

/** Shows a value in the front end's pager, beside the notebook, where it has one: for long texts such as help. */
export function page(value: unknown): void {
  const host = currentHost()
  const show = ({ data }: Rendered) => host?.page?.(data)
  const rendered = typeof value === "string" ? asText(value) : renderNow(value)
  if (!host) process.stdout.write(`${typeof value === "string" ? value : inspect(value)}\n`)
  else if (rendered) show(rendered)
  else void Promise.resolve(host.render?.(value) ?? asText(value)).then(show)
}

/** The text of a template with its values. */
function template(strings: TemplateStringsArray | string, values: readonly unknown[]): string {
  if (typeof strings === "string") return strings
  return strings.reduce((text, part, i) => `${text}${part}${i < values.length ? String(values[i]) : ""}`, "")
}

type Tag = (strings: TemplateStringsArray | string, ...values: unknown[]) => Rich

function tag(type: string): Tag {
  return (strings, ...values) => {
    const text = template(strings, values)
    return new Rich({ [type]: text, "text/plain": text })
  }
}

/** HTML as a value: html`<b>${name}</b>`. What is put in is not escaped. */
export const html: Tag = tag("text/html")

/** Markdown as a value: md`**${accuracy}** correct`. */
export const md: Tag = tag("text/markdown")

/** An SVG document as a value. A picture goes with it, for front ends that show no SVG of a notebook they do not trust. */
export const svg: Tag = (strings, ...values) => {
  const text = template(strings, values)
  try {
    const { png, width, height } = svgToPng(text)
    const data = { "image/svg+xml": text, "image/png": Buffer.from(png).toString("base64"), "text/plain": text }
    return new Rich(data, { "image/png": { width, height } })
  } catch {
    // What cannot be drawn here may still be drawn there.
    return new Rich({ "image/svg+xml": text, "text/plain": text })
  }
}

/** A formula as a value: latex`\frac{\partial L}{\partial w}`. */
export const latex: Tag = (strings, ...values) => {
  // The raw text, or \frac would lose its backslash.
  const text =
    typeof strings === "string" ? strings : template(Object.assign([...strings.raw], { raw: strings.raw }), values)
  return new Rich({ "text/latex": text.includes("$") ? text : `$$${text}$$`, "text/plain": text })
}

/**
 * A picture as a value, from the bytes of a PNG, JPEG or GIF file, its name, or a tensor.
 *
 * Shape: a tensor of [H, W] or [1, C, H, W] with 1 or 3 channels, values from 0 to 1 or to 255.
 *
 * Errors: bytes that are no picture; another shape.
 */
export function image(
  source: Uint8Array | string | TensorLike,
  options: PictureOptions & { scale?: number } = {},
): Rich {
  if (isTensorLike(source)) {
    const { scale = 1, ...look } = options
    const shape =
      source.shape.length === 3 && (source.shape[0] === 3 || source.shape[0] === 1)
        ? [1, ...source.shape]
        : source.shape
    const [first] = readPictures("image", { shape, toTypedArray: () => source.toTypedArray() }, 1, {
      invert: false,
      ...look,
    })
    if (!first) throw messages.badImages("image", source.shape)
    const png = encodePng(enlarge(first, Math.max(1, Math.round(scale))))
    return fromBytes("image/png", png, `${first.height} × ${first.width} image`)
  }
  const bytes = typeof source === "string" ? readFileSync(source) : source
  if (!(bytes instanceof Uint8Array)) throw messages.notAnImage(source)
  const type = signatures.find(([, start]) => start.every((byte, i) => bytes[i] === byte))?.[0]
  if (!type) throw messages.notAnImage(source)
  return fromBytes(type, bytes, typeof source === "string" ? source : `${type.slice(6)} image, ${bytes.length} bytes`)
}

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
]

function fromBytes(type: string, bytes: Uint8Array, text: string): Rich {
  return new Rich({ [type]: Buffer.from(bytes).toString("base64"), "text/plain": text })
}
