import { afterAll, beforeAll, expect, test } from "vitest"
import { requires } from "../requirements.js"
import { epochsIn, feedForward } from "./feed-forward.js"
import { Sandbox } from "./sandbox.js"

interface Output {
  output_type: string
  name?: string
  text?: string
  data?: Record<string, unknown>
  ename?: string
  evalue?: string
}

interface Run {
  error: string | null
  messages: Record<string, number>
  languageInfo: { name: string; mimetype: string; file_extension: string }
  html: string
  cells: { source: string; executionCount: number | null; outputs: Output[] }[]
}

const vegaLite = "application/vnd.vegalite.v5+json"

requires("jupyter")("the feed-forward notebook in nbclient", () => {
  let sandbox: Sandbox
  let run: Run
  let outputs: Output[]

  beforeAll(async () => {
    sandbox = await Sandbox.create()
    run = await sandbox.python("execute_notebook.py", [sandbox.copyNotebook(feedForward), sandbox.work], 280_000)
    outputs = run.cells.flatMap((cell) => cell.outputs)
  }, 300_000)
  afterAll(() => sandbox?.close())

  test("every cell runs, in order, without an error", () => {
    expect(run.error).toBeNull()
    expect(outputs.filter((output) => output.output_type === "error")).toEqual([])
    expect(run.cells.map((cell) => cell.executionCount)).toEqual(run.cells.map((_, index) => index + 1))
  })

  test("nothing is written to stderr", () => {
    const text = outputs.filter((output) => output.name === "stderr").map((output) => output.text)
    expect(text).toEqual([])
  })

  test("the loss falls, for cars seen and unseen", () => {
    const epochs = epochsIn(outputs.map((output) => output.text ?? "").join(""))
    expect(epochs.length).toBeGreaterThanOrEqual(10)
    const [first, last] = [epochs[0], epochs.at(-1)]
    expect(last?.train).toBeLessThan((first?.train ?? 0) / 3)
    expect(last?.val).toBeLessThan((first?.val ?? 0) / 3)
  })

  test("the loss curve is updated in place and ends as one Vega-Lite chart with a picture and a text", () => {
    expect(run.messages.update_display_data).toBeGreaterThanOrEqual(1)
    const cell = run.cells.find(({ source }) => source.includes("plot.live"))
    const charts = cell?.outputs.filter((output) => output.data?.[vegaLite] !== undefined) ?? []
    expect(charts).toHaveLength(1)
    const data = charts[0]?.data ?? {}
    expect(data[vegaLite]).toMatchObject({ $schema: expect.stringContaining("vega-lite/v5") })
    expect(Buffer.from(String(data["image/png"]), "base64").subarray(1, 4).toString()).toBe("PNG")
    expect(data["text/plain"]).toMatch(/loss/i)
    expect(Object.keys(data)).not.toContain("text/html")
  })

  test("the predictions are a chart, the table and the model have an HTML and a text form", () => {
    const bundle = (fragment: string) =>
      run.cells.find(({ source }) => source.includes(fragment))?.outputs.find((output) => output.data)?.data ?? {}
    expect(Object.keys(bundle("plot.predictions"))).toEqual(
      expect.arrayContaining([vegaLite, "image/png", "text/plain"]),
    )
    for (const fragment of ["datasets.cars()", "class FeedForwardNN"])
      expect(Object.keys(bundle(fragment))).toEqual(expect.arrayContaining(["text/html", "text/plain"]))
  })

  test("the kernel says it is TypeScript, and nbconvert makes a page of the notebook", () => {
    expect(run.languageInfo).toMatchObject({ name: "typescript", file_extension: ".ts" })
    // Not toContain: a failure would print the whole page.
    expect({ pictures: run.html.includes("data:image/png;base64,"), code: run.html.includes("FeedForwardNN") }).toEqual(
      {
        pictures: true,
        code: true,
      },
    )
  })
})
