import { describe, expect, test } from "vitest"
import { manualSeed, nn, type Tensor, zeros } from "../../src/index.js"
import { Generator } from "../../src/tensor/random.js"
import { expectNear, flat, golden, type Numbers } from "./support.js"

const gold = golden<{ mixed: Numbers[]; mixedSums: [number, number] } & Record<string, Numbers>>("random")

const float32 = (n: number, fill: (out: Float32Array) => void) => {
  const out = new Float32Array(n)
  fill(out)
  return Array.from(out)
}
const float64 = (n: number, fill: (out: Float64Array) => void) => {
  const out = new Float64Array(n)
  fill(out)
  return Array.from(out)
}
const int32 = (n: number, fill: (out: Int32Array) => void) => {
  const out = new Int32Array(n)
  fill(out)
  return Array.from(out)
}
/** Golden float32 numbers have nine digits, which are enough to tell every float32 from its neighbours. */
const bits = (numbers: Numbers | undefined) => flat(numbers as Numbers).map(Math.fround)

describe("the random streams are PyTorch's, bit for bit", () => {
  const seeded = (seed = 42) => new Generator(seed)

  test("uniform", () => {
    expect(float32(20, (out) => seeded().uniformFloat32(out))).toEqual(bits(gold.rand))
    expect(float32(20, (out) => seeded().uniformFloat32(out, -0.3, 0.7))).toEqual(bits(gold.uniform))
    expect(float64(10, (out) => seeded().uniformFloat64(out))).toEqual(flat(gold.randDouble as Numbers))
  })

  test("normal, below and from sixteen numbers on", () => {
    expect(float32(5, (out) => seeded().normalFloat32(out))).toEqual(bits(gold.randn))
    expect(float32(50, (out) => seeded().normalFloat32(out))).toEqual(bits(gold.randnLong))
    expect(float32(20, (out) => seeded().normalFloat32(out, 1.5, 0.2))).toEqual(bits(gold.normal))
    const double = { relative: 1e-15, absolute: 0 } // log and cos of another C library
    expectNear(
      float64(5, (out) => seeded().normalFloat64(out)),
      gold.randnDouble as Numbers,
      double,
    )
    expectNear(
      float64(37, (out) => seeded().normalFloat64(out)),
      gold.randnLongDouble as Numbers,
      double,
    )
  })

  test("integers and permutations", () => {
    expect(int32(20, (out) => seeded().randint(out, -5, 100))).toEqual(gold.randint)
    expect(int32(10, (out) => seeded().randint(out, -(2 ** 31), 2 ** 31 - 1))).toEqual(gold.randintWide)
    expect(int32(30, (out) => seeded().permutation(out))).toEqual(gold.randperm)
  })

  test("any seed", () => {
    expect(float32(3, (out) => seeded(-3).uniformFloat32(out))).toEqual(bits(gold.negativeSeed))
    expect(float32(3, (out) => seeded(2 ** 40 + 5).uniformFloat32(out))).toEqual(bits(gold.largeSeed))
  })

  test("all kinds mixed from one stream", () => {
    const generator = seeded(7)
    const drawn = [
      float32(3, (out) => generator.uniformFloat32(out)),
      float32(5, (out) => generator.normalFloat32(out)),
      float32(2, (out) => generator.normalFloat32(out)),
      float32(40, (out) => generator.normalFloat32(out)),
      int32(7, (out) => generator.randint(out, 0, 10)),
      int32(6, (out) => generator.permutation(out)),
      float64(3, (out) => generator.normalFloat64(out)),
      float64(3, (out) => generator.uniformFloat64(out)),
      float32(1, (out) => generator.normalFloat32(out)),
    ]
    drawn.forEach((numbers, i) => {
      const float64Draws = i === 6 || i === 7
      expectNear(
        numbers,
        gold.mixed[i] as Numbers,
        float64Draws ? { relative: 1e-15 } : { relative: 6e-9, absolute: 0 },
      )
    })
  })

  test("100,003 normal numbers, and where the stream stands afterwards", () => {
    const generator = seeded()
    const sum = float32(100_003, (out) => generator.normalFloat32(out)).reduce((a, b) => a + b, 0)
    expect(sum).toBeCloseTo(gold.mixedSums[0], 8)
    expect(float32(1, (out) => generator.uniformFloat32(out))[0]).toBe(gold.mixedSums[1])
  })
})

describe("initial weights are PyTorch's", () => {
  type Init = {
    linear: Record<"weight" | "bias", Numbers>
    narrow: Numbers
    embedding: Numbers
    fills: Record<string, Numbers>
  }
  const init = golden<Init>("init")
  const exact = { relative: 6e-9, absolute: 0 }

  test("of layers made one after the other", () => {
    manualSeed(42)
    const linear = new nn.Linear(10, 4)
    const narrow = new nn.Linear(3, 2, { bias: false })
    const embedding = new nn.Embedding(5, 3)
    expectNear(linear.weight, init.linear.weight, exact)
    expectNear(linear.bias as Tensor, init.linear.bias, exact)
    expectNear(narrow.weight, init.narrow, exact)
    expectNear(embedding.weight, init.embedding, exact)
  })

  const fills: Record<string, (x: Tensor) => Tensor> = {
    kaimingUniform: (x) => nn.init.kaimingUniform_(x, { nonlinearity: "relu" }),
    kaimingNormal: (x) => nn.init.kaimingNormal_(x, { mode: "fanOut", nonlinearity: "relu" }),
    xavierUniform: (x) => nn.init.xavierUniform_(x, { gain: nn.init.calculateGain("tanh") }),
    xavierNormal: (x) => nn.init.xavierNormal_(x),
    uniform: (x) => nn.init.uniform_(x, -1, 2),
    normal: (x) => nn.init.normal_(x, 1, 3),
  }
  test.each(Object.keys(init.fills))("%s", (name) => {
    manualSeed(3)
    expectNear(fills[name]?.(zeros([6, 5])) as Tensor, init.fills[name] as Numbers, exact)
  })
})
