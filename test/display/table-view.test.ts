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
  // 3 lines of heads and 8 rows at once; then 4 folded pages of 25 rows with a head each.
  expect(html.match(/<tr/g)?.length).toBe(11 + 4 * 26)
  expect(html).toMatch(/<details><summary[^>]*>rows 9 to 33<\/summary>/)
  expect(html).toMatch(/<details><summary[^>]*>rows 84 to 108<\/summary>/)
  expect(html).toContain("298 more rows")
  expect(html.length).toBeLessThan(150_000)
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
