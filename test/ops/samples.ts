import { cat, l1Loss, linear, mseLoss, stack, type Tensor, tensor, where } from "../../src/index.js"
import * as ops from "../../src/ops/index.js"

const byName: Readonly<Record<string, unknown>> = { ...ops }

/** One way to call an operation: how to make its inputs, and what to do with them. */
export interface Sample {
  readonly name: string
  readonly inputs: () => Tensor[]
  readonly run: (...inputs: Tensor[]) => Tensor
  /** The value of each output element, computed here in plain numbers. */
  readonly expected?: (...inputs: number[]) => number
  /** False for an operation that is not differentiable, or not everywhere. */
  readonly differentiable?: boolean
}

const float64 = { dtype: "float64", requiresGrad: true } as const
/** A tensor for gradient checks. */
export const leaf = (data: Parameters<typeof tensor>[0]) => tensor(data, float64)

/** Inputs that every elementwise operation is run on: dense, transposed, sliced, expanded, 0-d, empty. */
function layouts(values: readonly number[]): [string, () => Tensor][] {
  const [a, b, c, d, e, f] = values as [number, number, number, number, number, number]
  return [
    ["vector", () => leaf([...values])],
    [
      "transposed",
      () =>
        leaf([
          [a, b],
          [c, d],
          [e, f],
        ]).mT(),
    ],
    [
      "sliced",
      () =>
        leaf([
          [a, b, c],
          [d, e, f],
        ]).at(":", "::2"),
    ],
    ["column", () => leaf([[a], [b]])],
    ["0-d", () => leaf(a)],
    ["empty", () => leaf([]).reshape(0, 3)],
  ]
}

const everywhere = [0.5, -1.25, 2, -0.3, 1.7, 0.9]
const broken = [0.6, -1.25, 2.1, -0.3, 1.7, 0.9]
const positive = [0.5, 1.25, 2, 0.3, 1.7, 0.9]
const inside = [0.5, -0.25, 0.9, -0.3, 0.7, 0.1]

type UnaryName =
  | "neg"
  | "abs"
  | "sign"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "log2"
  | "sqrt"
  | "rsqrt"
  | "square"
  | "reciprocal"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "sigmoid"
  | "relu"
  | "gelu"
  | "silu"
  | "softplus"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "leakyRelu"
  | "elu"
  | "erf"

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
/** The error function by adding up the area under the curve, as far from the library's way as can be. */
function erf(x: number): number {
  const steps = 20_000
  let sum = 0
  for (let i = 0; i < steps; i++) sum += Math.exp(-((((i + 0.5) / steps) * x) ** 2))
  return (2 / Math.sqrt(Math.PI)) * (x / steps) * sum
}

/** Each elementwise function in plain numbers, and numbers it is defined for. */
const unary: { readonly [P in UnaryName]: [(x: number) => number, readonly number[]] } = {
  neg: [(x) => 0 - x, everywhere],
  abs: [(x) => Math.sqrt(x * x), everywhere],
  sign: [(x) => (x > 0 ? 1 : x < 0 ? -1 : 0), everywhere],
  exp: [(x) => Math.E ** x, everywhere],
  expm1: [(x) => Math.E ** x - 1, everywhere],
  log: [(x) => Math.log2(x) * Math.LN2, positive],
  log1p: [(x) => Math.log(1 + x), positive],
  log2: [(x) => Math.log(x) / Math.LN2, positive],
  sqrt: [(x) => x ** 0.5, positive],
  rsqrt: [(x) => x ** -0.5, positive],
  square: [(x) => x ** 2, everywhere],
  reciprocal: [(x) => x ** -1, everywhere],
  sin: [(x) => Math.cos(x - Math.PI / 2), everywhere],
  cos: [(x) => Math.sin(x + Math.PI / 2), everywhere],
  tan: [(x) => Math.sin(x) / Math.cos(x), inside],
  asin: [(x) => Math.atan2(x, Math.sqrt(1 - x * x)), inside],
  acos: [(x) => Math.PI / 2 - Math.asin(x), inside],
  atan: [(x) => Math.atan2(x, 1), everywhere],
  sinh: [(x) => (Math.exp(x) - Math.exp(-x)) / 2, everywhere],
  cosh: [(x) => (Math.exp(x) + Math.exp(-x)) / 2, everywhere],
  tanh: [(x) => 2 * sigmoid(2 * x) - 1, everywhere],
  erf: [erf, everywhere],
  sigmoid: [sigmoid, everywhere],
  relu: [(x) => (x + Math.abs(x)) / 2, everywhere],
  gelu: [(x) => (x * (1 + erf(x / Math.SQRT2))) / 2, everywhere],
  silu: [(x) => x * sigmoid(x), everywhere],
  softplus: [(x) => Math.log(1 + Math.exp(x)), everywhere],
  leakyRelu: [(x) => (x > 0 ? x : 0.01 * x), everywhere],
  elu: [(x) => (x > 0 ? x : Math.exp(x) - 1), everywhere],
  floor: [(x) => x - (((x % 1) + 1) % 1), broken],
  ceil: [(x) => -Math.floor(-x), broken],
  round: [(x) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5), broken],
  trunc: [(x) => x - (x % 1), broken],
}

