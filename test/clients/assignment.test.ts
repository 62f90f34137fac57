import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { requires, root } from "../requirements.js"
import { Lab } from "./lab.js"
import { Sandbox } from "./sandbox.js"

const notebook = "assignments/01-perceptron.ipynb"

requires("jupyter", "chromium")("a student with an assignment in JupyterLab", () => {
  const out = join(root, "out")
  let sandbox: Sandbox
  let lab: Lab

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    sandbox.copyNotebook(notebook)
    lab = await Lab.start(sandbox)
    mkdirSync(out, { recursive: true })
  }, 120_000)

  afterAll(async () => {
    await lab?.close()
    await sandbox?.close()
  }, 60_000)

  const cell = (text: string) => lab.page.locator(".jp-CodeCell", { hasText: text }).first()
  const cardOf = (check: string) => cell(`check("${check}"`).locator(".jp-OutputArea-output")

  /** Puts other code into a cell and runs it with the one below, as a student does. */
  async function write(where: string, code: string): Promise<void> {
    await cell(where).locator(".cm-content").click()
    await lab.page.keyboard.press("Control+a")
    await lab.page.keyboard.insertText(code)
    await lab.page.keyboard.press("Shift+Enter")
    await lab.page.keyboard.press("Shift+Enter")
  }

  test("as handed out it runs to its end, and every check waits", async () => {
    await lab.open("01-perceptron.ipynb")
    await lab.runAll()
    expect(await cardOf("Task 1").textContent()).toMatch(/^Task 1 not yet○one point/)
    const errors = lab.page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')
    expect(await errors.allTextContents()).toEqual([])
    expect(await cell("score()").last().locator(".jp-OutputArea-output").count()).toBeGreaterThan(0)
  }, 120_000)

  test("a mistake is named, and once it is mended the card is content", async () => {
    const neuron = (sum: string) =>
      `function weightedSum(x: Tensor, w: Tensor, b: number): Tensor {\n  return ${sum}\n}`
    await write("function weightedSum", neuron("x.matmul(w)"))
    await expect.poll(() => cardOf("Task 1").textContent()).toContain("The bias is missing: add b.")
    await lab.page.screenshot({ path: join(out, "assignment-wrong.png") })
    await write("function weightedSum", neuron("x.matmul(w).add(b)"))
    await expect.poll(() => cardOf("Task 1").textContent()).toMatch(/^Task 1 all right✓/)
    await lab.page.screenshot({ path: join(out, "assignment-right.png") })
    expect(lab.errors).toEqual([])
  }, 60_000)
})
