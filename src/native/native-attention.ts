import type { ArrayView, AttentionOperands } from "./backend.js"
import { kernels } from "./descriptor.js"
import { type NativeCall, packedFloats, walkable } from "./native-call.js"

// Attention. Each function returns false, having done nothing, if it does not take its views.

/** The largest size of a head (attention.h). */
const maxSize = 256

/** Rows anywhere, elements side by side. */
function rowsOfFloats(view: ArrayView): boolean {
  return view.dtype === "float32" && walkable(view) && (view.strides[3] === 1 || (view.shape[3] as number) <= 1)
}

function takes({ q, k, v, mask }: AttentionOperands, logSums: ArrayView, others: readonly ArrayView[]): boolean {
  return (
    [q, k, v, ...others].every(rowsOfFloats) &&
    (mask === null || (mask.dtype === "float32" && walkable(mask))) &&
    packedFloats(logSums) &&
    (q.shape[3] as number) <= maxSize &&
    (v.shape[3] as number) <= maxSize &&
    (k.shape[2] as number) > 0
  )
}

/** Writes what both ways share; the strides of each matrix follow each other. */
function writeOperands(
  call: NativeCall,
  { q, k, v, mask, causal, scale }: AttentionOperands,
  out: ArrayView,
  logSums: ArrayView,
): void {
  const { ints, numbers } = call
  ints[1] = q.shape[0] as number
  ints[2] = q.shape[1] as number
  ints[3] = q.shape[2] as number
  ints[4] = k.shape[2] as number
  ints[5] = q.shape[3] as number
  ints[6] = v.shape[3] as number
  ints[7] = causal ? 1 : 0
  for (let d = 0; d < 4; d++) ints[8 + d] = mask === null ? 0 : (mask.strides[d] as number)
  writeRows(call, 0, 12, q)
  writeRows(call, 1, 15, k)
  writeRows(call, 2, 18, v)
  writeRows(call, 3, 21, out)
  numbers[4] = call.addressOf4(logSums)
  numbers[5] = mask === null ? 0 : call.addressOf4(mask)
  numbers[6] = scale
}

function writeRows(call: NativeCall, number: number, firstInt: number, view: ArrayView): void {
  call.numbers[number] = call.addressOf4(view)
  for (let d = 0; d < 3; d++) call.ints[firstInt + d] = view.strides[d] as number
}

/** out = softmax(scale · q kᵀ + mask) v. */
export function attention(call: NativeCall, operands: AttentionOperands, out: ArrayView, logSums: ArrayView): boolean {
  if (!takes(operands, logSums, [out])) return false
  call.ints[0] = kernels.attention
  writeOperands(call, operands, out, logSums)
  call.run()
  return true
}

/** The gradients of attention. */
export function attentionBackward(
  call: NativeCall,
  operands: AttentionOperands,
  out: ArrayView,
  logSums: ArrayView,
  dOut: ArrayView,
  dq: ArrayView,
  dk: ArrayView,
  dv: ArrayView,
): boolean {
  if (!takes(operands, logSums, [out, dOut, dq, dk, dv])) return false
  call.ints[0] = kernels.attentionBackward
  writeOperands(call, operands, out, logSums)
  writeRows(call, 7, 24, dOut)
  writeRows(call, 8, 27, dq)
  writeRows(call, 9, 30, dk)
  writeRows(call, 10, 33, dv)
  call.run()
  return true
}
