import { describe, expect, test } from "vitest"
import { manualSeed, nn, optim, rand, randn, type Tensor, zeros } from "../../src/index.js"
import { expectLayer, type LayerCase, type LayerCaseOptions } from "./layer-case.js"
import { expectNear, flat, golden, golds, type Numbers } from "./support.js"

describe("fills are PyTorch's, and so is the next random number", () => {
  type Fill = { shape: number[]; x: Numbers; next: number }
  const { torch: _, ...gold } = golden<Record<string, Fill>>("fills") as Record<string, Fill | string>
  const { init } = nn
  const fills: Record<string, (x: Tensor) => Tensor> = {
    truncNormal: (x) => init.truncNormal_(x),
    truncNormalNarrow: (x) => init.truncNormal_(x, { mean: 0.3, std: 2, a: -0.5, b: 0.7 }),
    truncNormalFar: (x) => init.truncNormal_(x, { a: 1.5, b: 3 }),
    truncNormalDouble: (x) => init.truncNormal_(x, { std: 0.02 }),
    orthogonal: (x) => init.orthogonal_(x),
    orthogonalWide: (x) => init.orthogonal_(x, { gain: 2 }),
    orthogonalTall: (x) => init.orthogonal_(x),
    sparse: (x) => init.sparse_(x, { sparsity: 0.4, std: 0.5 }),
    eye: init.eye_,
    dirac: (x) => init.dirac_(x),
    diracGroups: (x) => init.dirac_(x, 2),
    kaimingConv: (x) => init.kaimingNormal_(x, { mode: "fanOut", nonlinearity: "relu" }),
    xavierSelu: (x) => init.xavierNormal_(x, { gain: init.calculateGain("selu") }),
  }

  test.each(Object.keys(fills))("%s", (name) => {
    const wanted = gold[name] as Fill
    manualSeed(3)
    const x = (fills[name] as (x: Tensor) => Tensor)(
      zeros(wanted.shape, { dtype: name.endsWith("Double") ? "float64" : "float32" }),
    )
    expect(rand([1]).item()).toBe(Math.fround(wanted.next))
    if (name.startsWith("orthogonal"))
      expectNear(x, wanted.x, { relative: 2e-6, absolute: 2e-6 }) // LAPACK rounds on its way
    else if (name.endsWith("Double"))
      expectNear(x, wanted.x, { relative: 1e-14, absolute: 0 }) // log and cos of another C library
    else expect(Array.from(x.toTypedArray())).toEqual(flat(wanted.x).map(Math.fround))
  })

  test("every case of the golden data is tested", () => {
    expect(Object.keys(fills)).toEqual(Object.keys(gold))
  })
})

describe("gradients are clipped as PyTorch clips them", () => {
  type Clip = { norm: number | null; gradients: Numbers[] }
  const gold = golden<{ gradients: Numbers[]; cases: Record<string, Clip> }>("clipping")
  const { clipGradNorm_, clipGradValue_ } = nn.utils
  const clips: Record<string, (params: Tensor[]) => unknown> = {
    two: (params) => clipGradNorm_(params, 1.5),
    one: (params) => clipGradNorm_(params, 2, { normType: 1 }),
    infinity: (params) => clipGradNorm_(params, 0.7, { normType: Infinity }),
    three: (params) => clipGradNorm_(params, 0.5, { normType: 3 }),
    far: (params) => clipGradNorm_(params, 100),
    value: (params) => clipGradValue_(params, 0.6),
  }

  test.each(Object.keys(gold.cases))("%s", (name) => {
    const wanted = gold.cases[name] as Clip
    const params = gold.gradients.map((numbers) => {
      const gradient = golds(numbers).double()
      const parameter = zeros(gradient.shape, { dtype: "float64", requiresGrad: true })
      parameter.grad = gradient.detach()
      return parameter
    })
    const near = { relative: 1e-12, absolute: 0 }
    const norm = clips[name]?.(params)
    if (wanted.norm !== null) expectNear(norm as Tensor, wanted.norm, near)
    params.forEach((parameter, i) => {
      expectNear(parameter.grad as Tensor, wanted.gradients[i] as Numbers, near)
    })
  })
})

