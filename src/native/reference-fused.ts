import type { ActivationOp, ArrayView, LinearActivation } from "./backend.js"
import { erf } from "./erf.js"
import { unaryFunctions } from "./reference-elementwise.js"
import { matmul } from "./reference-matmul.js"
import { elementsToWrite, readElements, reviewed, writeElements } from "./strided.js"

/** out[M, N] = activation(x[M, K] @ weight[N, K]ᵀ + bias[N]). */
export function linear(
  x: ArrayView,
  weight: ArrayView,
  bias: ArrayView | null,
  activation: LinearActivation,
  out: ArrayView,
): void {
  const [n, k] = weight.shape as [number, number]
  const [rowStride, columnStride] = weight.strides as [number, number]
  matmul(x, reviewed(weight, [k, n], [columnStride, rowStride]), out, false)
  const to = elementsToWrite(out)
  if (!out.packed) to.set(readElements(out))
  const added = bias === null ? null : readElements(bias)
  const f = activation === "none" ? null : unaryFunctions[activation]
  for (let i = 0; i < to.length; i++) {
    const sum = (to[i] as number) + (added === null ? 0 : (added[i % n] as number))
    to[i] = f === null ? sum : f(sum)
  }
  writeElements(to, out)
}

const sigmoid = unaryFunctions.sigmoid
const normalDensity = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)

/** The slope of each activation at x, where its value is y. */
const slopes: { readonly [P in ActivationOp]: (x: number, y: number) => number } = {
  relu: (_x, y) => (y <= 0 ? 0 : 1),
  sigmoid: (_x, y) => y * (1 - y),
  tanh: (_x, y) => 1 - y * y,
  gelu: (x) => 0.5 * (1 + erf(x * Math.SQRT1_2)) + x * normalDensity(x),
  silu: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
}

/** dx = dy · activation'(x). */
export function activationBackward(op: ActivationOp, x: ArrayView, y: ArrayView, dy: ArrayView, out: ArrayView): void {
  const slope = slopes[op]
  const inputs = readElements(x)
  const outputs = readElements(y)
  const gradients = readElements(dy)
  const to = elementsToWrite(out)
  for (let i = 0; i < to.length; i++) {
    const s = slope(inputs[i] as number, outputs[i] as number)
    to[i] = s === 0 ? 0 : (gradients[i] as number) * s
  }
  writeElements(to, out)
}

/** out = gelu'(x). */
export function geluSlope(x: ArrayView, out: ArrayView): void {
  const from = readElements(x)
  const to = elementsToWrite(out)
  for (let i = 0; i < to.length; i++) to[i] = slopes.gelu(from[i] as number, 0)
  writeElements(to, out)
}

/** Softmax, or its logarithm, over the last dimension. */
export function softmax(x: ArrayView, out: ArrayView, log: boolean): void {
  const n = x.shape[x.shape.length - 1] as number
  const from = readElements(x)
  const to = elementsToWrite(out)
  const powers = new Float64Array(n)
  for (let row = 0; row < to.length; row += n) {
    let max = -Infinity
    for (let j = 0; j < n; j++) max = Math.max(max, from[row + j] as number)
    let sum = 0
    for (let j = 0; j < n; j++) {
      powers[j] = Math.exp((from[row + j] as number) - max)
      sum += powers[j] as number
    }
    const logSum = Math.log(sum)
    for (let j = 0; j < n; j++)
      to[row + j] = log ? (from[row + j] as number) - max - logSum : (powers[j] as number) / sum
  }
  writeElements(to, out)
}

/** softmax: dx = y · (dy - Σ dy·y); log-softmax: dx = dy - exp(y) · Σ dy. */
export function softmaxBackward(y: ArrayView, dy: ArrayView, out: ArrayView, log: boolean): void {
  const n = y.shape[y.shape.length - 1] as number
  const outputs = readElements(y)
  const gradients = readElements(dy)
  const to = elementsToWrite(out)
  for (let row = 0; row < to.length; row += n) {
    let sum = 0
    for (let j = row; j < row + n; j++) sum += (gradients[j] as number) * (log ? 1 : (outputs[j] as number))
    for (let j = row; j < row + n; j++) {
      const value = outputs[j] as number
      const gradient = gradients[j] as number
      to[j] = log ? gradient - Math.exp(value) * sum : value * (gradient - sum)
    }
  }
  writeElements(to, out)
}

