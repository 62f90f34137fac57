import type { Tensor } from "../../tensor/tensor.js"
import { expandSizes, reshapeSizes, sizesOf, sliceEnd, statePart } from "./batch.js"
import { OnnxGraph } from "./graph.js"
import {
  attention,
  convolution,
  convolutionBlock,
  layerNorm,
  linear,
  pooled,
  standardized,
  transposedConvolution,
} from "./layers.js"
import { partOfStates, recurrentOperator } from "./recurrent.js"
import type { Operator, Recorded, Writing } from "./writing.js"

/** An operator of one input that ONNX has under a name. */
const unary =
  (type: string): Operator =>
  ({ graph, names }) =>
    graph.op(type, [names[0] as string])

/** An operator of two inputs, the second of which may be a number. */
const binary =
  (type: string): Operator =>
  ({ graph, names, recorded }) => {
    const { detail, output } = recorded
    const [a, b] = names as [string, string?]
    return graph.op(type, [a, b ?? graph.number(detail as number, output.dtype)])
  }

const same: Operator = ({ names }) => names[0] as string

/** For a batch of any size, sizes that grow with it are copied or worked out. */
function reshaped(writing: Writing): string {
  const { graph, names, recorded, twin } = writing
  const known = twin === undefined ? recorded.output.shape : reshapeSizes(recorded, twin)
  return graph.op("Reshape", [names[0] as string, known ? graph.integers(known) : batchSizes(writing)])
}

/** The sizes of the output, of which some hang on the batch. */
function batchSizes({ graph, recorded, twin, batch }: Writing): string {
  const { shape } = recorded.output
  return graph.sizes(sizesOf(shape, twin?.output.shape ?? shape, batch) ?? shape)
}

function permuted({ graph, names, recorded }: Writing): string {
  const rank = recorded.output.shape.length
  const order = recorded.detail as readonly number[]
  if (recorded.operation === "permute") return graph.op("Transpose", [names[0] as string], { perm: order })
  const [a, b] = order as [number, number]
  const perm = Array.from({ length: rank }, (_, d) => (d === a ? b : d === b ? a : d))
  return graph.op("Transpose", [names[0] as string], { perm })
}

function expanded(writing: Writing): string {
  const { graph, names, recorded, twin } = writing
  const known = twin === undefined ? recorded.output.shape : expandSizes(recorded, twin)
  return graph.op("Expand", [names[0] as string, known ? graph.integers(known) : batchSizes(writing)])
}

function sliced({ graph, names, recorded, twin }: Writing): string {
  const part = statePart(recorded)
  if (part >= 0) return partOfStates(graph, names[0] as string, part)
  const [d, start, end, step] = recorded.detail as [number, number, number, number]
  const last = (twin && sliceEnd(recorded, twin)) ?? end
  const inputs = [[start], [last], [d], [step]].map((values) => graph.integers(values))
  return graph.op("Slice", [names[0] as string, ...inputs])
}

function selected({ graph, names, recorded }: Writing): string {
  const [d, at] = recorded.detail as [number, number]
  return graph.op("Gather", [names[0] as string, graph.number(at, "int32")], { axis: d })
}

/** A reduction; the dimensions are an input for sums, and a setting for the others. */
const reduction =
  (type: string): Operator =>
  ({ graph, names, recorded }) => {
    const dims = recorded.detail as readonly number[]
    const x = names[0] as string
    const keepdims = Number(recorded.output.shape.length === recorded.inputs[0]?.shape.length)
    if (dims.length === 0) return x
    if (type === "ReduceSum") return graph.op(type, [x, graph.integers(dims)], { keepdims })
    return graph.op(type, [x], { axes: dims, keepdims })
  }

function joined({ graph, names, recorded }: Writing): string {
  const [first, ...others] = recorded.inputs
  if (others.length === 0) return names[0] as string
  const axis = recorded.output.shape.findIndex((size, d) => size !== first?.shape[d])
  return graph.op("Concat", names, { axis: Math.max(0, axis) })
}

function looked({ graph, names, recorded, nameOf }: Writing): string {
  const { dim, index } = recorded.detail as { dim: number; index: Tensor }
  return graph.op("Gather", [names[0] as string, nameOf(index)], { axis: dim })
}

function gathered({ graph, names, recorded, nameOf }: Writing): string {
  const { dim, index } = recorded.detail as { dim: number; index: Tensor }
  return graph.op("GatherElements", [names[0] as string, nameOf(index)], { axis: dim })
}

function chosen({ graph, names, recorded, nameOf }: Writing): string {
  return graph.op("Where", [nameOf(recorded.detail as Tensor), ...names.slice(0, 2)])
}

/** A comparison; a number beside a tensor has that one's type. */
const comparison =
  (type: string): Operator =>
  ({ graph, names, recorded }) => {
    const [a, b] = names as [string, string?]
    return graph.op(type, [a, b ?? graph.number(recorded.detail as number, (recorded.inputs[0] as Tensor).dtype)])
  }

/** The position of the largest or smallest element along a dimension. */
const position =
  (type: string): Operator =>
  ({ graph, names, recorded }) => {
    const keepdims = Number(recorded.output.ndim === recorded.inputs[0]?.ndim)
    const found = graph.op(type, [names[0] as string], { axis: recorded.detail as number, keepdims })
    return graph.op("Cast", [found], { to: OnnxGraph.dataType("int32") })
  }

function padded({ graph, names, recorded }: Writing): string {
  const { ends, value } = recorded.detail as { ends: readonly (readonly [number, number])[]; value: number }
  const pads = graph.integers([...ends.map(([before]) => before), ...ends.map(([, after]) => after)])
  return graph.op("Pad", [names[0] as string, pads, graph.number(value, recorded.output.dtype)])
}

