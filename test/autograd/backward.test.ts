import { describe, expect, it } from "vitest"
import {
  backend,
  cat,
  crossEntropy,
  enableGrad,
  GradientError,
  grad,
  isGradEnabled,
  linear,
  mseLoss,
  noGrad,
  ones,
  randn,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.js"

const leaf = (data: Parameters<typeof tensor>[0]) => tensor(data, { requiresGrad: true })

describe("backward", () => {
  it.each([
    ["rows", [100, 50], [3, 97, 0]],
    ["the first rows", [100, 50], [0, 60, 0]],
    ["columns", [100, 50], [10, 20, 1]],
    ["rows under a dimension of one", [1, 100, 50], [30, 40, 1]],
  ] as const)("is zero in what a slice of a large tensor leaves out: %s", (_, shape, [start, end, dim]) => {
    // Memory that was used before, so that what is not written shows.
    for (let i = 0; i < 3; i++) randn(shape, { requiresGrad: true }).mul(7).sum().backward()
    const x = randn(shape, { requiresGrad: true })
    x.narrow(dim, start, end - start)
      .mul(3)
      .sum()
      .backward()
    const inside = zeros(shape)
    inside.narrow(dim, start, end - start).add_(3)
    expect(x.grad?.equal(inside)).toBe(true)
  })

  it("adds up over uses and over passes", () => {
    const w = leaf([2, 3])
    w.mul(w).add(w).sum().backward() // 2w + 1
    expect(w.grad?.tolist()).toEqual([5, 7])
    w.mul(10).sum().backward()
    expect(w.grad?.tolist()).toEqual([15, 17])
    w.grad = null as Tensor | null
    w.sum().backward()
    expect(w.grad?.tolist()).toEqual([1, 1])
  })

  it("reaches a tensor on several paths once all have arrived", () => {
    const x = leaf(3)
    const a = x.mul(2)
    const b = a.mul(a)
    const c = b.add(a).mul(b) // (4x² + 2x) · 4x² = 16x⁴ + 8x³
    c.backward()
    expect(x.grad?.item()).toBe(64 * 27 + 24 * 9)
  })

  it("gives the gradient of a gradient", () => {
    const x = leaf(2)
    const [first] = grad(x.pow(4), x, { createGraph: true }) as [Tensor]
    const [second] = grad(first, x, { createGraph: true }) as [Tensor]
    const [third] = grad(second, x) as [Tensor]
    expect([first.item(), second.item(), third.item()]).toEqual([32, 48, 48])
  })

  it("starts from a given gradient", () => {
    const x = leaf([1, 2])
    x.mul(x).backward(tensor([1, 10]))
    expect(x.grad?.tolist()).toEqual([2, 40])
  })

  it("sums over what was broadcast", () => {
    const row = leaf([1, 2, 3])
    const column = leaf([[1], [2]])
    const scalar = leaf(5)
    row.mul(column).add(scalar).sum().backward()
    expect(row.grad?.tolist()).toEqual([3, 3, 3])
    expect(column.grad?.tolist()).toEqual([[6], [6]])
    expect(scalar.grad?.item()).toBe(6)
  })

  it("goes through dtypes", () => {
    const x = leaf([1, 2])
    x.double()
      .mul(tensor([3, 4], { dtype: "float64" }))
      .sum()
      .backward()
    expect(x.grad?.dtype).toBe("float32")
    expect(x.grad?.tolist()).toEqual([3, 4])
  })

  it("goes down ten thousand operations", () => {
    const x = leaf(1)
    let y: Tensor = x
    for (let i = 0; i < 10_000; i++) y = y.add(1)
    y.backward()
    expect(x.grad?.item()).toBe(1)
  })

  it("can go through a graph twice when it is kept", () => {
    const x = leaf(3)
    const y = x.mul(x)
    y.backward(undefined, { retainGraph: true })
    y.backward()
    expect(x.grad?.item()).toBe(12)
  })

  it("gives gradients of computed tensors, and null for unused ones on request", () => {
    const x = leaf(3)
    const y = x.mul(2)
    const unused = leaf(1)
    const [dy, dx, du] = grad(y.mul(y), [y, x, unused], { allowUnused: true })
    expect([dy?.item(), dx?.item(), du]).toEqual([12, 24, null])
    expect(x.grad).toBeNull()
  })
})

describe("recording", () => {
  it("is off inside noGrad, on again inside enableGrad, and restored after errors", () => {
    const x = leaf(1)
    expect(noGrad(() => x.mul(2).requiresGrad)).toBe(false)
    expect(noGrad(() => enableGrad(() => x.mul(2).requiresGrad))).toBe(true)
    expect(() =>
      noGrad(() => {
        throw new Error("inside")
      }),
    ).toThrow("inside")
    expect(isGradEnabled()).toBe(true)
  })

  it("refuses an asynchronous function, which noGrad cannot cover", () => {
    expect(() => noGrad(async () => 1)).toThrow(/asynchronous/)
    expect(isGradEnabled()).toBe(true)
  })

  it("stops at detach and does not start without requiresGrad", () => {
    const x = leaf(2)
    expect(x.mul(3).detach().requiresGrad).toBe(false)
    expect(() => tensor(1).mul(2).backward()).toThrow(GradientError)
  })
})

describe("writing in place", () => {
  it("is refused on leaves and on parts of what is recorded, and allowed on a leaf inside noGrad", () => {
    const w = leaf([1, 2])
    expect(() => w.add_(1)).toThrow(/add_: on a tensor that requires a gradient/)
    expect(() => w.mul(2).at("1:").zero_()).toThrow(/part of a recorded computation/)
    noGrad(() => w.sub_(tensor([0.5, 0.5])))
    expect(w.tolist()).toEqual([0.5, 1.5])
  })

  it("is noticed when a saved tensor changed before the backward pass", () => {
    const w = leaf([1, 2])
    const x = tensor([3, 4])
    const y = w.mul(x).sum()
    x.add_(1)
    expect(() => y.backward()).toThrow(/changed in place/)
  })

  it("does not disturb operations that need no values", () => {
    const w = leaf([1, 2])
    const x = tensor([3, 4])
    const y = w.add(x).sum()
    x.add_(1)
    y.backward()
    expect(w.grad?.tolist()).toEqual([1, 1])
  })
})

describe("memory of gradients", () => {
  /** A small training step whose gradients go through the pool. */
  function step(w: Tensor, b: Tensor, x: Tensor, y: Tensor): void {
    w.grad = null
    b.grad = null
    mseLoss(linear(x, w, b, "tanh"), y).backward()
  }

  it("never takes back a gradient that the user has seen", () => {
    const w = randn([3, 4], { requiresGrad: true })
    const b = zeros([3], { requiresGrad: true })
    const x = randn([5, 4])
    const y = randn([5, 3])
    step(w, b, x, y)
    const seen = w.grad as Tensor
    const copy = seen.tolist()
    for (let i = 0; i < 20; i++) step(w, b, randn([5, 4]), y)
    expect(seen.tolist()).toEqual(copy)
  })

  it("never takes back what the user holds of the forward pass", () => {
    const w = randn([4, 4], { requiresGrad: true })
    const held: [Tensor, unknown][] = []
    for (let i = 0; i < 30; i++) {
      w.grad = null
      const x = randn([4, 4])
      const h = x.matmul(w)
      const r = h.relu()
      const p = r.softmax(1)
      const loss = crossEntropy(p, tensor([0, 1, 2, 3])).add(h.square().mean())
      loss.backward()
      for (const t of [x, h, r, p, loss]) held.push([t, t.tolist()])
    }
    for (const [t, values] of held) expect(t.tolist()).toEqual(values)
  })

  it("keeps results of grad, start gradients and shared gradients apart", () => {
    const a = leaf([1, 2])
    const b = leaf([3, 4])
    const start = tensor([1, 10])
    const sum = a.add(b)
    sum.backward(start)
    const [da, db] = [a.grad as Tensor, b.grad as Tensor]
    noGrad(() => da.add_(100))
    expect(db.tolist()).toEqual([1, 10])
    expect(start.tolist()).toEqual([1, 10])
    const results = Array.from({ length: 10 }, (_, i) => grad(a.mul(i).sum(), a)[0] as Tensor)
    expect(results.map((r) => r.tolist())).toEqual(results.map((_, i) => [i, i]))
  })

  it("computes the same with a warm pool as with a cold one", () => {
    const run = () => {
      const w = tensor(
        [
          [0.1, -0.2],
          [0.3, 0.4],
        ],
        { requiresGrad: true },
      )
      const x = tensor([
        [1, 2],
        [3, 4],
      ])
      const h = linear(x, w, null, "relu")
      cat([h, h.mul(h)], 1)
        .sum()
        .add(w.square().sum())
        .backward()
      return w.grad?.tolist()
    }
    const cold = run()
    for (let i = 0; i < 50; i++) expect(run()).toEqual(cold)
  })

  it("stays flat over many steps in one go", () => {
    const steps = backend() === "reference" ? 500 : 20_000
    const w = randn([64, 64], { requiresGrad: true })
    const b = zeros([64], { requiresGrad: true })
    const x = ones([32, 64])
    const y = zeros([32, 64])
    // The WebAssembly memory, and what is gathered before it is first swept, is at its plateau after some 7,000 steps.
    for (let i = 0; i < steps / 2; i++) step(w, b, x, y)
    const before = process.memoryUsage.rss()
    for (let i = 0; i < steps; i++) step(w, b, x, y)
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(100)
  })
})
