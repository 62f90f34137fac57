import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type IopubEvent, KernelClient } from "../../kernel/client.js"
import { requires, root } from "../requirements.js"
import { epochsIn, feedForward } from "./feed-forward.js"

const vegaLite = "application/vnd.vegalite.v5+json"

interface Shown {
  update: boolean
  data: Record<string, unknown>
  displayId: string | undefined
}

/** What the notebook takes for granted in our kernel, and has to import in tslab's. */
const imports =
  'import { nn, optim, plot, display, datasets, dataLoader, manualSeed, F, noGrad, progress, summary, Tensor } from "cellgrad"'

requires("tslab")("the feed-forward notebook in tslab's kernel", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-tslab-"))
  const shown: Shown[] = []
  let printed = ""
  let client: KernelClient

  const take = (event: IopubEvent) => {
    if (event.type === "stream") printed += event.content.text
    if (event.type === "display_data" || event.type === "update_display_data") {
      const { data, transient } = event.content
      shown.push({ update: event.type === "update_display_data", data, displayId: transient?.display_id })
    }
  }

  async function run(code: string): Promise<void> {
    const { status } = await client.execute(code).reply
    expect(status, `${code}\n${printed.slice(-1000)}`).toBe("ok")
  }

  beforeAll(async () => {
    mkdirSync(join(folder, "node_modules"))
    symlinkSync(root, join(folder, "node_modules/cellgrad"), "junction")
    const tslab = join(root, "node_modules/tslab/bin/tslab")
    const argv = [process.execPath, tslab, "kernel", "--config-path", "{connection_file}"]
    client = await KernelClient.launch({ argv, cwd: folder, timeoutMs: 60_000 })
    client.onIopub = take
    await run(imports)
  }, 90_000)
  afterAll(async () => {
    await client?.shutdown()
    rmSync(folder, { recursive: true, force: true })
  })

  test("runs, with types, cell by cell", async () => {
    const notebook = JSON.parse(readFileSync(join(root, "notebooks", feedForward), "utf8")) as {
      cells: { cell_type: string; source: string[] }[]
    }
    for (const { cell_type, source } of notebook.cells) if (cell_type === "code") await run(source.join(""))
    const epochs = epochsIn(printed)
    expect(epochs.length).toBeGreaterThanOrEqual(10)
    expect(epochs.at(-1)?.val).toBeLessThan((epochs[0]?.val ?? 0) / 3)
  }, 120_000)

  test("shows the loss curve as Vega-Lite with a picture, and brings it up to its last state", async () => {
    const curves = () =>
      shown.filter(({ data }) => /^(Loss|Mean squared error).* epochs?\)$/.test(String(data["text/plain"])))
    const epochs = epochsIn(printed).length
    await expect.poll(() => curves().at(-1)?.data["text/plain"], { timeout: 10_000 }).toContain(`(${epochs} epochs)`)
    expect(new Set(curves().map(({ displayId }) => displayId)).size).toBe(1)
    expect(curves().at(-1)?.update).toBe(true)
    for (const { data } of curves()) expect(Object.keys(data).sort()).toEqual([vegaLite, "image/png", "text/plain"])
  }, 20_000)

  test("shows a chart that is a cell's value, and says it in a line", async () => {
    const before = shown.length
    await run('plot.bar({ Adam: 0.91, SGD: 0.87 }, { title: "Accuracy" })')
    await expect.poll(() => shown.length).toBe(before + 1)
    expect(shown.at(-1)?.data).toMatchObject({
      [vegaLite]: { title: { text: "Accuracy" } },
      "image/png": expect.any(String),
    })
    expect(printed).toContain("Accuracy · Adam 0.91 · SGD 0.87")
  }, 20_000)
})
