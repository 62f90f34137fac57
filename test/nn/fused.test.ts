import { describe, expect, test } from "vitest"
import {
  F,
  grad,
  gradcheck,
  gradgradcheck,
  manualSeed,
  nn,
  noGrad,
  ones,
  randn,
  type Tensor,
  tensor,
} from "../../src/index.js"
import { attentionWeights } from "../../src/nn/attention.js"

const float64 = { dtype: "float64", requiresGrad: true } as const

describe("fused attention", () => {
  const masks: Record<string, { isCausal: true } | { mask: Tensor } | undefined> = {
    plain: undefined,
    causal: { isCausal: true },
    "booleans, one query may look at nothing": {
      mask: tensor([
        [true, false, true],
        [false, false, false],
      ]),
    },
    numbers: { mask: tensor([[0.5, -1, 2]], { dtype: "float64" }) },
  }

  test.each(Object.entries(masks))("%s: gradients of both orders", (_name, options) => {
    manualSeed(1)
    const inputs = [
      [2, 2, 2],
      [2, 3, 2],
      [2, 3, 1],
    ].map((shape) => randn(shape, float64)) as [Tensor, Tensor, Tensor]
    const run = (q: Tensor, k: Tensor, v: Tensor) => F.scaledDotProductAttention(q, k, v, options)
    expect(gradcheck((q, k, v) => run(q as Tensor, k as Tensor, v as Tensor), inputs)).toBe(true)
    expect(gradgradcheck((q, k, v) => run(q as Tensor, k as Tensor, v as Tensor), inputs)).toBe(true)
  })

  test("is the product of the map with the values", () => {
    const [q, k, v] = [randn([2, 4, 70, 16]), randn([2, 4, 40, 16]), randn([2, 4, 40, 24])] as [Tensor, Tensor, Tensor]
    const mask = randn([70, 40]).gt(0)
    const composed = attentionWeights("test", q, k, mask).matmul(v)
    expect(F.scaledDotProductAttention(q, k, v, { mask }).allclose(composed, { rtol: 1e-5, atol: 1e-6 })).toBe(true)
  })

  test("multi-head attention gives the same whether its weights are asked for or not", () => {
    const layer = new nn.MultiheadAttention(12, 3, { batchFirst: true })
    const x = randn([2, 5, 12])
    const options = {
      attnMask: ones([5, 5]).triu(1).bool(),
      keyPaddingMask: tensor([
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0],
      ]).bool(),
    }
    const shown = layer(x, x, x, options)[0]
    const hidden = layer(x, x, x, { ...options, needWeights: false })[0]
    expect(hidden.allclose(shown, { rtol: 1e-5, atol: 1e-6 })).toBe(true)
  })

  test("takes what cannot be fused by its composition", () => {
    const x = randn([2, 1, 2, 2, 3, 4]) // five dimensions and more
    expect(F.scaledDotProductAttention(x, x, x).shape).toEqual(x.shape)
    const q = randn([2, 3, 4])
    expect(F.scaledDotProductAttention(q, randn([3, 4]), randn([3, 4])).shape).toEqual([2, 3, 4]) // broadcast
    const mask = randn([3, 3], { requiresGrad: true })
    F.scaledDotProductAttention(q, q, q, { mask }).sum().backward()
    expect(mask.grad?.shape).toEqual([3, 3])
  })
})

describe("fused layer normalisation", () => {
  test("gradients of both orders", () => {
    manualSeed(2)
    const inputs = [randn([3, 4], float64), randn([4], float64), randn([4], float64)]
    const run = (x: Tensor, weight: Tensor, bias: Tensor) => F.layerNorm(x, [4], { weight, bias })
    expect(gradcheck((x, w, b) => run(x as Tensor, w as Tensor, b as Tensor), inputs)).toBe(true)
    expect(gradgradcheck((x, w, b) => run(x as Tensor, w as Tensor, b as Tensor), inputs)).toBe(true)
  })

  test("is what its formula gives, of rows that are far from 0 too", () => {
    const x = randn([7, 300]).add(1000)
    const centred = x.double().sub(x.double().mean(-1, { keepdim: true }))
    const wanted = centred.div(centred.square().mean(-1, { keepdim: true }).add(1e-5).sqrt())
    expect(F.layerNorm(x, [300]).double().allclose(wanted, { rtol: 1e-4, atol: 1e-4 })).toBe(true)
  })

  test("of rows that stand apart in memory", () => {
    const x = randn([6, 5]).mT() // [5, 6]
    expect(F.layerNorm(x, [6]).equal(F.layerNorm(x.clone(), [6]))).toBe(true)
  })
})

