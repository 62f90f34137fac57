import { describe, expect, it } from "vitest"
import { enableGrad, grad, type Tensor, tensor } from "../../src/index.js"

const leaf = (data: number[]) => tensor(data, { requiresGrad: true })

describe("hooks after a gradient was added", () => {
  it("see the complete gradient, may use it up, and can be taken off", () => {
    const x = leaf([1, 2])
    const seen: string[] = []
    const handle = x.registerPostAccumulateGradHook((p) => {
      seen.push(String(p.grad))
      p.grad = null
    })
    x.mul(2).add(x.mul(3)).sum().backward()
    expect(seen).toEqual(["tensor([5., 5.])"])
    expect(x.grad).toBe(null)
    handle.remove()
    x.sum().backward()
    expect(seen).toHaveLength(1)
    expect(String(x.grad)).toBe("tensor([1., 1.])")
  })

  it("are refused where there will be no gradient", () => {
    expect(() => tensor([1]).registerPostAccumulateGradHook(() => {})).toThrow("does not require a gradient")
    expect(() =>
      leaf([1])
        .mul(2)
        .registerPostAccumulateGradHook(() => {}),
    ).toThrow("registerPostAccumulateGradHook")
  })
})

describe("hooks", () => {
  it("see the whole gradient of something computed, and may replace it", () => {
    const x = leaf([1, 2])
    const y = x.mul(2)
    const seen: string[] = []
    y.registerHook((g) => {
      seen.push(String(g))
    })
    y.registerHook((g) => g.mul(10))
    y.registerHook((g) => void seen.push(String(g)))
    y.add(y.square()).sum().backward() // dy = 1 + 2y
    expect(seen).toEqual(["tensor([5., 9.])", "tensor([50., 90.])"])
    expect(x.grad?.tolist()).toEqual([100, 180])
  })

  it("see the whole gradient of a leaf once in a pass", () => {
    const x = leaf([1, 2])
    const seen: Tensor[] = []
    x.registerHook((g) => {
      seen.push(g)
      return g.clamp(-1, 1)
    })
    x.mul(2).add(x.square()).sum().backward()
    x.mul(0.25).sum().backward()
    expect(seen.map(String)).toEqual(["tensor([4., 6.])", "tensor([0.2500, 0.2500])"])
    expect(x.grad?.tolist()).toEqual([1.25, 1.25])
  })

  it("act on what grad() returns", () => {
    const x = leaf([1, 2])
    x.registerHook((g) => g.neg())
    expect(grad(x.square().sum(), x).map((g) => g.tolist())).toEqual([[-2, -4]])
    const y = x.mul(3)
    y.registerHook((g) => g.mul(100))
    expect(grad(y.square().sum(), y)[0]?.tolist()).toEqual([600, 1200])
    expect(x.grad).toBe(null)
  })

  it("are gone once removed", () => {
    const x = leaf([1])
    const y = x.mul(1)
    const handles = [x.registerHook((g) => g.mul(5)), y.registerHook((g) => g.mul(7))]
    for (const handle of handles) handle.remove()
    y.sum().backward()
    expect(x.grad?.tolist()).toEqual([1])
  })

  it("may run a backward pass of their own", () => {
    const x = leaf([1, 2])
    const other = leaf([3])
    const y = x.mul(2)
    y.registerHook(() => enableGrad(() => other.square().sum().backward()))
    y.square().sum().backward()
    expect(other.grad?.tolist()).toEqual([6])
    expect(x.grad?.tolist()).toEqual([8, 16])
  })

  it("keep gradients that stay as they were", () => {
    const kept: Tensor[] = []
    const w = leaf([1, 2, 3])
    for (let step = 0; step < 3; step++) {
      const h = w.mul(step + 1)
      h.registerHook((g) => void kept.push(g))
      h.exp().sum().backward()
      w.grad = null
    }
    expect(
      kept.map((g, i) =>
        g.allclose(
          tensor([1, 2, 3])
            .mul(i + 1)
            .exp(),
        ),
      ),
    ).toEqual([true, true, true])
  })

  it("are refused where there will be no gradient", () => {
    expect(() => tensor([1]).registerHook(() => {})).toThrow(/does not require a gradient/)
    expect(() => tensor([1]).retainGrad()).toThrow(/does not require a gradient/)
  })
})

describe("retainGrad", () => {
  it("keeps the gradient of something computed, and adds up over passes", () => {
    const x = leaf([1, 2])
    const y = x.mul(2).retainGrad()
    const loss = y.square().sum()
    loss.backward(undefined, { retainGraph: true })
    expect(y.grad?.tolist()).toEqual([4, 8])
    loss.backward()
    expect(y.grad?.tolist()).toEqual([8, 16])
    expect(x.grad?.tolist()).toEqual([16, 32])
    expect(x.retainGrad()).toBe(x)
  })

  it("keeps what hooks made of it", () => {
    const y = leaf([1]).mul(2).retainGrad()
    y.registerHook((g) => g.mul(3))
    y.sum().backward()
    expect(y.grad?.tolist()).toEqual([3])
  })
})