type BinaryName = "add" | "sub" | "mul" | "div" | "pow" | "maximum" | "minimum" | "atan2" | "remainder"
const binary: { readonly [P in BinaryName]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => Math.exp(b * Math.log(a)),
  maximum: (a, b) => (a + b + Math.abs(a - b)) / 2,
  minimum: (a, b) => (a + b - Math.abs(a - b)) / 2,
  atan2: (a, b) => Math.atan(a / b),
  remainder: (a, b) => a - Math.floor(a / b) * b,
}

function unarySamples(): Sample[] {
  return (Object.keys(unary) as UnaryName[]).flatMap((name) => {
    const [expected, values] = unary[name]
    const operation = byName[name] as (x: Tensor) => Tensor
    return layouts(values).map(([layout, make]) => ({
      name: `${name} ${layout}`,
      inputs: () => [make()],
      run: (x) => operation(x as Tensor),
      expected,
    }))
  })
}

function binarySamples(): Sample[] {
  const pairs: [string, () => Tensor[]][] = [
    ["same shape", () => [leaf([0.5, 1.25, 2]), leaf([1.5, 0.75, 3])]],
    ["row and column", () => [leaf([[0.5], [1.25]]), leaf([1.5, 0.75, 3])]],
    [
      "0-d",
      () => [
        leaf(0.5),
        leaf([
          [1.5, 0.75],
          [3, 1],
        ]),
      ],
    ],
    [
      "transposed",
      () => [
        leaf([
          [0.5, 1.25],
          [2, 0.3],
        ]).mT(),
        leaf([
          [1.5, 0.75],
          [3, 1.1],
        ]),
      ],
    ],
    ["empty", () => [leaf([]), leaf([1.5])]],
  ]
  return (Object.keys(binary) as BinaryName[]).flatMap((name) => {
    const operation = byName[name] as (a: Tensor, b: Tensor | number) => Tensor
    const expected = binary[name]
    return [
      ...pairs.map(([layout, inputs]) => ({
        name: `${name} ${layout}`,
        inputs,
        run: (a: Tensor, b: Tensor) => operation(a, b),
        expected,
      })),
      {
        name: `${name} with a number`,
        inputs: () => [leaf([0.5, 1.25, 2])],
        run: (a: Tensor) => operation(a, 1.5),
        expected: (a: number) => expected(a, 1.5),
      },
    ] as Sample[]
  })
}

const matrix = () =>
  leaf([
    [0.5, -1.25, 2],
    [-0.3, 1.7, 0.9],
  ])
const other = () =>
  leaf([
    [1.5, 0.25, -1],
    [0.3, -0.7, 1.9],
  ])
const square = () =>
  leaf([
    [0.5, -1.25],
    [2, 0.3],
  ])
const cube = () =>
  leaf([
    [
      [0.5, -1.25],
      [2, 0.3],
    ],
    [
      [1.5, 0.25],
      [-1, 0.7],
    ],
    [
      [0.1, 0.2],
      [0.3, 0.4],
    ],
  ])
const classes = () => tensor([2, 0], { dtype: "int32" })

