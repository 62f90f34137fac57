import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type BrowserContext, chromium as driver, type Page } from "playwright-core"
import { expect } from "vitest"
import { chromium } from "../requirements.js"
import type { Sandbox, Server } from "./sandbox.js"

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

/** JupyterLab, Jupyter Notebook 7, or the classic Notebook, in a Chromium of its own. */
export class Lab {
  /** What the page complained of. */
  readonly errors: string[] = []

  private constructor(
    readonly server: Server,
    readonly page: Page,
    private readonly browser: BrowserContext,
    private readonly profile: string,
  ) {
    page.on("pageerror", (error) => this.errors.push(error.stack ?? error.message))
  }

  /** Starts the server and the browser. */
  static async start(sandbox: Sandbox, module: "jupyterlab" | "notebook" | "nbclassic" = "jupyterlab"): Promise<Lab> {
    for (const [extension, plugins] of Object.entries(settings)) {
      // Notebook 7 has no such extension as the one that looks for news.
      if (module === "notebook" && extension === "apputils-extension") continue
      const folder = join(sandbox.folder, "config/lab/user-settings/@jupyterlab", extension)
      mkdirSync(folder, { recursive: true })
      for (const [plugin, value] of Object.entries(plugins))
        writeFileSync(join(folder, `${plugin}.jupyterlab-settings`), JSON.stringify(value))
    }
    const app = module === "jupyterlab" ? "LabApp" : "JupyterNotebookApp"
    const options = [`--${app}.check_for_updates_class=jupyterlab.NeverCheckForUpdate`, `--${app}.news_url=None`]
    const server = await sandbox.startServer(module, module === "nbclassic" ? [] : options)
    const profile = mkdtempSync(join(tmpdir(), "cellgrad-chromium-"))
    const browser = await driver.launchPersistentContext(profile, {
      executablePath: chromium as string,
      headless: true,
      args: chromiumOptions,
      viewport: { width: 1280, height: 1000 },
    })
    return new Lab(server, await browser.newPage(), browser, profile)
  }

  async close(): Promise<void> {
    await this.browser.close()
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  /** Opens a notebook and waits for its kernel. */
  async open(notebook: string, path = `lab/tree/${notebook}`): Promise<void> {
    await this.page.goto(`${this.server.url}${path}?token=${this.server.token}`)
    await this.page.locator(".jp-NotebookPanel .jp-CodeCell").first().waitFor({ timeout: 60_000 })
    // Lab says "No Kernel", idle, until the session has started.
    await this.page
      .locator(".jp-KernelName", { hasText: "TypeScript (Cellgrad)" })
      .first()
      .waitFor({ state: "attached", timeout: 60_000 })
    await this.page
      .locator(".jp-NotebookPanel-toolbar [data-status=idle]")
      .first()
      .waitFor({ state: "attached", timeout: 60_000 })
  }

  /** Chooses an entry of a menu, and of a submenu. */
  async choose(menu: string, ...entries: readonly string[]): Promise<void> {
    const exact = (text: string) => new RegExp(`^${text.replace(/[.()]/g, "\\$&")}$`)
    await this.page.locator(".lm-MenuBar-itemLabel", { hasText: exact(menu) }).click()
    for (const entry of entries)
      await this.page
        .locator(".lm-Menu-itemLabel", { hasText: exact(entry) })
        .last()
        .click()
  }

  /** The prompts of the code cells: "[3]:" when done, "[*]:" while running or waiting. */
  async prompts(): Promise<string[]> {
    const texts = await this.page.locator(".jp-CodeCell > .jp-Cell-inputWrapper .jp-InputPrompt").allTextContents()
    return texts.map((text) => text.trim())
  }

  /** Runs all cells, to the end. */
  async runAll(): Promise<void> {
    await this.choose("Run", "Run All Cells")
    const done = (texts: string[]) => texts.length > 0 && texts.every((text) => /^\[\d+\]:$/.test(text))
    await expect.poll(() => this.prompts(), { timeout: 180_000, interval: 500 }).toEqual(expect.toSatisfy(done))
  }
}
