import { describe, expect, test } from "vitest"
import { manualSeed, noGrad, ones, randn, type Tensor, tensor, zeros } from "../../src/index.js"
import * as nn from "../../src/nn/index.js"
import { CellgradError } from "../../src/tensor/errors.js"

class FeedForward extends nn.Module {
  fc1 = new nn.Linear(16, 64)
  fc2 = new nn.Linear(64, 10)
  forward(x: Tensor): Tensor {
    return this.fc2(this.fc1(x).relu())
  }
}

class Scaled extends nn.Module {
  scale = new nn.Parameter(tensor(2))
  offset = zeros([1])
  blocks = [new FeedForward(), new FeedForward()]
  named = { head: new nn.Linear(10, 2) }
  #hidden = 3
  constructor(override readonly name = "scaled") {
    super()
  }
  forward(x: Tensor, { times = 1 }: { times?: number } = {}): [Tensor, number] {
    return [x.mul(this.scale).add(this.offset).mul(times), this.#hidden]
  }
}

describe("a module", () => {
  test("is called like its forward, with its types", () => {
    const model = new Scaled()
    const [y, hidden] = model(ones([2]), { times: 3 })
    const check: [Tensor, number] = [y, hidden]
    expect(check[0].tolist()).toEqual([6, 6])
    expect(hidden).toBe(3)
    // @ts-expect-error a tensor is wanted
    expect(() => model("text")).toThrow()
    const layers: ((x: Tensor) => Tensor)[] = [new nn.Linear(2, 3), (x) => x.relu()]
    expect(layers[0]?.(ones([1, 2])).shape).toEqual([1, 3])
  })

  test("is an instance of its classes, with fields of any name", () => {
    const model = new Scaled("mine")
    expect(model).toBeInstanceOf(Scaled)
    expect(model).toBeInstanceOf(nn.Module)
    expect(typeof model).toBe("function")
    expect(model.name).toBe("mine")
    expect(new FeedForward()).not.toBeInstanceOf(Scaled)
  })

  test("finds parameters in fields, arrays, objects and modules, in order, each once", () => {
    const model = new Scaled()
    expect(model.namedParameters().map(([name]) => name)).toEqual([
      "scale",
      ...[0, 1].flatMap((i) => ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"].map((n) => `blocks.${i}.${n}`)),
      "named.head.weight",
      "named.head.bias",
    ])
    expect(model.namedBuffers().map(([name]) => name)).toEqual(["offset"])
    model.blocks[1] = model.blocks[0] as FeedForward
    expect(model.parameters().length).toBe(1 + 4 + 2)
    expect(Object.keys(model.stateDict()).length).toBe(1 + 1 + 8 + 2) // shared ones stand under both names, as in PyTorch
    const late = model as Scaled & { extra?: nn.Linear }
    late.extra = new nn.Linear(1, 1)
    expect(model.namedParameters().at(-1)?.[0]).toBe("extra.bias")
  })

  test("is not caught in rings", () => {
    class Child extends nn.Module {
      parent: nn.Module | null = null
      weight = new nn.Parameter(ones([1]))
      forward(x: Tensor): Tensor {
        return x
      }
    }
    class Parent extends Child {
      child = new Child()
    }
    const parent = new Parent()
    parent.child.parent = parent
    expect(parent.namedParameters().map(([name]) => name)).toEqual(["weight", "child.weight"])
    expect(Object.keys(parent.stateDict())).toEqual(["weight", "child.weight"])
    expect(parent.modules().length).toBe(2)
  })

  test("counts neither frozen parameters out nor kept activations in", () => {
    const model = new FeedForward() as FeedForward & { last?: Tensor }
    model.requiresGrad_(false)
    expect(model.parameters().length).toBe(4)
    expect(model.buffers().length).toBe(0)
    model.requiresGrad_()
    model.last = model(ones([1, 16]))
    expect(model.parameters().length).toBe(4)
    expect(model.buffers().length).toBe(0)
  })

  test("names itself and its fields in an error", () => {
    const model = new FeedForward()
    model.fc2 = new nn.Linear(32, 10)
    let thrown: unknown
    try {
      model(ones([4, 16]))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(CellgradError)
    const error = thrown as CellgradError
    expect(error.path).toEqual(["FeedForward", "fc2 = Linear(32 -> 10)"])
    expect(error.message.split("\n").at(-1)).toBe("in FeedForward > fc2 = Linear(32 -> 10)")
    expect(error.stack).toContain("in FeedForward > fc2 = Linear(32 -> 10)")
    const outer = new nn.Sequential(model)
    expect(() => outer(ones([4, 16]))).toThrow("in Sequential > 0 = FeedForward > fc2 = Linear(32 -> 10)")
  })

  test("switches between training and evaluation, all the way down", () => {
    const model = new nn.Sequential(new nn.Dropout(0.5), new nn.Sequential(new nn.Dropout(0.5)))
    manualSeed(0)
    expect(
      model(ones([1000]))
        .eq(0)
        .sum()
        .item(),
    ).toBeGreaterThan(500)
    model.eval()
    expect(model.modules().every((module) => !module.training)).toBe(true)
    expect(model(ones([4])).tolist()).toEqual([1, 1, 1, 1])
    expect(model.train().training).toBe(true)
  })

  test("prints as a tree", () => {
    expect(String(new nn.Sequential(new FeedForward(), new nn.ReLU(), (x) => x))).toBe(
      [
        "Sequential(",
        "  (0): FeedForward(",
        "    (fc1): Linear(16 -> 64)",
        "    (fc2): Linear(64 -> 10)",
        "  )",
        "  (1): ReLU()",
        ")",
      ].join("\n"),
    )
  })

  test("remembers its output's shape and calls hooks", () => {
    const model = new FeedForward()
    expect(model.outputShape).toBeNull()
    const seen: (readonly number[])[] = []
    const remove = model.fc1.registerForwardHook((_module, _inputs, output) => seen.push((output as Tensor).shape))
    model(ones([3, 16]))
    remove()
    model(ones([5, 16]))
    expect(seen).toEqual([[3, 64]])
    expect(model.outputShape).toEqual([5, 10])
  })

  test("applies from the inside out", () => {
    const order: string[] = []
    new nn.Sequential(new FeedForward(), new nn.ReLU()).apply((module) => order.push(module.constructor.name))
    expect(order).toEqual(["Linear", "Linear", "FeedForward", "ReLU", "Sequential"])
  })
})

describe("a state", () => {
  test("travels from one model to another", () => {
    const [from, to] = [new FeedForward(), new FeedForward()]
    expect(to.fc1.weight.equal(from.fc1.weight)).toBe(false)
    expect(to.loadStateDict(from.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] })
    expect(to.fc1.weight.equal(from.fc1.weight)).toBe(true)
    noGrad(() => to.fc1.weight.zero_())
    expect(from.fc1.weight.eq(0).all().item()).toBe(0)
  })

  test("that does not fit is refused whole, with every name", () => {
    const model = new FeedForward()
    const state = model.stateDict()
    const before = model.fc1.weight.clone()
    const { "fc2.bias": _, ...rest } = state
    const wrong = { ...rest, "fc1.weight": zeros([3, 3]), fc3: zeros([1]) }
    expect(() => model.loadStateDict(wrong)).toThrowErrorMatchingInlineSnapshot(`
      [StateError: loadStateDict: the state does not fit FeedForward
        fc2.bias    missing in the state
        fc3         not in the module
        fc1.weight  [3, 3] in the state   [64, 16] in the module
      Every value must have the shape of the parameter that it replaces.]
    `)
    expect(model.fc1.weight.equal(before)).toBe(true)
    expect(model.loadStateDict(rest, { strict: false })).toEqual({ missingKeys: ["fc2.bias"], unexpectedKeys: [] })
  })
})

describe("gradients", () => {
  test("are forgotten by zeroGrad, and what the user holds of them stays", () => {
    const model = new FeedForward()
    model(randn([8, 16]))
      .sum()
      .backward()
    const held = model.fc2.bias?.grad
    model.zeroGrad()
    expect(model.parameters().every((parameter) => parameter.grad === null)).toBe(true)
    model(randn([8, 16]))
      .sum()
      .backward()
    expect(held?.tolist()).toEqual(new Array(10).fill(8))
  })
})