test("parameters go into one vector and come back from it", () => {
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1))
  const vector = nn.utils.parametersToVector(model.parameters())
  expect(vector.shape).toEqual([nn.utils.countParameters(model)])
  expect(vector.narrow(0, 0, 6).tolist()).toEqual(model.getParameter("0.weight").reshape(-1).tolist())
  const other = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1))
  nn.utils.vectorToParameters(vector, other.parameters())
  for (const [name, value] of Object.entries(model.stateDict()))
    expect(other.stateDict()[name]?.equal(value)).toBe(true)
  vector.sum().backward()
  expect(model.getParameter("1.bias").grad?.tolist()).toEqual([1])
})

describe("weight and spectral norm are PyTorch's", () => {
  const { weightNorm, spectralNorm } = nn.utils
  const atOnce: LayerCaseOptions = {
    differences: false, // each forward pass goes on with the power method
    computed: ["weight_u", "weight_v"],
  }
  const cases: Record<string, [make: () => nn.Module, options?: LayerCaseOptions]> = {
    weightNorm: [() => weightNorm(new nn.Linear(4, 3))],
    weightNormAll: [() => weightNorm(new nn.Linear(4, 3), { dim: null })],
    weightNormColumns: [() => weightNorm(new nn.Linear(4, 3), { dim: 1 })],
    weightNormConv: [() => weightNorm(new nn.Conv2d(2, 3, 3))],
    spectralNorm: [() => spectralNorm(new nn.Linear(4, 3)), atOnce],
    spectralNormSteps: [() => spectralNorm(new nn.Linear(4, 3, { bias: false }), { nPowerIterations: 3 }), atOnce],
    spectralNormConv: [() => spectralNorm(new nn.Conv2d(2, 3, 3)), atOnce],
  }
  const { torch: _, ...gold } = golden<Record<string, LayerCase>>("weight-norms") as Record<string, LayerCase | string>

  test.each(Object.keys(cases))("%s", (name) => {
    const [make, options] = cases[name] as (typeof cases)[string]
    expectLayer(gold[name] as LayerCase, make, options)
  })

  test("every case of the golden data is tested", () => {
    expect(Object.keys(cases)).toEqual(Object.keys(gold))
  })
})

describe("averaged weights are PyTorch's", () => {
  type Track = { rates: number[]; state: Record<string, Numbers>; y: Numbers }
  const gold = golden<Record<"mean" | "ema", Track>>("averages")

  test.each(["mean", "ema"] as const)("%s", (name) => {
    manualSeed(14)
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Tanh(), new nn.Linear(4, 1))
    model.double()
    const averaged = new optim.AveragedModel(model, name === "ema" ? { decay: 0.8 } : {})
    const [x, y] = [randn([8, 3]).double(), randn([8, 1]).double()] as const
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 })
    const schedule = new optim.SWALR(optimizer, { swaLr: 0.02, annealEpochs: 4 })
    const rates: number[] = []
    for (let step = 0; step < 7; step++) {
      optimizer.zeroGrad()
      model(x).sub(y).square().mean().backward()
      optimizer.step()
      averaged.updateParameters(model)
      schedule.step()
      rates.push(optimizer.paramGroups[0]?.lr as number)
    }
    const own = model.stateDict()
    const before = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, value.tolist()]))
    optim.updateBn([x.narrow(0, 0, 4), x.narrow(0, 4, 4)], averaged)
    const near = { relative: 1e-10, absolute: 1e-13 }
    expectNear(rates, gold[name].rates, near)
    const state = averaged.stateDict()
    expect(Object.keys(state)).toEqual(Object.keys(gold[name].state))
    for (const [key, value] of Object.entries(state)) expectNear(value, gold[name].state[key] as Numbers, near)
    expectNear(averaged.eval()(x), gold[name].y, near)
    expect(Object.fromEntries(Object.entries(own).map(([key, value]) => [key, value.tolist()]))).toEqual(before)
    expect(model.training).toBe(true)
  })
})
