import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type IopubEvent, KernelClient } from "../../kernel/client.js"
import type { MimeBundle } from "../../src/display/host.js"
import { deno, requires, root } from "../requirements.js"

const vegaLite = "application/vnd.vegalite.v5+json"
const bar = 'plot.bar({ Adam: 0.91, SGD: 0.87 }, { title: "Accuracy" })'

requires("deno")("the library in Deno's own kernel", () => {
  const folder = mkdtempSync(join(tmpdir(), "cellgrad-deno-"))
  let client: KernelClient

  /** What came since the cell was sent; Deno says what a cell's value is after it said that it is idle. */
  let events: IopubEvent[] = []

  async function run(code: string): Promise<void> {
    events = []
    const { status } = await client.execute(code).reply
    expect(status, `${code}\n${JSON.stringify(events.map(({ content }) => content))}`).toBe("ok")
  }

  /** The bundles of a kind of message; at least one. */
  async function bundles(type: "execute_result" | "display_data" | "update_display_data"): Promise<MimeBundle[]> {
    const found = () => events.flatMap((event) => (event.type === type ? [event.content.data] : []))
    await expect.poll(() => found().length, { timeout: 5_000 }).toBeGreaterThan(0)
    return found()
  }

  beforeAll(async () => {
    mkdirSync(join(folder, "node_modules"))
    symlinkSync(root, join(folder, "node_modules/cellgrad"), "junction")
    writeFileSync(join(folder, "package.json"), "{}")
    const argv = [deno as string, "jupyter", "--kernel", "--conn", "{connection_file}"]
    client = await KernelClient.launch({ argv, cwd: folder, timeoutMs: 60_000 })
    client.onIopub = (event) => events.push(event)
    await run('const { nn, optim, F, plot, display, progress, randn, manualSeed, backend } = await import("cellgrad")')
  }, 90_000)
  afterAll(async () => {
    await client?.shutdown()
    rmSync(folder, { recursive: true, force: true })
  })

  test("computes with the native kernels", async () => {
    await run("backend()")
    expect((await bundles("execute_result"))[0]?.["text/plain"]).toContain("native")
  })

  test("shows a tensor as a card", async () => {
    await run("manualSeed(1); randn([2, 2])")
    const [data] = await bundles("execute_result")
    expect(data?.["text/html"]).toContain("Tensor[2, 2]")
    expect(data?.["text/plain"]).toBe("tensor([[0.6614, 0.2669],\n        [0.0617, 0.6213]])")
  })

  test("shows a chart as Vega-Lite with a picture, as a cell's value and by display", async () => {
    const chart = { [vegaLite]: { title: { text: "Accuracy" } }, "image/png": expect.any(String) }
    await run(bar)
    expect((await bundles("execute_result"))[0]).toMatchObject(chart)
    await run(`await display(${bar})`)
    expect((await bundles("display_data"))[0]).toMatchObject(chart)
  })

  test("shows a model as its table", async () => {
    await run("await display(new nn.Sequential(new nn.Linear(2, 4), new nn.ReLU()))")
    expect((await bundles("display_data"))[0]?.["text/html"]).toContain("Linear(2 → 4)")
  })

  test("draws a live curve in place and a bar to its end", async () => {
    await run(`
      const model = new nn.Linear(3, 1)
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.05 })
      const [x, y] = [randn([32, 3]), randn([32, 1])]
      const curve = plot.live({ title: "Loss" })
      for (const epoch of progress(20, { label: "epochs" })) {
        const loss = F.mseLoss(model(x), y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        curve.log({ train: loss.item() })
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    `)
    const ids = events.flatMap(({ type, content }) =>
      type === "display_data" ? [(content as { transient?: { display_id?: string } }).transient?.display_id] : [],
    )
    expect(new Set(ids).size).toBe(2)
    const updates = await bundles("update_display_data")
    expect(updates.filter((data) => vegaLite in data).length).toBeGreaterThan(0)
    expect(updates.some((data) => /100%.*20\/20/.test(String(data["text/plain"])))).toBe(true)
  }, 20_000)
})
