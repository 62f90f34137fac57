import type { ActivationOp, BinaryOp, LinearActivation, RecurrentMode, ReduceOp, UnaryOp } from "./backend.js"
import type { DType } from "./dtype.js"

/*
 * What a call into native code is made of. JavaScript writes the kernel's number and its arguments into two arrays that
 * native code reads: 10 ns a call, where passing ten arguments through Node-API costs 100. The lists stand in the order
 * of src/native/kernels/opcodes.h; `signature` lets the loader compare.
 */

const kernelNames = [
  "fill",
  "copy",
  "unary",
  "unaryStrided",
  "binary",
  "binaryStrided",
  "binaryScalar",
  "where",
  "reduce",
  "argReduce",
  "matmul",
  "linear",
  "softmax",
  "softmaxBackward",
  "crossEntropy",
  "crossEntropyBackward",
  "squaredError",
  "squaredErrorBackward",
  "indexSelect",
  "indexAdd",
  "adam",
  "sgd",
  "rmsprop",
  "peak",
  "convolution",
  "convolutionInput",
  "convolutionWeight",
  "maxPool",
  "maxPoolBackward",
  "averagePool",
  "averagePoolBackward",
  "recurrent",
  "recurrentBackward",
  "attention",
  "attentionBackward",
  "layerNorm",
  "layerNormBackward",
  "geluWithSlope",
  "countLines",
  "readCells",
  "columnsToRows",
] as const

const unaryNames = [
  "neg",
  "abs",
  "sign",
  "exp",
  "expm1",
  "log",
  "log1p",
  "log2",
  "sqrt",
  "rsqrt",
  "square",
  "reciprocal",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "relu",
  "erf",
  "gelu",
  "silu",
  "softplus",
  "floor",
  "ceil",
  "round",
  "trunc",
] as const satisfies readonly UnaryOp[]

const arithmeticNames = ["add", "sub", "mul", "div", "pow", "maximum", "minimum"] as const satisfies readonly BinaryOp[]
const gradientNames = ["reluBackward", "sigmoidBackward", "tanhBackward", "geluBackward", "siluBackward"] as const
const comparisonNames = ["eq", "ne", "lt", "le", "gt", "ge"] as const satisfies readonly BinaryOp[]
const binaryNames = [...arithmeticNames, ...gradientNames, ...comparisonNames] as const
const reductionNames = ["sum", "max", "min"] as const satisfies readonly ReduceOp[]

/** Names to their positions. */
function numbered<Name extends string>(names: readonly Name[]): { readonly [P in Name]: number } {
  return Object.fromEntries(names.map((name, i) => [name, i])) as { [P in Name]: number }
}

/** The number of each kernel. */
export const kernels = numbered(kernelNames)

/** The number of each unary operation that native code has. */
export const unaryCodes: { readonly [P in UnaryOp]?: number } = numbered(unaryNames)

const binaryNumbers = numbered(binaryNames)

/** The number of each binary operation that native code has. */
export const binaryCodes: { readonly [P in BinaryOp]?: number } = binaryNumbers

/** The number from which on binary operations write bool. */
export const firstComparison = binaryNumbers.eq

/** The binary operation (gradient, output or input) that is the backward pass of each activation. */
export const gradientCodes: { readonly [P in ActivationOp]: number } = {
  relu: binaryNumbers.reluBackward,
  sigmoid: binaryNumbers.sigmoidBackward,
  tanh: binaryNumbers.tanhBackward,
  gelu: binaryNumbers.geluBackward,
  silu: binaryNumbers.siluBackward,
}

/** The number of each reduction that native code has. */
export const reductionCodes: { readonly [P in ReduceOp]?: number } = numbered(reductionNames)

/** The number of each activation that `linear` can apply. */
export const linearActivationCodes: { readonly [P in LinearActivation]: number } = numbered([
  "none",
  "relu",
  "sigmoid",
  "tanh",
])

/** The number of each recurrent layer. */
export const recurrentCodes: { readonly [P in RecurrentMode]: number } = numbered(["lstm", "gru", "tanh", "relu"])

/** The number of each element type. */
export const dtypeCodes: { readonly [P in DType]: number } = numbered(["float32", "float64", "int32", "bool"])

/** What a binary that was built from the same lists says of itself. */
export const signature = [
  ["kernels", ...kernelNames],
  ["unary", ...unaryNames],
  ["binary", ...binaryNames],
  ["reduction", ...reductionNames],
]
  .map((names) => names.join(" "))
  .join("; ")

/** The sizes of the descriptor's two arrays (core.h). */
export const descriptorInts = 320
export const descriptorNumbers = 320
/** The largest rank whose strides the descriptor holds (walk.h). */
export const maxRank = 8
/** The largest number of batch dimensions of a matrix product (gemm.h). */
export const maxBatchDimensions = 6
/** The layout of an optimizer's call (optimizer.h). */
export const optionSlots = 16
export const slotsPerTensor = 6
export const maxTensors = 48
