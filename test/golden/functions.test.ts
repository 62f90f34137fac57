import { describe, expect, test } from "vitest"
import { F, type Tensor } from "../../src/index.js"
import { expectNear, flat, golden, golds, type Numbers } from "./support.js"

describe("activations and their gradients are PyTorch's", () => {
  type Activations = {
    x: Numbers
    dy: Numbers
    functions: Record<string, { y: Numbers; dx: Numbers }>
    layerNorm: Record<"x" | "weight" | "bias" | "y" | "dx" | "dWeight" | "dBias", Numbers>
  }
  const gold = golden<Activations>("activations")
  const functions: Record<string, (x: Tensor) => Tensor> = {
    relu: F.relu,
    leakyRelu: (x) => F.leakyRelu(x, 0.1),
    elu: (x) => F.elu(x, 1.5),
    sigmoid: F.sigmoid,
    tanh: F.tanh,
    gelu: (x) => F.gelu(x),
    geluTanh: (x) => F.gelu(x, { approximate: "tanh" }),
    silu: F.silu,
    softplus: F.softplus,
    softmax: (x) => F.softmax(x, 0),
    logSoftmax: (x) => F.logSoftmax(x, 0),
  }

  test.each(Object.keys(gold.functions))("%s", (name) => {
    const wanted = gold.functions[name] as { y: Numbers; dx: Numbers }
    const x = golds(gold.x, { requiresGrad: true })
    const y = (functions[name] as (x: Tensor) => Tensor)(x)
    y.backward(golds(gold.dy))
    expectNear(y, wanted.y, { absolute: 5e-7 }) // PyTorch's own GELU is off by 2e-7 where 1 + erf(x) cancels
    expectNear(x.grad as Tensor, wanted.dx, { absolute: 5e-7 })
  })

  test("layerNorm", () => {
    const { layerNorm } = gold
    const [x, weight, bias] = (["x", "weight", "bias"] as const).map((name) =>
      golds(layerNorm[name], { requiresGrad: true }),
    ) as [Tensor, Tensor, Tensor]
    const y = F.layerNorm(x, [6], { weight, bias })
    const steps = Array.from({ length: 18 }, (_, i) => -1 + (2 * i) / 17)
    y.backward(golds(steps).reshape([3, 6]))
    expectNear(y, layerNorm.y, { absolute: 1e-6 })
    expectNear(x.grad as Tensor, layerNorm.dx, { relative: 1e-4, absolute: 1e-6 })
    expectNear(weight.grad as Tensor, layerNorm.dWeight, { absolute: 1e-6 })
    expectNear(bias.grad as Tensor, layerNorm.dBias, { absolute: 1e-6 })
  })
})

describe("losses and their gradients are PyTorch's", () => {
  type Reduction = "mean" | "sum" | "none"
  type Case = { input: Numbers; target: Numbers } & Record<Reduction, { value: Numbers; gradient: Numbers }>
  const gold = golden<{ cases: Record<string, Case>; classWeight: Numbers }>("losses")
  type Loss = (input: Tensor, target: Tensor, options: { reduction: Reduction }) => Tensor
  const losses: Record<string, Loss> = {
    mse: F.mseLoss,
    l1: F.l1Loss,
    huber: (x, y, options) => F.huberLoss(x, y, { ...options, delta: 0.7 }),
    bce: F.binaryCrossEntropy,
    bceWithLogits: F.binaryCrossEntropyWithLogits,
    crossEntropy: F.crossEntropy,
    crossEntropyIgnore: F.crossEntropy,
    crossEntropyWeight: (x, y, options) => F.crossEntropy(x, y, { ...options, weight: golds(gold.classWeight) }),
    crossEntropySmooth: (x, y, options) => F.crossEntropy(x, y, { ...options, labelSmoothing: 0.1 }),
    crossEntropySoft: F.crossEntropy,
    nll: (x, y, options) => F.nllLoss(F.logSoftmax(x, 1), y, options),
  }

  test.each(Object.keys(gold.cases))("%s", (name) => {
    const { input, target, ...wanted } = gold.cases[name] as Case
    const classes = flat(target).length < flat(input).length
    for (const reduction of ["mean", "sum", "none"] as const) {
      const x = golds(input, { requiresGrad: true })
      const y = classes ? golds(target).int() : golds(target)
      const value = (losses[name] as Loss)(x, y, { reduction })
      value.sum().backward()
      expectNear(value, wanted[reduction].value, { absolute: 1e-6 })
      expectNear(x.grad as Tensor, wanted[reduction].gradient, { absolute: 1e-6 })
    }
  })

  test("every case of the golden data is tested", () => {
    expect(Object.keys(losses).sort()).toEqual(Object.keys(gold.cases).sort())
  })
})
