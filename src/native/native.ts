import type { Addon } from "./addon.js"
import type {
  ActivationOp,
  AdamOptions,
  ArgReduceOp,
  ArrayView,
  Backend,
  BinaryOp,
  LinearActivation,
  ReduceOp,
  RmspropOptions,
  SgdOptions,
  UnaryOp,
} from "./backend.js"
import {
  binaryCodes,
  dtypeCodes,
  firstComparison,
  gradientCodes,
  kernels,
  linearActivationCodes,
  maxBatchDimensions,
  maxRank,
  maxTensors,
  optionSlots,
  reductionCodes,
  slotsPerTensor,
  unaryCodes,
} from "./descriptor.js"
import { bytesPerElement } from "./dtype.js"
import { ReferenceBackend } from "./reference.js"
import type { Storage } from "./storage.js"

/** Sizes and strides travel as 32-bit integers; what is larger goes to the reference. */
const maxCount = 0x7fffffff

const instructionSetNames: { readonly [name: string]: string } = {
  Avx512: "AVX-512",
  Avx2: "AVX2",
  Sse2: "SSE2",
  Neon: "NEON",
}

/**
 * The C++ kernels: float32 at the speed of the machine, on a pool of threads. Whatever they do not take (other dtypes,
 * rare operations, more than 8 dimensions) the reference backend computes.
 *
 * Each method checks that it can take its views, writes the call into the shared descriptor and runs it; the slots are
 * described beside the C++ function of the same name.
 */
export class NativeBackend extends ReferenceBackend {
  override readonly name: Backend["name"] = "native"
  readonly #addon: Addon
  readonly #ints: Int32Array
  readonly #numbers: Float64Array
  readonly #run: () => void
  #threads: number

  constructor(addon: Addon, threads: number) {
    super()
    this.#addon = addon
    this.#ints = addon.ints
    this.#numbers = addon.numbers
    this.#run = addon.run
    this.#threads = addon.setThreads(threads)
  }

  override get description(): string {
    const set = this.#addon.instructionSet
    return `C++ kernels for ${instructionSetNames[set] ?? set}, ${this.#threads} ${this.#threads === 1 ? "thread" : "threads"}`
  }

  /** How many threads kernels may use. Results do not depend on it. */
  get threads(): number {
    return this.#threads
  }

  set threads(count: number) {
    this.#threads = this.#addon.setThreads(Math.max(1, Math.trunc(count) || 1))
  }

  // ---- Elementwise.

  override fill(out: ArrayView, value: number): void {
    if (out.dtype !== "float32" || !out.packed) {
      super.fill(out, value)
      return
    }
    if (out.count === 0) return
    const numbers = this.#numbers
    this.#ints[0] = kernels.fill
    numbers[0] = this.#addressOf4(out)
    numbers[1] = out.count
    numbers[2] = value
    this.#run()
  }

  override copy(x: ArrayView, out: ArrayView): void {
    const pair = dtypeCodes[out.dtype] * 4 + dtypeCodes[x.dtype]
    if (!copiesNatively[pair] || !walkable(out) || !walkable(x)) {
      super.copy(x, out)
      return
    }
    if (out.count === 0) return
    this.#ints[0] = kernels.copy
    this.#ints[1] = pair
    this.#writeShape(out)
    this.#writeStrides(0, out)
    this.#writeStrides(1, x)
    this.#numbers[0] = this.#addressOf(out)
    this.#numbers[1] = this.#addressOf(x)
    this.#run()
  }

  override unary(op: UnaryOp, x: ArrayView, out: ArrayView): void {
    if (op === "isnan" && x.dtype === "float32") {
      this.binary("ne", x, x, out)
      return
    }
    const code = unaryCodes[op]
    if (code === undefined || x.dtype !== "float32" || out.dtype !== "float32") {
      super.unary(op, x, out)
      return
    }
    if (x.packed && out.packed) {
      const numbers = this.#numbers
      this.#ints[0] = kernels.unary
      this.#ints[1] = code
      numbers[0] = this.#addressOf4(out)
      numbers[1] = this.#addressOf4(x)
      numbers[3] = out.count
      this.#run()
      return
    }
    if (!walkable(x) || !walkable(out)) {
      super.unary(op, x, out)
      return
    }
    this.#ints[0] = kernels.unaryStrided
    this.#ints[1] = code
    this.#writeShape(out)
    this.#writeStrides(0, out)
    this.#writeStrides(1, x)
    this.#numbers[0] = this.#addressOf4(out)
    this.#numbers[1] = this.#addressOf4(x)
    this.#run()
  }

