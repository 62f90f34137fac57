import { describe, expect, test } from "vitest"
import { grad, manualSeed, nn, noGrad, ones, optim, randn, type Tensor, tensor, zeros } from "../../src/index.js"

/** x · weight, element by element. */
class Scale extends nn.Module {
  weight = new nn.Parameter(tensor([2, 3]))
  forward(x: Tensor): Tensor {
    return x.mul(this.weight)
  }
}

/** Two inputs, two outputs. */
class Mix extends nn.Module {
  forward(a: Tensor, b: Tensor): [Tensor, Tensor] {
    return [a.mul(b), a.mul(10)]
  }
}

const leaf = (values: number[]) => tensor(values, { requiresGrad: true })

describe("forward hooks", () => {
  test("see and change what goes in and what comes out, until they are removed", () => {
    const layer = new Scale()
    const seen: unknown[] = []
    const removePre = layer.registerForwardPreHook((_module, [x]) => (x as Tensor).add(1))
    const removePost = layer.registerForwardHook((module, [x], y) => {
      seen.push(module === layer, (x as Tensor).tolist(), (y as Tensor).tolist())
      return (y as Tensor).neg()
    })
    expect(layer(tensor([0, 1])).tolist()).toEqual([-2, -6])
    expect(seen).toEqual([true, [1, 2], [2, 6]])
    removePre()
    removePost()
    expect(layer(tensor([0, 1])).tolist()).toEqual([0, 3])
    expect(seen.length).toBe(3)
  })

  test("may give several inputs, and what is no tensor changes nothing", () => {
    const layer = new Mix()
    layer.registerForwardPreHook((_module, [a]) => [a, tensor([5])])
    layer.registerForwardHook(() => 7)
    expect(layer(tensor([2]), tensor([3])).map((y) => y.item())).toEqual([10, 20])
  })
})

describe("backward hooks", () => {
  test("see the gradients of inputs and outputs", () => {
    const layer = new Scale()
    const seen: unknown[] = []
    layer.registerFullBackwardHook((module, gradInput, gradOutput) => {
      seen.push(module === layer, gradInput[0]?.tolist(), gradOutput[0]?.tolist())
    })
    const x = leaf([1, 1])
    layer(x)
      .mul(tensor([1, 10]))
      .sum()
      .backward()
    expect(seen).toEqual([true, [2, 30], [1, 10]])
    expect(x.grad?.tolist()).toEqual([2, 30])
    expect(layer.weight.grad?.tolist()).toEqual([1, 10])
  })

  test("change the gradients that go further back", () => {
    const model = new nn.Sequential(new Scale(), new Scale())
    const remove = (model.at(1) as Scale).registerFullBackwardHook((_module, [dx]) => [dx?.mul(0.5)])
    const x = leaf([1, 1])
    expect(grad(model(x).sum(), x)[0]?.tolist()).toEqual([2, 4.5])
    remove()
    expect(grad(model(x).sum(), x)[0]?.tolist()).toEqual([4, 9])
  })

  test("of several inputs and outputs are called once, with all of them", () => {
    const layer = new Mix()
    const seen: unknown[] = []
    layer.registerFullBackwardHook((_module, gradInput, gradOutput) => {
      seen.push([...gradInput, ...gradOutput].map((g) => g?.tolist() ?? null))
      return gradInput.map((g) => g?.mul(2) ?? null)
    })
    const [a, b] = [leaf([2]), leaf([3])]
    const [first, second] = layer(a, b)
    first.add(second).sum().backward()
    expect(seen).toEqual([[[13], [2], [1], [1]]])
    expect([a.grad?.tolist(), b.grad?.tolist()]).toEqual([[26], [4]])
  })

  test("of a layer whose input needs no gradient are called with none for it", () => {
    const layer = new Scale()
    const seen: number[] = []
    layer.registerFullBackwardHook((_module, gradInput, [dy]) => {
      seen.push(gradInput.length, dy?.sum().item() as number)
    })
    layer(ones([2]))
      .sum()
      .backward()
    expect(seen).toEqual([0, 2])
    noGrad(() => layer(ones([2])))
    expect(seen.length).toBe(2)
  })

  test("leave a training as it is", () => {
    const losses = [false, true].map((isWatched) => {
      manualSeed(1)
      const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 1))
      let count = 0
      if (isWatched) for (const layer of model.children()) layer.registerFullBackwardHook(() => void count++)
      const [x, y] = [randn([8, 3]), randn([8, 1])]
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 })
      let last = 0
      for (let step = 0; step < 20; step++) {
        const loss = model(x).sub(y).square().mean()
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        last = loss.item()
      }
      expect(count).toBe(isWatched ? 60 : 0)
      return last
    })
    expect(losses[0]).toBe(losses[1])
  })
})

