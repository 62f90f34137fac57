import { describe, expect, test, vi } from "vitest"
import { full, nn, ones, optim, type Tensor, tensor } from "../../src/index.js"

const parameter = (value = 1) => tensor([value], { requiresGrad: true })

describe("an optimizer", () => {
  test("moves only what has a gradient, by the settings of its group", () => {
    const [a, b, c] = [parameter(), parameter(), parameter()]
    const optimizer = new optim.SGD([{ params: [a] }, { params: [b, c], lr: 0.5 }], { lr: 0.1 })
    a.add(b).sum().backward()
    optimizer.step()
    expect([a.item(), b.item(), c.item()]).toEqual([Math.fround(0.9), 0.5, 1])
    expect(optimizer.paramGroups.map((group) => group.lr)).toEqual([0.1, 0.5])
    optimizer.addParamGroup({ params: [parameter()], momentum: 0.9 })
    expect(optimizer.paramGroups[2]).toMatchObject({ lr: 0.1, momentum: 0.9 })
  })

  test("forgets gradients with zeroGrad, and runs a closure", () => {
    const a = parameter()
    const optimizer = new optim.Adam([a])
    const loss = optimizer.step(() => {
      const loss = a.square().sum()
      loss.backward()
      return loss.item()
    })
    expect(loss).toBe(1)
    expect(a.item()).toBeCloseTo(0.999, 6)
    optimizer.zeroGrad()
    expect(a.grad).toBeNull()
  })

  test("counts the steps of parameters that join late on their own", () => {
    const [a, late] = [parameter(), parameter()]
    const optimizer = new optim.Adam([a, late], { lr: 0.1 })
    for (let step = 0; step < 3; step++) {
      optimizer.zeroGrad()
      ;(step === 2 ? a.add(late) : a).sum().backward()
      optimizer.step()
    }
    expect(late.item()).toBeCloseTo(0.9, 5) // a first step is one whole lr long
    expect(a.item()).toBeCloseTo(0.7, 5)
  })

  test("goes on from a saved state as if it had never stopped", () => {
    const step = (a: ReturnType<typeof parameter>, optimizer: optim.Adam) => {
      optimizer.zeroGrad()
      a.pow(4).sum().backward()
      optimizer.step()
    }
    const a = parameter(2)
    const first = new optim.Adam([a], { lr: 0.1 })
    for (let i = 0; i < 5; i++) step(a, first)
    const b = parameter(a.item())
    const second = new optim.Adam([b])
    second.loadStateDict(first.stateDict())
    for (let i = 0; i < 5; i++) {
      step(a, first)
      step(b, second)
    }
    expect(b.item()).toBe(a.item())
    expect(() => second.loadStateDict(new optim.Adam([parameter(), parameter()]).stateDict())).toThrow(
      "same parameters",
    )
  })

  test.each<[string, (params: Tensor[]) => Pick<optim.SGD, "step" | "zeroGrad" | "stateDict" | "loadStateDict">]>([
    ["SGD", (params) => new optim.SGD(params, { lr: 0.01, momentum: 0.9 })],
    ["Adam", (params) => new optim.Adam(params, { lr: 0.1, amsgrad: true })],
    ["AdamW", (params) => new optim.AdamW(params, { lr: 0.1 })],
    ["RMSprop", (params) => new optim.RMSprop(params, { momentum: 0.5, centered: true })],
    ["Adagrad", (params) => new optim.Adagrad(params, { lrDecay: 0.1 })],
    ["Adadelta", (params) => new optim.Adadelta(params)],
    ["Adamax", (params) => new optim.Adamax(params)],
    ["NAdam", (params) => new optim.NAdam(params)],
    ["RAdam", (params) => new optim.RAdam(params)],
    ["ASGD", (params) => new optim.ASGD(params, { t0: 2 })],
    ["Rprop", (params) => new optim.Rprop(params)],
    ["LBFGS", (params) => new optim.LBFGS(params, { lr: 0.1, maxIter: 2 })],
  ])("%s goes on from a saved state as if it had never stopped", (_name, make) => {
    const start = () => [tensor([2, -1], { requiresGrad: true }), tensor([0.5], { requiresGrad: true })]
    const steps = (params: Tensor[], optimizer: ReturnType<typeof make>, count: number) => {
      const [a, b] = params as [Tensor, Tensor]
      for (let i = 0; i < count; i++) {
        optimizer.step(() => {
          optimizer.zeroGrad()
          const loss = a.square().sum().add(a.mul(b).sum().sub(1).square())
          loss.backward()
          return loss
        })
      }
    }
    const whole = start()
    steps(whole, make(whole), 9)
    const first = start()
    const stopped = make(first)
    steps(first, stopped, 4)
    const second = first.map((x) => x.detach().clone().requiresGrad_())
    const resumed = make(second)
    resumed.loadStateDict(stopped.stateDict())
    steps(second, resumed, 5)
    expect(second.map((x) => x.tolist())).toEqual(whole.map((x) => x.tolist()))
  })

  test("gives a later group the settings that it was made with, whatever a schedule did since", () => {
    const optimizer = new optim.SGD([parameter()], { lr: 0.1, momentum: 0.5 })
    new optim.ExponentialLR(optimizer, { gamma: 0.1 }).step()
    optimizer.addParamGroup({ params: [parameter()] })
    expect(optimizer.paramGroups.map(({ lr, momentum }) => [lr, momentum])).toEqual([
      [0.1 * 0.1, 0.5],
      [0.1, 0.5],
    ])
  })

  test("leaves a write in place for the next backward pass to notice", () => {
    const w = parameter(2)
    const loss = w.square().sum()
    loss.backward(undefined, { retainGraph: true })
    new optim.SGD([w], { lr: 0.1 }).step()
    expect(() => loss.backward()).toThrow()
  })

  test("prints its settings", () => {
    const optimizer = new optim.SGD(new nn.Linear(3, 2).parameters(), { lr: 0.1 })
    expect(String(optimizer)).toBe(
      "SGD(2 tensors, 8 numbers, lr: 0.1, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false)",
    )
  })
})