  override binary(op: BinaryOp, a: ArrayView, b: ArrayView, out: ArrayView): void {
    const code = binaryCodes[op]
    if (code === undefined || !this.#binary(code, a, b, out)) super.binary(op, a, b, out)
  }

  #binary(code: number, a: ArrayView, b: ArrayView, out: ArrayView): boolean {
    if (a.dtype !== "float32" || b.dtype !== "float32") return false
    if (out.dtype !== (code < firstComparison ? "float32" : "bool")) return false
    const ints = this.#ints
    const numbers = this.#numbers
    if (a.packed && b.packed && out.packed) {
      ints[0] = kernels.binary
      numbers[3] = out.count
    } else {
      if (!walkable(a) || !walkable(b) || !walkable(out)) return false
      ints[0] = kernels.binaryStrided
      this.#writeShape(out)
      this.#writeStrides(0, out)
      this.#writeStrides(1, a)
      this.#writeStrides(2, b)
    }
    ints[1] = code
    numbers[0] = code < firstComparison ? this.#addressOf4(out) : this.#addressOf(out)
    numbers[1] = this.#addressOf4(a)
    numbers[2] = this.#addressOf4(b)
    this.#run()
    return true
  }

  override binaryScalar(op: BinaryOp, a: ArrayView, value: number, out: ArrayView, reversed: boolean): void {
    const code = binaryCodes[op]
    const natively =
      code !== undefined &&
      a.dtype === "float32" &&
      out.dtype === (code < firstComparison ? "float32" : "bool") &&
      a.packed &&
      out.packed
    if (!natively) {
      super.binaryScalar(op, a, value, out, reversed)
      return
    }
    const ints = this.#ints
    const numbers = this.#numbers
    ints[0] = kernels.binaryScalar
    ints[1] = code
    ints[2] = reversed ? 1 : 0
    numbers[0] = this.#addressOf(out)
    numbers[1] = this.#addressOf4(a)
    numbers[3] = out.count
    numbers[4] = value
    this.#run()
  }

  override where(condition: ArrayView, a: ArrayView, b: ArrayView, out: ArrayView): void {
    const natively =
      condition.dtype === "bool" &&
      (out.dtype === "float32" || out.dtype === "int32") &&
      a.dtype === out.dtype &&
      b.dtype === out.dtype &&
      walkable(condition) &&
      walkable(a) &&
      walkable(b) &&
      walkable(out)
    if (!natively) {
      super.where(condition, a, b, out)
      return
    }
    this.#ints[0] = kernels.where
    this.#writeShape(out)
    this.#writeStrides(0, out)
    this.#writeStrides(1, condition)
    this.#writeStrides(2, a)
    this.#writeStrides(3, b)
    this.#numbers[0] = this.#addressOf4(out)
    this.#numbers[1] = this.#addressOf(condition)
    this.#numbers[2] = this.#addressOf4(a)
    this.#numbers[3] = this.#addressOf4(b)
    this.#run()
  }

