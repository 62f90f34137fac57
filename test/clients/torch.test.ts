import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { KernelClient } from "../../kernel/client.js"
import { python, pythonEnvironment, requires, root } from "../requirements.js"
import { type Epoch, epochsIn, feedForward } from "./feed-forward.js"

interface TorchRun {
  version: string
  rows: [train: number, val: number]
  firstBatch: number[]
  weights: Record<string, number[]>
  losses: Epoch[]
}

/** Run after the cell that makes the model; the numbers of both sides are float32, so they compare exactly. */
const revealWeights = `
console.log(JSON.stringify({
  rows: [train.numRows, val.numRows],
  firstBatch: Array.from(x.toTypedArray()),
  weights: Object.fromEntries([...model.namedParameters()].map(([name, weight]) => [name, Array.from(weight.toTypedArray())])),
}))
`

requires("torch")("the feed-forward notebook against PyTorch", () => {
  let client: KernelClient
  let torch: TorchRun
  let ours: Pick<TorchRun, "rows" | "firstBatch" | "weights">
  let losses: Epoch[]

  beforeAll(async () => {
    const notebook = JSON.parse(readFileSync(join(root, "notebooks", feedForward), "utf8")) as {
      cells: { cell_type: string; source: string | string[] }[]
    }
    const sources = notebook.cells
      .filter((cell) => cell.cell_type === "code")
      .map(({ source }) => (typeof source === "string" ? source : source.join("")))
    const argv = [process.execPath, join(root, "bin/cellgrad.js"), "kernel", "{connection_file}"]
    client = await KernelClient.launch({ argv, cwd: join(root, "notebooks") })
    let printed = ""
    for (const source of sources) {
      // All digits instead of the four that a reader wants.
      printed += await run(source.replaceAll(".toFixed(4)", ".toFixed(9)"))
      if (source.includes("new FeedForwardNN(")) ours = JSON.parse(await run(revealWeights))
    }
    losses = epochsIn(printed)

    const cars = join(root, "node_modules/vega-datasets/data/cars.json")
    const script = join(root, "test/clients/torch_feed_forward.py")
    const { stdout } = await promisify(execFile)(python, [script, cars, String(losses.length)], {
      env: pythonEnvironment({ OMP_NUM_THREADS: "1" }),
      maxBuffer: 1 << 26,
    })
    torch = JSON.parse(stdout)
  }, 180_000)
  afterAll(() => client?.shutdown())

  async function run(code: string): Promise<string> {
    let printed = ""
    for await (const event of client.execute(code)) {
      if (event.type === "stream") printed += event.content.text
      if (event.type === "error") throw new Error(event.content.traceback.join("\n"))
    }
    return printed
  }

  test("runs the pinned PyTorch", () => {
    expect(torch.version).toMatch(/^2\.13\.0/)
  })

  test("has the same rows and the same first batch", () => {
    expect(ours.rows).toEqual(torch.rows)
    expect(ours.firstBatch).toHaveLength(32 * 10)
    expect(largestDifference(ours.firstBatch, torch.firstBatch)).toBeLessThan(1e-6)
  })

  test("starts with the same weights, to the last bit", () => {
    expect(Object.keys(ours.weights)).toEqual(Object.keys(torch.weights))
    for (const [name, values] of Object.entries(torch.weights)) expect(ours.weights[name], name).toEqual(values)
  })

  test("has the same losses to four decimals in every epoch, in training and in validation", () => {
    expect(losses.length).toBeGreaterThanOrEqual(10)
    for (const name of ["train", "val"] as const) {
      const [a, b] = [losses.map((epoch) => epoch[name]), torch.losses.map((epoch) => epoch[name])]
      expect(largestDifference(a, b), name).toBeLessThan(5e-5)
    }
  })
})

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length)
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? Number.NaN))))
}