/** probabilities = softmax(logits); losses[m] = -log(probabilities[m, targets[m]]), 0 where the target is `ignore`. */
export function crossEntropy(
  logits: ArrayView,
  targets: ArrayView,
  ignore: number,
  probabilities: ArrayView,
  losses: ArrayView,
): void {
  const n = logits.shape[1] as number
  softmax(logits, probabilities, false)
  const from = readElements(logits)
  const classes = readElements(targets)
  const to = elementsToWrite(losses)
  for (let m = 0; m < to.length; m++) {
    const target = classes[m] as number
    let max = -Infinity
    for (let j = 0; j < n; j++) max = Math.max(max, from[m * n + j] as number)
    let sum = 0
    for (let j = 0; j < n; j++) sum += Math.exp((from[m * n + j] as number) - max)
    to[m] = target === ignore ? 0 : Math.log(sum) + max - (from[m * n + target] as number)
  }
  writeElements(to, losses)
}

/** out[m, n] = (probabilities[m, n] - (n = targets[m])) · dy[m] · factor; rows whose target is `ignore` are 0. */
export function crossEntropyBackward(
  probabilities: ArrayView,
  targets: ArrayView,
  ignore: number,
  dy: ArrayView,
  factor: number,
  out: ArrayView,
): void {
  const n = probabilities.shape[1] as number
  const p = readElements(probabilities)
  const classes = readElements(targets)
  const gradients = readElements(dy)
  const to = elementsToWrite(out)
  for (let m = 0; m < classes.length; m++) {
    const target = classes[m] as number
    const scale = target === ignore ? 0 : (gradients[m] as number) * factor
    for (let j = 0; j < n; j++) to[m * n + j] = ((p[m * n + j] as number) - (j === target ? 1 : 0)) * scale
  }
  writeElements(to, out)
}

/** out[] = factor · Σ (a - b)². */
export function squaredError(a: ArrayView, b: ArrayView, factor: number, out: ArrayView): void {
  const left = readElements(a)
  const right = readElements(b)
  let sum = 0
  for (let i = 0; i < left.length; i++) sum += ((left[i] as number) - (right[i] as number)) ** 2
  out.storage.data[out.offset] = factor * sum
}

/** out = factor · (a - b) · dy. */
export function squaredErrorBackward(a: ArrayView, b: ArrayView, dy: ArrayView, factor: number, out: ArrayView): void {
  const left = readElements(a)
  const right = readElements(b)
  const scale = factor * (dy.storage.data[dy.offset] as number)
  const to = elementsToWrite(out)
  for (let i = 0; i < to.length; i++) to[i] = scale * ((left[i] as number) - (right[i] as number))
  writeElements(to, out)
}

/** out = x with `dim` replaced by the rows that `index` names. */
export function indexSelect(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
  const from = readElements(x)
  const rows = readElements(index)
  const to = elementsToWrite(out)
  const length = x.shape[dim] as number
  const inner = x.shape.slice(dim + 1).reduce((n, size) => n * size, 1)
  const outer = x.shape.slice(0, dim).reduce((n, size) => n * size, 1)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < rows.length; i++) {
      const start = (o * length + (rows[i] as number)) * inner
      to.set(from.subarray(start, start + inner), (o * rows.length + i) * inner)
    }
  }
  writeElements(to, out)
}

/** out[..., index[i], ...] += x[..., i, ...]. */
export function indexAdd(x: ArrayView, dim: number, index: ArrayView, out: ArrayView): void {
  const from = readElements(x)
  const rows = readElements(index)
  const to = elementsToWrite(out)
  if (!out.packed) to.set(readElements(out))
  const length = out.shape[dim] as number
  const inner = x.shape.slice(dim + 1).reduce((n, size) => n * size, 1)
  const outer = x.shape.slice(0, dim).reduce((n, size) => n * size, 1)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < rows.length; i++) {
      const target = (o * length + (rows[i] as number)) * inner
      const source = (o * rows.length + i) * inner
      for (let j = 0; j < inner; j++) to[target + j] = (to[target + j] as number) + (from[source + j] as number)
    }
  }
  writeElements(to, out)
}
