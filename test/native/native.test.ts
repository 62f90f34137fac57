import { describe, expect, test } from "vitest"
import type { ActivationOp, ArrayView, Backend, BinaryOp, LinearActivation, UnaryOp } from "../../src/native/backend.js"
import type { DType } from "../../src/native/dtype.js"
import { makeView } from "../../src/native/layout.js"
import { NativeBackend } from "../../src/native/native.js"
import { ReferenceBackend } from "../../src/native/reference.js"
import { Storage } from "../../src/native/storage.js"
import { kernelBackend, kernels, onWasm } from "./addon.js"
import { difference, type Lay, layOut, randomNumbers, twin } from "./views.js"

const reference = new ReferenceBackend()
const inputLays: Lay[] = ["packed", "offset", "transposed", "gaps", "repeatFirst", "repeatLast"]
const outputLays: Lay[] = ["packed", "offset", "transposed", "gaps"]
const shapes = [
  [],
  [1],
  [5],
  [16],
  [17],
  [100],
  [1, 7],
  [3, 1],
  [4, 33],
  [33, 16],
  [7, 5, 9],
  [2, 3, 4, 5],
  [0, 3],
  [1000, 3],
]

describe.skipIf(kernels === null).each(onWasm ? [1] : [1, 4])(
  "kernels against the reference, %i threads",
  (threads) => {
    const native = kernels === null ? reference : kernelBackend(threads)
    const random = randomNumbers(threads * 1000 + 7)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const around = (scale: number) => () => (random() - 0.5) * 2 * scale
    // The constructor sets the pool's thread count, which all backends of a process share.
    const use = () => {
      if (native instanceof NativeBackend) native.threads = threads
    }

    /** Runs one call on both backends, each writing to its own copy of `out`, and compares the whole storages. */
    function hold(
      out: ArrayView,
      call: (backend: Backend, out: ArrayView) => void,
      relative = 0,
      absolute = 0,
      note = "",
    ): void {
      use()
      const expected = twin(out)
      call(reference, expected)
      call(native, out)
      const found = difference(out, expected, relative, absolute)
      if (found !== null) expect.fail(`${note} ${found}`)
    }

    /** Every shape in several layouts of inputs and output. */
    function* cases(): Generator<{ shape: number[]; input: () => Lay; output: () => Lay }> {
      for (const shape of shapes) {
        for (let i = 0; i < 4; i++) {
          const usable = shape.length === 0 || shape.includes(0) ? inputLays.slice(0, 2) : inputLays
          yield { shape, input: () => pick(usable), output: () => pick(outputLays) }
        }
      }
      for (const shape of [[70_000], [300, 233], [2, 40_001]]) {
        yield { shape, input: () => pick(inputLays), output: () => pick(outputLays) }
      }
    }

    const unaryOps: { [P in UnaryOp]?: [scale: number, relative: number, absolute: number] } = {
      neg: [9, 0, 0],
      abs: [9, 0, 0],
      sign: [9, 0, 0],
      exp: [20, 3e-7, 0],
      expm1: [20, 4e-7, 0],
      log: [9, 3e-7, 1e-7],
      log1p: [0.99, 5e-7, 1e-8],
      log2: [9, 3e-7, 1e-7],
      sqrt: [9, 1e-7, 0],
      rsqrt: [9, 2e-7, 0],
      square: [9, 1e-7, 0],
      reciprocal: [9, 1e-7, 0],
      sin: [30, 2e-7, 1e-7],
      cos: [30, 2e-7, 1e-7],
      tanh: [6, 4e-7, 0],
      sigmoid: [20, 4e-7, 0],
      relu: [9, 0, 0],
      erf: [4, 3e-7, 0],
      gelu: [6, 4e-7, 5e-7],
      silu: [9, 4e-7, 0],
      softplus: [25, 4e-7, 1e-8],
      floor: [9, 0, 0],
      ceil: [9, 0, 0],
      round: [9, 0, 0],
      trunc: [9, 0, 0],
      tan: [1, 1e-6, 0],
    }

    test.each(Object.entries(unaryOps))("%s", (op, [scale, relative, absolute]) => {
      for (const { shape, input, output } of cases()) {
        const x = layOut(shape, input(), around(scale))
        const out = layOut(shape, output(), random)
        hold(out, (backend, to) => backend.unary(op as UnaryOp, x, to), relative, absolute, op)
      }
    })

    test("isnan and isfinite write bool", () => {
      const x = makeView(new Storage("float32", new Float32Array([1, Number.NaN, Infinity, -0, -Infinity])), [5])
      for (const op of ["isnan", "isfinite", "not"] as const) {
        hold(
          layOut([5], "packed", () => 1, "bool"),
          (backend, to) => backend.unary(op, x, to),
          0,
          0,
          op,
        )
      }
    })

    test("rounding keeps what is an integer already, halves go to the even one", () => {
      const values = [
        0.5,
        1.5,
        2.5,
        -0.5,
        -1.5,
        -0.2,
        8388607.5,
        8388609,
        -1e30,
        Infinity,
        -Infinity,
        Number.NaN,
        -0,
        3e9,
      ]
      const x = makeView(new Storage("float32", new Float32Array(values)), [values.length])
      for (const op of ["floor", "ceil", "round", "trunc"] as const) {
        hold(layOut([values.length], "packed", random), (backend, to) => backend.unary(op, x, to), 0, 0, op)
      }
    })

    const binaryOps: BinaryOp[] = ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "mod", "atan2"]
    const comparisons: BinaryOp[] = ["eq", "ne", "lt", "le", "gt", "ge"]

    test.each([...binaryOps, ...comparisons])("%s", (op) => {
      const dtype: DType = comparisons.includes(op) ? "bool" : "float32"
      const value = comparisons.includes(op) ? () => Math.floor(random() * 3) : around(3)
      const tolerance = op === "pow" ? 4e-7 : 0
      for (const { shape, input, output } of cases()) {
        const a = layOut(shape, input(), value)
        const b = layOut(shape, input(), value)
        const out = layOut(shape, output(), () => 0, dtype)
        hold(out, (backend, to) => backend.binary(op, a, b, to), tolerance, 0, op)
        for (const scalar of [2, 0.1, -1, 3]) {
          for (const reversed of [false, true]) {
            const to = layOut(shape, output(), () => 0, dtype)
            hold(to, (backend, o) => backend.binaryScalar(op, a, scalar, o, reversed), tolerance, 0, `${op} ${scalar}`)
          }
        }
      }
    })

    test("maximum, minimum, comparisons, relu with NaN", () => {
      const special = [Number.NaN, 1, -1, 0, -0, Infinity, -Infinity]
      const a = layOut([49], "packed", random)
      const b = layOut([49], "packed", random)
      for (let i = 0; i < 49; i++) {
        a.storage.data[i] = special[i % 7] as number
        b.storage.data[i] = special[Math.floor(i / 7)] as number
      }
      for (const op of ["maximum", "minimum", "add", "mul", "div"] as const) {
        hold(layOut([49], "packed", random), (backend, to) => backend.binary(op, a, b, to), 0, 0, op)
      }
      for (const op of comparisons) {
        hold(
          layOut([49], "packed", () => 0, "bool"),
          (backend, to) => backend.binary(op, a, b, to),
          0,
          0,
          op,
        )
      }
      for (const op of [
        "relu",
        "sign",
        "abs",
        "sqrt",
        "exp",
        "log",
        "tanh",
        "sigmoid",
        "erf",
        "log1p",
        "expm1",
      ] as const) {
        hold(layOut([49], "packed", random), (backend, to) => backend.unary(op, a, to), 3e-7, 0, op)
      }
    })

    test("in place", () => {
      for (const lay of outputLays) {
        const out = layOut([37, 5], lay, around(2))
        const b = layOut([37, 5], "repeatFirst", around(2))
        hold(out, (backend, to) => backend.binary("sub", to, b, to), 0, 0, "sub in place")
        hold(out, (backend, to) => backend.unary("relu", to, to), 0, 0, "relu in place")
      }
    })

    test("where", () => {
      for (const { shape, input, output } of cases()) {
        const condition = layOut(shape, input(), () => Math.floor(random() * 2), "bool")
        for (const dtype of ["float32", "int32"] as const) {
          const a = layOut(shape, input(), around(99), dtype)
          const b = layOut(shape, input(), around(99), dtype)
          hold(
            layOut(shape, output(), random, dtype),
            (backend, to) => backend.where(condition, a, b, to),
            0,
            0,
            "where",
          )
        }
      }
    })

    test("copy and fill, all pairs of dtypes", () => {
      const dtypes: DType[] = ["float32", "float64", "int32", "bool"]
      for (const { shape, input, output } of cases()) {
        for (const from of dtypes) {
          for (const to of dtypes) {
            const x = layOut(shape, input(), () => Math.floor(random() * 2), from)
            hold(
              layOut(shape, output(), () => 0, to),
              (backend, out) => backend.copy(x, out),
              0,
              0,
              `${from} to ${to}`,
            )
          }
        }
        hold(layOut(shape, output(), random), (backend, out) => backend.fill(out, 1.25), 0, 0, "fill")
      }
      const tall = layOut([257, 130], "transposed", around(5))
      hold(layOut([257, 130], "packed", random), (backend, out) => backend.copy(tall, out), 0, 0, "transpose")
      const stack = layOut([3, 40, 65], "packed", around(5))
      const moved = makeView(stack.storage, [3, 65, 40], [2600, 1, 65], stack.offset)
      hold(layOut([3, 65, 40], "packed", random), (backend, out) => backend.copy(moved, out), 0, 0, "batched transpose")
    })

    test.each(["sum", "max", "min", "prod"] as const)("%s over every choice of dimensions", (op) => {
      const all = [
        [1],
        [7],
        [4, 33],
        [33, 64],
        [65, 130],
        [7, 5, 9],
        [2, 3, 4, 5],
        [1000, 3],
        [3, 1000],
        [9, 0],
        [0, 9],
        [4, 0, 70],
        [140_001],
        [1, 5, 1],
      ]
      for (const shape of all) {
        for (const lay of shape.includes(0) ? inputLays.slice(0, 2) : inputLays) {
          for (let choice = 0; choice < 1 << shape.length; choice++) {
            const x = layOut(shape, lay, around(1))
            const outShape = shape.map((size, d) => (choice & (1 << d) ? 1 : size))
            const out = layOut(outShape, pick(["packed", "offset", "gaps"]), random)
            hold(
              out,
              (backend, to) => backend.reduce(op, x, to),
              1e-6,
              op === "sum" ? 1e-8 * x.count + 1e-6 : 1e-30,
              `${op} ${choice}`,
            )
          }
        }
      }
    })

    test("a long sum keeps its digits", () => {
      const x = layOut([3_000_000], "packed", () => 0.1)
      const column = makeView(x.storage, [1_000_000, 3])
      hold(layOut([1], "packed", random), (backend, to) => backend.reduce("sum", x, to), 2e-7)
      hold(layOut([1, 3], "packed", random), (backend, to) => backend.reduce("sum", column, to), 5e-7)
    })

    test("max and min with NaN, argmax and argmin", () => {
      for (const [shape, dim] of [
        [[6, 50], 1],
        [[6, 50], 0],
        [[3, 4, 5], 1],
        [[1], 0],
      ] as const) {
        for (const nan of [false, true]) {
          const x = layOut(shape, "offset", () => (nan && random() < 0.05 ? Number.NaN : Math.floor(random() * 9)))
          const outShape = shape.map((size, d) => (d === dim ? 1 : size))
          for (const op of ["max", "min"] as const) {
            hold(layOut(outShape, "packed", random), (backend, to) => backend.reduce(op, x, to), 0, 0, op)
          }
          for (const op of ["argmax", "argmin"] as const) {
            hold(
              layOut(outShape, "packed", () => 0, "int32"),
              (b, to) => b.argReduce(op, x, to, dim),
              0,
              0,
              op,
            )
          }
        }
      }
    })

    const matmulSizes = [
      [1, 1, 1],
      [1, 64, 64],
      [1, 5, 100],
      [2, 3, 40],
      [4, 17, 33],
      [5, 1, 64],
      [32, 1, 64],
      [32, 64, 10],
      [9, 48, 16],
      [10, 49, 257],
      [13, 100, 300],
      [64, 64, 64],
      [67, 131, 259],
      [130, 70, 520],
      [3, 4, 0],
      [333, 40, 17],
      [20, 2100, 30],
    ] as const

    test.each(matmulSizes)("matmul %i x %i, depth %i", (m, n, k) => {
      for (const layA of ["packed", "transposed", "gaps"] as const) {
        for (const layB of ["packed", "transposed", "gaps", "repeatFirst"] as const) {
          const a = layOut([m, k], k === 0 ? "packed" : layA, around(1))
          const b = layOut([k, n], k === 0 ? "packed" : layB, around(1))
          for (const layOutput of ["packed", pick<Lay>(["offset", "transposed", "gaps"])] as const) {
            const accumulate = random() < 0.5
            const out = layOut([m, n], layOutput, around(1))
            const bound = 1e-6 * Math.sqrt(k + 1)
            hold(
              out,
              (backend, to) => backend.matmul(a, b, to, accumulate),
              2e-6,
              bound,
              `${layA} ${layB} ${layOutput}`,
            )
          }
        }
      }
    })

    test("matmul over batches", () => {
      for (const batch of [[3], [2, 3], [64], [2, 1, 2], [0]]) {
        for (const [m, n, k] of [
          [4, 5, 6],
          [33, 17, 40],
          [1, 1, 1],
          [50, 60, 70],
        ] as const) {
          for (const layA of batch.includes(0)
            ? (["packed"] as const)
            : (["packed", "transposed", "repeatFirst"] as const)) {
            for (const layB of batch.includes(0) ? (["packed"] as const) : (["packed", "repeatFirst"] as const)) {
              const a = layOut([...batch, m, k], layA, around(1))
              const b = layOut([...batch, k, n], layB, around(1))
              const out = layOut([...batch, m, n], "packed", around(1))
              hold(
                out,
                (backend, to) => backend.matmul(a, b, to, false),
                2e-6,
                4e-6,
                `batch [${batch}] ${layA} ${layB}`,
              )
            }
          }
        }
      }
    })

    test.each(["none", "relu", "sigmoid", "tanh"] satisfies LinearActivation[])("linear with %s", (activation) => {
      for (const [m, n, k] of [
        [32, 64, 10],
        [32, 1, 64],
        [1, 7, 3],
        [100, 50, 300],
        [5, 4, 20],
        [300, 200, 100],
      ] as const) {
        for (const layX of ["packed", "transposed", "gaps"] as const) {
          const x = layOut([m, k], layX, around(1))
          const weight = layOut([n, k], pick(["packed", "transposed"]), around(1))
          for (const bias of [null, layOut([n], "offset", around(1))]) {
            for (const lay of ["packed", "gaps"] as const) {
              const out = layOut([m, n], lay, random)
              hold(out, (b, to) => b.linear(x, weight, bias, activation, to), 2e-6, 8e-6, `linear ${m} ${n} ${k}`)
            }
          }
        }
      }
    })

    test.each(["relu", "sigmoid", "tanh", "gelu", "silu"] satisfies ActivationOp[])("backward of %s", (op) => {
      for (const { shape, input, output } of cases()) {
        const x = layOut(shape, input(), around(4))
        const y = layOut(shape, input(), op === "relu" ? around(1) : () => random())
        const dy = layOut(shape, input(), around(2))
        hold(layOut(shape, output(), random), (b, to) => b.activationBackward(op, x, y, dy, to), 1e-6, 5e-7, op)
      }
    })

    test("softmax, log-softmax and their gradients", () => {
      for (const shape of [[1], [7], [4, 10], [33, 16], [5, 1000], [2, 3, 17], [40_000, 2], [0, 4], [2, 9000]]) {
        for (const log of [false, true]) {
          const x = layOut(shape, "offset", around(30))
          const out = layOut(shape, "packed", random)
          hold(out, (b, to) => b.softmax(x, to, log), 5e-6, log ? 4e-6 : 1e-30, `softmax [${shape}] ${log}`)
          const dy = layOut(shape, "packed", around(1))
          hold(layOut(shape, "gaps", random), (b, to) => b.softmaxBackward(out, dy, to, log), 2e-6, 3e-6)
          hold(layOut(shape, "packed", random), (b, to) => b.softmaxBackward(out, dy, to, log), 2e-6, 3e-6)
          hold(twin(x), (b, to) => b.softmax(to, to, log), 5e-6, log ? 4e-6 : 1e-30, "softmax in place")
        }
      }
    })

    test("softmax of infinite and equal logits", () => {
      const rows = [
        [Infinity, 0, 1],
        [-Infinity, 0, 1],
        [-Infinity, -Infinity, -Infinity],
        [1e30, 1e30, -1e30],
        [Number.NaN, 0, 1],
      ]
      const x = makeView(new Storage("float32", new Float32Array(rows.flat())), [5, 3])
      for (const log of [false, true]) hold(layOut([5, 3], "packed", random), (b, to) => b.softmax(x, to, log), 2e-7, 0)
    })

    test("cross-entropy and its gradient", () => {
      for (const [m, n] of [
        [1, 2],
        [64, 10],
        [33, 100],
        [5000, 5],
      ] as const) {
        const logits = layOut([m, n], "offset", around(10))
        const targets = layOut([m], "packed", () => (random() < 0.2 ? -100 : Math.floor(random() * n)), "int32")
        const probabilities = layOut([m, n], "packed", random)
        hold(
          layOut([m], "packed", random),
          (b, to) => b.crossEntropy(logits, targets, -100, probabilities, to),
          1e-6,
          2e-6,
        )
        const dy = layOut([m], "packed", around(1))
        const backward = (b: Backend, to: ArrayView) =>
          b.crossEntropyBackward(probabilities, targets, -100, dy, 0.5, to)
        hold(layOut([m, n], "packed", random), backward, 1e-6, 1e-7)
      }
    })

    test("squared error and its gradient", () => {
      for (const n of [1, 3, 32, 1000, 100_000]) {
        const a = layOut([n], "offset", around(1))
        const b = layOut([n], "packed", around(1))
        const dy = layOut([], "offset", around(1))
        hold(layOut([], "packed", random), (backend, to) => backend.squaredError(a, b, 1 / n, to), 1e-6)
        hold(layOut([n], "packed", random), (backend, to) => backend.squaredErrorBackward(a, b, dy, 2 / n, to), 4e-7)
      }
    })

    test("indexSelect and indexAdd", () => {
      for (const dtype of ["float32", "int32", "float64"] as const) {
        for (const [shape, dim] of [
          [[10, 4], 0],
          [[3, 10, 5], 1],
          [[6, 10], 1],
          [[10], 0],
        ] as const) {
          const index = layOut([17], "packed", () => Math.floor(random() * 10), "int32")
          const large = layOut(shape, "offset", around(9), dtype)
          const many = shape.map((size, d) => (d === dim ? 17 : size))
          hold(layOut(many, "packed", random, dtype), (b, to) => b.indexSelect(large, dim, index, to))
          const x = layOut(many, "packed", around(9), dtype)
          hold(layOut(shape, "packed", around(9), dtype), (b, to) => b.indexAdd(x, dim, index, to), 1e-6, 1e-5)
        }
      }
    })

    describe("optimizers over lists of parameters", () => {
      const sizes = [1, 10, 640, 64, 4096, 40_000, ...new Array<number>(60).fill(5)]
      const list = (value: () => number) => sizes.map((n) => layOut([n], "offset", value))

      /** Runs three steps on both backends and compares every buffer. */
      function holdStep(buffers: ArrayView[][], step: (backend: Backend, lists: ArrayView[][], time: number) => void) {
        use()
        const expected = buffers.map((views) => views.map(twin))
        for (let time = 1; time <= 3; time++) {
          step(reference, expected, time)
          step(native, buffers, time)
        }
        buffers.forEach((views, k) => {
          views.forEach((view, i) => {
            expect(difference(view, expected[k]?.[i] as ArrayView, 2e-6, 1e-6)).toBeNull()
          })
        })
      }

      test.each([true, false])("Adam, decoupled %s", (decoupled) => {
        const options = { lr: 1e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, decoupled }
        holdStep([list(around(1)), list(around(1)), list(() => 0), list(() => 0)], (backend, [p, g, m, v], step) => {
          backend.adamStep(p ?? [], g ?? [], m ?? [], v ?? [], { ...options, step })
        })
      })

      test.each([
        [0, false],
        [0.9, false],
        [0.9, true],
      ])("SGD, momentum %f, nesterov %s", (momentum, nesterov) => {
        const options = { lr: 0.1, momentum, dampening: nesterov ? 0 : 0.1, weightDecay: 0.01, nesterov }
        holdStep([list(around(1)), list(around(1)), list(() => 0)], (backend, [p, g, b], step) => {
          backend.sgdStep(p ?? [], g ?? [], momentum === 0 ? [] : (b ?? []), { ...options, first: step === 1 })
        })
      })

      test.each([
        [0, false],
        [0.9, true],
      ])("RMSprop, momentum %f, centered %s", (momentum, centered) => {
        const options = { lr: 0.01, alpha: 0.9, eps: 1e-3, weightDecay: 0.01, momentum, centered }
        const buffers = [list(around(1)), list(around(1)), list(() => 0), list(() => 0), list(() => 0)]
        holdStep(buffers, (backend, [p, g, s, b, m]) => {
          backend.rmspropStep(
            p ?? [],
            g ?? [],
            s ?? [],
            momentum === 0 ? [] : (b ?? []),
            centered ? (m ?? []) : [],
            options,
          )
        })
      })
    })
  },
)

