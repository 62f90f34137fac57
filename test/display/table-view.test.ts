import { expect, test } from "vitest"
import { Table } from "../../src/data/table.js"
import { cars } from "../../src/datasets/vega.js"
import { jupyterDisplay, type MimeBundle } from "../../src/display/host.js"
import "../../src/display/register.js"
import { keepHtml } from "./gallery.js"

function view(name: string, table: object): { html: string; text: string } {
  const bundle = (table as { [jupyterDisplay](): MimeBundle })[jupyterDisplay]()
  const html = String(bundle["text/html"])
  keepHtml("tables", name, html)
  return { html, text: String(bundle["text/plain"]) }
}

test("shows the first rows, and what each column holds and lacks", () => {
  const { html, text } = view("cars", cars())
  expect(html).toContain("406 rows × 9 columns")
  expect(html).toContain("<b>Horsepower</b>")
  expect(html).toContain("6 missing")
  expect(html).toContain("USA, Europe, Japan")
  expect(html).toContain("398 more rows")
  expect(html.match(/<tr/g)?.length).toBe(11)
  expect(text).toContain("406 rows × 9 columns")
})

test("escapes what the table holds", () => {
  const { html } = view("markup", new Table({ "<b>": ["<script>alert(1)</script>"] }))
  expect(html).not.toContain("<script>")
  expect(html).toContain("&lt;b&gt;")
})

test("shows an empty table", () => {
  expect(view("no rows", new Table({ a: [] as number[] })).html).toContain("0 rows × 1 column")
  expect(view("nothing", new Table({})).html).toContain("0 rows × 0 columns")
})
