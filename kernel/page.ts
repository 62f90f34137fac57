import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { extname, join, resolve, sep } from "node:path"
import { escapeHtml } from "./ansi-html.js"
import { codeToHtml } from "./code-html.js"
import { createMarkdown } from "./markdown.js"
import type { Cell, CodeCell, Notebook, TextCell } from "./notebook.js"
import { packageRoot } from "./package.js"
import { outputToHtml, type PageCharts } from "./page-outputs.js"

/** What a page needs to know beside the notebook. */
export interface PageOptions {
  /** The name of the notebook, for a page without a heading of its own. */
  readonly name: string
  /** The notebook's folder, where the pictures of its text are. */
  readonly folder: string
}

/**
 * A page of its own that shows an executed notebook: text, code, outputs, and charts that are alive without a network,
 * for the programs that draw them are in the page.
 */
export function renderPage(notebook: Notebook, { name, folder }: PageOptions): string {
  const charts: PageCharts = { specs: [] }
  const body = notebook.cells.map((cell) => cellToHtml(cell, folder, charts)).join("\n")
  const title = titleOf(notebook) ?? name
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Cellgrad">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:image/svg+xml;base64,${asset("kernelspec/logo-svg.svg").toString("base64")}">
<style>
${fontFaces()}
${asset("page/page.css").toString()}
</style>
</head>
<body>
<main>
${body}
</main>
<footer>Executed by <b>Cellgrad</b>, TypeScript in a notebook.</footer>
${charts.specs.length > 0 ? chartScripts(charts) : ""}
</body>
</html>
`
}

function asset(path: string): Buffer {
  return readFileSync(join(packageRoot(), "assets", path))
}

function fontFaces(): string {
  return [400, 600]
    .map((weight) => {
      const bytes = asset(`fonts/inter-latin-${weight}.ttf`).toString("base64")
      return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/ttf;base64,${bytes})}`
    })
    .join("\n")
}

function titleOf({ cells }: Notebook): string | undefined {
  for (const cell of cells) {
    const heading = cell.cell_type === "markdown" ? /^#\s+(.+)$/m.exec(cell.source)?.[1] : undefined
    if (heading !== undefined) return heading.replace(/[*_`]/g, "").trim()
  }
  return undefined
}

function cellToHtml(cell: Cell, folder: string, charts: PageCharts): string {
  if (cell.cell_type === "code") return codeCellToHtml(cell, charts)
  if (cell.cell_type === "raw") return `<pre class="raw">${escapeHtml(cell.source)}</pre>`
  return `<section class="prose">${proseToHtml(cell, folder)}</section>`
}

function codeCellToHtml(cell: CodeCell, charts: PageCharts): string {
  if (cell.source.trim() === "" && cell.outputs.length === 0) return ""
  const outputs = cell.outputs.map((output) => outputToHtml(output, charts)).join("\n")
  const label = cell.execution_count === null ? "" : `<span class="count">${cell.execution_count}</span>`
  return `<section class="cell">
${label}<pre class="code"><code>${codeToHtml(cell.source)}</code></pre>
${outputs === "" ? "" : `<div class="outputs">\n${outputs}\n</div>`}
</section>`
}

/** Markdown as HTML; pictures that it names by file or attachment are put into the page. */
function proseToHtml(cell: TextCell, folder: string): string {
  const markdown = createMarkdown()
  const drawImage = markdown.renderer.rules.image
  markdown.renderer.rules.image = (list, index, options, env, self) => {
    const token = list[index]
    const source = token?.attrGet("src")
    if (token && typeof source === "string") token.attrSet("src", inlined(source, cell, folder) ?? source)
    return drawImage ? drawImage(list, index, options, env, self) : self.renderToken(list, index, options)
  }
  return markdown.render(cell.source)
}

const pictureTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
}

function inlined(source: string, cell: TextCell, folder: string): string | undefined {
  const name = /^attachment:(.+)$/.exec(source)?.[1]
  if (name !== undefined) {
    const [type, bytes] = Object.entries(cell.attachments?.[decodeURIComponent(name)] ?? {})[0] ?? []
    return type !== undefined && typeof bytes === "string" ? `data:${type};base64,${bytes}` : undefined
  }
  const type = pictureTypes[extname(source).toLowerCase()]
  if (type === undefined || /^[a-z][a-z+.-]*:|^\/\//i.test(source)) return undefined
  try {
    const path = resolve(folder, decodeURIComponent(source))
    // Only what lies beside the notebook: a page that is passed on must not carry other files along.
    if (!path.startsWith(resolve(folder) + sep)) return undefined
    return `data:${type};base64,${readFileSync(path).toString("base64")}`
  } catch {
    return undefined
  }
}

/** The programs that draw, their data, and the few lines that put them together. */
function chartScripts({ specs }: PageCharts): string {
  const programs = ["vega", "vega-lite", "vega-embed"].map((name) => {
    const code = readFileSync(join(folderOf(name), "build", `${name}.min.js`), "utf8")
    return `<script>${inScript(code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, ""))}</script>`
  })
  const data = JSON.stringify(specs).replaceAll("<", "\\u003c")
  const script = asset("page/page.js").toString()
  return `<script type="application/json" id="charts">${data}</script>
${programs.join("\n")}
<script>${inScript(script)}</script>`
}

/** The folder of an installed package; its exports need not name what we read there. */
function folderOf(name: string): string {
  const inside = join("node_modules", name)
  const entry = createRequire(import.meta.url).resolve(name)
  return entry.slice(0, entry.lastIndexOf(inside) + inside.length)
}

/** Code that cannot end the script element that it stands in. */
function inScript(code: string): string {
  return code.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--")
}
