import { describe, expect, it } from "vitest"
import { gradcheck, noGrad, type Tensor, tensor, zeros } from "../../src/index.js"

const double = (data: number[]) => tensor(data, { dtype: "float64", requiresGrad: true })

describe("writes in place that have gradients", () => {
  it("collect results in a tensor, step by step", () => {
    const w = tensor([2], { requiresGrad: true })
    const out = zeros([4])
    let h: Tensor = tensor([1])
    for (let t = 0; t < 4; t++) {
      h = h.mul(w)
      out.put(t, h.squeeze())
    }
    out.sum().backward()
    expect(w.grad?.tolist()).toEqual([1 + 4 + 12 + 32])
  })

  it("are undone for what used the tensor before", () => {
    const run = (x: Tensor) => {
      const y = x.mul(2)
      const before = y.add(1)
      y.put(0, 5)
      y.mul_(3)
      return before.add(y)
    }
    expect(gradcheck(run, [double([1, 2])])).toBe(true)
  })

  it("are refused by operations that need the value from before", () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const y = x.exp()
    y.add_(1)
    expect(() => y.sum().backward()).toThrow(/changed in place/)
  })

  it("are refused on a part, and noticed by a view that was made before", () => {
    const x = tensor([1, 2, 3], { requiresGrad: true })
    const out = zeros([3])
    expect(() => out.at("1:").copy_(x.at("1:"))).toThrow(/on a part of a tensor/)
    const y = x.mul(1)
    const view = y.at(0)
    y.put(0, 7)
    expect(() => view.mul(2).backward()).toThrow(/make the view anew/)
  })

  it("record nothing inside noGrad", () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const y = x.mul(2)
    noGrad(() => y.mul_(10))
    expect(y.tolist()).toEqual([20, 40])
    y.sum().backward()
    expect(x.grad?.tolist()).toEqual([2, 2])
  })
})
