import { describe, expect, it } from "vitest"
import type { ArrayView, BinaryOp, UnaryOp } from "../../src/native/backend.js"
import type { DType } from "../../src/native/dtype.js"
import { makeView } from "../../src/native/layout.js"
import { ReferenceBackend } from "../../src/native/reference.js"
import { Storage } from "../../src/native/storage.js"
import { newTypedArray, readElements } from "../../src/native/strided.js"

const backend = new ReferenceBackend()

function view(
  elements: readonly number[],
  shape: readonly number[] = [elements.length],
  dtype: DType = "float64",
): ArrayView {
  const storage = new Storage(dtype, newTypedArray(dtype, elements.length))
  storage.data.set(elements)
  return makeView(storage, shape)
}

const blank = (shape: readonly number[], dtype: DType = "float64") =>
  view(new Array(shape.reduce((n, s) => n * s, 1)).fill(0), shape, dtype)
const elements = (x: ArrayView) => Array.from(readElements(x))

const unary = (op: UnaryOp, xs: readonly number[], dtype: DType = "float64") => {
  const out = blank([xs.length], dtype)
  backend.unary(op, view(xs), out)
  return elements(out)
}
const binary = (op: BinaryOp, a: readonly number[], b: readonly number[], dtype: DType = "float64") => {
  const out = blank([a.length], dtype)
  backend.binary(op, view(a), view(b), out)
  return elements(out)
}

describe("edges of the elementwise functions", () => {
  it("lets NaN through, and infinities where they belong", () => {
    expect(unary("relu", [NaN, -1, -Infinity, Infinity])).toEqual([NaN, 0, 0, Infinity])
    expect(unary("sigmoid", [-Infinity, Infinity, -1000, 1000])).toEqual([0, 1, 0, 1])
    expect(unary("softplus", [-1000, 1000])).toEqual([0, 1000])
    expect(unary("exp", [1000, -1000])).toEqual([Infinity, 0])
    expect(unary("erf", [Infinity, -Infinity, 0, NaN])).toEqual([1, -1, 0, NaN])
    expect(binary("maximum", [NaN, 1], [1, NaN])).toEqual([NaN, NaN])
  })

  it("rounds halves to even", () => {
    expect(unary("round", [0.5, 1.5, 2.5, -0.5, -1.5, 2.4999])).toEqual([0, 2, 2, -0, -2, 2])
  })

  it("takes the divisor's sign for remainders, and C's answers for powers of 1", () => {
    expect(binary("mod", [5, -5, 5, -5], [3, 3, -3, -3])).toEqual([2, 1, -1, -2])
    expect(binary("pow", [1, 1, -1, 0], [NaN, Infinity, Infinity, 0])).toEqual([1, 1, 1, 1])
  })

  it("compares and combines to 0 and 1", () => {
    expect(binary("eq", [NaN, 1], [NaN, 1], "bool")).toEqual([0, 1])
    expect(binary("xor", [0, 2, 3], [1, 0, 4], "bool")).toEqual([1, 1, 0])
    expect(unary("not", [0, 3], "bool")).toEqual([1, 0])
  })
})

