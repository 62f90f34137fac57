import { describe, expect, test, vi } from "vitest"
import { F, manualSeed, nn, ones, rand, type Tensor, tensor, zeros } from "../../src/index.js"

describe("layers", () => {
  test("linear: shapes, no bias, float64", () => {
    expect(new nn.Linear(3, 5)(zeros([2, 4, 3])).shape).toEqual([2, 4, 5])
    expect(new nn.Linear(3, 5)(zeros([3])).shape).toEqual([5])
    const plain = new nn.Linear(2, 1, { bias: false, dtype: "float64" })
    expect(plain.bias).toBeNull()
    expect(String(plain)).toBe("Linear(2 -> 1, bias: false)")
    expect(plain(ones([1, 2], { dtype: "float64" })).dtype).toBe("float64")
    expect(() => new nn.Linear(0, 3)).toThrow("inFeatures must be a whole number of at least 1")
    expect(() => new nn.Linear(2.5, 3)).toThrow("inFeatures")
    expect(() => new nn.Linear(3, 5)(zeros([5, 4]))).toThrow("in Linear(3 -> 5)")
  })

  test("sequential takes modules and functions, and names them by position", () => {
    const model = new nn.Sequential(new nn.Linear(2, 8), (x) => x.sin(), new nn.Linear(8, 1))
    expect(model(zeros([4, 2])).shape).toEqual([4, 1])
    expect(model.namedParameters().map(([name]) => name)).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"])
    expect(() => new nn.Sequential([new nn.Linear(1, 1)] as never)).toThrow("new nn.Sequential(...layers)")
  })

  test("a dilated pooling that steps over the whole image gives its gradient to nobody", () => {
    const x = ones([2, 1, 4, 4], { requiresGrad: true })
    const y = F.maxPool2d(x, 2, { stride: 1, padding: 1, dilation: 5 }) // looks at rows and columns -1 and 4
    expect(y.tolist()).toEqual([[[[Number.NEGATIVE_INFINITY]]], [[[Number.NEGATIVE_INFINITY]]]])
    y.sum().backward()
    expect(x.grad?.tolist()).toEqual(zeros([2, 1, 4, 4]).tolist())
  })

  test("a layer and the normalisation after it become one layer that does the same", () => {
    const pairs: [nn.Module, nn.Module, Tensor][] = [
      [new nn.Conv2d(2, 3, 3, { padding: 1, stride: 2, bias: false }), new nn.BatchNorm2d(3), rand([2, 2, 6, 5])],
      [new nn.Conv1d(4, 6, 2, { groups: 2 }), new nn.BatchNorm1d(6, { affine: false }), rand([2, 4, 7])],
      [new nn.Linear(4, 5), new nn.BatchNorm1d(5), rand([3, 4])],
    ]
    for (const [layer, norm, x] of pairs) {
      for (let i = 0; i < 3; i++) norm(layer(rand(x.shape).mul(3)) as never) // running values that are not 0 and 1
      layer.eval()
      norm.eval()
      manualSeed(3)
      const one =
        layer instanceof nn.Linear
          ? nn.utils.fuseLinearBnEval(layer, norm as nn.BatchNorm1d)
          : nn.utils.fuseConvBnEval(layer as nn.Conv2d, norm as nn.BatchNorm2d)
      const drawn = rand([1]).item()
      manualSeed(3)
      expect(rand([1]).item()).toBe(drawn)
      expect(one.training).toBe(false)
      const difference = (one(x) as Tensor).sub(norm(layer(x) as never) as Tensor)
      expect(difference.abs().max().item()).toBeLessThan(2e-6)
    }
  })

  test("a module list belongs to its module", () => {
    class Net extends nn.Module {
      blocks = new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2)])
      forward(x: Tensor): Tensor {
        for (const block of this.blocks) x = block(x).tanh()
        return x
      }
    }
    const net = new Net()
    net.blocks.append(new nn.Linear(2, 2))
    expect(net(ones([1, 2])).shape).toEqual([1, 2])
    expect(net.namedParameters().at(-1)?.[0]).toBe("blocks.2.bias")
    expect(net.blocks.at(-1)).toBeInstanceOf(nn.Linear)
  })

  test.each<[string, nn.Module, (x: Tensor) => Tensor]>([
    ["ReLU", new nn.ReLU(), F.relu],
    ["LeakyReLU", new nn.LeakyReLU(0.2), (x) => F.leakyRelu(x, 0.2)],
    ["ELU", new nn.ELU(), (x) => F.elu(x)],
    ["Sigmoid", new nn.Sigmoid(), F.sigmoid],
    ["Tanh", new nn.Tanh(), F.tanh],
    ["SiLU", new nn.SiLU(), F.silu],
    ["GELU", new nn.GELU({ approximate: "tanh" }), (x) => F.gelu(x, { approximate: "tanh" })],
    ["Softplus", new nn.Softplus(), F.softplus],
    ["Softmax", new nn.Softmax(), (x) => F.softmax(x, -1)],
    ["LogSoftmax", new nn.LogSoftmax(0), (x) => F.logSoftmax(x, 0)],
    ["Identity", new nn.Identity(), (x) => x],
    ["Flatten", new nn.Flatten(), (x) => x.reshape([2, 3])],
  ])("%s is its function", (_name, module, functional) => {
    const x = tensor([
      [-2, -0.5, 0],
      [0.5, 1, 3],
    ])
    expect(module(x).equal(functional(x))).toBe(true)
    expect(module.parameters()).toEqual([])
  })

  test("dropout keeps the mean, drops its share, and passes gradients through what is left", () => {
    manualSeed(1)
    const x = ones([10_000], { requiresGrad: true })
    const y = F.dropout(x, 0.3)
    expect(y.mean().item()).toBeCloseTo(1, 1)
    expect(y.eq(0).sum().item() / 10_000).toBeCloseTo(0.3, 1)
    y.sum().backward()
    expect(x.grad?.equal(y.detach())).toBe(true)
    expect(F.dropout(ones([3]), 1).tolist()).toEqual([0, 0, 0])
    expect(() => new nn.Dropout(1.5)).toThrow("p must lie between 0 and 1")
  })

  test("embedding looks up rows and learns them", () => {
    const layer = new nn.Embedding(4, 2)
    const y = layer(tensor([[1, 3, 1]], { dtype: "int32" }))
    expect(y.shape).toEqual([1, 3, 2])
    y.sum().backward()
    expect(layer.weight.grad?.tolist()).toEqual([
      [0, 0],
      [2, 2],
      [0, 0],
      [1, 1],
    ])
    expect(() => layer(tensor([4]))).toThrow()
  })

  test("layer norm brings rows to mean 0 and refuses other sizes", () => {
    const y = new nn.LayerNorm(8)(rand([3, 8]).mul(50))
    expect(y.mean(1).abs().max().item()).toBeLessThan(1e-5)
    expect(() => new nn.LayerNorm(8)(zeros([3, 4]))).toThrow("must be the normalised shape")
  })
})

