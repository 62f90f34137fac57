import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { chromium as driver, type Locator, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { chromium, python, requires, root } from "../requirements.js"
import { galleryPage } from "./gallery-page.js"
import { findColorInCanvas, imageFacts, rightEdge, scrollNotebook, seenFrames, watchFrames } from "./in-page.js"
import { Lab } from "./lab.js"
import { Sandbox } from "./sandbox.js"

interface Cell {
  cell_type: string
  source: string | string[]
  outputs?: { data?: Record<string, unknown>; output_type: string }[]
}

/** A chart or card of the gallery: its name, its code, and the number of its code cell. */
interface Entry {
  title: string
  code: string
  cell: number
}

const notebook = "gallery.ipynb"
const source = join(root, "docs/gallery", notebook)
/** Where the pictures go; `npm run gallery` names the folder that is in the repository. */
const out = process.env.CELLGRAD_GALLERY_PAGE ?? join(root, "out/gallery")
const vegaTypes = /^application\/vnd\.vega(lite)?\.v\d\+json$/

const cells = (path: string) => (JSON.parse(readFileSync(path, "utf8")) as { cells: Cell[] }).cells
const textOf = ({ source }: Cell) => (Array.isArray(source) ? source.join("") : source)

function entriesOf(list: readonly Cell[]): Entry[] {
  const entries: Entry[] = []
  let code = -1
  list.forEach((cell, i) => {
    if (cell.cell_type === "code") code++
    const before = list[i - 1]
    const title = before ? /^## (.*)/.exec(textOf(before))?.[1] : undefined
    if (cell.cell_type === "code" && title) entries.push({ title, code: textOf(cell), cell: code })
  })
  return entries
}

const fileOf = ({ title }: Entry, i: number) =>
  `${String(i + 1).padStart(2, "0")}-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`.replace(/-$/, "")

requires("jupyter", "chromium")("the gallery", () => {
  const entries = entriesOf(cells(source))
  let sandbox: Sandbox
  let lab: Lab
  let page: Page
  /** The notebook as Lab saved it. */
  let executed: string

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    executed = join(sandbox.work, notebook)
    copyFileSync(source, executed)
    lab = await Lab.start(sandbox)
    page = lab.page
    for (const folder of ["light", "dark", "notebook-7"]) {
      rmSync(join(out, folder), { recursive: true, force: true })
      mkdirSync(join(out, folder), { recursive: true })
    }
  }, 120_000)

  afterAll(async () => {
    await lab?.close()
    await sandbox?.close()
  }, 60_000)

  const outputOf = (entry: Entry) => page.locator(".jp-CodeCell").nth(entry.cell).locator(".jp-OutputArea").first()
  const named = (title: string) => outputOf(entries.find((entry) => entry.title === title) as Entry)

  describe("in JupyterLab", () => {
    test("runs to its end", async () => {
      await lab.open(notebook)
      await lab.runAll()
      const errors = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')
      expect(await errors.allTextContents()).toEqual([])
      // As many pixels as the whole notebook is high, so that nothing is drawn only when it comes into view.
      await page.setViewportSize({ width: 1420, height: 4000 })
      await page.waitForTimeout(500)
      await lab.choose("File", "Save Notebook")
      await expect
        .poll(() => cells(executed).some(({ outputs = [] }) => outputs.length > 0), { timeout: 20_000 })
        .toBe(true)
    }, 300_000)

    test("draws every chart as Vega, and the rest as HTML or pictures", async () => {
      for (const [i, entry] of entries.entries()) {
        const types = new Set(outputsOf(executed, entry).flatMap((data) => Object.keys(data)))
        const output = outputOf(entry)
        await output.scrollIntoViewIfNeeded()
        if ([...types].some((type) => vegaTypes.test(type)))
          await output.locator(".vega-embed canvas").first().waitFor()
        await takePicture(page, output, join(out, "light", `${fileOf(entry, i)}.png`))
      }
      expect(lab.errors).toEqual([])
    }, 180_000)

    test("is legible in the dark", async () => {
      await lab.choose("Settings", "Theme", "JupyterLab Dark")
      await page.locator('body[data-jp-theme-light="false"]').waitFor({ state: "attached" })
      for (const [i, entry] of entries.entries()) {
        const output = outputOf(entry)
        await output.scrollIntoViewIfNeeded()
        await takePicture(page, output, join(out, "dark", `${fileOf(entry, i)}.png`))
      }
      await lab.choose("Settings", "Theme", "JupyterLab Light")
    }, 180_000)
  })

  describe("under the pointer", () => {
    const tooltip = () => page.locator("#vg-tooltip-element.visible")

    /** The middle of what a color covers in a canvas, within a range of shares of its width, in CSS pixels of the page. */
    async function findColor(canvas: Locator, color: readonly number[], [from, to]: readonly [number, number]) {
      const box = await canvas.boundingBox()
      const found = await canvas.evaluate(findColorInCanvas, {
        color,
        from,
        to,
      })
      return {
        n: found.n,
        x: (box?.x ?? 0) + found.x * (box?.width ?? 0),
        y: (box?.y ?? 0) + found.y * (box?.height ?? 0),
      }
    }
    /** The tooltip that comes up at a place of a canvas, in CSS pixels; the pointer trembles a little, as a hand does. */
    async function tooltipAt(canvas: Locator, x: number, y: number): Promise<string> {
      await canvas.scrollIntoViewIfNeeded()
      for (let tries = 0; tries < 40; tries++) {
        const box = await canvas.boundingBox()
        await page.mouse.move((box?.x ?? 0) + x + (tries % 5), (box?.y ?? 0) + y + (tries % 3))
        await page.waitForTimeout(100)
        if (await tooltip().isVisible()) return await tooltip().innerText()
      }
      throw new Error("no tooltip came up")
    }
    const orange = [0xe8, 0x73, 0x0c]
    const blue = [0x3d, 0x7a, 0xbf]

    test("a loss curve says its values", async () => {
      const text = await tooltipAt(named("Loss curve").locator("canvas"), 200, 150)
      expect(text).toMatch(/series:\s+(train|val)\s+epoch:\s+\d+\s+value:\s+[\d.]+/)
    }, 30_000)

    test("an attention map says who looks at whom", async () => {
      const text = await tooltipAt(named("One head").locator("canvas"), 120, 150)
      expect(text).toMatch(/query:\s+\w+\s+key:\s+\w+\s+weight:\s+[\d.e-]+/)
      await page.mouse.move(5, 5)
    }, 30_000)

    test("a token of attention lines shows its own lines only", async () => {
      const canvas = named("Attention as lines").locator("canvas")
      await canvas.scrollIntoViewIfNeeded()
      const before = (await findColor(canvas, blue, [0, 0.3])).n
      const alone = async (x: number) => {
        const box = await canvas.boundingBox()
        await page.mouse.move((box?.x ?? 0) + x, (box?.y ?? 0) + 0.6 * (box?.height ?? 0))
        await page.waitForTimeout(200)
        return (await findColor(canvas, blue, [0, 0.3])).n
      }
      const counts: number[] = []
      for (let x = 20; x < 110; x += 8) counts.push(await alone(x))
      await page.mouse.move(5, 5)
      expect(Math.min(...counts)).toBeLessThan(before / 3)
      await expect.poll(async () => (await findColor(canvas, blue, [0, 0.3])).n, { timeout: 5000 }).toBe(before)
    }, 30_000)

    test("a click on the legend fades the other classes", async () => {
      const canvas = named("Scatter plot").locator("canvas")
      await canvas.scrollIntoViewIfNeeded()
      const before = await findColor(canvas, blue, [0, 1])
      const entry = await findColor(canvas, orange, [0.82, 1])
      expect(entry.n).toBeGreaterThan(0)
      await page.mouse.click(entry.x, entry.y)
      await expect
        .poll(async () => (await findColor(canvas, blue, [0, 0.8])).n, { timeout: 5000 })
        .toBeLessThan(before.n / 4)
      await page.keyboard.down("Shift")
      await page.mouse.click(entry.x, entry.y)
      await page.keyboard.up("Shift")
      await expect
        .poll(async () => (await findColor(canvas, blue, [0, 1])).n, { timeout: 5000 })
        .toBeGreaterThan(before.n / 2)
    }, 30_000)

    test("a click on a name leaves its line", async () => {
      const canvas = named("Several runs compared").locator("canvas")
      await canvas.scrollIntoViewIfNeeded()
      const before = await findColor(canvas, blue, [0, 0.7])
      const name = await findColor(canvas, orange, [0.78, 1])
      await page.mouse.click(name.x, name.y)
      await expect
        .poll(async () => (await findColor(canvas, blue, [0, 0.7])).n, { timeout: 5000 })
        .toBeLessThan(before.n / 4)
      expect((await findColor(canvas, orange, [0, 0.7])).n).toBeGreaterThan(50)
    }, 30_000)
  })

  test("a live chart grows without a blank frame", async () => {
    writeNotebook(
      join(sandbox.work, "live.ipynb"),
      `const curve = plot.live()
for (let epoch = 1; epoch <= 120; epoch++) {
  curve.log({ train: 1 / epoch, val: 1.2 / epoch })
  await new Promise((resolve) => setTimeout(resolve, 40))
}`,
    )
    await page.setViewportSize({ width: 1420, height: 900 })
    // In a workspace of its own, or Lab would open the gallery beside it.
    await lab.open("live.ipynb", "lab/workspaces/live/tree/live.ipynb")
    await page.evaluate(watchFrames)
    await lab.runAll()
    await page.waitForTimeout(500)
    const seen = await page.evaluate(seenFrames)
    expect(seen.drawings).toBeGreaterThanOrEqual(4)
    expect(seen.frames).toBeGreaterThan(seen.drawings)
    expect(seen.blank).toBe(0)
    expect(await page.locator(".jp-CodeCell .vega-embed").count()).toBe(1)
  }, 120_000)

  test("a bar may be a widget of ipywidgets", async () => {
    const source =
      'for (const _ of progress(12, { label: "steps", widget: true })) await new Promise((r) => setTimeout(r, 100))'
    writeNotebook(join(sandbox.work, "widget.ipynb"), source)
    await lab.open("widget.ipynb", "lab/workspaces/widget/tree/widget.ipynb")
    await lab.runAll()
    const bar = page.locator(".jp-CodeCell .jupyter-widgets .progress-bar")
    await bar.waitFor({ timeout: 20_000 })
    await expect.poll(() => bar.getAttribute("style"), { timeout: 10_000 }).toContain("width: 100%")
    expect(await page.locator(".jp-CodeCell .jupyter-widgets.widget-html").first().innerText()).toContain("steps 100%")
  }, 120_000)

  test("shows the same in Notebook 7", async () => {
    // A sandbox of its own: Notebook 7 does not know the settings that were made for Lab.
    const own = await Sandbox.create()
    copyFileSync(executed, join(own.work, notebook))
    const seven = await Lab.start(own, "notebook")
    try {
      await seven.open(notebook, `notebooks/${notebook}`)
      await seven.page.setViewportSize({ width: 1000, height: 3000 })
      const code = seven.page.locator(".jp-CodeCell")
      expect(await code.count()).toBe(entries.length + 1)
      for (const entry of entries) {
        const vega = outputsOf(executed, entry).some((data) => Object.keys(data).some((type) => vegaTypes.test(type)))
        const output = code.nth(entry.cell).locator(".jp-OutputArea").first()
        await output.scrollIntoViewIfNeeded()
        if (vega) await output.locator(".vega-embed canvas").first().waitFor()
        expect((await output.boundingBox())?.height, entry.title).toBeGreaterThan(18)
      }
      await takeSheets(seven.page, (part) => join(out, "notebook-7", `${part}.jpeg`))
    } finally {
      await seven.close()
      await own.close()
    }
  }, 180_000)

  test("shows every figure where no script runs: nbconvert's pages without theirs", async () => {
    const browser = await driver.launch({ executablePath: chromium as string, args: ["--no-sandbox", "--disable-gpu"] })
    try {
      for (const template of ["lab", "classic"]) {
        const options = ["-m", "nbconvert", "--to", "html", "--template", template, "--output", `${template}.html`]
        execFileSync(python, [...options, executed], { cwd: sandbox.work, env: sandbox.env, stdio: "pipe" })
        const html = readFileSync(join(sandbox.work, `${template}.html`), "utf8")
        writeFileSync(join(sandbox.work, "static.html"), html.replace(/<script[\s\S]*?<\/script>/g, ""))
        const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1000, height: 900 } })
        const still = await context.newPage()
        await still.goto(`file://${join(sandbox.work, "static.html")}`)
        const pictures = await still.locator("img").evaluateAll(imageFacts)
        expect(pictures.every(({ width }) => width > 0)).toBe(true)
        const charts = entries.filter((entry) =>
          outputsOf(executed, entry).some((data) => Object.keys(data).some((type) => vegaTypes.test(type))),
        )
        expect(
          pictures.filter(({ source, width }) => source === "data:image/png;base64," && width > 150).length,
        ).toBeGreaterThanOrEqual(charts.length)
        if (template === "classic") await takeSheet(still, join(out, "nbconvert-without-scripts.jpeg"))
        await context.close()
      }
    } finally {
      await browser.close()
    }
  }, 180_000)

  test("is written as a page", () => {
    writeFileSync(
      join(out, "README.md"),
      galleryPage(
        entries.map((entry, i) => ({ title: entry.title, code: entry.code, file: fileOf(entry, i) })),
        readdirSync(join(out, "notebook-7")),
      ),
    )
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain("## Attention maps")
  })
})

