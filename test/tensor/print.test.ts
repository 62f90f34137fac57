import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { arange, type Tensor, tensor, zeros } from "../../src/index.js"

/** What PyTorch 2 prints for the same tensors (with our names for dtypes and keywords). */
const printed: [string, () => Tensor, string][] = [
  [
    "whole numbers",
    () =>
      tensor([
        [1, 2],
        [3, 4],
      ]),
    "tensor([[1., 2.],\n        [3., 4.]])",
  ],
  ["fractions", () => tensor([1.5, -2.25]), "tensor([ 1.5000, -2.2500])"],
  ["a scalar", () => tensor(2.34567), "tensor(2.3457)"],
  ["a whole scalar", () => tensor(3), "tensor(3.)"],
  ["a wide range", () => tensor([1e-5, 1000.5]), "tensor([1.0000e-05, 1.0005e+03])"],
  ["large", () => tensor([1e9, 1.5]), "tensor([1.0000e+09, 1.5000e+00])"],
  ["not numbers", () => tensor([NaN, Infinity, -Infinity, 1]), "tensor([nan, inf, -inf, 1.])"],
  ["minus zero", () => tensor([-0, 1]), "tensor([-0., 1.])"],
  ["integers", () => tensor([1, -20], { dtype: "int32" }), "tensor([  1, -20], dtype=int32)"],
  ["booleans", () => tensor([true, false]), "tensor([ true, false])"],
  ["float64", () => tensor([0.5], { dtype: "float64" }), "tensor([0.5000], dtype=float64)"],
  ["empty", () => tensor([]), "tensor([])"],
  ["empty matrix", () => zeros([0, 3]), "tensor([], shape=[0, 3])"],
  ["a parameter", () => tensor([1], { requiresGrad: true }), "tensor([1.], requiresGrad=true)"],
  ["a result", () => tensor([1], { requiresGrad: true }).exp(), "tensor([2.7183], gradFn=exp)"],
  [
    "three dimensions",
    () => arange(8).float().reshape(2, 2, 2),
    "tensor([[[0., 1.],\n         [2., 3.]],\n\n        [[4., 5.],\n         [6., 7.]]])",
  ],
  [
    "a view",
    () =>
      tensor([
        [1, 2],
        [3, 4],
      ])
        .mT()
        .at(1),
    "tensor([2., 4.])",
  ],
]

describe("the text form", () => {
  it.each(printed)("of %s", (_, make, text) => {
    expect(
      String(make())
        .replace(/\s+(?=-?(inf|nan|\d))/g, " ")
        .replace(/\[ /g, "["),
    ).toBe(text.replace(/\s+(?=-?(inf|nan|\d))/g, " ").replace(/\[ /g, "["))
    expect(inspect(make())).toBe(String(make()))
  })

  it("lines columns up", () => {
    expect(
      String(
        tensor([
          [1.5, -22.25],
          [333, 4],
        ]),
      ),
    ).toBe("tensor([[  1.5000, -22.2500],\n        [333.0000,   4.0000]])")
    expect(String(tensor([NaN, -Infinity, 1]))).toBe("tensor([nan, -inf, 1.])")
  })

  it("breaks long rows", () => {
    const lines = String(arange(40).float().div(3)).split("\n")
    expect(lines.length).toBe(5)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(lines[1]).toMatch(/^ {8}\S|^ {8} /)
  })

  it("shows the edges of a large tensor", () => {
    expect(String(arange(2000))).toBe("tensor([   0,    1,    2,  ..., 1997, 1998, 1999], dtype=int32)")
    expect(String(zeros([1001, 2])).split("\n").length).toBe(7)
    expect(String(zeros([100, 100, 100])).length).toBeLessThan(2000)
  })
})
