import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { ansiToHtml, escapeHtml } from "../../kernel/ansi-html.js"
import { codeToHtml } from "../../kernel/code-html.js"
import { createMarkdown } from "../../kernel/markdown.js"
import { mathToHtml } from "../../kernel/math-html.js"
import type { Cell, Output } from "../../kernel/notebook.js"
import { renderPage } from "../../kernel/page.js"

const folder = mkdtempSync(join(tmpdir(), "cellgrad-page-"))
afterAll(() => rmSync(folder, { recursive: true }))

const prose = (source: string, attachments = {}): Cell => ({
  cell_type: "markdown",
  id: "m",
  source,
  metadata: {},
  attachments,
})
const code = (source: string, ...outputs: Output[]): Cell => ({
  cell_type: "code",
  id: "c",
  source,
  metadata: {},
  execution_count: 1,
  outputs,
})
const shown = (data: Record<string, unknown>, metadata = {}): Output => ({
  output_type: "display_data",
  data,
  metadata,
})
const pageOf = (...cells: Cell[]) =>
  renderPage({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }, { name: "plan", folder: join(folder, "in") })

describe("the page of a notebook", () => {
  test("is named after its first heading, else after the file", () => {
    expect(pageOf(prose("# The *first* <b>\n"))).toContain("<title>The first &#60;b&#62;</title>")
    expect(pageOf(code("1"))).toContain("<title>plan</title>")
  })

  test("asks nothing of a network: no address in a link, script, style or font", () => {
    const page = pageOf(prose("text"), code("1", shown({ "application/vnd.vegalite.v5+json": {}, "text/plain": "x" })))
    const shell = page.replace(/<script>[\s\S]*?<\/script>/g, "")
    expect(shell).not.toMatch(/(?:src|href)="(?!data:)/)
    expect(shell).not.toMatch(/url\((?!data:)|@import/)
  })

  test("carries vega only when there is a chart, with the picture for readers without scripts", () => {
    expect(pageOf(code("1")).length).toBeLessThan(300_000)
    const png = Buffer.from("picture").toString("base64")
    const chart = { "application/vnd.vegalite.v5+json": { mark: "bar" }, "image/png": png, "text/html": "no" }
    const page = pageOf(code("1", shown(chart, { "image/png": { width: 300, height: 200 } })))
    expect(page).toContain('{"mark":"bar"}')
    expect(page).toContain(
      `<noscript><img class="picture" alt="" src="data:image/png;base64,${png}" width="300" height="200"`,
    )
    expect(page.length).toBeGreaterThan(800_000)
  })

  test("no spec, code, text or traceback ends a script or begins an element", () => {
    const evil = "</script><script>alert(1)</script><!--"
    const page = pageOf(
      code(evil, shown({ "application/vnd.vegalite.v5+json": { title: evil } }), shown({ "text/plain": evil })),
      code("", { output_type: "error", ename: "E", evalue: evil, traceback: [evil] }),
      { cell_type: "raw", id: "r", source: evil, metadata: {} },
    )
    expect(page).not.toContain("alert(1)</script>")
    expect(page.match(/<script/g)?.length).toBe(page.match(/<\/script>/g)?.length)
    expect(page.match(/<script>/g)).toHaveLength(4)
  })

  test.each([
    [
      "html before png",
      { "text/html": "<i>h</i>", "image/png": "AA==", "text/plain": "p" },
      '<div class="rich"><i>h</i></div>',
    ],
    ["svg as a picture of its own", { "image/svg+xml": "<svg/>" }, 'src="data:image/svg+xml;base64,PHN2Zy8+"'],
    ["png before text", { "image/png": "AA==\n", "text/plain": "p" }, 'src="data:image/png;base64,AA=="'],
    ["markdown", { "text/markdown": "**m**", "text/plain": "p" }, "<strong>m</strong>"],
    ["text with colours", { "text/plain": "\x1b[31mred\x1b[0m" }, '<span class="ansi-red">red</span>'],
    ["JSON when there is nothing else", { "application/json": { a: 1 } }, "&#34;a&#34;: 1"],
    ["nothing known", { "application/x-other": "?" }, '<pre class="result"></pre>'],
  ])("shows %s", (_name, data, html) => {
    expect(pageOf(code("", shown(data)))).toContain(html)
  })

  test("puts the pictures beside the notebook into the page, and no file from elsewhere", () => {
    mkdirSync(join(folder, "in"), { recursive: true })
    writeFileSync(join(folder, "in", "a b.png"), "inside")
    writeFileSync(join(folder, "secret.png"), "outside")
    const page = pageOf(
      prose("![x](a%20b.png) ![y](../secret.png) ![z](attachment:at.png)", { "at.png": { "image/png": "QQ==" } }),
    )
    expect(page).toContain(`data:image/png;base64,${Buffer.from("inside").toString("base64")}`)
    expect(page).not.toContain(Buffer.from("outside").toString("base64"))
    expect(page).toContain("data:image/png;base64,QQ==")
  })
})

describe("terminal text as HTML", () => {
  test.each([
    ["plain <b>", "plain &#60;b&#62;"],
    ["\x1b[1;32mok\x1b[0m!", '<span class="ansi-bold ansi-green">ok</span>!'],
    ["\x1b[38;5;196mx\x1b[39my", '<span style="color:#ff0000;">x</span>y'],
    ["\x1b[48;2;1;2;3mx", '<span style="background:#010203;">x</span>'],
    ["\x1b[41mx\x1b[49m", '<span class="ansi-on-red">x</span>'],
    ["10 %\r 50 %\r100 %\nnext", "100 %\nnext"],
    ["\x1b]8;;http://x\x07link\x1b[2K", "link"],
  ])("%j", (text, html) => {
    expect(ansiToHtml(text)).toBe(html)
  })
})

describe("code as HTML", () => {
  const kinds = (source: string) =>
    [...codeToHtml(source).matchAll(/<span class="t-(\w+)">(.*?)<\/span>/g)].map((match) => `${match[1]}:${match[2]}`)

  test("tells keywords, strings, numbers, comments, types and calls apart", () => {
    expect(kinds('const x: Tensor = f(1.5e-3, "a") // c')).toEqual([
      "keyword:const",
      "type:Tensor",
      "call:f",
      "number:1.5e-3",
      "string:&#34;a&#34;",
      "comment:// c",
    ])
    expect(kinds("a.delete, { type: 1 }, /[/]x/g.test(y) / 2 / 3")).toEqual([
      "number:1",
      "string:/[/]x/g",
      "call:test",
      "number:2",
      "number:3",
    ])
  })

  test("loses and changes no character, whatever the code", () => {
    for (const source of ["`a$" + "{`b`}c`", "'open", "/* open", "x = a </b>/ 2", 'ünïcode𝒳 = "\'"', "\\"]) {
      expect(codeToHtml(source).replace(/<\/?span[^>]*>/g, "")).toBe(escapeHtml(source))
    }
  })
})

describe("formulas", () => {
  test.each([
    ["x_i^2", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"],
    ["\\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"],
    ["\\sum_{i=1}^n", "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>"],
    ["\\text{a b} < \\hat y", '<mtext>a\u00a0b</mtext><mo>&#60;</mo><mover accent="true"><mi>y</mi><mo>^</mo></mover>'],
    ["\\left(x\\right]", '<mo stretchy="true">(</mo><mi>x</mi><mo stretchy="true">]</mo>'],
    ["\\mathbb{R}^{n \\times m}", "<msup><mi>ℝ</mi>"],
    ["\\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}", "<mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr>"],
  ])("%s", (source, html) => {
    expect(mathToHtml(source, true)).toContain(html)
  })

  test("what we cannot draw is shown as its source, and never throws", () => {
    for (const source of [
      "\\unknown{x}",
      "{",
      "}",
      "\\frac",
      "x_",
      "\\left(",
      "{".repeat(5000),
      "\\begin{x}",
      "a & b",
      "\\constructor",
    ]) {
      expect(mathToHtml(source, false)).toContain("<code")
    }
  })

  test("dollar signs make formulas in text, but not prices or code", () => {
    const html = createMarkdown().render("a $x$ b, $$y$$, 5$ and 6$, `$z$`\n\n$$\nw\n$$\n")
    expect(html.match(/<math/g)).toHaveLength(3)
    expect(html).toContain("5$ and 6$, <code>$z$</code>")
    expect(html).toContain('<math display="block"><mrow><mi>w</mi></mrow></math>')
  })
})