describe("losses", () => {
  test("take their options and refuse shapes that would broadcast", () => {
    const [a, b] = [tensor([[1], [2]]), tensor([[3], [2]])]
    expect(new nn.MSELoss({ reduction: "sum" })(a, b).item()).toBe(4)
    expect(new nn.L1Loss()(a, b).item()).toBe(1)
    expect(new nn.HuberLoss({ delta: 1 })(a, b).item()).toBe(0.75)
    expect(new nn.BCELoss()(tensor([0.5]), tensor([1])).item()).toBeCloseTo(Math.LN2)
    expect(new nn.BCEWithLogitsLoss()(tensor([0]), tensor([1])).item()).toBeCloseTo(Math.LN2)
    expect(() => new nn.MSELoss()(a, tensor([3, 2]))).toThrow("MSELoss")
    expect(() => new nn.MSELoss({ reduction: "avg" as never })(a, b)).toThrow('"mean" or "sum" or "none"')
    expect(String(new nn.MSELoss({ reduction: "sum" }))).toBe("MSELoss(reduction: sum)")
  })

  test("for classes", () => {
    const scores = tensor([
      [2, 0],
      [0, 1],
    ])
    const classes = tensor([0, 1], { dtype: "int32" })
    const loss = new nn.CrossEntropyLoss()(scores, classes).item()
    expect(new nn.NLLLoss()(scores.logSoftmax(1), classes).item()).toBeCloseTo(loss)
    const weighted = new nn.CrossEntropyLoss({ weight: tensor([1, 0]) })
    expect(weighted(scores, classes).item()).toBeCloseTo(Math.log(1 + Math.exp(-2)))
    expect(weighted.parameters()).toEqual([])
  })
})

test("a softmax before the cross-entropy is noticed once", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
  const layer = new nn.Linear(2, 3)
  const target = tensor([0, 2], { dtype: "int32" })
  const loss = new nn.CrossEntropyLoss()
  loss(layer(ones([2, 2])), target)
  expect(warn).not.toHaveBeenCalled()
  loss(layer(ones([2, 2])).softmax(1), target)
  loss(new nn.Softmax(1)(layer(ones([2, 2]))), target)
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^CrossEntropyLoss: the scores come from a softmax/)]])
  warn.mockRestore()
})
