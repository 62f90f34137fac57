import { describe, expect, test } from "vitest"
import { type DType, optim, type Tensor, tensor } from "../../src/index.js"
import { expectNear, golden, golds, type Numbers } from "./support.js"

type Point = { loss: number; a: Numbers; b: Numbers }
const gold = golden<{ start: [Numbers, Numbers]; tracks: Record<string, Point[]>; rates: Record<string, number[]> }>(
  "optimizers",
)

describe("200 steps are PyTorch's", () => {
  const optimizers: Record<string, (params: Tensor[]) => optim.SGD | optim.Adam | optim.RMSprop> = {
    sgd: (params) => new optim.SGD(params, { lr: 0.02 }),
    sgdMomentum: (params) => new optim.SGD(params, { lr: 0.01, momentum: 0.9, dampening: 0.1, weightDecay: 0.01 }),
    sgdNesterov: (params) => new optim.SGD(params, { lr: 0.01, momentum: 0.8, nesterov: true }),
    adam: (params) => new optim.Adam(params, { lr: 0.05 }),
    adamDecay: (params) => new optim.Adam(params, { lr: 0.05, betas: [0.8, 0.95], eps: 1e-6, weightDecay: 0.1 }),
    adamw: (params) => new optim.AdamW(params, { lr: 0.05 }),
    rmsprop: (params) => new optim.RMSprop(params, { lr: 0.01 }),
    rmspropAll: (params) =>
      new optim.RMSprop(params, { lr: 0.005, alpha: 0.9, eps: 1e-3, weightDecay: 0.01, momentum: 0.5, centered: true }),
  }

  /** Runs the steps and calls back after every twentieth. */
  function run(name: string, dtype: DType, steps: number, compare: (point: Point, found: Tensor[]) => void): void {
    const a = golds(gold.start[0], { requiresGrad: true, dtype })
    const b = golds(gold.start[1], { requiresGrad: true, dtype })
    const optimizer = (optimizers[name] as (params: Tensor[]) => optim.SGD)([a, b])
    const weights = tensor([1, 4, 0.3, 2], { dtype })
    for (let step = 1; step <= steps; step++) {
      optimizer.zeroGrad()
      const loss = a.sub(1).square().mul(weights).sum().add(b.matmul(b).sub(0.5).square().sum())
      loss.backward()
      optimizer.step()
      if (step % 20 === 0) compare(gold.tracks[name]?.[step / 20 - 1] as Point, [loss, a, b])
    }
  }

  test.each(Object.keys(gold.tracks))("%s, in float64", (name) => {
    run(name, "float64", 200, (point, [loss, a, b]) => {
      const near = { relative: 1e-7, absolute: 1e-10 } // the last bits grow near the minimum
      expectNear(loss as Tensor, point.loss, near)
      expectNear(a as Tensor, point.a, near)
      expectNear(b as Tensor, point.b, near)
    })
  })

  // Near the minimum Adam divides noise by noise, so float32 is held to the way there.
  test.each(Object.keys(gold.tracks))("%s, the first 40 steps in float32", (name) => {
    run(name, "float32", 40, (point, [loss, a, b]) => {
      const near = { relative: 2e-5, absolute: 2e-6 }
      expectNear(loss as Tensor, point.loss, near)
      expectNear(a as Tensor, point.a, near)
      expectNear(b as Tensor, point.b, near)
    })
  })
})

describe("learning rates are PyTorch's", () => {
  type Schedule = optim.StepLR | optim.ExponentialLR | optim.CosineAnnealingLR
  const parameter = () => tensor([0], { requiresGrad: true })
  const schedules: Record<string, (optimizer: optim.Optimizer) => Schedule> = {
    stepLR: (optimizer) => new optim.StepLR(optimizer, { stepSize: 3, gamma: 0.5 }),
    exponentialLR: (optimizer) => new optim.ExponentialLR(optimizer, { gamma: 0.9 }),
    cosineAnnealingLR: (optimizer) => new optim.CosineAnnealingLR(optimizer, { tMax: 8, etaMin: 0.01 }),
  }

  test.each(Object.keys(gold.rates))("%s", (name) => {
    const optimizer = new optim.SGD([parameter()], { lr: 0.1 })
    const scheduler = (schedules[name] as (optimizer: optim.Optimizer) => Schedule)(optimizer)
    const rates = [optimizer.paramGroups[0]?.lr as number]
    for (let epoch = 0; epoch < 8; epoch++) {
      scheduler.step()
      rates.push(scheduler.getLastLr()[0] as number)
    }
    expect(rates.length).toBe(gold.rates[name]?.length)
    expectNear(rates, gold.rates[name] as number[], { relative: 1e-12, absolute: 1e-15 })
  })
})
