import { type SpecDrawer, specDrawer } from "../src/display/host.js"
import type { Rendering } from "./render.js"

/**
 * A DOM element by its `outerHTML`, as Observable Plot and D3 make them: its HTML, the picture of its largest drawing for
 * where HTML is not shown, and a line of text in place of all that hangs on it in a DOM.
 */
export function elementRendering(outerHTML: string): Rendering {
  const text = textOf(outerHTML)
  const drawing = largestDrawing(outerHTML)
  const draw = (globalThis as { [specDrawer]?: SpecDrawer })[specDrawer]
  const picture = drawing === undefined ? undefined : draw?.(drawing)
  const data = { "text/html": outerHTML, "text/plain": text }
  if (!picture) return { data, metadata: {} }
  const { png, width, height } = picture
  return {
    data: { ...data, "image/png": Buffer.from(png).toString("base64") },
    metadata: { "image/png": { width, height } },
  }
}

const longestText = 80

/** What the element is called and what it says; of drawings, style sheets and scripts not the words. */
function textOf(outerHTML: string): string {
  const name = /^\s*<([\w-]+)/.exec(outerHTML)?.[1] ?? "element"
  const label = /^\s*<[^>]*\saria-label="([^"]*)"/.exec(outerHTML)?.[1]
  const words = outerHTML
    .replace(/<(style|script|svg)\b[\s\S]*?<\/\1>/g, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
  const says = label ?? words
  return `<${name}> ${says.length > longestText ? `${says.slice(0, longestText)}…` : says}`.trim()
}

/** The longest `<svg>` in the HTML: a figure of Plot has its legends beside the plot itself. */
function largestDrawing(outerHTML: string): string | undefined {
  const drawings = outerHTML.match(/<svg\b[\s\S]*?<\/svg>/g) ?? []
  const largest = drawings.sort((a, b) => b.length - a.length)[0]
  if (largest === undefined || /^<svg[^>]*\sxmlns=/.test(largest)) return largest
  return largest.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"')
}