describe("buffers and types", () => {
  class Masked extends nn.Module {
    declare mask: Tensor
    declare scale: Tensor
    steps = tensor([0], { dtype: "int32" })
    constructor() {
      super()
      this.registerBuffer("mask", ones([2]), { persistent: false })
      this.registerParameter("scale", ones([2]))
      this.registerModule("inner", new nn.BatchNorm1d(2))
    }
    forward(x: Tensor): Tensor {
      return x.mul(this.mask).mul(this.scale)
    }
  }

  test("a buffer that is not persistent belongs to the module and is not saved", () => {
    const layer = new Masked()
    expect(layer.namedBuffers().map(([name]) => name)).toEqual([
      "steps",
      "mask",
      "inner.running_mean",
      "inner.running_var",
      "inner.num_batches_tracked",
    ])
    expect(Object.keys(layer.stateDict())).not.toContain("mask")
    expect(layer.getBuffer("mask")).toBe(layer.mask)
    expect(layer.getParameter("scale")).toBe(layer.scale)
    expect(layer.getSubmodule("inner")).toBeInstanceOf(nn.BatchNorm1d)
    expect(new Masked().loadStateDict(layer.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] })
  })

  test("to() converts what has fractions, and an optimizer goes on with it", () => {
    const layer = new Masked()
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.5 })
    const scale = layer.scale
    layer(ones([2]))
      .sum()
      .backward()
    layer.double()
    expect([layer.scale === scale, layer.scale.dtype, scale.grad?.dtype]).toEqual([true, "float64", "float64"])
    expect([layer.mask.dtype, layer.steps.dtype]).toEqual(["float64", "int32"])
    optimizer.step()
    expect(layer.scale.tolist()).toEqual([0.5, 0.5])
    expect(layer(zeros([2], { dtype: "float64" })).dtype).toBe("float64")
    expect(layer.float().scale.tolist()).toEqual([0.5, 0.5])
  })
})

describe("containers", () => {
  test("a Sequential of named layers", () => {
    const model = new nn.Sequential({ fc1: new nn.Linear(2, 3), act: new nn.ReLU(), last: (x: Tensor) => x.sum(1) })
    expect(model(ones([4, 2])).shape).toEqual([4])
    expect(Object.keys(model.stateDict())).toEqual(["fc1.weight", "fc1.bias"])
    expect(model.at("act")).toBeInstanceOf(nn.ReLU)
    expect([model.length, model.at(-1) === model.layers[2]]).toEqual([3, true])
    expect(String(model)).toContain("(fc1): Linear(2 -> 3)")
    expect(model.with(new nn.Identity()).length).toBe(4)
  })

  test("lists and dictionaries of modules and parameters stand in the state under their names", () => {
    class Net extends nn.Module {
      list = new nn.ModuleList([new nn.Linear(1, 1, { bias: false })])
      dict = new nn.ModuleDict({ a: new nn.Linear(1, 1, { bias: false }) })
      weights = new nn.ParameterList([ones([1])])
      named = new nn.ParameterDict({ scale: ones([1]) })
      forward(x: Tensor): Tensor {
        return x
      }
    }
    const net = new Net()
    net.list.insert(0, new nn.Linear(2, 2, { bias: false }))
    net.weights.append(zeros([2]))
    net.named.set("scale", zeros([3]))
    expect(Object.entries(net.stateDict()).map(([name, value]) => [name, value.shape])).toEqual([
      ["list.0.weight", [2, 2]],
      ["list.1.weight", [1, 1]],
      ["dict.a.weight", [1, 1]],
      ["weights.0", [1]],
      ["weights.1", [2]],
      ["named.scale", [3]],
    ])
    expect(net.list.pop()?.inFeatures).toBe(1)
    expect([net.list.length, net.dict.size, net.weights.length, net.named.size]).toEqual([1, 1, 2, 1])
    expect(nn.utils.countParameters(net)).toBe(4 + 1 + 1 + 2 + 3)
    expect(net.dict.delete("a")).toBe(true)
    expect(net.dict.keys()).toEqual([])
  })
})
