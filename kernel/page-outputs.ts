import { ansiToHtml, escapeHtml } from "./ansi-html.js"
import { createMarkdown } from "./markdown.js"
import type { JsonObject } from "./messages.js"
import type { Output } from "./notebook.js"

/** Collects what the page's script draws: the specs of its charts. */
export interface PageCharts {
  readonly specs: unknown[]
}

const vegaType = /^application\/vnd\.vega(?:lite)?\.v\d+\+json$/
const images = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const

/** One output of a cell as HTML: the richest form that a page of its own can show. */
export function outputToHtml(output: Output, charts: PageCharts): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="stream ${output.name === "stderr" ? "stderr" : "stdout"}">${ansiToHtml(output.text)}</pre>`
    case "error": {
      const traceback = output.traceback.length > 0 ? output.traceback.join("\n") : `${output.ename}: ${output.evalue}`
      return `<pre class="error">${ansiToHtml(traceback)}</pre>`
    }
    default:
      return bundleToHtml(output.data, output.metadata, charts)
  }
}

function bundleToHtml(data: JsonObject, metadata: JsonObject, charts: PageCharts): string {
  const spec = Object.entries(data).find(([type]) => vegaType.test(type))?.[1]
  if (typeof spec === "object" && spec !== null) {
    charts.specs.push(spec)
    const fallback = pictureOf(data, metadata) ?? plainOf(data)
    return `<div class="chart" data-chart="${charts.specs.length - 1}"><noscript>${fallback}</noscript></div>`
  }
  const text = (type: string) => {
    const value = data[type]
    return typeof value === "string" ? value : undefined
  }
  const html = text("text/html")
  if (html !== undefined) return `<div class="rich">${html}</div>`
  const svg = text("image/svg+xml")
  // As an image an SVG keeps its ids, styles and scripts to itself.
  if (svg !== undefined) return `<img class="picture" alt="" src="data:image/svg+xml;base64,${base64(svg)}">`
  const picture = pictureOf(data, metadata)
  if (picture !== undefined) return picture
  const source = text("text/markdown") ?? text("text/latex")
  if (source !== undefined) return `<div class="prose">${createMarkdown().render(source)}</div>`
  if (data["text/plain"] === undefined && data["application/json"] !== undefined) {
    return `<pre class="result">${escapeHtml(JSON.stringify(data["application/json"], null, 2))}</pre>`
  }
  return plainOf(data)
}

function pictureOf(data: JsonObject, metadata: JsonObject): string | undefined {
  for (const type of images) {
    const bytes = data[type]
    if (typeof bytes !== "string") continue
    const size = (metadata[type] ?? {}) as JsonObject
    const attribute = (name: string) => (Number(size[name]) > 0 ? ` ${name}="${Number(size[name])}"` : "")
    const alt = escapeHtml(typeof data["text/plain"] === "string" ? data["text/plain"].slice(0, 300) : "")
    const source = `data:${type};base64,${bytes.replace(/[^A-Za-z0-9+/=]/g, "")}`
    return `<img class="picture" alt="${alt}" src="${source}"${attribute("width")}${attribute("height")}>`
  }
  return undefined
}

function plainOf(data: JsonObject): string {
  const text = data["text/plain"]
  return `<pre class="result">${typeof text === "string" ? ansiToHtml(text) : ""}</pre>`
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64")
}
