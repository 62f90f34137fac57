import { describe, expect, test } from "vitest"
import type { Chart } from "../../src/display/chart.js"
import { F, manualSeed, nn, ones, plot, randn, type Tensor, tensor, zeros } from "../../src/index.js"

type Row = Record<string, unknown>
const rowsOf = (chart: Chart) => (chart.spec.data as { values: Row[] }).values
const subtitle = (chart: Chart) => (chart.spec.title as { subtitle?: string }).subtitle

/** A layer whose gradients are known: for sum(x W), each is the sum of the inputs. */
function layer(): nn.Linear {
  const linear = new nn.Linear(2, 2, { bias: false })
  linear(tensor([[1, -3]]))
    .sum()
    .backward()
  return linear
}

describe("gradients", () => {
  test("flow holds the mean and the largest of |g|", () => {
    expect(rowsOf(plot.gradientFlow(layer()))).toMatchObject([{ l: "weight", m: 2, x: 3 }])
  })

  test("flow names a gradient that is all zero, and one that is not finite", () => {
    const linear = layer()
    linear.weight.grad?.fill_(0)
    expect(rowsOf(plot.gradientFlow(linear))).toMatchObject([{ m: null, w: "all zero" }])
    linear.weight.grad?.fill_(Number.POSITIVE_INFINITY)
    const chart = plot.gradientFlow(linear)
    expect(rowsOf(chart)).toMatchObject([{ m: null, w: "NaN or infinite" }])
    expect(subtitle(chart)).toBe("1 all zero or not finite")
  })

  test("histograms show every value once", () => {
    const chart = plot.gradients(layer())
    const counted = rowsOf(chart).reduce((sum, { n }) => sum + Number(n), 0)
    expect(counted).toBe(4)
    expect(() => plot.gradients(new nn.Linear(2, 2))).toThrow("call loss.backward() before")
  })
})

describe("activations", () => {
  const model = () => new nn.Sequential(new nn.Linear(2, 2), new nn.ReLU(), new nn.Dropout(0.5))

  test("are counted for each layer, with units that never fire", () => {
    const net = model()
    const first = net.children()[0] as nn.Linear
    first.weight.detach().copy_(
      tensor([
        [1, 0],
        [-1, 0],
      ]),
    )
    first.bias?.detach().fill_(0)
    const x = tensor(Array.from({ length: 10 }, (_, i) => [i + 1, 0]))
    const rows = rowsOf(plot.activations(net, x))
    expect(rows[0]).toMatchObject({ shape: "[10, 2]", min: -10, max: 10, mean: 0, zero: 0, deadText: "" })
    expect(rows[1]).toMatchObject({ min: 0, max: 10, mean: 2.75, zero: 0.5, deadText: "1 of 2 dead" })
    // Dropout lets everything through: the model was evaluated.
    expect(rows[2]).toMatchObject({ mean: 2.75, zero: 0.5 })
  })

  test("leave the model as it was: modes, hooks, gradients, also after an error", () => {
    const net = model()
    plot.activations(net, ones([3, 2]))
    expect(() => plot.activations(net, ones([3, 5]))).toThrow("Linear")
    expect(net.modules().every((module) => module.training)).toBe(true)
    expect(net.parameters().every((parameter) => parameter.grad === null)).toBe(true)
    let calls = 0
    net.children()[0]?.registerForwardHook(() => calls++)
    net(ones([3, 2]))
    expect(calls).toBe(1)
  })
})

describe("loss surface", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ])
  const y = tensor([[1], [2]])

  test("has the loss of now in its middle, and puts the weights back", () => {
    manualSeed(1)
    const linear = new nn.Linear(2, 1)
    const before = [...linear.weight.toTypedArray()]
    const loss = () => F.mseLoss(linear(x), y)
    const seen: number[] = []
    const chart = plot.lossSurface(
      linear,
      () => {
        const value = loss().item()
        seen.push(value)
        return value
      },
      { steps: 5 },
    )
    expect(seen.length).toBe(26)
    expect(seen[1 + 12]).toBeCloseTo(seen[0] ?? Number.NaN, 5)
    expect(new Set(seen.slice(1)).size).toBeGreaterThan(20)
    expect([...linear.weight.toTypedArray()]).toEqual(before)
    expect(linear.weight.grad).toBeNull()
    expect(chart.text).toContain("25 runs")
  })

  test("puts the weights back after an error of the loss", () => {
    const linear = new nn.Linear(2, 1)
    const before = [...linear.weight.toTypedArray()]
    let calls = 0
    const broken = () => {
      if (++calls > 3) throw new Error("no loss")
      return F.mseLoss(linear(x), y)
    }
    expect(() => plot.lossSurface(linear, broken)).toThrow("no loss")
    expect([...linear.weight.toTypedArray()]).toEqual(before)
    expect(() => plot.lossSurface(linear, (() => "low") as never)).toThrow("must be a function that gives one number")
    expect(() => plot.lossSurface(linear, () => linear(x) as never)).toThrow()
    expect(() => plot.lossSurface(linear, () => 1, { steps: 1000 })).toThrow("from 3 to 101")
  })
})

