import { foreignHost } from "./foreign-host.js"

/** What a value looks like, by MIME type: text under `text/*`, JSON under `*+json`, base64 under `image/png`. */
export type MimeBundle = Record<string, unknown>

/** The method by which any object says what it looks like in a notebook. Deno's kernel and ours honour it. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never

/**
 * A property beside `Symbol.for("Jupyter.display")` that holds the metadata of the bundle, by MIME type:
 * `{ "image/png": { width, height } }`. A bundle is data only, so what belongs in a message's `metadata` is read here,
 * after the method was called.
 */
export const displayMetadata: unique symbol = Symbol.for("cellgrad.display.metadata") as never

/** What a value looks like together with the metadata of that. */
export interface Rendered {
  data: MimeBundle
  metadata: Record<string, unknown>
}

/** A message of Jupyter's comms, by which an object of a cell and one of the front end talk. */
export interface CommMessage {
  readonly type: "comm_open" | "comm_msg" | "comm_close"
  readonly content: { readonly comm_id: string; readonly data: Record<string, unknown>; readonly target_name?: string }
  readonly metadata: Record<string, unknown>
  readonly buffers: readonly Uint8Array[]
}

/** The way of comm messages to the front end and, once somebody has set `receive`, back. */
export interface CommBus {
  send(message: CommMessage): void
  receive?: (message: CommMessage) => unknown
}

/**
 * The notebook around the runtime, when there is one. Our kernel puts its own under `Symbol.for("cellgrad.host")` on
 * globalThis; src/ never imports kernel/.
 */
export interface Host {
  /** Shows a bundle under the running cell; with `update`, replaces what was shown under `displayId`. */
  display(
    bundle: MimeBundle,
    options: { displayId?: string; update?: boolean; metadata?: Record<string, unknown> },
  ): void
  clearOutput(wait: boolean): void
  /** The look of any value, by every display protocol that the notebook knows. */
  render?(value: unknown): Rendered | Promise<Rendered>
  /**
   * Calls `flush` once before the running cell's reply is sent, also when it fails or is interrupted. Absent in notebooks that do not
   * say when a cell ends.
   */
  onCellEnd?(flush: () => void): void
  /** The terminal in which the notebook is only text: how wide it is, and whether it shows colors and pictures. */
  readonly terminal?: { readonly columns: number; readonly color: boolean; readonly images?: boolean } | undefined
  /** The notebook prints the value of a cell and asks for nothing else: a chart that is printed shows itself. */
  readonly onlyPrints?: boolean
  /** Jupyter's comms, where the front end knows them. */
  readonly comms?: CommBus
  /** Puts code into the next cell of the front end, or with `replace` into the one that runs. */
  setNextInput?(code: string, options: { replace: boolean }): void
  /** Keeps the running cell from ending until the function that this gives is called. */
  holdCell?(): () => void
  /** Broadcasts a message of any type to all front ends. */
  broadcast?(
    type: string,
    content: Record<string, unknown>,
    options: { metadata: Record<string, unknown>; buffers: readonly Uint8Array[] },
  ): void
  /** Shows a bundle in the front end's pager, beside the notebook. */
  page?(bundle: MimeBundle): void
}

export const hostSymbol: unique symbol = Symbol.for("cellgrad.host") as never

/** The notebook around us, ours or another's, or undefined in plain Node. */
export function currentHost(): Host | undefined {
  return (globalThis as { [hostSymbol]?: Host })[hostSymbol] ?? foreignHost()
}

/**
 * Draws a Vega or Vega-Lite specification, or SVG text, as a PNG picture, or gives undefined where that cannot be done at
 * once. The runtime puts it on globalThis, and the kernel asks it for the picture that stands in for a user's own chart
 * where no script runs or no HTML is shown.
 */
export type SpecDrawer = (
  drawing: Record<string, unknown> | string,
) => { png: Uint8Array; width: number; height: number } | undefined

export const specDrawer: unique symbol = Symbol.for("cellgrad.display.draw") as never
