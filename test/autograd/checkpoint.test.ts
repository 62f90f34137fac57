import { describe, expect, it } from "vitest"
import {
  checkpoint,
  F,
  grad,
  gradcheck,
  gradgradcheck,
  manualSeed,
  nn,
  noGrad,
  rand,
  type Tensor,
  tensor,
} from "../../src/index.js"

const double = (data: number[]) => tensor(data, { dtype: "float64", requiresGrad: true })

describe("checkpoint", () => {
  it("gives the values and gradients of the function, to any order", () => {
    const run = (x: Tensor, y: Tensor) => checkpoint((a, b) => a.exp().mul(b).tanh(), x, y)
    expect(gradcheck(run, [double([0.5, -1]), double([1, 2])])).toBe(true)
    expect(gradgradcheck(run, [double([0.5, -1]), double([1, 2])])).toBe(true)
  })

  it("gives the parameters of a model their gradients, as without it", () => {
    manualSeed(1)
    const model = new nn.Sequential(new nn.Linear(3, 8), new nn.Tanh(), new nn.Linear(8, 2))
    const x = rand([4, 3])
    const train = (forward: (x: Tensor) => Tensor) => {
      model.zeroGrad()
      forward(x).square().sum().backward()
      return Array.from(model.parameters(), (p) => (p.grad as Tensor).tolist())
    }
    expect(train((input) => checkpoint((a) => model(a), input))).toEqual(train((input) => model(input)))
  })

  it("computes the function again in the backward pass, and keeps nothing meanwhile", () => {
    let runs = 0
    const x = tensor([1, 2], { requiresGrad: true })
    const y = checkpoint((a) => {
      runs++
      return a.exp()
    }, x)
    expect(runs).toBe(1)
    y.sum().backward()
    expect(runs).toBe(2)
  })

  it("draws the same random numbers again, and leaves the stream where it was", () => {
    manualSeed(3)
    const x = rand([20]).requiresGrad_()
    const y = checkpoint((a) => F.dropout(a, 0.5), x)
    const after = rand([1])
    y.sum().backward()
    const kept = y.detach().ne(0)
    expect((x.grad as Tensor).ne(0).equal(kept)).toBe(true)
    manualSeed(3)
    rand([20])
    F.dropout(rand([1]).mul(0).add(1).expand(20), 0.5)
    expect(after.numel()).toBe(1)
  })

  it("works with grad(), and without recording", () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const w = tensor([3, 4], { requiresGrad: true })
    const [dx, dw] = grad(checkpoint((a) => a.mul(w), x).sum(), [x, w])
    expect([dx?.tolist(), dw?.tolist()]).toEqual([
      [3, 4],
      [1, 2],
    ])
    expect(noGrad(() => checkpoint((a) => a.mul(w), x)).requiresGrad).toBe(false)
    expect(checkpoint((a) => a.mul(2), tensor([1])).requiresGrad).toBe(false)
  })
})
