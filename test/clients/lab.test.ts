import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { requires, root } from "../requirements.js"
import { feedForward } from "./feed-forward.js"
import { Lab } from "./lab.js"
import { Sandbox } from "./sandbox.js"

requires("jupyter", "chromium")("the feed-forward notebook in JupyterLab", () => {
  const out = join(root, "out")
  let sandbox: Sandbox
  let lab: Lab
  let page: Page

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    sandbox.copyNotebook(feedForward)
    lab = await Lab.start(sandbox)
    page = lab.page
    mkdirSync(out, { recursive: true })
  }, 120_000)

  afterAll(async () => {
    await lab?.close()
    await sandbox?.close()
  }, 60_000)

  test("opens with our kernel, and Run All Cells runs all of it", async () => {
    await lab.open(feedForward)
    await lab.runAll()
    const prompts = await lab.prompts()
    expect(prompts).toEqual(prompts.map((_, index) => `[${index + 1}]:`))
  }, 300_000)

  test("no cell shows an error", async () => {
    expect(await lab.prompts()).toContain("[1]:")
    const errors = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')
    expect(await errors.allTextContents()).toEqual([])
    expect(await page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').allTextContents()).toEqual([])
  })

  test("the loss curve is drawn as Vega-Lite, and so are the predictions", async () => {
    const cell = page.locator(".jp-CodeCell", { hasText: "plot.live(" })
    const curve = cell.locator(".vega-embed canvas, .vega-embed svg").first()
    await curve.waitFor({ timeout: 30_000 })
    const box = await curve.boundingBox()
    expect(box?.width).toBeGreaterThan(300)
    expect(box?.height).toBeGreaterThan(150)
    expect(await cell.locator(".vega-embed").count()).toBe(1)
    const predictions = page.locator(".jp-CodeCell", { hasText: "plot.predictions(" })
    await predictions.locator(".vega-embed canvas, .vega-embed svg").first().waitFor({ timeout: 30_000 })
    await cell.scrollIntoViewIfNeeded()
    await page.screenshot({ path: join(out, "lab-loss.png") })
    await saveWholeNotebook()
    expect(lab.errors).toEqual([])
  }, 90_000)

  /** Lab scrolls inside a panel; a window as tall as the notebook shows it all in one picture. */
  async function saveWholeNotebook(): Promise<void> {
    const cells = await page.locator(".jp-Cell").all()
    const heights = await Promise.all(cells.map(async (cell) => (await cell.boundingBox())?.height ?? 0))
    const height = heights.reduce((sum, value) => sum + value, 200)
    await page.setViewportSize({ width: 1280, height: Math.min(Math.ceil(height), 8_000) })
    await page.locator(".jp-Cell").first().scrollIntoViewIfNeeded()
    await page.waitForTimeout(1_000)
    await page.screenshot({ path: join(out, "lab.png") })
  }
})