/** Operations that are no map from elements to elements; gradients are checked, values stand in the tests by name. */
const structured: { readonly [name: string]: [() => Tensor[], (...inputs: Tensor[]) => Tensor] } = {
  "sum all": [() => [matrix()], (x) => x.sum()],
  "sum 0": [() => [matrix()], (x) => x.sum(0)],
  "sum 1 keepdim": [() => [matrix()], (x) => x.sum(1, { keepdim: true })],
  "sum two": [() => [cube()], (x) => x.sum([0, 2])],
  "sum of a transpose": [() => [matrix().mT()], (x) => x.sum(0)],
  "sum 0-d": [() => [leaf(3)], (x) => x.sum()],
  "mean 1": [() => [matrix()], (x) => x.mean(1)],
  "var 1": [() => [matrix()], (x) => x.var(1)],
  "var all, no correction": [() => [matrix()], (x) => x.var(undefined, { correction: 0 })],
  "std 0 keepdim": [() => [matrix()], (x) => x.std(0, { keepdim: true })],
  "prod all": [() => [matrix()], (x) => x.prod()],
  "prod 1": [() => [matrix()], (x) => x.prod(1)],
  "prod with a zero": [
    () => [
      leaf([
        [0, 2, 3],
        [0, 0, 4],
      ]),
    ],
    (x) => x.prod(1),
  ],
  "max 1": [() => [matrix()], (x) => x.max(1)],
  "max all": [() => [matrix()], (x) => x.max()],
  "min 0 keepdim": [() => [matrix()], (x) => x.min(0, { keepdim: true })],
  norm: [() => [matrix()], (x) => x.norm()],
  "norm 1": [() => [matrix()], (x) => x.norm(2, 1)],
  "norm p 3": [() => [matrix()], (x) => x.norm(3, 1, { keepdim: true })],
  "logsumexp 1": [() => [matrix()], (x) => x.logsumexp(1)],
  "softmax last": [() => [matrix()], (x) => x.softmax(-1)],
  "softmax first": [() => [matrix()], (x) => x.softmax(0)],
  "softmax of a transpose": [() => [matrix().mT()], (x) => x.softmax(1)],
  "logSoftmax last": [() => [cube()], (x) => x.logSoftmax(2)],
  "logSoftmax 0": [() => [cube()], (x) => x.logSoftmax(0)],
  matmul: [() => [matrix(), other().mT()], (a, b) => a.matmul(b)],
  "matmul transposed": [() => [matrix().mT(), other()], (a, b) => a.matmul(b)],
  "matmul vector": [() => [matrix(), leaf([1, 2, 3])], (a, b) => a.matmul(b)],
  "vector matmul": [() => [leaf([1, 2]), matrix()], (a, b) => a.matmul(b)],
  "vector vector": [() => [leaf([1, 2]), leaf([0.5, -3])], (a, b) => a.matmul(b)],
  "matmul batch by matrix": [() => [cube(), square()], (a, b) => a.matmul(b)],
  "matmul batch by batch": [() => [cube(), cube().mT()], (a, b) => a.matmul(b)],
  "matmul matrix by batch": [() => [square(), cube()], (a, b) => a.matmul(b)],
  "matmul vector by batch": [() => [leaf([1, 2]), cube()], (a, b) => a.matmul(b)],
  "matmul empty": [() => [leaf([]).reshape(2, 0), leaf([]).reshape(0, 3)], (a, b) => a.matmul(b)],
  outer: [() => [leaf([1, 2]), leaf([3, 4, 5])], (a, b) => a.outer(b)],
  linear: [() => [matrix(), other(), leaf([0.5, -1])], (x, w, b) => linear(x, w, b)],
  "linear relu": [() => [matrix(), other(), leaf([0.5, -1])], (x, w, b) => linear(x, w, b, "relu")],
  "linear tanh, no bias": [() => [matrix(), other()], (x, w) => linear(x, w, null, "tanh")],
  "linear sigmoid batch": [() => [cube(), square(), leaf([0.1, 0.2])], (x, w, b) => linear(x, w, b, "sigmoid")],
  "linear one sample": [() => [leaf([1, 2]), square()], (x, w) => linear(x, w)],
  reshape: [() => [matrix()], (x) => x.reshape(3, -1)],
  "reshape of a transpose": [() => [matrix().mT()], (x) => x.reshape(2, 3)],
  transpose: [() => [cube()], (x) => x.transpose(0, 2)],
  permute: [() => [cube()], (x) => x.permute(2, 0, 1)],
  movedim: [() => [cube()], (x) => x.movedim(0, 2)],
  squeeze: [() => [matrix().unsqueeze(0)], (x) => x.squeeze()],
  unsqueeze: [() => [matrix()], (x) => x.unsqueeze(-1)],
  expand: [() => [leaf([[1], [2]])], (x) => x.expand(3, -1, 4)],
  flatten: [() => [cube()], (x) => x.flatten(1)],
  narrow: [() => [matrix()], (x) => x.narrow(1, 1, 2)],
  select: [() => [cube()], (x) => x.select(1, -1)],
  split: [() => [matrix()], (x) => (x.split([1, 2], 1)[1] as Tensor).mul(2)],
  chunk: [() => [cube()], (x) => (x.chunk(2)[0] as Tensor).exp()],
  repeat: [() => [matrix()], (x) => x.repeat(2, 1, 2)],
  cat: [() => [matrix(), other()], (a, b) => cat([a, b, a], 1)],
  stack: [() => [matrix(), other()], (a, b) => stack([a, b], 1)],
  where: [() => [matrix(), other()], (a, b) => where(tensor([true, false, true]), a, b)],
  "where with a number": [() => [matrix()], (a) => where(a.detach().gt(0), a, 7)],
  maskedFill: [() => [matrix()], (x) => x.maskedFill(tensor([[true], [false]]), -1)],
  tril: [() => [cube()], (x) => x.tril()],
  triu: [() => [matrix()], (x) => x.triu(1)],
  clamp: [() => [matrix()], (x) => x.clamp(-1, 1)],
  lerp: [() => [matrix(), other()], (a, b) => a.lerp(b, 0.3)],
  clone: [() => [matrix()], (x) => x.clone()],
  "at position": [() => [matrix()], (x) => x.at(1)],
  "at slice": [() => [matrix()], (x) => x.at(":", "::2")],
  "at mask": [
    () => [matrix()],
    (x) =>
      x.at(
        tensor([
          [true, false, true],
          [false, true, false],
        ]),
      ),
  ],
  "at positions, repeated": [() => [matrix()], (x) => x.at(tensor([1, 0, 1]))],
  "at pairs": [() => [matrix()], (x) => x.at([0, 1, 1], [2, 0, 0])],
  "at apart": [() => [cube()], (x) => x.at([0, 2], ":", [1, 0])],
  indexSelect: [() => [matrix()], (x) => x.indexSelect(1, tensor([2, 2, 0]))],
  gather: [
    () => [matrix()],
    (x) =>
      x.gather(
        1,
        tensor([
          [0, 0],
          [2, 1],
        ]),
      ),
  ],
  sort: [() => [matrix()], (x) => x.sort(1).values],
  "sort 0 descending": [() => [matrix()], (x) => x.sort(0, { descending: true }).values],
  topk: [() => [matrix()], (x) => x.topk(2).values],
  "cumsum 0": [() => [matrix()], (x) => x.cumsum(0)],
  "cumsum 1 of a transpose": [() => [matrix().mT()], (x) => x.cumsum(1)],
  flip: [() => [matrix()], (x) => x.flip(0, 1)],
  mseLoss: [() => [matrix(), other()], (a, b) => mseLoss(a, b)],
  "mseLoss none": [() => [matrix(), other()], (a, b) => mseLoss(a, b, { reduction: "none" })],
  "mseLoss sum of a transpose": [() => [matrix().mT(), other().mT()], (a, b) => mseLoss(a, b, { reduction: "sum" })],
  l1Loss: [() => [matrix(), other()], (a, b) => l1Loss(a, b)],
  huberLoss: [() => [matrix(), other()], (a, b) => ops.huberLoss(a, b)],
  binaryCrossEntropy: [
    () => [leaf([0.2, 0.7]), tensor([0, 1], { dtype: "float64" })],
    (a, b) => ops.binaryCrossEntropy(a, b),
  ],
  binaryCrossEntropyWithLogits: [
    () => [leaf([-2, 0.7]), tensor([0, 1], { dtype: "float64" })],
    (a, b) => ops.binaryCrossEntropyWithLogits(a, b),
  ],
  crossEntropy: [() => [matrix()], (x) => ops.crossEntropy(x, classes())],
  "crossEntropy sum": [() => [matrix()], (x) => ops.crossEntropy(x, classes(), { reduction: "sum" })],
  "crossEntropy none": [() => [matrix()], (x) => ops.crossEntropy(x, classes(), { reduction: "none" })],
  "crossEntropy ignoring": [() => [matrix()], (x) => ops.crossEntropy(x, tensor([2, -100], { dtype: "int32" }))],
  "crossEntropy weighted": [
    () => [matrix()],
    (x) => ops.crossEntropy(x, classes(), { weight: tensor([1, 2, 3]), labelSmoothing: 0.1 }),
  ],
  "crossEntropy shares": [
    () => [matrix()],
    (x) =>
      ops.crossEntropy(
        x,
        tensor(
          [
            [0.2, 0.3, 0.5],
            [1, 0, 0],
          ],
          { dtype: "float64" },
        ),
      ),
  ],
  "crossEntropy of pixels": [
    () => [cube()],
    (x) =>
      ops.crossEntropy(
        x,
        tensor([
          [0, 1],
          [1, 1],
          [0, 0],
        ]),
      ),
  ],
  nllLoss: [() => [matrix()], (x) => ops.nllLoss(x.logSoftmax(1), classes())],
  "gelu tanh": [() => [matrix()], (x) => x.gelu({ approximate: "tanh" })],
}

/** Every sample of every operation. */
export const samples: readonly Sample[] = [
  ...unarySamples(),
  ...binarySamples(),
  ...Object.entries(structured).map(([name, [inputs, run]]) => ({ name, inputs, run })),
]