  override activationBackward(op: ActivationOp, x: ArrayView, y: ArrayView, dy: ArrayView, out: ArrayView): void {
    const reads = op === "gelu" || op === "silu" ? x : y
    if (!this.#binary(gradientCodes[op], dy, reads, out)) super.activationBackward(op, x, y, dy, out)
  }

  // ---- Reductions.

  override reduce(op: ReduceOp, x: ArrayView, out: ArrayView): void {
    const code = reductionCodes[op]
    const natively =
      code !== undefined && x.dtype === "float32" && out.dtype === "float32" && walkable(x) && walkable(out)
    if (!natively) {
      super.reduce(op, x, out)
      return
    }
    const ints = this.#ints
    ints[0] = kernels.reduce
    ints[1] = code
    this.#writeShape(x)
    this.#writeStrides(1, x)
    const { shape, strides } = out
    for (let d = 0; d < shape.length; d++) {
      ints[3 + maxRank + d] = shape[d] === 1 && x.shape[d] !== 1 ? 0 : (strides[d] as number)
    }
    this.#numbers[0] = this.#addressOf4(out)
    this.#numbers[1] = this.#addressOf4(x)
    this.#run()
  }

  override argReduce(op: ArgReduceOp, x: ArrayView, out: ArrayView, dim: number): void {
    if (x.dtype !== "float32" || !x.packed || out.dtype !== "int32" || !out.packed) {
      super.argReduce(op, x, out, dim)
      return
    }
    const numbers = this.#numbers
    this.#ints[0] = kernels.argReduce
    this.#ints[1] = op === "argmin" ? 1 : 0
    this.#ints[2] = x.shape[dim] as number
    numbers[0] = this.#addressOf4(out)
    numbers[1] = this.#addressOf4(x)
    numbers[2] = product(x.shape, 0, dim)
    numbers[3] = product(x.shape, dim + 1, x.shape.length)
    this.#run()
  }

  // ---- Matrix products.

  override matmul(a: ArrayView, b: ArrayView, out: ArrayView, accumulate: boolean): void {
    const rank = out.shape.length
    const last = rank - 1
    const rowStride = out.strides[last - 1] as number
    const columnStride = out.strides[last] as number
    const columns = out.shape[last] as number
    const rows = out.shape[last - 1] as number
    const byRows = columnStride === 1 || columns === 1
    const natively =
      a.dtype === "float32" &&
      b.dtype === "float32" &&
      out.dtype === "float32" &&
      rank - 2 <= maxBatchDimensions &&
      (byRows || rowStride === 1 || rows === 1) &&
      walkable(a) &&
      walkable(b) &&
      walkable(out)
    if (!natively) {
      super.matmul(a, b, out, accumulate)
      return
    }
    // An output that stands by columns is the transposed product, Cᵀ = Bᵀ Aᵀ, standing by rows.
    if (byRows) this.#matmul(a, last - 1, last, b, last - 1, last, rows, columns, rowStride, out, accumulate)
    else this.#matmul(b, last, last - 1, a, last, last - 1, columns, rows, columnStride, out, accumulate)
  }

  #matmul(
    left: ArrayView,
    leftRow: number,
    leftColumn: number,
    right: ArrayView,
    rightRow: number,
    rightColumn: number,
    rows: number,
    columns: number,
    outRowStride: number,
    out: ArrayView,
    accumulate: boolean,
  ): void {
    const ints = this.#ints
    const batchRank = out.shape.length - 2
    ints[0] = kernels.matmul
    ints[1] = accumulate ? 1 : 0
    ints[2] = rows
    ints[3] = columns
    ints[4] = left.shape[leftColumn] as number
    ints[5] = left.strides[leftRow] as number
    ints[6] = left.strides[leftColumn] as number
    ints[7] = right.strides[rightRow] as number
    ints[8] = right.strides[rightColumn] as number
    ints[9] = outRowStride
    ints[10] = batchRank
    for (let d = 0; d < batchRank; d++) {
      ints[11 + 4 * d] = out.shape[d] as number
      ints[12 + 4 * d] = left.strides[d] as number
      ints[13 + 4 * d] = right.strides[d] as number
      ints[14 + 4 * d] = out.strides[d] as number
    }
    this.#numbers[0] = this.#addressOf4(out)
    this.#numbers[1] = this.#addressOf4(left)
    this.#numbers[2] = this.#addressOf4(right)
    this.#run()
  }

