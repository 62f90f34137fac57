import type { Addon } from "./addon.js"
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
import type { LargeMemory } from "./large-memory.js"
import * as attentions from "./native-attention.js"
import { NativeCall } from "./native-call.js"
import * as tables from "./native-cells.js"
import * as convolutions from "./native-convolution.js"
import * as elementwise from "./native-elementwise.js"
import * as fused from "./native-fused.js"
import * as norms from "./native-layer-norm.js"
import { linear, matmul } from "./native-matmul.js"
import * as optimizers from "./native-optimizers.js"
import * as pooling from "./native-pooling.js"
import * as recurrence from "./native-recurrent.js"
import * as reductions from "./native-reduce.js"
import { ReferenceBackend } from "./reference.js"

const instructionSetNames: { readonly [name: string]: string } = {
  Amx: "AMX",
  Avx512: "AVX-512",
  Avx2: "AVX2",
  Sse2: "SSE2",
  Neon: "NEON",
}

/**
 * The C++ kernels: float32 at the speed of the machine, on a pool of threads. Whatever they do not take (other dtypes,
 * rare operations, more than 8 dimensions) the reference backend computes.
 *
 * The functions behind each method check that they can take the views, write the call into the descriptor and run it.
 */
export class NativeBackend extends ReferenceBackend {
  override readonly name: Backend["name"] = "native"
  /** Where large storages stand while this backend computes; null for where V8 puts them. */
  largeMemory: LargeMemory | null = null
  readonly #call: NativeCall
  #threads: number

  constructor(addon: Addon, threads: number, call = new NativeCall(addon)) {
    super()
    this.#call = call
    this.#threads = addon.setThreads(threads)
  }

  override get description(): string {
    const set = this.#call.addon.instructionSet
    return `C++ kernels for ${instructionSetNames[set] ?? set}, ${this.#threads} ${this.#threads === 1 ? "thread" : "threads"}`
  }

  /** How many threads kernels may use. Results do not depend on it. */
  get threads(): number {
    return this.#threads
  }

  set threads(count: number) {
    this.#threads = this.#call.addon.setThreads(Math.max(1, Math.trunc(count) || 1))
  }

