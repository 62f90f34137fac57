import type { CellText, CellUse, FoundCells } from "./cells.js"
import type { DType } from "./dtype.js"
import type { Storage } from "./storage.js"

/**
 * A strided window on a storage: what every kernel reads and writes. A `Tensor` is one. Strides count elements; a stride
 * of 0 repeats an element (broadcasting).
 */
export interface ArrayView {
  readonly storage: Storage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly dtype: DType
  /** The number of elements. */
  readonly count: number
  /** Whether the elements stand one after the other from `offset` on. */
  readonly packed: boolean
}

export type UnaryOp =
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
  | "erf"
  | "gelu"
  | "silu"
  | "softplus"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "not"
  | "isnan"
  | "isfinite"
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "mod"
  | "maximum"
  | "minimum"
  | "atan2"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and"
  | "or"
  | "xor"
export type ReduceOp = "sum" | "prod" | "max" | "min" | "any" | "all"
export type ArgReduceOp = "argmax" | "argmin"
/** Activations whose gradient is one kernel. */
export type ActivationOp = "relu" | "sigmoid" | "tanh" | "gelu" | "silu"
/** Activations that `linear` can apply on its way out. */
export type LinearActivation = "none" | "relu" | "sigmoid" | "tanh"

/**
 * How a convolution's kernel slides over the last two dimensions. What it reads outside the input is 0; how far it reaches
 * beyond the input's end is told by the size of the output.
 */
export interface ConvolutionWindow {
  readonly stride: readonly [number, number]
  /** Zeros before the first row and column. */
  readonly padding: readonly [number, number]
  readonly dilation: readonly [number, number]
  readonly groups: number
}

/** Which elements of the last two dimensions a pooling takes together. What lies outside the input does not count. */
export interface PoolingWindow {
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  readonly padding: readonly [number, number]
  readonly dilation: readonly [number, number]
  /** Instead of all that: windows that share the input out evenly, output i from ⌊i·in/out⌋ to ⌈(i + 1)·in/out⌉. */
  readonly adaptive: boolean
}

/** What an average divides by. */
export interface AverageWindow extends PoolingWindow {
  /** Whether zeros in the padding count as elements. */
  readonly includePadding: boolean
  /** A divisor for every window; 0 for the number of elements. */
  readonly divisor: number
}

/** The recurrent layers: by gates, or plain with an activation. */
export type RecurrentMode = "lstm" | "gru" | "tanh" | "relu"

/** In which order a recurrent layer goes through its rows. */
export interface RecurrentSteps {
  /** How many samples take part in each step, never more than in the step before. Rows stand step after step. */
  readonly batchSizes: readonly number[]
  /** Whether the last step comes first. */
  readonly reverse: boolean
}

/** What attention is computed of, over two batch dimensions. */
export interface AttentionOperands {
  readonly q: ArrayView // [A, B, L, d]
  readonly k: ArrayView // [A, B, S, d]
  readonly v: ArrayView // [A, B, S, e]
  /** Added to the scores, [A, B, L, S]; of q's dtype. */
  readonly mask: ArrayView | null
  /** Whether query i looks at the keys 0 … i only. */
  readonly causal: boolean
  /** What the scores are multiplied by before the mask is added. */
  readonly scale: number
}

/** The numbers of one Adam or AdamW step. `step` counts from 1. */
export interface AdamOptions {
  readonly lr: number
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  readonly weightDecay: number
  /** AdamW: the decay shrinks the weights themselves instead of adding to their gradient. */
  readonly decoupled: boolean
  readonly step: number
}

/** The numbers of one SGD step. */
export interface SgdOptions {
  readonly lr: number
  readonly momentum: number
  readonly dampening: number
  readonly weightDecay: number
  readonly nesterov: boolean
  /** The first step with momentum copies the gradient into the momentum buffer instead of averaging. */
  readonly first: boolean
}

/** The numbers of one RMSprop step; `momentum` 0 leaves the momentum buffers alone, `centered` uses the mean gradients. */
export interface RmspropOptions {
  readonly lr: number
  readonly alpha: number
  readonly eps: number
  readonly weightDecay: number
  readonly momentum: number
  readonly centered: boolean
}

/**
 * What computes. Shapes, dtypes and bounds are checked before a kernel is called; a kernel never throws for them. Inputs
 * are already broadcast: elementwise inputs have the shape of `out`. `out` may be the same view as an input of an
 * elementwise kernel (also of softmax and the *Backward kernels); else it does not overlap.
 * The reference backend implements all of it in plain TypeScript; others override what they do faster and inherit the rest.
 */