/** A notebook of one cell, for our kernel. */
function writeNotebook(path: string, code: string): void {
  const { metadata, nbformat, nbformat_minor } = JSON.parse(readFileSync(source, "utf8")) as Record<string, unknown>
  const cell = { cell_type: "code", id: "only", metadata: {}, execution_count: null, outputs: [], source: code }
  writeFileSync(path, JSON.stringify({ cells: [cell], metadata, nbformat, nbformat_minor }))
}

/** The bundles of an entry in the saved notebook. */
function outputsOf(path: string, entry: Entry): Record<string, unknown>[] {
  const code = cells(path).filter(({ cell_type }) => cell_type === "code")
  return (code[entry.cell]?.outputs ?? []).flatMap(({ data }) => (data ? [data] : []))
}

/** A picture of what an output shows, without the empty space at its right. */
async function takePicture(page: Page, output: Locator, path: string): Promise<void> {
  const area = await output.boundingBox()
  if (!area) throw new Error(`there is no output to take ${path} of`)
  const right = await output.evaluate(rightEdge)
  const width = Math.min(area.width, Math.max(120, right - area.x + 14))
  await page.screenshot({
    path,
    clip: { ...area, width: Math.ceil(width), height: Math.min(Math.ceil(area.height), 1400) },
    animations: "disabled",
  })
}

/** How high one picture of a long notebook may be, in CSS pixels: browsers draw no page of any height. */
const sheetHeight = 8_000

/** Pictures of a whole notebook, part by part. */
async function takeSheets(page: Page, path: (part: number) => string): Promise<void> {
  await page.setViewportSize({ width: 1000, height: sheetHeight })
  for (let part = 0, atEnd = false; !atEnd; part++) {
    atEnd = await page.evaluate(scrollNotebook, part)
    await page.waitForTimeout(1000)
    await takeSheet(page, path(part + 1))
  }
}

/** A picture of a whole page. */
async function takeSheet(page: Page, path: string): Promise<void> {
  await page.screenshot({ path, type: "jpeg", quality: 45, fullPage: true, scale: "css", animations: "disabled" })
}
