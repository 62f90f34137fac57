import type {
  ActivationOp,
  AdamOptions,
  ArgReduceOp,
  ArrayView,
  AttentionOperands,
  AverageWindow,
  Backend,
  BinaryOp,
  ConvolutionWindow,
  LinearActivation,
  PoolingWindow,
  RecurrentMode,
  RecurrentSteps,
  ReduceOp,
  RmspropOptions,
  SgdOptions,
  UnaryOp,
} from "./backend.js"
import type { CellText, CellUse, FoundCells } from "./cells.js"
import * as attentions from "./reference-attention.js"
import * as tables from "./reference-cells.js"
import * as convolutions from "./reference-convolution.js"
import { binaryFunctions, convert, unaryFunctions } from "./reference-elementwise.js"
import * as fused from "./reference-fused.js"
import * as norms from "./reference-layer-norm.js"
import { matmul } from "./reference-matmul.js"
import * as optimizers from "./reference-optimizers.js"
import * as pooling from "./reference-pooling.js"
import * as recurrence from "./reference-recurrent.js"
import { argReduce, reduce } from "./reference-reduce.js"
import { elementsToWrite, readElements, writeElements } from "./strided.js"

/**
 * Everything in plain TypeScript: always there, and what the fast kernels are held against. It reads its inputs in
 * order, computes in the float64 of JavaScript, and rounds once when it writes.
 */
export class ReferenceBackend implements Backend {
  readonly name: Backend["name"] = "reference"

  get description(): string {
    return "plain TypeScript"
  }

  fill(out: ArrayView, value: number): void {
    const to = elementsToWrite(out)
    to.fill(convert(value, out.dtype))
    writeElements(to, out)
  }

  copy(x: ArrayView, out: ArrayView): void {
    const from = readElements(x)
    const to = elementsToWrite(out)
    if (x.dtype === out.dtype) to.set(from)
    else for (let i = 0; i < to.length; i++) to[i] = convert(from[i] as number, out.dtype)
    writeElements(to, out)
  }

  unary(op: UnaryOp, x: ArrayView, out: ArrayView): void {
    const f = unaryFunctions[op]
    const from = readElements(x)
    const to = elementsToWrite(out)
    for (let i = 0; i < to.length; i++) to[i] = f(from[i] as number)
    writeElements(to, out)
  }

  binary(op: BinaryOp, a: ArrayView, b: ArrayView, out: ArrayView): void {
    const f = binaryFunctions[op]
    const left = readElements(a)
    const right = readElements(b)
    const to = elementsToWrite(out)
    for (let i = 0; i < to.length; i++) to[i] = f(left[i] as number, right[i] as number)
    writeElements(to, out)
  }

  binaryScalar(op: BinaryOp, a: ArrayView, value: number, out: ArrayView, reversed: boolean): void {
    const f = binaryFunctions[op]
    const from = readElements(a)
    const to = elementsToWrite(out)
    // A number counts as an element of the tensor's own dtype, as in PyTorch.
    const scalar = a.dtype === "float32" ? Math.fround(value) : value
    if (reversed) for (let i = 0; i < to.length; i++) to[i] = f(scalar, from[i] as number)
    else for (let i = 0; i < to.length; i++) to[i] = f(from[i] as number, scalar)
    writeElements(to, out)
  }

  where(condition: ArrayView, a: ArrayView, b: ArrayView, out: ArrayView): void {
    const chosen = readElements(condition)
    const left = readElements(a)
    const right = readElements(b)
    const to = elementsToWrite(out)
    for (let i = 0; i < to.length; i++) to[i] = (chosen[i] ? left[i] : right[i]) as number
    writeElements(to, out)
  }

  reduce(op: ReduceOp, x: ArrayView, out: ArrayView): void {
    reduce(op, x, out)
  }

  argReduce(op: ArgReduceOp, x: ArrayView, out: ArrayView, dim: number): void {
    argReduce(op, x, out, dim)
  }

  matmul(a: ArrayView, b: ArrayView, out: ArrayView, accumulate: boolean): void {
    matmul(a, b, out, accumulate)
  }

  linear(x: ArrayView, weight: ArrayView, bias: ArrayView | null, activation: LinearActivation, out: ArrayView): void {
    fused.linear(x, weight, bias, activation, out)
  }

  activationBackward(op: ActivationOp, x: ArrayView, y: ArrayView, dy: ArrayView, out: ArrayView): void {
    fused.activationBackward(op, x, y, dy, out)
  }

  geluWithSlope(x: ArrayView, out: ArrayView, slope: ArrayView): void {
    this.unary("gelu", x, out)
    fused.geluSlope(x, slope)
  }

  softmax(x: ArrayView, out: ArrayView, log: boolean): void {
    fused.softmax(x, out, log)
  }

