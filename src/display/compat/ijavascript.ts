import { inspect } from "node:util"
import { currentHost, type MimeBundle } from "../host.js"

type Mime = Readonly<Record<string, unknown>>

/** Functions that show a content as the output of the cell. */
export interface Outputs {
  mime(bundle: Mime): void
  text(text: string): void
  html(html: string): void
  svg(svg: string): void
  /** A picture in base64. */
  png(base64: string): void
  /** A picture in base64. */
  jpeg(base64: string): void
}

/** What ijavascript's cells have as `$$`: the basics of it. */
export interface Session extends Outputs {
  /** Keeps the cell running until `done`, `sendResult`, `sendError` or the first output. */
  async(): void
  /** Ends the cell that `async` keeps running. */
  done(): void
  sendResult(value: unknown): void
  sendError(error: unknown): void
  /** An output that can be replaced: each content takes the place of the one before. */
  display(id?: string): Outputs
  clear(options?: { wait?: boolean }): void
}

const releases: (() => void)[] = []
let displays = 0

function outputs(send: (bundle: MimeBundle) => void): Outputs {
  return {
    mime: (bundle) => send({ ...bundle }),
    text: (text) => send({ "text/plain": text }),
    html: (html) => send({ "text/html": html, "text/plain": html }),
    svg: (svg) => send({ "image/svg+xml": svg, "text/plain": "[image/svg+xml]" }),
    png: (base64) => send({ "image/png": base64, "text/plain": "[image/png]" }),
    jpeg: (base64) => send({ "image/jpeg": base64, "text/plain": "[image/jpeg]" }),
  }
}

function show(bundle: MimeBundle): void {
  currentHost()?.display(bundle, {})
  done()
}

function done(): void {
  releases.pop()?.()
}

/** The object of ijavascript's session, so that cells written for it run: `$$.html("<b>bold</b>")`, `$$.async()`. */
export const $$: Session = {
  ...outputs(show),
  async: () => {
    const release = currentHost()?.holdCell?.()
    if (release) releases.push(release)
  },
  done,
  sendResult: (value) => {
    void Promise.resolve(currentHost()?.render?.(value)).then((rendered) =>
      show(rendered?.data ?? { "text/plain": inspect(value) }),
    )
  },
  sendError: (error) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : inspect(error)}\n`)
    done()
  },
  display: (id = `ijavascript-${process.pid}-${++displays}`) => {
    let update = false
    return outputs((bundle) => {
      currentHost()?.display(bundle, { displayId: id, update })
      update = true
    })
  },
  clear: ({ wait = false } = {}) => currentHost()?.clearOutput(wait),
}