export interface Backend {
  readonly name: "native" | "wasm" | "reference"
  /** One line for people: instruction set, threads. */
  readonly description: string
  fill(out: ArrayView, value: number): void
  /** out = x, converted to out's dtype. */
  copy(x: ArrayView, out: ArrayView): void
  unary(op: UnaryOp, x: ArrayView, out: ArrayView): void
  binary(op: BinaryOp, a: ArrayView, b: ArrayView, out: ArrayView): void
  /** out = a op value; with `reversed`, value op a. */
  binaryScalar(op: BinaryOp, a: ArrayView, value: number, out: ArrayView, reversed: boolean): void
  /** out = condition ? a : b. */
  where(condition: ArrayView, a: ArrayView, b: ArrayView, out: ArrayView): void
  /** Reduces the dimensions in which `out` has size 1 and `x` has not (out keeps x's rank). */
  reduce(op: ReduceOp, x: ArrayView, out: ArrayView): void
  /** The first index of the extreme along `dim`; NaN counts as the extreme. out is int32 and keeps x's rank. */
  argReduce(op: ArgReduceOp, x: ArrayView, out: ArrayView, dim: number): void
  /** out[..., M, N] = a[..., M, K] @ b[..., K, N] (+ out if accumulate); batch dimensions are already broadcast. */
  matmul(a: ArrayView, b: ArrayView, out: ArrayView, accumulate: boolean): void

  // ---- Fused kernels: each is a composition of the ones above, done in one pass.

