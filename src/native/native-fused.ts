import type { ArrayView } from "./backend.js"
import { kernels } from "./descriptor.js"
import { bytesPerElement } from "./dtype.js"
import { type NativeCall, packedFloats, product } from "./native-call.js"

// Softmax, losses, and rows by number. Each function returns false, having done nothing, if it does not take its views.

/** out = gelu(x) and slope = gelu'(x). */
export function geluWithSlope(call: NativeCall, x: ArrayView, out: ArrayView, slope: ArrayView): boolean {
  if (!packedFloats(x) || !packedFloats(out) || !packedFloats(slope)) return false
  call.ints[0] = kernels.geluWithSlope
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(slope)
  call.numbers[2] = call.addressOf4(x)
  call.numbers[3] = x.count
  call.run()
  return true
}

/** Softmax, or its logarithm, over the last dimension. */
export function softmax(call: NativeCall, x: ArrayView, out: ArrayView, log: boolean): boolean {
  if (!packedFloats(x) || !packedFloats(out) || x.shape.length === 0) return false
  call.ints[0] = kernels.softmax
  call.ints[1] = log ? 1 : 0
  call.writeRows(x)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(x)
  call.run()
  return true
}

/** The gradient of softmax (or log-softmax) over the last dimension, from its output `y`. */
export function softmaxBackward(call: NativeCall, y: ArrayView, dy: ArrayView, out: ArrayView, log: boolean): boolean {
  if (!packedFloats(y) || !packedFloats(dy) || !packedFloats(out) || y.shape.length === 0) return false
  call.ints[0] = kernels.softmaxBackward
  call.ints[1] = log ? 1 : 0
  call.writeRows(y)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(y)
  call.numbers[2] = call.addressOf4(dy)
  call.run()
  return true
}

/** Softmax of the logits, and minus the logarithm of what it gives the targets. */
export function crossEntropy(
  call: NativeCall,
  logits: ArrayView,
  targets: ArrayView,
  ignore: number,
  probabilities: ArrayView,
  losses: ArrayView,
): boolean {
  const natively =
    packedFloats(logits) &&
    packedFloats(probabilities) &&
    packedFloats(losses) &&
    targets.dtype === "int32" &&
    targets.packed
  if (!natively) return false
  const numbers = call.numbers
  call.ints[0] = kernels.crossEntropy
  call.ints[1] = ignore
  call.writeRows(logits)
  numbers[0] = call.addressOf4(probabilities)
  numbers[1] = call.addressOf4(logits)
  numbers[2] = call.addressOf4(losses)
  numbers[5] = call.addressOf4(targets)
  call.run()
  return true
}

/** The gradient of the cross-entropy at the logits. */
export function crossEntropyBackward(
  call: NativeCall,
  probabilities: ArrayView,
  targets: ArrayView,
  ignore: number,
  dy: ArrayView,
  factor: number,
  out: ArrayView,
): boolean {
  const natively =
    packedFloats(probabilities) &&
    dy.dtype === "float32" &&
    packedFloats(out) &&
    targets.dtype === "int32" &&
    targets.packed
  if (!natively) return false
  const numbers = call.numbers
  call.ints[0] = kernels.crossEntropyBackward
  call.ints[1] = ignore
  call.ints[2] = dy.strides[0] as number // 0 where the rows share one gradient
  call.writeRows(probabilities)
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(probabilities)
  numbers[2] = call.addressOf4(dy)
  numbers[5] = call.addressOf4(targets)
  numbers[6] = factor
  call.run()
  return true
}

/** out = factor · Σ (a - b)². */
export function squaredError(call: NativeCall, a: ArrayView, b: ArrayView, factor: number, out: ArrayView): boolean {
  if (!packedFloats(a) || !packedFloats(b) || out.dtype !== "float32") return false
  const numbers = call.numbers
  call.ints[0] = kernels.squaredError
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(a)
  numbers[2] = call.addressOf4(b)
  numbers[3] = a.count
  numbers[4] = factor
  call.run()
  return true
}

/** out = factor · (a - b) · dy. */
export function squaredErrorBackward(
  call: NativeCall,
  a: ArrayView,
  b: ArrayView,
  dy: ArrayView,
  factor: number,
  out: ArrayView,
): boolean {
  if (!packedFloats(a) || !packedFloats(b) || !packedFloats(out) || dy.dtype !== "float32") return false
  const numbers = call.numbers
  call.ints[0] = kernels.squaredErrorBackward
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(a)
  numbers[2] = call.addressOf4(b)
  numbers[3] = out.count
  numbers[4] = factor
  numbers[5] = call.addressOf4(dy)
  call.run()
  return true
}

/** out = x with `dim` replaced by the rows that `index` names. */
export function indexSelect(call: NativeCall, x: ArrayView, dim: number, index: ArrayView, out: ArrayView): boolean {
  if (bytesPerElement[x.dtype] !== 4) return false
  return rowsByIndex(call, kernels.indexSelect, x, out, dim, index, x.shape[dim] as number)
}

/** out[..., index[i], ...] += x[..., i, ...]. */
export function indexAdd(call: NativeCall, x: ArrayView, dim: number, index: ArrayView, out: ArrayView): boolean {
  if (x.dtype !== "float32") return false
  return rowsByIndex(call, kernels.indexAdd, x, out, dim, index, out.shape[dim] as number)
}

/** Both: `length` is the number of rows of the tensor that the index points into. */
function rowsByIndex(
  call: NativeCall,
  kernel: number,
  x: ArrayView,
  out: ArrayView,
  dim: number,
  index: ArrayView,
  length: number,
): boolean {
  if (x.dtype !== out.dtype || !x.packed || !out.packed || index.dtype !== "int32" || !index.packed) return false
  const numbers = call.numbers
  call.ints[0] = kernel
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(x)
  numbers[2] = call.addressOf4(index)
  numbers[3] = product(x.shape, 0, dim)
  numbers[4] = index.count
  numbers[5] = length
  numbers[6] = product(x.shape, dim + 1, x.shape.length)
  call.run()
  return true
}