describe("strided views", () => {
  const storage = new Storage("float64", newTypedArray("float64", 12))
  storage.data.set(Array.from({ length: 12 }, (_, i) => i))

  it("are read and written element by element", () => {
    const transposed = makeView(storage, [4, 3], [1, 4])
    expect(elements(transposed)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    const target = makeView(new Storage("float64", newTypedArray("float64", 12)), [3, 4], [1, 3])
    backend.copy(makeView(storage, [3, 4]), target)
    expect(elements(target)).toEqual(Array.from({ length: 12 }, (_, i) => i))
    expect(Array.from(target.storage.data)).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
  })

  it("repeat elements with a stride of 0, and may start anywhere", () => {
    expect(elements(makeView(storage, [2, 3], [0, 2], 5))).toEqual([5, 7, 9, 5, 7, 9])
  })

  it("convert between dtypes", () => {
    const out = blank([3], "int32")
    backend.copy(view([1.9, -1.9, 0]), out)
    expect(elements(out)).toEqual([1, -1, 0])
    const bool = blank([3], "bool")
    backend.copy(view([0.5, 0, NaN]), bool)
    expect(elements(bool)).toEqual([1, 0, 1])
  })
})

describe("reductions", () => {
  const x = view([1, 5, 3, 4, 2, 6], [2, 3])

  it("reduce the dimensions in which the output has size 1", () => {
    const rows = blank([2, 1])
    const columns = blank([1, 3])
    const whole = blank([1, 1])
    backend.reduce("sum", x, rows)
    backend.reduce("max", x, columns)
    backend.reduce("prod", x, whole)
    expect([elements(rows), elements(columns), elements(whole)]).toEqual([[9, 12], [4, 5, 6], [720]])
  })

  it("start from the neutral element, and let NaN win", () => {
    const out = blank([1])
    backend.reduce("sum", view([], [0]), out)
    expect(elements(out)).toEqual([0])
    backend.reduce("min", view([1, NaN, 0]), out)
    expect(elements(out)).toEqual([NaN])
  })

  it("find the first extreme", () => {
    const out = blank([2, 1], "int32")
    backend.argReduce("argmax", view([1, 3, 3, NaN, 5, NaN], [2, 3]), out, 1)
    expect(elements(out)).toEqual([1, 0])
    const first = blank([1, 3], "int32")
    backend.argReduce("argmin", x, first, 0)
    expect(elements(first)).toEqual([0, 1, 0])
  })
})

describe("fused kernels are the composition of plain ones", () => {
  const x = view([0.5, -1, 2, 0.25, 1, -3], [2, 3])
  const weight = view([1, 2, 3, -1, 0.5, 0.25], [2, 3])

  it("linear", () => {
    const out = blank([2, 2])
    backend.linear(x, weight, view([0.5, -0.5]), "relu", out)
    expect(elements(out)).toEqual([5, 0, 0, 0])
    backend.linear(x, weight, null, "none", out)
    expect(elements(out)).toEqual([4.5, -0.5, -6.75, -0.5])
  })

  it("softmax, also of large and infinite scores", () => {
    const out = blank([2, 3])
    backend.softmax(view([1000, 1000, -Infinity, 0, 0, 0], [2, 3]), out, false)
    expect(elements(out)).toEqual([0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3])
  })

  it("cross-entropy is the negative log-softmax at the target", () => {
    const log = blank([2, 3])
    backend.softmax(x, log, true)
    const probabilities = blank([2, 3])
    const losses = blank([2])
    backend.crossEntropy(x, view([2, -100], [2], "int32"), -100, probabilities, losses)
    expect(elements(losses)[0]).toBeCloseTo(-(elements(log)[2] as number), 12)
    expect(elements(losses)[1]).toBe(0)
    const gradient = blank([2, 3])
    backend.crossEntropyBackward(probabilities, view([2, -100], [2], "int32"), -100, view([1, 1]), 2, gradient)
    expect(elements(gradient).slice(3)).toEqual([0, 0, 0])
    expect(
      elements(gradient)
        .slice(0, 3)
        .reduce((a, b) => a + b),
    ).toBeCloseTo(0, 12)
  })

  it("index operations pick rows and add to them", () => {
    const picked = blank([3, 3])
    backend.indexSelect(x, 0, view([1, 1, 0], [3], "int32"), picked)
    expect(elements(picked)).toEqual([0.25, 1, -3, 0.25, 1, -3, 0.5, -1, 2])
    const sums = blank([2, 3])
    backend.indexAdd(picked, 0, view([0, 0, 1], [3], "int32"), sums)
    expect(elements(sums)).toEqual([0.5, 2, -6, 0.5, -1, 2])
  })

  it("matmul adds to what is there when asked", () => {
    const out = view([1, 1, 1, 1], [2, 2])
    backend.matmul(x, makeView(weight.storage, [3, 2], [1, 3]), out, true)
    expect(elements(out)).toEqual([5.5, 0.5, -5.75, 0.5])
  })
})