describe("layers of a Sequential that are computed at once", () => {
  /** The same layers, each wrapped in a function, so that they are computed one by one. */
  const apart = (layers: readonly nn.Layer[]) => new nn.Sequential(...layers.map((layer) => (x: Tensor) => layer(x)))

  const stacks: Record<string, [layers: () => (nn.Module & nn.Layer)[], shape: number[]]> = {
    "linear, relu": [() => [new nn.Linear(5, 7), new nn.ReLU(), new nn.Linear(7, 2)], [3, 5]],
    "linear, tanh, linear, sigmoid": [
      () => [new nn.Linear(5, 7), new nn.Tanh(), new nn.Linear(7, 2, { bias: false }), new nn.Sigmoid()],
      [2, 3, 5],
    ],
    "convolution, relu": [() => [new nn.Conv2d(2, 3, 3, { padding: 1 }), new nn.ReLU()], [2, 2, 5, 6]],
    "convolution, relu, pool": [
      () => [new nn.Conv2d(2, 3, 3, { padding: "same" }), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten()],
      [2, 2, 7, 6],
    ],
    "convolution without bias, relu, overlapping pool": [
      () => [new nn.Conv2d(2, 3, 2, { bias: false, stride: 2 }), new nn.ReLU(), new nn.MaxPool2d(3, { stride: 1 })],
      [2, 2, 12, 10],
    ],
    "a single image": [
      () => [new nn.Conv2d(2, 3, 2), new nn.ReLU(), new nn.MaxPool2d(2, { ceilMode: true })],
      [2, 6, 6],
    ],
  }

  test.each(Object.entries(stacks))("%s: the same numbers, gradients and shapes", (_name, [make, shape]) => {
    const layers = make()
    const x = randn(shape, { requiresGrad: true })
    const fused = new nn.Sequential(...layers)(x)
    const shapes = layers.map((layer) => layer.outputShape)
    const composed = apart(layers)(x)
    expect(fused.equal(composed)).toBe(true)
    expect(shapes).toEqual(layers.map((layer) => layer.outputShape))
    const inputs = [x, ...layers.flatMap((layer) => layer.parameters())]
    const [found, wanted] = [fused, composed].map((y) => grad(y.sin().sum(), inputs)) as [Tensor[], Tensor[]]
    found.forEach((gradient, i) => {
      expect(gradient.allclose(wanted[i] as Tensor, { rtol: 1e-5, atol: 1e-6 })).toBe(true)
    })
    expect(noGrad(() => new nn.Sequential(...layers)(x)).equal(composed.detach())).toBe(true)
  })

  test("gradients of both orders", () => {
    manualSeed(4)
    const model = new nn.Sequential(
      new nn.Conv2d(1, 2, 2, { dtype: "float64" }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(4, 2, { dtype: "float64" }),
      new nn.Tanh(),
    )
    const x = randn([1, 1, 5, 3], float64)
    expect(gradcheck(() => model(x), [x, ...model.parameters()])).toBe(true)
    expect(gradgradcheck(() => model(x), [x, ...model.parameters()])).toBe(true)
  })

  test("are computed one by one for those who watch them", () => {
    const relu = new nn.ReLU()
    const model = new nn.Sequential(new nn.Conv2d(1, 2, 3), relu, new nn.MaxPool2d(2))
    const seen: (readonly number[])[] = []
    const end = relu.registerForwardHook((_module, _inputs, y) => {
      seen.push((y as Tensor).shape)
    })
    model(randn([1, 1, 6, 6]))
    end()
    model(randn([1, 1, 6, 6]))
    expect(seen).toEqual([[1, 2, 4, 4]])
  })

  test("a layer of one's own keeps its forward", () => {
    class Doubled extends nn.Linear {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(2)
      }
    }
    const layer = new Doubled(2, 3)
    const x = randn([4, 2])
    expect(new nn.Sequential(layer, new nn.ReLU())(x).equal(layer(x).relu())).toBe(true)
  })

  test("errors name the layer", () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.ReLU(), new nn.MaxPool2d(2))
    expect(() => model(randn([4, 3, 6, 6]))).toThrow("in Sequential > 0 = Conv2d(1 -> 2, 3 x 3)")
    expect(() => model(randn([4, 1, 3, 3]))).toThrow("in Sequential > 2 = MaxPool2d(2)")
  })
})