describe("a mistake with an optimizer", () => {
  test.each<[string, () => unknown, string]>([
    ["a negative lr", () => new optim.Adam([parameter()], { lr: -1 }), "lr must be a number of at least 0"],
    ["lr NaN", () => new optim.SGD([parameter()], { lr: Number.NaN }), "lr must be a number"],
    [
      "a beta of 1",
      () => new optim.Adam([parameter()], { betas: [0.9, 1] }),
      "betas[1] must be at least 0 and less than 1",
    ],
    ["nesterov alone", () => new optim.SGD([parameter()], { nesterov: true }), "nesterov needs a momentum"],
    ["a module", () => new optim.Adam(new nn.Linear(1, 1) as never), "write model.parameters()"],
    ["nothing", () => new optim.Adam([]), "the list is empty"],
    ["a computed tensor", () => new optim.Adam([parameter().mul(2)]), "made directly"],
    ["twice the same", () => ((a) => new optim.Adam([a, a]))(parameter()), "Each may be given once"],
    ["a view", () => new optim.Adam([ones([2, 3]).mT()]), "must stand in order"],
    ["a bad group", () => new optim.SGD([{ params: [parameter()], lr: -3 }]), "lr must be"],
    ["a step size of 0", () => new optim.StepLR(new optim.SGD([parameter()]), { stepSize: 0 }), "stepSize must be"],
  ])("%s", (_name, make, message) => {
    expect(make).toThrow(message)
  })
})

test("a step leaves numbers below the normal ones to all other kernels", () => {
  const w = ones([8], { requiresGrad: true })
  const optimizer = new optim.Adam([w])
  w.sum().backward()
  optimizer.step()
  expect(full([8], 1e-40).mul(0.5).at(0).item()).toBe(Math.fround(Math.fround(1e-40) / 2))
})

test("a step that finds no gradient at all says so once, and a step with one says nothing", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
  const layer = new nn.Linear(2, 1)
  const optimizer = new optim.SGD(layer.parameters(), { lr: 0.1 })
  layer(ones([3, 2]))
    .sum()
    .backward()
  optimizer.step()
  expect(warn).not.toHaveBeenCalled()
  optimizer.zeroGrad()
  optimizer.step()
  optimizer.step()
  expect(warn.mock.calls).toEqual([
    [
      expect.stringMatching(
        /^SGD\.step: none of the parameters has a gradient[\s\S]*zeroGrad\(\), backward\(\), step\(\)/,
      ),
    ],
  ])
  warn.mockRestore()
})
