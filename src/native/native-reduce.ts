import type { ArgReduceOp, ArrayView, ReduceOp } from "./backend.js"
import { kernels, maxRank, reductionCodes } from "./descriptor.js"
import { type NativeCall, product, walkable } from "./native-call.js"

// Reductions. Each function returns false, having done nothing, if it does not take its views.

/** Reduces the dimensions in which `out` has size 1 and `x` has not. */
export function reduce(call: NativeCall, op: ReduceOp, x: ArrayView, out: ArrayView): boolean {
  const code = reductionCodes[op]
  const natively =
    code !== undefined && x.dtype === "float32" && out.dtype === "float32" && walkable(x) && walkable(out)
  if (!natively) return false
  const ints = call.ints
  ints[0] = kernels.reduce
  ints[1] = code
  call.writeShape(x)
  call.writeStrides(1, x)
  const { shape, strides } = out
  for (let d = 0; d < shape.length; d++) {
    ints[3 + maxRank + d] = shape[d] === 1 && x.shape[d] !== 1 ? 0 : (strides[d] as number)
  }
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(x)
  call.run()
  return true
}

/** The first index of the extreme along `dim`. */
export function argReduce(call: NativeCall, op: ArgReduceOp, x: ArrayView, out: ArrayView, dim: number): boolean {
  if (x.count === 0 || x.dtype !== "float32" || !x.packed || out.dtype !== "int32" || !out.packed) return false
  const numbers = call.numbers
  call.ints[0] = kernels.argReduce
  call.ints[1] = op === "argmin" ? 1 : 0
  call.ints[2] = x.shape[dim] as number
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(x)
  numbers[2] = product(x.shape, 0, dim)
  numbers[3] = product(x.shape, dim + 1, x.shape.length)
  call.run()
  return true
}