describe.skipIf(kernels === null || onWasm)("threads", () => {
  test("never change a bit of a result", () => {
    const random = randomNumbers(3)
    const around = () => random() * 2 - 1
    const a = layOut([301, 257], "packed", around)
    const b = layOut([257, 333], "packed", around)
    const bias = layOut([333], "packed", around)
    const results = [1, 2, 3, 8].map((threads) => {
      const native = kernelBackend(threads)
      const product = layOut([301, 333], "packed", () => 0)
      native.matmul(a, b, product, false)
      const column = layOut([301, 1], "packed", () => 0)
      native.matmul(a, makeView(b.storage, [257, 1]), column, false)
      const few = layOut([3, 1000], "packed", () => 0)
      native.matmul(makeView(a.storage, [3, 77]), makeView(b.storage, [77, 1000], [1, 77]), few, false)
      const sum = layOut([1, 1], "packed", () => 0)
      native.reduce("sum", layOut([600, 700], "packed", randomNumbers(5)), sum)
      const linear = layOut([301, 333], "packed", () => 0)
      native.linear(a, makeView(b.storage, [333, 257], [1, 333]), bias, "tanh", linear)
      const columns = layOut([1, 257], "packed", () => 0)
      native.reduce("sum", a, columns)
      return [product, column, few, sum, linear, columns].map((view) =>
        Buffer.from(view.storage.data.buffer).toString("base64"),
      )
    })
    for (const result of results) expect(result).toEqual(results[0])
  })

  test("the count is kept within reason", () => {
    const native = kernelBackend(1)
    native.threads = 3
    expect(native.threads).toBe(3)
    native.threads = -5
    expect(native.threads).toBe(1)
    native.threads = Number.NaN
    expect(native.threads).toBe(1)
    expect(native.description).toMatch(/^C\+\+ kernels for .+, 1 thread$/)
  })
})

test.skipIf(kernels === null)("memory that was transferred away is refused, not read", () => {
  const native = kernelBackend(1)
  const x = layOut([100], "packed", () => 1)
  const out = layOut([100], "packed", () => 0)
  native.unary("neg", x, out)
  structuredClone(x.storage.data.buffer, { transfer: [x.storage.data.buffer as ArrayBuffer] })
  expect(() => native.unary("neg", x, out)).toThrow("transferred to another thread")
})
