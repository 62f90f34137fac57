import { parse, View } from "vega"
import { describe, expect, test } from "vitest"
import type { Chart } from "../../src/display/chart.js"
import { displayMetadata } from "../../src/display/host.js"
import { plot } from "../../src/display/index.js"
import { tensor, zeros } from "../../src/ops/index.js"
import { type VegaLite, vegaLites } from "./vega-lite-versions.js"

const [inJupyterLab, ours, newest] = vegaLites as [VegaLite, VegaLite, VegaLite]

/** The rows of data that a chart draws, after its transforms. */
async function drawn(chart: Chart, vegaLite = inJupyterLab): Promise<Record<string, unknown>[]> {
  const { spec } = vegaLite.compile(chart.spec)
  const view = new View(parse(spec), { renderer: "none" })
  await view.runAsync()
  const names = spec.data?.map(({ name }) => name) ?? []
  return names.map((name) => view.data(name)).find((rows) => rows.some((row: object) => "query" in row)) ?? []
}

const subtitle = (chart: Chart) => (chart.spec.title as { subtitle?: string }).subtitle

describe("attention", () => {
  const counted = tensor(Array.from({ length: 24 }, (_, i) => i / 24)).reshape([2, 2, 2, 3])

  test("gives each cell its layer, head, query, key and weight", async () => {
    const chart = plot.attention(counted, { tokens: ["a", "b"], keyTokens: ["x", "y", "z"] })
    const rows = await drawn(chart)
    const keys = ["l", "h", "query", "key", "w"]
    const plain = (list: typeof rows) => list.map((row) => keys.map((key) => row[key]))
    for (const version of [ours, newest]) expect(plain(await drawn(chart, version))).toEqual(plain(rows))
    expect(rows).toHaveLength(24)
    expect(rows[0]).toMatchObject({ l: 0, h: 0, query: "a", key: "x", w: 0 })
    expect(rows[23]).toMatchObject({ l: 1, h: 1, query: "b", key: "z", w: 0.958 })
    expect(rows[16]).toMatchObject({ l: 1, h: 0, query: "b", key: "y" })
    expect(chart.text).toBe("Attention · 2 layers · 2 heads · 2 queries × 3 keys")
  })

  test("picks a layer, and says which", async () => {
    const chart = plot.attention(counted, { layer: 1 })
    expect((await drawn(chart))[0]).toMatchObject({ l: 1, h: 0, w: 0.5 })
    expect(chart.text).toBe("Attention, layer 1 · 2 heads · 2 queries × 3 keys")
  })

  test("takes the characters of a string as tokens", async () => {
    const rows = await drawn(plot.attention(zeros([2, 2]), { tokens: "né" }))
    expect(rows[1]).toMatchObject({ query: "n", key: "é", w: 0 })
  })

  test("cuts long tokens in its labels, so that they take no room", () => {
    const chart = plot.attention(zeros([2, 2]), { tokens: ["a".repeat(200), "b"] })
    const size = chart[displayMetadata]["image/png"] as { width: number }
    expect(size.width).toBeLessThan(400)
  })

  test("takes one tensor for each layer", () => {
    const chart = plot.attention([zeros([2, 3, 3]), zeros([2, 3, 3])])
    expect(chart.text).toBe("Attention · 2 layers · 2 heads · 3 queries × 3 keys")
  })

  test("draws means of blocks where there are too many cells, and the sum stays", async () => {
    const chart = plot.attention(tensor(Array.from({ length: 150 * 150 }, () => 0.5)).reshape([150, 150]))
    const rows = await drawn(chart)
    expect(rows).toHaveLength(75 * 75)
    expect(rows.every(({ w }) => w === 0.5)).toBe(true)
    expect(rows.at(-1)).toMatchObject({ query: "148", key: "148" })
    expect(subtitle(chart)).toBe("each cell is the mean of 2 × 2 tokens")
  })

  test("leaves out NaN and says so", async () => {
    const chart = plot.attention([
      [1, Number.NaN],
      [0.5, 0.5],
    ])
    expect(await drawn(chart)).toHaveLength(3)
    expect(subtitle(chart)).toBe("1 NaN or infinite, not drawn")
  })
})

describe("ROC", () => {
  const auc = (truth: number[], scores: number[]) => Number(/AUC ([\d.]+)/.exec(plot.roc(truth, scores).text)?.[1])

  test("has the area that pairs give, ties counted half", () => {
    expect(auc([0, 0, 1, 1], [1, 2, 3, 4])).toBe(1)
    expect(auc([0, 0, 1, 1], [4, 3, 2, 1])).toBe(0)
    expect(auc([0, 1, 0, 1], [7, 7, 7, 7])).toBe(0.5)
    const truth = Array.from({ length: 60 }, (_, i) => ((i * 7) % 3 === 0 ? 1 : 0))
    const scores = truth.map((value, i) => ((i * 31) % 17) + 4 * value)
    let won = 0
    let pairs = 0
    truth.forEach((a, i) => {
      truth.forEach((b, k) => {
        if (a !== 1 || b !== 0) return
        pairs++
        won += (scores[i] ?? 0) > (scores[k] ?? 0) ? 1 : scores[i] === scores[k] ? 0.5 : 0
      })
    })
    expect(auc(truth, scores)).toBeCloseTo(won / pairs, 4)
  })

  test("takes booleans, columns and infinite scores", () => {
    expect(plot.roc([false, true], tensor([[0.1], [0.9]])).text).toContain("AUC 1 ·")
    expect(auc([0, 1, 1], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(1)
  })
})

test("a positional encoding is drawn from a number as from the tensor that it stands for", () => {
  const row = (p: number) => [Math.sin(p), Math.cos(p), Math.sin(p / 100), Math.cos(p / 100)]
  const [made, given] = [plot.positionalEncoding(4, { length: 3 }), plot.positionalEncoding([row(0), row(1), row(2)])]
  expect(made.spec.data).toEqual(given.spec.data)
})

test("a long schedule keeps its peak", () => {
  const chart = plot.learningRate((step) => (step === 4321 ? 1 : 0.1), { steps: 10_000 })
  expect(JSON.stringify(chart.spec.data)).toContain('{"x":4321,"s":"lr","y":1}')
  expect(subtitle(chart)).toBe("peak 1 at step 4,321")
})

test("a long schedule keeps its stairs", () => {
  const chart = plot.learningRate((step) => 0.5 ** Math.floor(step / 500), { steps: 2000 })
  const drawn = JSON.stringify(chart.spec.data)
  for (const at of [499, 500, 999, 1000, 1499, 1500]) expect(drawn).toContain(`{"x":${at},`)
  expect(subtitle(chart)).toBe("1 to 0.125")
  expect(chart.text).toBe("Learning rate · lr 0.125 (2,000 steps)")
})
