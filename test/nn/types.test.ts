import { describe, expect, test } from "vitest"
import { nn, ones, type Tensor } from "../../src/index.js"

// The types of models. Most of this is checked by the compiler: what stands under "@ts-expect-error" must be refused, and
// everything else accepted.

const run = (model: (x: Tensor) => Tensor, features: number) => model(ones([2, features])).shape

describe("a Sequential of linear layers that do not meet is refused by the types", () => {
  const fails = (model: nn.Module & ((x: Tensor) => Tensor)) => expect(() => run(model, 10)).toThrow("last size 64")

  test("next to each other", () => {
    // @ts-expect-error 64 features into a layer for 32
    fails(new nn.Sequential(new nn.Linear(10, 64), new nn.Linear(32, 1)))
  })

  test("across what keeps the shape", () => {
    const [act, norm, drop] = [new nn.ReLU(), new nn.LayerNorm(64), new nn.Dropout()]
    // @ts-expect-error 64 features into a layer for 32
    fails(new nn.Sequential(new nn.Linear(10, 64), act, norm, drop, new nn.Linear(32, 1)))
  })

  test("made before", () => {
    const [fc1, fc2] = [new nn.Linear(10, 64), new nn.Linear(32, 1)]
    // @ts-expect-error 64 features into a layer for 32
    fails(new nn.Sequential(fc1, fc2))
  })
})

describe("what may be right is accepted by the types", () => {
  test("layers that meet, and what changes the shape between them", () => {
    expect(run(new nn.Sequential(new nn.Linear(10, 64), new nn.GELU(), new nn.Linear(64, 1)), 10)).toEqual([2, 1])
    expect(run(new nn.Sequential(new nn.Linear(10, 64), new nn.GLU(), new nn.Linear(32, 1)), 10)).toEqual([2, 1])
    const half = new nn.Sequential(new nn.Linear(10, 64), (x) => x.narrow(1, 0, 32), new nn.Linear(32, 1))
    expect(run(half, 10)).toEqual([2, 1])
    class Half extends nn.Module {
      forward(x: Tensor): Tensor {
        return x.narrow(1, 0, 32)
      }
    }
    expect(run(new nn.Sequential(new nn.Linear(10, 64), new Half(), new nn.Linear(32, 1)), 10)).toEqual([2, 1])
  })

  test("sizes that are only known when it runs", () => {
    let hidden = 5
    hidden += 1
    expect(run(new nn.Sequential(new nn.Linear(2, hidden), new nn.Linear(6, 1)), 2)).toEqual([2, 1])
    const sizes = [4, 8, 3]
    const layers = sizes.slice(1).map((size, i): nn.Layer => new nn.Linear(sizes[i] as number, size))
    expect(run(new nn.Sequential(...layers), 4)).toEqual([2, 3])
    const mixed = [new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 2)]
    expect(run(new nn.Sequential(...mixed), 4)).toEqual([2, 2])
  })

  test("names, nesting, subclasses and annotations", () => {
    const named = new nn.Sequential({ fc: new nn.Linear(2, 3), act: (x: Tensor) => x.relu() })
    expect(run(named, 2)).toEqual([2, 3])
    class Four extends nn.Linear {
      constructor() {
        super(3, 4)
      }
    }
    const annotated: nn.Sequential = new nn.Sequential(named, new Four(), new nn.Sequential(new nn.Linear(4, 1)))
    expect(run(annotated, 2)).toEqual([2, 1])
    const asModule: nn.Module = annotated
    const asLayer: nn.Layer = annotated
    expect([asModule, asLayer]).toEqual([annotated, annotated])
  })

  test("another layer, or another model, in the place of one", () => {
    class Net extends nn.Module {
      body = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU())
      head = new nn.Linear(3, 10)
      forward(x: Tensor): Tensor {
        let h = this.body(x)
        h = this.head(h)
        return h
      }
    }
    const net = new Net()
    net.head = new nn.Linear(3, 5)
    expect(run(net, 2)).toEqual([2, 5])
    net.head = new nn.Linear(4, 5)
    net.body = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 4))
    expect(run(net, 2)).toEqual([2, 5])
    const blocks: nn.Linear[] = [new nn.Linear(2, 3), new nn.Linear(3, 4)]
    let x = ones([2, 2])
    for (const block of blocks) x = block(x)
    expect(x.shape).toEqual([2, 4])
  })
})

describe("containers know what they hold", () => {
  test("a dictionary, by name", () => {
    const dict = new nn.ModuleDict({ fc: new nn.Linear(2, 3), norm: new nn.BatchNorm1d(3) })
    expect(dict.get("fc").outFeatures).toBe(3)
    expect(dict.get("norm").numFeatures).toBe(3)
    // @ts-expect-error there is none of this name
    expect(() => dict.get("conv")).toThrow('It has "fc", "norm".')
  })

  test("a list, its kind of module", () => {
    const list = new nn.ModuleList([new nn.Linear(2, 3)])
    list.append(new nn.Linear(3, 4))
    expect([...list].map((layer) => layer.outFeatures)).toEqual([3, 4])
    // @ts-expect-error not a linear layer
    list.append(new nn.Tanh())
  })
})