  softmaxBackward(y: ArrayView, dy: ArrayView, out: ArrayView, log: boolean): void {
    fused.softmaxBackward(y, dy, out, log)
  }

  crossEntropy(
    logits: ArrayView,
    targets: ArrayView,
    ignore: number,
    probabilities: ArrayView,
    losses: ArrayView,
  ): void {
    fused.crossEntropy(logits, targets, ignore, probabilities, losses)
  }

  crossEntropyBackward(
    probabilities: ArrayView,
    targets: ArrayView,
    ignore: number,
    dy: ArrayView,
    factor: number,
    out: ArrayView,
  ): void {
    fused.crossEntropyBackward(probabilities, targets, ignore, dy, factor, out)
  }

  squaredError(a: ArrayView, b: ArrayView, factor: number, out: ArrayView): void {
    fused.squaredError(a, b, factor, out)
  }

  squaredErrorBackward(a: ArrayView, b: ArrayView, dy: ArrayView, factor: number, out: ArrayView): void {
    fused.squaredErrorBackward(a, b, dy, factor, out)
  }

  indexSelect(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
    fused.indexSelect(x, dim, index, out)
  }

  indexAdd(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
    fused.indexAdd(x, dim, index, out)
  }

  convolution(
    x: ArrayView,
    weight: ArrayView,
    bias: ArrayView | null,
    window: ConvolutionWindow,
    out: ArrayView,
  ): void {
    convolutions.convolution(x, weight, bias, window, out)
  }

  convolutionInput(dy: ArrayView, weight: ArrayView, window: ConvolutionWindow, out: ArrayView): void {
    convolutions.convolutionInput(dy, weight, window, out)
  }

  convolutionWeight(x: ArrayView, dy: ArrayView, window: ConvolutionWindow, out: ArrayView): void {
    convolutions.convolutionWeight(x, dy, window, out)
  }

  maxPool(x: ArrayView, window: PoolingWindow, out: ArrayView, indices: ArrayView): void {
    pooling.maxPool(x, window, out, indices)
  }

  maxPoolBackward(dy: ArrayView, indices: ArrayView, out: ArrayView): void {
    pooling.maxPoolBackward(dy, indices, out)
  }

  averagePool(x: ArrayView, window: AverageWindow, out: ArrayView): void {
    pooling.averagePool(x, window, out)
  }

  averagePoolBackward(dy: ArrayView, window: AverageWindow, out: ArrayView): void {
    pooling.averagePoolBackward(dy, window, out)
  }

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
  ): void {
    recurrence.recurrent(mode, gates, weight, bias, steps, hidden, cell, y, previous, memory)
  }

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
  ): void {
    recurrence.recurrentBackward(mode, gates, weight, steps, previous, memory, dy, dHidden, dCell, dGates, dRecurrent)
  }

  attention(operands: AttentionOperands, out: ArrayView, logSums: ArrayView): void {
    attentions.attention(operands, out, logSums)
  }

  attentionBackward(
    operands: AttentionOperands,
    out: ArrayView,
    logSums: ArrayView,
    dOut: ArrayView,
    dq: ArrayView,
    dk: ArrayView,
    dv: ArrayView,
  ): void {
    attentions.attentionBackward(operands, out, logSums, dOut, dq, dk, dv)
  }

  layerNorm(
    x: ArrayView,
    weight: ArrayView | null,
    bias: ArrayView | null,
    eps: number,
    out: ArrayView,
    means: ArrayView,
    inverses: ArrayView,
  ): void {
    norms.layerNorm(x, weight, bias, eps, out, means, inverses)
  }

  layerNormBackward(
    x: ArrayView,
    weight: ArrayView | null,
    means: ArrayView,
    inverses: ArrayView,
    dy: ArrayView,
    out: ArrayView,
    parameters: ArrayView | null,
  ): void {
    norms.layerNormBackward(x, weight, means, inverses, dy, out, parameters)
  }

  adamStep(params: ArrayView[], grads: ArrayView[], m: ArrayView[], v: ArrayView[], options: AdamOptions): void {
    optimizers.adamStep(params, grads, m, v, options)
  }

  sgdStep(params: ArrayView[], grads: ArrayView[], momenta: ArrayView[], options: SgdOptions): void {
    optimizers.sgdStep(params, grads, momenta, options)
  }

  rmspropStep(
    params: ArrayView[],
    grads: ArrayView[],
    squares: ArrayView[],
    momenta: ArrayView[],
    means: ArrayView[],
    options: RmspropOptions,
  ): void {
    optimizers.rmspropStep(params, grads, squares, momenta, means, options)
  }

  scanCells(text: CellText, start: number, uses: readonly CellUse[]): FoundCells {
    return tables.scanCells(text, start, uses)
  }

  columnsToRows(columns: readonly Float64Array[], out: ArrayView): boolean {
    return tables.columnsToRows(columns, out.storage.data.subarray(out.offset) as Float32Array)
  }
}
