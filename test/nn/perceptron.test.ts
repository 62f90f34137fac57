import { describe, expect, test } from "vitest"
import { manualSeed, nn, randn, tensor } from "../../src/index.js"

const corners = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])

describe("a perceptron", () => {
  test.each([
    ["AND", [0, 0, 0, 1]],
    ["OR", [0, 1, 1, 1]],
    ["NAND", [1, 1, 1, 0]],
  ])("learns %s", (_name, truth) => {
    const perceptron = new nn.Perceptron(2)
    const { mistakes, converged } = perceptron.fit(corners, tensor(truth))
    expect(converged).toBe(true)
    expect(mistakes.at(-1)).toBe(0)
    expect(perceptron(corners).tolist()).toEqual(truth)
  })

  test("makes the corrections of the rule, in order", () => {
    const perceptron = new nn.Perceptron(2, { lr: 0.5 })
    expect(perceptron.update(tensor([2, 1]), 1)).toBe(true) // a score of 0 is no 1
    expect([perceptron.weight.tolist(), perceptron.bias.item()]).toEqual([[1, 0.5], 0.5])
    expect(perceptron.update(tensor([2, 1]), 1)).toBe(false)
    expect(perceptron.update(tensor([1, 0]), 0)).toBe(true)
    expect([perceptron.weight.tolist(), perceptron.bias.item()]).toEqual([[0.5, 0.5], 0])
    expect(perceptron.boundary().line?.(3)).toBe(-3)
  })

  test("never learns XOR", () => {
    const { mistakes, converged } = new nn.Perceptron(2).fit(corners, tensor([0, 1, 1, 0]), { epochs: 50 })
    expect(converged).toBe(false)
    expect(mistakes.length).toBe(50)
  })

  test("makes no more mistakes than Novikoff's bound, (R / γ)²", () => {
    manualSeed(1)
    const normal = tensor([0.6, -0.8, 0]) // a boundary through the origin, with samples near it left out
    const all = randn([200, 3])
    const distance = all.matmul(normal)
    const x = all.at(distance.abs().gt(0.3))
    const y = x.matmul(normal).sign()
    const perceptron = new nn.Perceptron(3, { labels: [-1, 1] })
    const { mistakes, converged } = perceptron.fit(x, y, { epochs: 500, shuffle: true })
    expect(converged).toBe(true)
    expect(perceptron(x).equal(y)).toBe(true)
    const radius = x.square().sum(1).add(1).sqrt().max().item() // the bias counts as a feature of 1
    expect(mistakes.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual((radius / 0.3) ** 2)
  })

  test("has no gradients, is saved, and prints", () => {
    const perceptron = new nn.Perceptron(2)
    expect(Object.keys(perceptron.stateDict())).toEqual(["weight", "bias"])
    expect(perceptron.parameters().every((parameter) => !parameter.requiresGrad)).toBe(true)
    expect(String(perceptron)).toBe("Perceptron(2, labels: 0 and 1)")
    expect(perceptron(tensor([1, 1])).shape).toEqual([])
  })
})