  override linear(
    x: ArrayView,
    weight: ArrayView,
    bias: ArrayView | null,
    activation: LinearActivation,
    out: ArrayView,
  ): void {
    const natively =
      x.dtype === "float32" &&
      weight.dtype === "float32" &&
      out.dtype === "float32" &&
      (bias === null || (bias.dtype === "float32" && bias.packed)) &&
      (out.packed || out.strides[1] === 1) &&
      walkable(x) &&
      walkable(weight) &&
      walkable(out)
    if (!natively) {
      super.linear(x, weight, bias, activation, out)
      return
    }
    const ints = this.#ints
    const numbers = this.#numbers
    ints[0] = kernels.linear
    ints[1] = linearActivationCodes[activation]
    ints[2] = out.shape[0] as number
    ints[3] = out.shape[1] as number
    ints[4] = x.shape[1] as number
    ints[5] = x.strides[0] as number
    ints[6] = x.strides[1] as number
    ints[7] = weight.strides[0] as number
    ints[8] = weight.strides[1] as number
    ints[9] = out.strides[0] as number
    numbers[0] = this.#addressOf4(out)
    numbers[1] = this.#addressOf4(x)
    numbers[2] = this.#addressOf4(weight)
    numbers[3] = bias === null ? 0 : this.#addressOf4(bias)
    this.#run()
  }

  // ---- Softmax and losses.

  override softmax(x: ArrayView, out: ArrayView, log: boolean): void {
    if (!packedFloats(x) || !packedFloats(out) || x.shape.length === 0) {
      super.softmax(x, out, log)
      return
    }
    this.#ints[0] = kernels.softmax
    this.#ints[1] = log ? 1 : 0
    this.#writeRows(x)
    this.#numbers[0] = this.#addressOf4(out)
    this.#numbers[1] = this.#addressOf4(x)
    this.#run()
  }

  override softmaxBackward(y: ArrayView, dy: ArrayView, out: ArrayView, log: boolean): void {
    if (!packedFloats(y) || !packedFloats(dy) || !packedFloats(out) || y.shape.length === 0) {
      super.softmaxBackward(y, dy, out, log)
      return
    }
    this.#ints[0] = kernels.softmaxBackward
    this.#ints[1] = log ? 1 : 0
    this.#writeRows(y)
    this.#numbers[0] = this.#addressOf4(out)
    this.#numbers[1] = this.#addressOf4(y)
    this.#numbers[2] = this.#addressOf4(dy)
    this.#run()
  }

  override crossEntropy(
    logits: ArrayView,
    targets: ArrayView,
    ignore: number,
    probabilities: ArrayView,
    losses: ArrayView,
  ): void {
    const natively =
      packedFloats(logits) &&
      packedFloats(probabilities) &&
      packedFloats(losses) &&
      targets.dtype === "int32" &&
      targets.packed
    if (!natively) {
      super.crossEntropy(logits, targets, ignore, probabilities, losses)
      return
    }
    const numbers = this.#numbers
    this.#ints[0] = kernels.crossEntropy
    this.#ints[1] = ignore
    this.#writeRows(logits)
    numbers[0] = this.#addressOf4(probabilities)
    numbers[1] = this.#addressOf4(logits)
    numbers[2] = this.#addressOf4(losses)
    numbers[5] = this.#addressOf4(targets)
    this.#run()
  }

  override crossEntropyBackward(
    probabilities: ArrayView,
    targets: ArrayView,
    ignore: number,
    dy: ArrayView,
    factor: number,
    out: ArrayView,
  ): void {
    const natively =
      packedFloats(probabilities) &&
      packedFloats(dy) &&
      packedFloats(out) &&
      targets.dtype === "int32" &&
      targets.packed
    if (!natively) {
      super.crossEntropyBackward(probabilities, targets, ignore, dy, factor, out)
      return
    }
    const numbers = this.#numbers
    this.#ints[0] = kernels.crossEntropyBackward
    this.#ints[1] = ignore
    this.#writeRows(probabilities)
    numbers[0] = this.#addressOf4(out)
    numbers[1] = this.#addressOf4(probabilities)
    numbers[2] = this.#addressOf4(dy)
    numbers[5] = this.#addressOf4(targets)
    numbers[6] = factor
    this.#run()
  }

