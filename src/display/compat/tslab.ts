// What `import * as tslab from "tslab"` gives in our kernel, so that notebooks written for tslab run unchanged.
import { randomUUID } from "node:crypto"
import { createRequire } from "node:module"
import { currentHost, type MimeBundle } from "../host.js"

const typescript = createRequire(import.meta.url)("typescript/package.json") as { version: string }

/** tslab's functions to display rich contents. */
export interface Display {
  javascript(script: string): void
  html(html: string): void
  markdown(markdown: string): void
  latex(formula: string): void
  svg(svg: string): void
  png(bytes: Uint8Array): void
  jpeg(bytes: Uint8Array): void
  gif(bytes: Uint8Array): void
  pdf(bytes: Uint8Array): void
  text(text: string): void
  raw(contentType: string, content: string | Uint8Array): void
}

/** The versions of what runs the notebook; `tslab` is the version whose interface this is. */
export const versions: { tslab: string; typescript: string; node: string } = {
  tslab: "1.0.22",
  typescript: typescript.version,
  node: process.version,
}

/** Shows each content in an output of its own. */
export const display: Display = displayWith((bundle) => currentHost()?.display(bundle, {}))

/** Gives functions that show their content in one output, each in place of what was there before. */
export function newDisplay(): Display {
  const displayId = `tslab-${randomUUID()}`
  let update = false
  return displayWith((bundle) => {
    currentHost()?.display(bundle, { displayId, update })
    update = true
  })
}

function displayWith(send: (bundle: MimeBundle) => void): Display {
  const show = (type: string, content: string | Uint8Array) =>
    send({
      [type]: typeof content === "string" ? content : Buffer.from(content).toString("base64"),
      ...(type === "text/plain" ? {} : { "text/plain": typeof content === "string" ? content : `[${type}]` }),
    })
  return {
    javascript: (script) => show("text/javascript", script),
    html: (html) => show("text/html", html),
    markdown: (markdown) => show("text/markdown", markdown),
    latex: (formula) => show("text/latex", formula),
    svg: (svg) => show("image/svg+xml", svg),
    png: (bytes) => show("image/png", bytes),
    jpeg: (bytes) => show("image/jpeg", bytes),
    gif: (bytes) => show("image/gif", bytes),
    pdf: (bytes) => show("application/pdf", bytes),
    text: (text) => show("text/plain", text),
    raw: show,
  }
}