  /** out[M, N] = activation(x[M, K] @ weight[N, K]ᵀ + bias[N]). */
  linear(x: ArrayView, weight: ArrayView, bias: ArrayView | null, activation: LinearActivation, out: ArrayView): void
  /**
   * dx = dy · activation'(x). relu, sigmoid and tanh read only `y` (the activation's output), gelu and silu only `x`; the
   * other may be any view of the shape. PyTorch's rule for relu: 0 where y <= 0.
   */
  activationBackward(op: ActivationOp, x: ArrayView, y: ArrayView, dy: ArrayView, out: ArrayView): void
  /** out = gelu(x) and slope = gelu'(x), in one pass. */
  geluWithSlope(x: ArrayView, out: ArrayView, slope: ArrayView): void
  /** Softmax, or its logarithm, over the last dimension. */
  softmax(x: ArrayView, out: ArrayView, log: boolean): void
  /** The gradient of softmax (or log-softmax) over the last dimension, from its output `y`. */
  softmaxBackward(y: ArrayView, dy: ArrayView, out: ArrayView, log: boolean): void
  /** probabilities[M, N] = softmax(logits); losses[M] = -log(probabilities[m, targets[m]]), 0 where the target is `ignore`. */
  crossEntropy(logits: ArrayView, targets: ArrayView, ignore: number, probabilities: ArrayView, losses: ArrayView): void
  /** out[m, n] = (probabilities[m, n] - (n = targets[m])) · dy[m] · factor; rows whose target is `ignore` are 0. */
  crossEntropyBackward(
    probabilities: ArrayView,
    targets: ArrayView,
    ignore: number,
    dy: ArrayView,
    factor: number,
    out: ArrayView,
  ): void
  /** out[] = factor · Σ (a - b)². */
  squaredError(a: ArrayView, b: ArrayView, factor: number, out: ArrayView): void
  /** out = factor · (a - b) · dy, where dy has one element. */
  squaredErrorBackward(a: ArrayView, b: ArrayView, dy: ArrayView, factor: number, out: ArrayView): void
  /** out = x with `dim` replaced by the rows that `index` (int32, one dimension, in range) names. */
  indexSelect(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void
  /** out[..., index[i], ...] += x[..., i, ...]; the indices may repeat. */
  indexAdd(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void

  // ---- Convolution and pooling over the last two dimensions, [N, C, H, W]

  /** out[n, o, y, x] = bias[o] + Σ weight[o, c, i, j] · x[n, c, y·stride + i·dilation - padding, …]; weight [O, C / groups, I, J]. */
  convolution(x: ArrayView, weight: ArrayView, bias: ArrayView | null, window: ConvolutionWindow, out: ArrayView): void
  /** The gradient of a convolution at its input, whose shape is `out`'s; also the transposed convolution. */
  convolutionInput(dy: ArrayView, weight: ArrayView, window: ConvolutionWindow, out: ArrayView): void
  /** The gradient of a convolution at its weight, whose shape is `out`'s. */
  convolutionWeight(x: ArrayView, dy: ArrayView, window: ConvolutionWindow, out: ArrayView): void
  /** The largest of each window, and where it stands in its plane (int32, the first of equals; NaN is largest). */
  maxPool(x: ArrayView, window: PoolingWindow, out: ArrayView, indices: ArrayView): void
  /** out = 0 but for dy, added at the places in the planes that `indices` names. */
  maxPoolBackward(dy: ArrayView, indices: ArrayView, out: ArrayView): void
  /** The mean of each window. */
  averagePool(x: ArrayView, window: AverageWindow, out: ArrayView): void
  /** The gradient of the mean of each window. */
  averagePoolBackward(dy: ArrayView, window: AverageWindow, out: ArrayView): void

  // ---- Recurrent layers over whole sequences, one direction at a time. G is 4 (lstm), 3 (gru) or 1.

  /**
   * `gates` [rows, G·H] comes as x Wᵀ + bias and leaves as the activated gates; `hidden` and `cell` [N, H] come as the first
   * states and leave as the last. Writes the states `y` [rows, H] and, for the way back, the states `previous` [rows, H]
   * before each step, and in `memory` [rows, H] the cell before each step (lstm) or the new gate's recurrent part (gru).
   * `bias` is the recurrent bias of gru; `cell` is null for all but lstm, `memory` for the plain layers.
   */
  recurrent(
    mode: RecurrentMode,
    gates: ArrayView,
    weight: ArrayView,
    bias: ArrayView | null,
    steps: RecurrentSteps,
    hidden: ArrayView,
    cell: ArrayView | null,
    y: ArrayView,
    previous: ArrayView,
    memory: ArrayView | null,
  ): void
  /**
   * The way back: from `dy` [rows, H] and the gradients of the last states, which leave as those of the first, to the
   * gradients of what went into the gates from the input, `dGates`, and from the state, `dRecurrent` (gru; else the same).
   */
  recurrentBackward(
    mode: RecurrentMode,
    gates: ArrayView,
    weight: ArrayView,
    steps: RecurrentSteps,
    previous: ArrayView,
    memory: ArrayView | null,
    dy: ArrayView,
    dHidden: ArrayView,
    dCell: ArrayView | null,
    dGates: ArrayView,
    dRecurrent: ArrayView | null,
  ): void

  // ---- Attention and layer normalisation

  /**
   * out [A, B, L, e] = softmax(scale · q kᵀ + mask) v; rows that may look at no key are 0. `logSums` [A, B, L], packed, gets
   * the logarithm of each row's sum of powers, infinite for such rows.
   */
  attention(operands: AttentionOperands, out: ArrayView, logSums: ArrayView): void
  /** The gradients of attention at q, k and v, from what `attention` wrote. */
  attentionBackward(
    operands: AttentionOperands,
    out: ArrayView,
    logSums: ArrayView,
    dOut: ArrayView,
    dq: ArrayView,
    dk: ArrayView,
    dv: ArrayView,
  ): void
  /** out = (x - mean) / √(variance + eps) · weight + bias over the last dimension; `means` and `inverses` are for the way back. */
  layerNorm(
    x: ArrayView,
    weight: ArrayView | null,
    bias: ArrayView | null,
    eps: number,
    out: ArrayView,
    means: ArrayView,
    inverses: ArrayView,
  ): void
  /** The gradient of layerNorm at x, and in `parameters` [2, N], unless null, those at weight and bias. */
  layerNormBackward(
    x: ArrayView,
    weight: ArrayView | null,
    means: ArrayView,
    inverses: ArrayView,
    dy: ArrayView,
    out: ArrayView,
    parameters: ArrayView | null,
  ): void

  // ---- Optimizer steps over lists of parameters, in place. All views are contiguous, of one dtype, equal in length per entry.

  /** PyTorch's Adam (AdamW with `decoupled`): m and v are the running means of the gradient and of its square. */
  adamStep(params: ArrayView[], grads: ArrayView[], m: ArrayView[], v: ArrayView[], options: AdamOptions): void
  /** PyTorch's SGD; `momenta` is empty when momentum is 0. */
  sgdStep(params: ArrayView[], grads: ArrayView[], momenta: ArrayView[], options: SgdOptions): void
  /** PyTorch's RMSprop; `momenta` and `means` are empty when not used. */
  rmspropStep(
    params: ArrayView[],
    grads: ArrayView[],
    squares: ArrayView[],
    momenta: ArrayView[],
    means: ArrayView[],
    options: RmspropOptions,
  ): void

  // ---- Tables

  /** The numbers in the cells of a text of separated values, from the record that begins at `start` on. */
  scanCells(text: CellText, start: number, uses: readonly CellUse[]): FoundCells
  /**
   * Columns of numbers side by side: out [rows, columns.length], float32 and packed. False if one of them is NaN; what was
   * written then has no meaning.
   */
  columnsToRows(columns: readonly Float64Array[], out: ArrayView): boolean
}