  override squaredError(a: ArrayView, b: ArrayView, factor: number, out: ArrayView): void {
    if (!packedFloats(a) || !packedFloats(b) || out.dtype !== "float32") {
      super.squaredError(a, b, factor, out)
      return
    }
    const numbers = this.#numbers
    this.#ints[0] = kernels.squaredError
    numbers[0] = this.#addressOf4(out)
    numbers[1] = this.#addressOf4(a)
    numbers[2] = this.#addressOf4(b)
    numbers[3] = a.count
    numbers[4] = factor
    this.#run()
  }

  override squaredErrorBackward(a: ArrayView, b: ArrayView, dy: ArrayView, factor: number, out: ArrayView): void {
    if (!packedFloats(a) || !packedFloats(b) || !packedFloats(out) || dy.dtype !== "float32") {
      super.squaredErrorBackward(a, b, dy, factor, out)
      return
    }
    const numbers = this.#numbers
    this.#ints[0] = kernels.squaredErrorBackward
    numbers[0] = this.#addressOf4(out)
    numbers[1] = this.#addressOf4(a)
    numbers[2] = this.#addressOf4(b)
    numbers[3] = out.count
    numbers[4] = factor
    numbers[5] = this.#addressOf4(dy)
    this.#run()
  }

  // ---- Rows by number.

  override indexSelect(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
    if (!this.#rowsByIndex(kernels.indexSelect, x, out, dim, index, x.shape[dim] as number, bytesPerElement[x.dtype])) {
      super.indexSelect(x, dim, index, out)
    }
  }

  override indexAdd(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
    const length = out.shape[dim] as number
    const natively =
      x.dtype === "float32" && this.#rowsByIndex(kernels.indexAdd, x, out, dim, index, length, bytesPerElement.float32)
    if (!natively) super.indexAdd(x, dim, index, out)
  }