  override fill(out: ArrayView, value: number): void {
    if (!elementwise.fill(this.#call, out, value)) super.fill(out, value)
  }

  override copy(x: ArrayView, out: ArrayView): void {
    if (!elementwise.copy(this.#call, x, out)) super.copy(x, out)
  }

  override unary(op: UnaryOp, x: ArrayView, out: ArrayView): void {
    if (!elementwise.unary(this.#call, op, x, out)) super.unary(op, x, out)
  }

  override binary(op: BinaryOp, a: ArrayView, b: ArrayView, out: ArrayView): void {
    if (!elementwise.binary(this.#call, op, a, b, out)) super.binary(op, a, b, out)
  }

  override binaryScalar(op: BinaryOp, a: ArrayView, value: number, out: ArrayView, reversed: boolean): void {
    if (!elementwise.binaryScalar(this.#call, op, a, value, out, reversed)) {
      super.binaryScalar(op, a, value, out, reversed)
    }
  }

  override where(condition: ArrayView, a: ArrayView, b: ArrayView, out: ArrayView): void {
    if (!elementwise.where(this.#call, condition, a, b, out)) super.where(condition, a, b, out)
  }

  override activationBackward(op: ActivationOp, x: ArrayView, y: ArrayView, dy: ArrayView, out: ArrayView): void {
    if (!elementwise.activationBackward(this.#call, op, x, y, dy, out)) super.activationBackward(op, x, y, dy, out)
  }

  override reduce(op: ReduceOp, x: ArrayView, out: ArrayView): void {
    if (!reductions.reduce(this.#call, op, x, out)) super.reduce(op, x, out)
  }

  override argReduce(op: ArgReduceOp, x: ArrayView, out: ArrayView, dim: number): void {
    if (!reductions.argReduce(this.#call, op, x, out, dim)) super.argReduce(op, x, out, dim)
  }

  override matmul(a: ArrayView, b: ArrayView, out: ArrayView, accumulate: boolean): void {
    if (!matmul(this.#call, a, b, out, accumulate)) super.matmul(a, b, out, accumulate)
  }

  override linear(
    x: ArrayView,
    weight: ArrayView,
    bias: ArrayView | null,
    activation: LinearActivation,
    out: ArrayView,
  ): void {
    if (!linear(this.#call, x, weight, bias, activation, out)) super.linear(x, weight, bias, activation, out)
  }

  override geluWithSlope(x: ArrayView, out: ArrayView, slope: ArrayView): void {
    if (!fused.geluWithSlope(this.#call, x, out, slope)) super.geluWithSlope(x, out, slope)
  }

  override softmax(x: ArrayView, out: ArrayView, log: boolean): void {
    if (!fused.softmax(this.#call, x, out, log)) super.softmax(x, out, log)
  }

  override softmaxBackward(y: ArrayView, dy: ArrayView, out: ArrayView, log: boolean): void {
    if (!fused.softmaxBackward(this.#call, y, dy, out, log)) super.softmaxBackward(y, dy, out, log)
  }

  override crossEntropy(
    logits: ArrayView,
    targets: ArrayView,
    ignore: number,
    probabilities: ArrayView,
    losses: ArrayView,
  ): void {
    if (!fused.crossEntropy(this.#call, logits, targets, ignore, probabilities, losses)) {
      super.crossEntropy(logits, targets, ignore, probabilities, losses)
    }
  }

  override crossEntropyBackward(
    probabilities: ArrayView,
    targets: ArrayView,
    ignore: number,
    dy: ArrayView,
    factor: number,
    out: ArrayView,
  ): void {
    if (!fused.crossEntropyBackward(this.#call, probabilities, targets, ignore, dy, factor, out)) {
      super.crossEntropyBackward(probabilities, targets, ignore, dy, factor, out)
    }
  }

  override squaredError(a: ArrayView, b: ArrayView, factor: number, out: ArrayView): void {
    if (!fused.squaredError(this.#call, a, b, factor, out)) super.squaredError(a, b, factor, out)
  }

  override squaredErrorBackward(a: ArrayView, b: ArrayView, dy: ArrayView, factor: number, out: ArrayView): void {
    if (!fused.squaredErrorBackward(this.#call, a, b, dy, factor, out)) {
      super.squaredErrorBackward(a, b, dy, factor, out)
    }
  }

  override indexSelect(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
    if (!fused.indexSelect(this.#call, x, dim, index, out)) super.indexSelect(x, dim, index, out)
  }

  override indexAdd(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
    if (!fused.indexAdd(this.#call, x, dim, index, out)) super.indexAdd(x, dim, index, out)
  }

  override convolution(
    x: ArrayView,
    weight: ArrayView,
    bias: ArrayView | null,
    window: ConvolutionWindow,
    out: ArrayView,
  ): void {
    if (!convolutions.convolution(this.#call, x, weight, bias, window, out)) {
      super.convolution(x, weight, bias, window, out)
    }
  }

  override convolutionInput(dy: ArrayView, weight: ArrayView, window: ConvolutionWindow, out: ArrayView): void {
    if (!convolutions.convolutionInput(this.#call, dy, weight, window, out)) {
      super.convolutionInput(dy, weight, window, out)
    }
  }

  override convolutionWeight(x: ArrayView, dy: ArrayView, window: ConvolutionWindow, out: ArrayView): void {
    if (!convolutions.convolutionWeight(this.#call, x, dy, window, out)) super.convolutionWeight(x, dy, window, out)
  }

  override maxPool(x: ArrayView, window: PoolingWindow, out: ArrayView, indices: ArrayView): void {
    if (!pooling.maxPool(this.#call, x, window, out, indices)) super.maxPool(x, window, out, indices)
  }

  override maxPoolBackward(dy: ArrayView, indices: ArrayView, out: ArrayView): void {
    if (!pooling.maxPoolBackward(this.#call, dy, indices, out)) super.maxPoolBackward(dy, indices, out)
  }

  override averagePool(x: ArrayView, window: AverageWindow, out: ArrayView): void {
    if (!pooling.averagePool(this.#call, x, window, out)) super.averagePool(x, window, out)
  }

  override averagePoolBackward(dy: ArrayView, window: AverageWindow, out: ArrayView): void {
    if (!pooling.averagePoolBackward(this.#call, dy, window, out)) super.averagePoolBackward(dy, window, out)
  }

  override recurrent(
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
    const call = this.#call
    if (!recurrence.recurrent(call, mode, gates, weight, bias, steps, hidden, cell, y, previous, memory)) {
      super.recurrent(mode, gates, weight, bias, steps, hidden, cell, y, previous, memory)
    }
  }

  override recurrentBackward(
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
    const states = [previous, memory, dy, dHidden, dCell, dGates, dRecurrent] as const
    if (!recurrence.recurrentBackward(this.#call, mode, gates, weight, steps, ...states)) {
      super.recurrentBackward(mode, gates, weight, steps, ...states)
    }
  }

  override attention(operands: AttentionOperands, out: ArrayView, logSums: ArrayView): void {
    if (!attentions.attention(this.#call, operands, out, logSums)) super.attention(operands, out, logSums)
  }

  override attentionBackward(
    operands: AttentionOperands,
    out: ArrayView,
    logSums: ArrayView,
    dOut: ArrayView,
    dq: ArrayView,
    dk: ArrayView,
    dv: ArrayView,
  ): void {
    if (!attentions.attentionBackward(this.#call, operands, out, logSums, dOut, dq, dk, dv)) {
      super.attentionBackward(operands, out, logSums, dOut, dq, dk, dv)
    }
  }

  override layerNorm(
    x: ArrayView,
    weight: ArrayView | null,
    bias: ArrayView | null,
    eps: number,
    out: ArrayView,
    means: ArrayView,
    inverses: ArrayView,
  ): void {
    if (!norms.layerNorm(this.#call, x, weight, bias, eps, out, means, inverses)) {
      super.layerNorm(x, weight, bias, eps, out, means, inverses)
    }
  }

  override layerNormBackward(
    x: ArrayView,
    weight: ArrayView | null,
    means: ArrayView,
    inverses: ArrayView,
    dy: ArrayView,
    out: ArrayView,
    parameters: ArrayView | null,
  ): void {
    if (!norms.layerNormBackward(this.#call, x, weight, means, inverses, dy, out, parameters)) {
      super.layerNormBackward(x, weight, means, inverses, dy, out, parameters)
    }
  }

  override adamStep(
    params: ArrayView[],
    grads: ArrayView[],
    m: ArrayView[],
    v: ArrayView[],
    options: AdamOptions,
  ): void {
    if (!optimizers.adamStep(this.#call, params, grads, m, v, options)) super.adamStep(params, grads, m, v, options)
  }

  override sgdStep(params: ArrayView[], grads: ArrayView[], momenta: ArrayView[], options: SgdOptions): void {
    if (!optimizers.sgdStep(this.#call, params, grads, momenta, options)) {
      super.sgdStep(params, grads, momenta, options)
    }
  }

  override rmspropStep(
    params: ArrayView[],
    grads: ArrayView[],
    squares: ArrayView[],
    momenta: ArrayView[],
    means: ArrayView[],
    options: RmspropOptions,
  ): void {
    if (!optimizers.rmspropStep(this.#call, params, grads, squares, momenta, means, options)) {
      super.rmspropStep(params, grads, squares, momenta, means, options)
    }
  }

  override scanCells(text: CellText, start: number, uses: readonly CellUse[]): FoundCells {
    return tables.scanCells(this.#call, text, start, uses) ?? super.scanCells(text, start, uses)
  }

  override columnsToRows(columns: readonly Float64Array[], out: ArrayView): boolean {
    return tables.columnsToRows(this.#call, columns, out) ?? super.columnsToRows(columns, out)
  }
}