describe("attention lines and entropy", () => {
  const maps = tensor([
    [
      [1, 0],
      [0.5, 0.5],
    ],
    [
      [0.25, 0.75],
      [0, 1],
    ],
  ])

  test("draw a line for each weight that counts", () => {
    const rows = rowsOf(plot.attentionLines(maps, { tokens: "ab" }))
    expect(rows.map(({ h, q, k, w }) => [h, q, k, w])).toEqual([
      [0, 0, 0, 1],
      [0, 1, 0, 0.5],
      [0, 1, 1, 0.5],
      [1, 0, 0, 0.25],
      [1, 0, 1, 0.75],
      [1, 1, 1, 1],
    ])
    expect(rowsOf(plot.attentionLines(maps, { head: 1, threshold: 0.5 })).map(({ w }) => w)).toEqual([0.75, 1])
    expect(() => plot.attentionLines(zeros([1, 99, 99]))).toThrow("At most 60 tokens")
    expect(() => plot.attention(maps, { head: 2 })).toThrow("head must be a whole number from 0 to 1")
  })

  test("of several layers show the last one, or the one that was picked", () => {
    const layers: Tensor = maps.unsqueeze(0).mul(tensor([1, 0.5]).reshape([2, 1, 1, 1]))
    const title = (chart: Chart) => (chart.spec.title as { text: string }).text
    expect(title(plot.attentionLines(layers))).toBe("Attention lines, layer 1")
    expect(rowsOf(plot.attentionLines(layers, { layer: 0, head: 0 }))[0]).toMatchObject({ w: 1 })
  })

  test("entropy is 0 for one token, log2 n for n alike, and does not mind dropout's scale", () => {
    const bits = (values: number[][]) => rowsOf(plot.attentionEntropy(values))[0]?.e
    expect(bits([[1, 0, 0, 0]])).toBe(0)
    expect(bits([[0.25, 0.25, 0.25, 0.25]])).toBe(2)
    expect(bits([[0.5, 0.5, 0.5, 0.5]])).toBe(2)
    expect(
      bits([
        [1, 0],
        [0.5, 0.5],
      ]),
    ).toBe(0.5)
  })
})

describe("embedding", () => {
  test("refuses what has no place in the plane", () => {
    expect(() => plot.embedding(randn([2, 4]))).toThrow("at least 3 points")
    expect(() =>
      plot.embedding([
        [1, 2],
        [3, Number.NaN],
        [5, 6],
      ]),
    ).toThrow("x[1]")
    expect(() => plot.embedding(randn([3, 4]), { labels: ["a"] })).toThrow("same number of values")
    expect(() => plot.embedding(randn([3, 4]), { method: "umap" as never })).toThrow("one of: pca, tsne")
  })

  test("writes no label over another", () => {
    const same = Array.from({ length: 20 }, (_, i) => [i % 2, 0, 0])
    const chart = plot.embedding([...same, [9, 9, 9]], { labels: same.map((_, i) => `name ${i}`).concat("far") })
    const written = rowsOf(chart).filter(({ s }) => s !== undefined)
    expect(written.length).toBeLessThan(21)
    expect(written.map(({ n }) => n)).toContain("far")
  })
})

describe("loss curves", () => {
  const linesOf = (chart: Chart) => chart.spec.layer as { data?: { values: Row[] }; encoding?: Row }[]

  test("compare trainings: a colour for each, broken lines for what is not validation", () => {
    const chart = plot.lossCurve({ Adam: { train: [3, 1], val: [3, 2] }, SGD: { train: [4, 3], val: [4, 3.5] } })
    expect(chart.text).toBe("Loss · Adam 2 · SGD 3.5 (2 epochs)")
    expect(subtitle(chart)).toBe("broken: train")
    const color = (chart.spec.encoding as { color: { scale: { domain: string[]; range: string[] } } }).color.scale
    expect(color.domain).toEqual(["Adam · train", "Adam · val", "SGD · train", "SGD · val"])
    expect(color.range[0]).toBe(color.range[1])
    expect(color.range[1]).not.toBe(color.range[2])
    const dash = linesOf(chart)[0]?.encoding?.strokeDash as { scale: { range: unknown } }
    expect(dash.scale.range).toEqual([
      [3, 3],
      [1, 0],
      [3, 3],
      [1, 0],
    ])
  })

  test("take the histories of live curves", () => {
    const [adam, sgd] = [plot.live(), plot.live()]
    for (const value of [3, 2]) {
      adam.log({ loss: value })
      sgd.log({ loss: value + 1 })
    }
    expect(plot.lossCurve({ Adam: adam.history, SGD: sgd.history }).text).toBe("Loss · Adam 2 · SGD 3 (2 epochs)")
  })

  test("are smoothed by a moving average that starts at the first value and passes over gaps", () => {
    const loss = [4, 0, Number.NaN, ...new Array<number>(60).fill(0)]
    const chart = plot.lossCurve({ loss, val: [3, 1] }, { smooth: 0.5 })
    const calm = (name: string) =>
      linesOf(chart)[1]
        ?.data?.values.filter(({ s }) => s === name)
        .map(({ y }) => y)
    expect(calm("loss")?.slice(0, 4)).toEqual([4, 1.3333, null, 0.57143])
    // Two values are no noise.
    expect(calm("val")).toEqual([3, 1])
    expect(() => plot.lossCurve({ loss: [1] }, { smooth: 1 })).toThrow("at least 0 and less than 1")
  })
})