  #rowsByIndex(
    kernel: number,
    x: ArrayView,
    out: ArrayView,
    dim: number,
    index: ArrayView,
    length: number,
    bytes: number,
  ): boolean {
    if (bytes !== 4 || !x.packed || !out.packed || index.dtype !== "int32" || !index.packed) return false
    if (x.dtype !== out.dtype) return false
    const numbers = this.#numbers
    this.#ints[0] = kernel
    numbers[0] = this.#addressOf4(out)
    numbers[1] = this.#addressOf4(x)
    numbers[2] = this.#addressOf4(index)
    numbers[3] = product(x.shape, 0, dim)
    numbers[4] = index.count
    numbers[5] = length
    numbers[6] = product(x.shape, dim + 1, x.shape.length)
    this.#run()
    return true
  }

  // ---- Optimizers.

  override adamStep(
    params: ArrayView[],
    grads: ArrayView[],
    m: ArrayView[],
    v: ArrayView[],
    options: AdamOptions,
  ): void {
    if (!allFloats(params)) {
      super.adamStep(params, grads, m, v, options)
      return
    }
    const { lr, beta1, beta2, eps, weightDecay, decoupled, step } = options
    const numbers = this.#numbers
    for (let first = 0; first < params.length; first += maxTensors) {
      numbers[0] = lr / (1 - beta1 ** step)
      numbers[1] = beta1
      numbers[2] = beta2
      numbers[3] = eps
      numbers[4] = decoupled ? 0 : weightDecay
      numbers[5] = Math.sqrt(1 - beta2 ** step)
      numbers[6] = decoupled ? 1 - lr * weightDecay : 1
      this.#optimize(kernels.adam, first, params, grads, m, v)
    }
  }

  override sgdStep(params: ArrayView[], grads: ArrayView[], momenta: ArrayView[], options: SgdOptions): void {
    if (!allFloats(params)) {
      super.sgdStep(params, grads, momenta, options)
      return
    }
    const { lr, momentum, dampening, weightDecay, nesterov, first: isFirst } = options
    const numbers = this.#numbers
    for (let first = 0; first < params.length; first += maxTensors) {
      numbers[0] = lr
      numbers[1] = momentum
      numbers[2] = 1 - dampening
      numbers[3] = weightDecay
      numbers[4] = nesterov ? 1 : 0
      numbers[5] = isFirst ? 1 : 0
      this.#optimize(kernels.sgd, first, params, grads, momenta)
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
    if (!allFloats(params)) {
      super.rmspropStep(params, grads, squares, momenta, means, options)
      return
    }
    const { lr, alpha, eps, weightDecay, momentum, centered } = options
    const numbers = this.#numbers
    for (let first = 0; first < params.length; first += maxTensors) {
      numbers[0] = lr
      numbers[1] = alpha
      numbers[2] = eps
      numbers[3] = weightDecay
      numbers[4] = momentum
      numbers[5] = centered ? 1 : 0
      this.#optimize(kernels.rmsprop, first, params, grads, squares, momenta, means)
    }
  }

  /** Runs a step on up to maxTensors parameters from `first` on; a list of buffers that is not used may be empty. */
  #optimize(kernel: number, first: number, params: ArrayView[], ...buffers: ArrayView[][]): void {
    const numbers = this.#numbers
    const count = Math.min(params.length - first, maxTensors)
    this.#ints[0] = kernel
    this.#ints[1] = count
    for (let i = 0; i < count; i++) {
      const slot = optionSlots + i * slotsPerTensor
      const parameter = params[first + i] as ArrayView
      numbers[slot] = parameter.count
      numbers[slot + 1] = this.#addressOf4(parameter)
      for (let k = 0; k < buffers.length; k++) {
        const view = buffers[k]?.[first + i]
        numbers[slot + 2 + k] = view === undefined ? 0 : this.#addressOf4(view)
      }
    }
    this.#run()
  }

  // ---- Writing views into the descriptor.

  /** The address of the first element of a view on 4-byte elements. */
  #addressOf4(view: ArrayView): number {
    const { storage } = view
    return (storage.address === 0 ? this.#locate(storage) : storage.address) + view.offset * 4
  }

  #addressOf(view: ArrayView): number {
    const { storage } = view
    return (storage.address === 0 ? this.#locate(storage) : storage.address) + view.offset * bytesPerElement[view.dtype]
  }

  #locate(storage: Storage): number {
    storage.address = this.#addon.addressOf(storage.data)
    return storage.address
  }

  #writeShape(view: ArrayView): void {
    const ints = this.#ints
    const { shape } = view
    ints[2] = shape.length
    for (let d = 0; d < shape.length; d++) ints[3 + d] = shape[d] as number
  }

  #writeStrides(operand: number, view: ArrayView): void {
    const ints = this.#ints
    const { strides } = view
    const first = 3 + (operand + 1) * maxRank
    for (let d = 0; d < strides.length; d++) ints[first + d] = strides[d] as number
  }

  /** The number of rows and their length, for kernels over the last dimension. */
  #writeRows(view: ArrayView): void {
    const length = view.shape[view.shape.length - 1] as number
    this.#numbers[3] = length === 0 ? 0 : view.count / length
    this.#numbers[4] = length
  }
}

/** Whether a view's shape and strides fit the descriptor. */
function walkable(view: ArrayView): boolean {
  return view.shape.length <= maxRank && view.storage.length <= maxCount
}

function packedFloats(view: ArrayView): boolean {
  return view.dtype === "float32" && view.packed
}

/** An optimizer's lists hold one dtype throughout. */
function allFloats(params: ArrayView[]): boolean {
  return params[0]?.dtype === "float32"
}

function product(shape: readonly number[], from: number, to: number): number {
  let count = 1
  for (let d = from; d < to; d++) count *= shape[d] as number
  return count
}

/** By `type of out * 4 + type of x`: the conversions that copy.h has. */
const copiesNatively: readonly boolean[] = (() => {
  const pairs = new Array<boolean>(16).fill(false)
  const known = [
    ["float32", "float32"],
    ["float32", "bool"],
    ["float32", "int32"],
    ["float32", "float64"],
    ["float64", "float64"],
    ["float64", "float32"],
    ["int32", "int32"],
    ["int32", "bool"],
    ["bool", "bool"],
  ] as const
  for (const [out, x] of known) pairs[dtypeCodes[out] * 4 + dtypeCodes[x]] = true
  return pairs
})()
