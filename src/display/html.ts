import { displayMetadata, jupyterDisplay, type MimeBundle } from "./host.js"

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

/** Text as it can stand in HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: unknown): string {
  return String(text).replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** A value with a look of its own: a MIME bundle that a notebook shows. */
export class Rich {
  readonly data: MimeBundle
  readonly #metadata: Record<string, unknown>

  constructor(data: MimeBundle, metadata: Record<string, unknown> = {}) {
    this.data = data
    this.#metadata = metadata
  }

  get [displayMetadata](): Record<string, unknown> {
    return this.#metadata
  }

  [jupyterDisplay](): MimeBundle {
    return this.data
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return String(this.data["text/plain"] ?? "")
  }
}

/** Typeface of numbers and shapes in our HTML. */
export const monospace = "font-family:ui-monospace,Menlo,Consolas,monospace"
