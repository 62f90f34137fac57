import { afterAll, beforeAll, expect, test } from "vitest"
import { requires } from "../requirements.js"
import { Sandbox } from "./sandbox.js"

interface Output {
  output_type: string
  name?: string
  text?: string
  data?: Record<string, unknown>
}

interface Run {
  error: string | null
  messages: Record<string, number>
  html: string
  cells: { source: string; outputs: Output[] }[]
}

const vegaLite = "application/vnd.vegalite.v5+json"

requires("jupyter")("the notebook on attention in nbclient", () => {
  let sandbox: Sandbox
  let run: Run
  let outputs: Output[]
  const cell = (part: string) => run.cells.find(({ source }) => source.includes(part))?.outputs ?? []
  const charts = (list: readonly Output[]) => list.filter(({ data }) => data?.[vegaLite] !== undefined)

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    const path = sandbox.copyNotebook("07-attention-seen.ipynb")
    run = await sandbox.python("execute_notebook.py", [path, sandbox.work], 280_000)
    outputs = run.cells.flatMap((cell) => cell.outputs)
  }, 300_000)
  afterAll(() => sandbox?.close())

  test("runs without an error, and writes nothing to stderr", () => {
    expect(run.error).toBeNull()
    expect(outputs.filter(({ output_type, name }) => output_type === "error" || name === "stderr")).toEqual([])
  })

  test("the network learns to expect the letters of titles it never saw", () => {
    const text = outputs.map(({ text }) => text ?? "").join("")
    // A blind guess among 29 letters is 3.4.
    expect(Number(/^val ([\d.]+)$/m.exec(text)?.[1])).toBeLessThan(2.5)
  })

  test("its loss grows in one place while it trains", () => {
    expect(run.messages.update_display_data).toBeGreaterThanOrEqual(3)
    expect(charts(cell("plot.live("))).toHaveLength(1)
  })

  test("the maps of every head and layer stand before and after training, and the heads are sharper after", () => {
    const shown = ["Before training", "After training"].map((title) => charts(cell(title))[0]?.data)
    const sharpness = shown.map((data) => {
      expect(data?.["text/plain"]).toMatch(/2 layers · 4 heads · 15 queries × 15 keys$/)
      const spec = data?.[vegaLite] as { data: { values: { w: number[] }[] } }
      const weights = spec.data.values[0]?.w ?? []
      expect(weights).toHaveLength(2 * 4 * 15 * 15)
      return weights.reduce((sum, weight) => sum + weight ** 2, 0)
    })
    expect(sharpness[1]).toBeGreaterThan(1.3 * (sharpness[0] ?? 0))
  })

  test("every chart is a picture too, and stands in the page of nbconvert", () => {
    const all = charts(outputs)
    expect(all.length).toBeGreaterThanOrEqual(9)
    for (const { data } of all) {
      const png = String(data?.["image/png"]).replaceAll("\n", "")
      expect(png.length).toBeGreaterThan(3000)
      expect(run.html).toContain(png.slice(0, 200))
    }
  })
})
