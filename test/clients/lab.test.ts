import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type BrowserContext, chromium as driver, type Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { chromium, requires, root } from "../requirements.js"
import { feedForward } from "./feed-forward.js"
import { Sandbox, type Server } from "./sandbox.js"

/** What keeps Chromium to itself: no sandbox (it may run as root), no network of its own, no updates. */
const chromiumOptions = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** Shows every cell (Lab otherwise keeps only what is in view), and no tips or questions. */
const settings: Record<string, Record<string, object>> = {
  "notebook-extension": { tracker: { windowingMode: "none", kernelShutdown: false } },
  "apputils-extension": { notification: { checkForUpdates: false, fetchNews: "false" } },
}

requires("jupyter", "chromium")("the feed-forward notebook in JupyterLab", () => {
  const out = join(root, "out")
  const profile = mkdtempSync(join(tmpdir(), "cellgrad-chromium-"))
  let sandbox: Sandbox
  let server: Server
  let browser: BrowserContext
  let page: Page
  const consoleErrors: string[] = []

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    sandbox.copyNotebook(feedForward)
    for (const [extension, plugins] of Object.entries(settings)) {
      const folder = join(sandbox.folder, "config/lab/user-settings/@jupyterlab", extension)
      mkdirSync(folder, { recursive: true })
      for (const [plugin, value] of Object.entries(plugins))
        writeFileSync(join(folder, `${plugin}.jupyterlab-settings`), JSON.stringify(value))
    }
    server = await sandbox.startServer("jupyterlab", [
      "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
      "--LabApp.news_url=None",
    ])
    browser = await driver.launchPersistentContext(profile, {
      executablePath: chromium as string,
      headless: true,
      args: chromiumOptions,
      viewport: { width: 1280, height: 1000 },
    })
    page = await browser.newPage()
    page.on("pageerror", (error) => consoleErrors.push(error.message))
    mkdirSync(out, { recursive: true })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await sandbox?.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }, 60_000)

  /** The prompts of the code cells: "[3]:" when done, "[*]:" while running or waiting. */
  const prompts = async () =>
    (await page.locator(".jp-CodeCell > .jp-Cell-inputWrapper .jp-InputPrompt").allTextContents()).map((text) =>
      text.trim(),
    )

  test("opens with our kernel, and Run All Cells runs all of it", async () => {
    await page.goto(`${server.url}lab/tree/${feedForward}?token=${server.token}`)
    await page.locator(".jp-NotebookPanel .jp-CodeCell").first().waitFor({ timeout: 60_000 })
    // Lab says "No Kernel", idle, until the session has started.
    await page.locator(".jp-KernelName", { hasText: "TypeScript (Cellgrad)" }).waitFor({ timeout: 60_000 })
    await page.locator(".jp-NotebookPanel-toolbar [data-status=idle]").waitFor({ timeout: 60_000 })
    await page.locator(".lm-MenuBar-itemLabel", { hasText: /^Run$/ }).click()
    await page.locator(".lm-Menu-itemLabel", { hasText: /^Run All Cells$/ }).click()
    await expect
      .poll(prompts, { timeout: 180_000, interval: 500 })
      .toEqual(
        expect.toSatisfy((texts: string[]) => texts.length > 0 && texts.every((text) => /^\[\d+\]:$/.test(text))),
      )
    expect(await prompts()).toEqual((await prompts()).map((_, index) => `[${index + 1}]:`))
  }, 300_000)

  test("no cell shows an error", async () => {
    expect(await prompts()).toContain("[1]:")
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
    expect(consoleErrors).toEqual([])
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
