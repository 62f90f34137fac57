import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { render } from "../../kernel/render.js"
import { diagram, F, graph, nn, ones, tensor, zeros } from "../../src/index.js"
import { decodePng } from "./decode-png.js"
import { keepPicture } from "./gallery.js"

type Row = Record<string, unknown>

describe("the graph of the tape", () => {
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 1))
  const lossOf = () => F.mseLoss(model(ones([2, 3])), zeros([2, 1]))

  test("lists the operations from the last to the first, with names and shapes", () => {
    const { text } = graph(lossOf(), { names: model })
    expect(text.split("\n")[0]).toBe("mseLoss → []")
    expect(text).toContain("linear → [2, 4]")
    expect(text).toContain("2.weight [1, 4]")
    expect(text).toContain("input [2, 3]")
  })

  test("has an edge for each input, and each tensor once", () => {
    const x = tensor([2], { requiresGrad: true })
    const { dot, text } = graph(x.mul(x).add(x), { names: { x } })
    expect(dot.match(/label="x \[1\]"/g)).toHaveLength(1)
    expect(dot.match(/->/g)).toHaveLength(2 + 2 + 1)
    expect(text).toBe("add → [1]\n  mul → [1]\n    x [1]\n    x [1]\n  x [1]")
  })

  test("is a picture in a notebook and in files", async () => {
    const tape = graph(lossOf(), { names: model })
    const { data } = await render(tape)
    expect(Object.keys(data)).toEqual(["text/html", "text/plain"])
    const png = Buffer.from(/base64,([^"]+)/.exec(String(data["text/html"]))?.[1] ?? "", "base64")
    keepPicture("graph", png)
    expect(decodePng(png).colors).toBeGreaterThan(20)
    const folder = mkdtempSync(join(tmpdir(), "cellgrad-"))
    for (const ending of ["png", "svg", "dot"]) await tape.save(join(folder, `graph.${ending}`))
    expect(decodePng(readFileSync(join(folder, "graph.png"))).width).toBe(decodePng(png).width)
    expect(readFileSync(join(folder, "graph.svg"), "utf8")).toContain("mseLoss")
    expect(readFileSync(join(folder, "graph.dot"), "utf8")).toMatch(/^digraph \{/)
    await expect(tape.save("graph.gif")).rejects.toThrow(".png, .svg, or .dot")
  })

  test("says what is missing when there is no tape", () => {
    expect(() => graph(3 as never)).toThrow("give the loss, or any tensor")
    expect(() => graph(zeros([1]))).toThrow("only what depends on a parameter is recorded")
    const loss = lossOf()
    loss.backward()
    expect(() => graph(loss)).toThrow("call graph(loss) before loss.backward()")
  })

  test("of very many operations shows the nearest, and does not overflow", () => {
    let x = tensor([1], { requiresGrad: true })
    for (let i = 0; i < 20_000; i++) x = x.mul(1.0001)
    const { dot, text } = graph(x)
    expect(dot.split("\n").length).toBeLessThan(600)
    expect(text).toContain("the picture shows the 250 nearest")
  })
})

describe("diagram", () => {
  const layersOf = (chart: { spec: Row }) => chart.spec.layer as { data: { values: Row[] } }[]

  test("draws each unit of a small network, with its weights", () => {
    const layer = new nn.Linear(2, 1)
    layer.weight.detach().copy_(tensor([[-2, 1]]))
    const chart = diagram(layer, { inputs: ["a", "b"] })
    expect(layersOf(chart)[0]?.data.values).toMatchObject([
      { w: -2, a: 1, n: "Linear.weight[0, 0]" },
      { w: 1, a: 0.5, n: "Linear.weight[0, 1]" },
    ])
    expect(layersOf(chart)[1]?.data.values).toHaveLength(3)
    expect(chart.text).toBe("Linear · 2 → 1 units")
  })

  test("draws others as blocks, of like layers one", () => {
    const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 }), 4)
    const chart = diagram(encoder)
    const names = layersOf(chart).flatMap(({ data }) => data.values.map(({ n }) => n))
    expect(names.filter((name) => name === "linear1")).toHaveLength(1)
    expect(JSON.stringify(chart.spec)).toContain("× 4")
    expect(chart.text).toMatch(/^TransformerEncoder · 32 layers · [\d,]+ parameters$/)
  })

  test("refuses what it cannot draw", () => {
    expect(() => diagram(new nn.Linear(2, 1), { inputs: ["a"] })).toThrow("same number of values")
    expect(() => diagram(new nn.LayerNorm(3), { kind: "neurons" })).toThrow("one after the other")
    expect(() => diagram(3 as never)).toThrow("The model must be an nn.Module")
  })
})