function clipped({ graph, names, recorded }: Writing): string {
  const bounds = (recorded.detail as number[]).map((bound) =>
    Number.isFinite(bound) ? graph.number(bound, recorded.output.dtype) : "",
  )
  return graph.op("Clip", [names[0] as string, ...bounds])
}

function multiplied(writing: Writing): string {
  const { detail } = writing.recorded
  const isLeaky = typeof detail === "object" && detail !== null && "negativeSlope" in detail
  if (!isLeaky) return binary("Mul")(writing)
  const alpha = { float: (detail as { negativeSlope: number }).negativeSlope }
  return writing.graph.op("LeakyRelu", [writing.names[0] as string], { alpha })
}

/** Small formulas of operators that ONNX has. */
const formula =
  (
    write: (x: string, op: (type: string, ...inputs: string[]) => string, number: (value: number) => string) => string,
  ): Operator =>
  ({ graph, names, recorded }) =>
    write(
      names[0] as string,
      (type, ...inputs) => graph.op(type, inputs),
      (value) => graph.number(value, recorded.output.dtype),
    )

/** How each operation of the tape is written in ONNX. */
export const operators: Readonly<Record<string, Operator>> = {
  // One input
  neg: unary("Neg"),
  abs: unary("Abs"),
  sign: unary("Sign"),
  exp: unary("Exp"),
  log: unary("Log"),
  sqrt: unary("Sqrt"),
  reciprocal: unary("Reciprocal"),
  sin: unary("Sin"),
  cos: unary("Cos"),
  tan: unary("Tan"),
  asin: unary("Asin"),
  acos: unary("Acos"),
  atan: unary("Atan"),
  sinh: unary("Sinh"),
  cosh: unary("Cosh"),
  asinh: unary("Asinh"),
  acosh: unary("Acosh"),
  atanh: unary("Atanh"),
  erf: unary("Erf"),
  floor: unary("Floor"),
  ceil: unary("Ceil"),
  round: unary("Round"),
  relu: unary("Relu"),
  sigmoid: unary("Sigmoid"),
  tanh: unary("Tanh"),
  softplus: unary("Softplus"),
  square: formula((x, op) => op("Mul", x, x)),
  rsqrt: formula((x, op) => op("Reciprocal", op("Sqrt", x))),
  expm1: formula((x, op, number) => op("Sub", op("Exp", x), number(1))),
  log1p: formula((x, op, number) => op("Log", op("Add", x, number(1)))),
  log2: formula((x, op, number) => op("Div", op("Log", x), number(Math.LN2))),
  log10: formula((x, op, number) => op("Div", op("Log", x), number(Math.LN10))),
  silu: formula((x, op) => op("Mul", x, op("Sigmoid", x))),
  gelu: formula((x, op, number) => {
    const share = op("Add", op("Erf", op("Mul", x, number(Math.SQRT1_2))), number(1))
    return op("Mul", op("Mul", x, number(0.5)), share)
  }),
  softmax: ({ graph, names }) => graph.op("Softmax", names, { axis: -1 }),
  logSoftmax: ({ graph, names }) => graph.op("LogSoftmax", names, { axis: -1 }),
  clamp: clipped,
  cumsum: ({ graph, names, recorded }) =>
    graph.op("CumSum", [names[0] as string, graph.number(recorded.detail as number, "int32")]),
  to: ({ graph, names, recorded }) => graph.op("Cast", names, { to: OnnxGraph.dataType(recorded.output.dtype) }),
  clone: same,
  detach: same,
  embedding: same,
  // Two inputs
  add: binary("Add"),
  sub: binary("Sub"),
  mul: multiplied,
  div: binary("Div"),
  pow: binary("Pow"),
  maximum: binary("Max"),
  minimum: binary("Min"),
  matmul: ({ graph, names }) => graph.op("MatMul", names),
  where: chosen,
  eq: comparison("Equal"),
  ne: (writing) => writing.graph.op("Not", [comparison("Equal")(writing)]),
  lt: comparison("Less"),
  le: comparison("LessOrEqual"),
  gt: comparison("Greater"),
  ge: comparison("GreaterOrEqual"),
  and: binary("And"),
  or: binary("Or"),
  xor: binary("Xor"),
  not: unary("Not"),
  isnan: unary("IsNaN"),
  isfinite: formula((x, op) => op("Not", op("Or", op("IsNaN", x), op("IsInf", x)))),
  argmax: position("ArgMax"),
  argmin: position("ArgMin"),
  // Shapes
  reshape: reshaped,
  view: reshaped,
  squeeze: reshaped,
  unsqueeze: reshaped,
  transpose: permuted,
  permute: permuted,
  expand: expanded,
  slice: sliced,
  select: selected,
  cat: joined,
  pad: padded,
  indexSelect: looked,
  gather: gathered,
  // Reductions
  sum: reduction("ReduceSum"),
  prod: reduction("ReduceProd"),
  max: reduction("ReduceMax"),
  min: reduction("ReduceMin"),
  norm: reduction("ReduceL2"),
  // Layers
  linear,
  convolution,
  convolutionBlock,
  convolutionInput: transposedConvolution,
  maxPool: pooled,
  averagePool: pooled,
  layerNorm,
  batchNorm: standardized,
  instanceNorm: standardized,
  groupNorm: standardized,
  attention,
  lstm: recurrentOperator,
  gru: recurrentOperator,
}

/** A recurrent layer without gates is recorded under the name of its activation, with its weights beside it. */
export function operatorOf({ operation, detail }: Recorded): Operator | undefined {
  const isRecurrent = typeof detail === "object" && detail !== null && "steps" in detail
  return isRecurrent ? recurrentOperator : Object.hasOwn(operators, operation) ? operators[operation] : undefined
}
