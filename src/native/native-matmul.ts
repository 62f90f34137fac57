import type { ArrayView, LinearActivation } from "./backend.js"
import { kernels, linearActivationCodes, maxBatchDimensions } from "./descriptor.js"
import { type NativeCall, walkable } from "./native-call.js"

// Matrix products. Each function returns false, having done nothing, if it does not take its views.

/** out[..., M, N] = a[..., M, K] @ b[..., K, N] (+ out if accumulate). */
export function matmul(call: NativeCall, a: ArrayView, b: ArrayView, out: ArrayView, accumulate: boolean): boolean {
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
  if (!natively) return false
  // An output that stands by columns is the transposed product, Cᵀ = Bᵀ Aᵀ, standing by rows.
  if (byRows) writeProduct(call, a, last - 1, last, b, last - 1, last, rows, columns, rowStride, out, accumulate)
  else writeProduct(call, b, last, last - 1, a, last, last - 1, columns, rows, columnStride, out, accumulate)
  call.run()
  return true
}

/** Writes the product of left[row, column] and right[row, column], dimensions given by number. */
function writeProduct(
  call: NativeCall,
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
  const ints = call.ints
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
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(left)
  call.numbers[2] = call.addressOf4(right)
}

/** out[M, N] = activation(x[M, K] @ weight[N, K]ᵀ + bias[N]). */
export function linear(
  call: NativeCall,
  x: ArrayView,
  weight: ArrayView,
  bias: ArrayView | null,
  activation: LinearActivation,
  out: ArrayView,
): boolean {
  const natively =
    x.dtype === "float32" &&
    weight.dtype === "float32" &&
    out.dtype === "float32" &&
    (bias === null || (bias.dtype === "float32" && bias.packed)) &&
    (out.packed || out.strides[1] === 1) &&
    walkable(x) &&
    walkable(weight) &&
    walkable(out)
  if (!natively) return false
  const ints = call.ints
  const numbers = call.numbers
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
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(x)
  numbers[2] = call.addressOf4(weight)
  numbers[3] = bias === null ? 0 : call.addressOf4(bias)
  call.run()
  return true
}
