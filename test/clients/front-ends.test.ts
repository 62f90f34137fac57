import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { requires, root } from "../requirements.js"
import { Lab } from "./lab.js"
import { Sandbox } from "./sandbox.js"

// A notebook in each front end that draws pages: results, streams, errors, HTML, an update in place, and a slider whose
// comm the cell holds the other end of. It speaks the protocol of ipywidgets, as any widget library could.

const slider = `const open = (module: string, name: string, state: object) => new Comm("jupyter.widget",
  { state: { _model_module: module, _model_module_version: "2.0.0", _model_name: name, _view_module: module, _view_module_version: "2.0.0", ...state }, buffer_paths: [] },
  { metadata: { version: "2.1.0" } })
const controls = "@jupyter-widgets/controls"
const layout = open("@jupyter-widgets/base", "LayoutModel", { _view_name: "LayoutView" })
const style = open(controls, "SliderStyleModel", { _view_module: "@jupyter-widgets/base", _view_name: "StyleView" })
const slider = open(controls, "IntSliderModel", { _view_name: "IntSliderView", value: 3, min: 0, max: 10, step: 1, description: "n",
  continuous_update: true, orientation: "horizontal", readout: true, readout_format: "d", disabled: false, behavior: "drag-tap",
  layout: "IPY_MODEL_" + layout.commId, style: "IPY_MODEL_" + style.commId })
const shown = display({ "text/plain": "waiting" }, { raw: true, displayId: true })
slider.onMsg(({ data }) => { const state = data.state as { value?: number }; if (state?.value !== undefined) shown.update("slider at " + state.value) })
display({ "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: slider.commId }, "text/plain": "slider" }, { raw: true })`

const cells = [
  "6 * 7",
  "console.log('to stdout'); console.error('to stderr')",
  "html`<b id='bold'>bold</b>`",
  slider,
  "throw new RangeError('on purpose')",
]

const notebook = {
  cells: cells.map((source, i) => ({
    cell_type: "code",
    execution_count: null,
    id: `cell-${i}`,
    metadata: {},
    outputs: [],
    source,
  })),
  metadata: {
    kernelspec: { name: "cellgrad", display_name: "TypeScript (Cellgrad)", language: "typescript" },
    language_info: { name: "typescript", file_extension: ".ts" },
  },
  nbformat: 4,
  nbformat_minor: 5,
}

interface FrontEnd {
  readonly name: string
  readonly module: "jupyterlab" | "notebook" | "nbclassic"
  /** Opens the notebook and runs all cells; the last of them fails. */
  run(lab: Lab): Promise<void>
}

const runByMenu = async (lab: Lab, path: string) => {
  await lab.open("front-ends.ipynb", path)
  await lab.choose("Run", "Run All Cells")
}

const frontEnds: readonly FrontEnd[] = [
  { name: "JupyterLab 4", module: "jupyterlab", run: (lab) => runByMenu(lab, "lab/tree/front-ends.ipynb") },
  { name: "Notebook 7", module: "notebook", run: (lab) => runByMenu(lab, "notebooks/front-ends.ipynb") },
  {
    name: "the classic Notebook",
    module: "nbclassic",
    run: async ({ page, server }) => {
      await page.goto(`${server.url}nbclassic/notebooks/front-ends.ipynb?token=${server.token}`)
      await page.locator("#kernel_indicator_icon.kernel_idle_icon").waitFor({ timeout: 90_000 })
      await page.locator("#celllink").click()
      await page.locator("#run_all_cells").click()
    },
  },
]

for (const { name, module, run } of frontEnds) {
  requires("jupyter", "chromium")(name, () => {
    let sandbox: Sandbox
    let lab: Lab

    beforeAll(async () => {
      sandbox = await Sandbox.create()
      writeFileSync(join(sandbox.work, "front-ends.ipynb"), JSON.stringify(notebook))
      lab = await Lab.start(sandbox, module)
    }, 120_000)
    afterAll(async () => {
      await lab?.close()
      await sandbox?.close()
    }, 60_000)

    test("runs a notebook, and a slider talks to its cell", async () => {
      const { page } = lab
      await run(lab)
      const outputs = page.locator(".jp-OutputArea-output, .output_area")
      const text = async () => (await outputs.allInnerTexts()).join("\n")
      await expect.poll(text, { timeout: 90_000, interval: 300 }).toContain("RangeError: on purpose")
      for (const shown of ["42", "to stdout", "to stderr", "waiting"]) expect(await text()).toContain(shown)
      expect(await page.locator("#bold").innerText()).toBe("bold")
      const handle = page.locator(".noUi-handle, .ui-slider-handle").first()
      await handle.waitFor({ timeout: 60_000 })
      // The page may take the focus for itself while it is still being drawn.
      const step = async () => {
        await handle.press("ArrowRight")
        await page
          .locator(".noUi-base")
          .first()
          .click({ position: { x: 90, y: 2 }, force: true })
        await page.waitForTimeout(300)
        return text()
      }
      await expect.poll(step, { timeout: 60_000, interval: 300 }).toMatch(/slider at \d/)
      expect(await text()).not.toContain("waiting")
      mkdirSync(join(root, "out"), { recursive: true })
      await page.screenshot({ path: join(root, "out", `front-end-${module}.png`) })
    }, 240_000)
  })
}
