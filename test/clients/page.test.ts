import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Browser, chromium as driver } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { checkNotebook } from "../../kernel/notebook.js"
import { renderPage } from "../../kernel/page.js"
import { chromium, requires } from "../requirements.js"

const evil = "</script><script>document.title = 'broken out'</script>"
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

function chart(mark: string) {
  const data = { values: [1, 2, 3].map((x) => ({ x, y: x * x })) }
  const encoding = { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } }
  const $schema = "https://vega.github.io/schema/vega-lite/v5.json"
  const config = { background: "#ffffff", title: { color: "#1f2933" } }
  const spec = { $schema, title: evil, data, mark, encoding, config }
  const bundle = { "application/vnd.vegalite.v5+json": spec, "image/png": png, "text/plain": "a chart" }
  return { output_type: "display_data", data: bundle, metadata: {} }
}

const notebook = checkNotebook(
  {
    nbformat: 4,
    cells: [
      { cell_type: "markdown", source: "# Charts\n\n$$\\frac{a}{b}$$", metadata: {} },
      {
        cell_type: "code",
        source: "plot()",
        metadata: {},
        execution_count: 1,
        outputs: [chart("line"), chart("rect")],
      },
      { cell_type: "code", source: "bad()", metadata: {}, execution_count: 2, outputs: [chart("no such mark")] },
    ],
  },
  "charts.ipynb",
)

requires("chromium")("an executed notebook's page in a browser without a network", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-page-"))
  const file = join(folder, "charts.html")
  let browser: Browser

  beforeAll(async () => {
    writeFileSync(file, renderPage(notebook, { name: "charts", folder }))
    browser = await driver.launch({ executablePath: chromium ?? "", args: ["--no-sandbox", "--disable-gpu"] })
  })

  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  async function open(colorScheme: "light" | "dark", javaScriptEnabled = true) {
    const context = await browser.newContext({ colorScheme, javaScriptEnabled, offline: true })
    const page = await context.newPage()
    const requests: string[] = []
    page.on("request", (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(file).href)
    return { page, requests }
  }

  test("draws its charts, asks for nothing, and keeps what a chart says inside the chart", async () => {
    const { page, requests } = await open("light")
    await page.waitForSelector(".chart[data-chart='1'] svg")
    expect(await page.locator(".chart svg .mark-line path").count()).toBe(1)
    expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([pathToFileURL(file).href])
    expect(await page.title()).toBe("Charts")
    expect(await page.locator(".chart svg").first().textContent()).toContain("</script>")
    expect(await page.locator("math mfrac").count()).toBe(1)
  })

  test("shows the picture of a chart that cannot be drawn", async () => {
    const { page } = await open("light")
    await page.waitForSelector(".chart[data-chart='2'] img")
  })

  test("shows pictures where scripts are off", async () => {
    const { page } = await open("light", false)
    expect(await page.locator(".chart img").count()).toBe(3)
  })

  test("is dark in the dark: text turns light, charts too, heat maps stay on paper", async () => {
    const { page } = await open("dark")
    await page.waitForSelector(".chart[data-chart='1'] svg")
    const style = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector("${selector}"))["${property}"]`)
    expect(await style("html", "backgroundColor")).toBe("rgb(21, 24, 29)")
    expect(await style(".chart[data-chart='0'] .role-title-text text", "fill")).toBe("rgb(195, 204, 213)")
    expect(await style(".chart[data-chart='1']", "backgroundColor")).toBe("rgb(255, 255, 255)")
    await page.emulateMedia({ colorScheme: "light" })
    await page.waitForSelector(".chart[data-chart='0'] .role-title-text text[fill='#1f2933']")
  })
})
