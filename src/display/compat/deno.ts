// `import { Deno } from "cellgrad/deno"`: what Deno's kernel offers under Deno.jupyter, for notebooks written for it.
import { inspect } from "node:util"
import { html, md, image as picture, display as show, svg } from "../display.js"
import { currentHost, jupyterDisplay, type MimeBundle } from "../host.js"
import type { Rich } from "../html.js"

/** How a value is displayed, in Deno's words. */
export interface DisplayOptions {
  raw?: boolean
  update?: boolean
  display_id?: string
}

/** The look of a value by MIME type. */
async function format(value: unknown): Promise<MimeBundle> {
  const rendered = await currentHost()?.render?.(value)
  return rendered?.data ?? { "text/plain": typeof value === "string" ? value : inspect(value) }
}

/** Shows a value, or with `raw` a MIME bundle, under the running cell. */
async function display(value: unknown, options: DisplayOptions = {}): Promise<void> {
  const { raw = false, update = false, display_id: displayId } = options
  const bundle = raw ? (value as MimeBundle) : await format(value)
  show(bundle, { raw: true, ...(displayId === undefined ? {} : { displayId, update }) })
}

/** A picture from the bytes or the name of a PNG or JPEG file. */
function image(source: Uint8Array | string): Rich {
  return picture(source)
}

/** Broadcasts a message to all front ends of the notebook. */
async function broadcast(
  type: string,
  content: Record<string, unknown>,
  extra: { metadata?: Record<string, unknown>; buffers?: Uint8Array[] } = {},
): Promise<void> {
  const { metadata = {}, buffers = [] } = extra
  currentHost()?.broadcast?.(type, content, { metadata, buffers })
}

/** The part of Deno's namespace that concerns notebooks. */
export const Deno = {
  jupyter: { $display: jupyterDisplay, display, format, html, md, svg, image, broadcast },
} as const
