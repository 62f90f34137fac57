import type { ActivationOp, ArrayView, BinaryOp, UnaryOp } from "./backend.js"
import { binaryCodes, dtypeCodes, firstComparison, gradientCodes, kernels, unaryCodes } from "./descriptor.js"
import { type NativeCall, walkable } from "./native-call.js"

// Operations on each element. Each function returns false, having done nothing, if it does not take its views. Views that
// are packed share one short call; others pass their strides.

/** Every element becomes `value`. */
export function fill(call: NativeCall, out: ArrayView, value: number): boolean {
  if (out.dtype !== "float32" || !out.packed) return false
  if (out.count === 0) return true
  const numbers = call.numbers
  call.ints[0] = kernels.fill
  numbers[0] = call.addressOf4(out)
  numbers[1] = out.count
  numbers[2] = value
  call.run()
  return true
}

/** out = x, converted to out's dtype. */
export function copy(call: NativeCall, x: ArrayView, out: ArrayView): boolean {
  const pair = dtypeCodes[out.dtype] * 4 + dtypeCodes[x.dtype]
  if (!copiesNatively[pair] || !walkable(out) || !walkable(x)) return false
  if (out.count === 0) return true
  call.ints[0] = kernels.copy
  call.ints[1] = pair
  call.writeShape(out)
  call.writeStrides(0, out)
  call.writeStrides(1, x)
  call.numbers[0] = call.addressOf(out)
  call.numbers[1] = call.addressOf(x)
  call.run()
  return true
}

/** out = op(x). */
export function unary(call: NativeCall, op: UnaryOp, x: ArrayView, out: ArrayView): boolean {
  if (op === "isnan") return binary(call, "ne", x, x, out)
  const code = unaryCodes[op]
  if (code === undefined || x.dtype !== "float32" || out.dtype !== "float32") return false
  if (x.packed && out.packed) {
    const numbers = call.numbers
    call.ints[0] = kernels.unary
    call.ints[1] = code
    numbers[0] = call.addressOf4(out)
    numbers[1] = call.addressOf4(x)
    numbers[3] = out.count
    call.run()
    return true
  }
  if (!walkable(x) || !walkable(out)) return false
  call.ints[0] = kernels.unaryStrided
  call.ints[1] = code
  call.writeShape(out)
  call.writeStrides(0, out)
  call.writeStrides(1, x)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(x)
  call.run()
  return true
}

/** out = a op b. */
export function binary(call: NativeCall, op: BinaryOp, a: ArrayView, b: ArrayView, out: ArrayView): boolean {
  const code = binaryCodes[op]
  return code !== undefined && binaryByCode(call, code, a, b, out)
}

function binaryByCode(call: NativeCall, code: number, a: ArrayView, b: ArrayView, out: ArrayView): boolean {
  if (a.dtype !== "float32" || b.dtype !== "float32") return false
  if (out.dtype !== (code < firstComparison ? "float32" : "bool")) return false
  const ints = call.ints
  const numbers = call.numbers
  if (a.packed && b.packed && out.packed) {
    ints[0] = kernels.binary
    numbers[3] = out.count
  } else {
    if (!walkable(a) || !walkable(b) || !walkable(out)) return false
    ints[0] = kernels.binaryStrided
    call.writeShape(out)
    call.writeStrides(0, out)
    call.writeStrides(1, a)
    call.writeStrides(2, b)
  }
  ints[1] = code
  numbers[0] = code < firstComparison ? call.addressOf4(out) : call.addressOf(out)
  numbers[1] = call.addressOf4(a)
  numbers[2] = call.addressOf4(b)
  call.run()
  return true
}

/** out = a op value; with `reversed`, value op a. */
export function binaryScalar(
  call: NativeCall,
  op: BinaryOp,
  a: ArrayView,
  value: number,
  out: ArrayView,
  reversed: boolean,
): boolean {
  const code = binaryCodes[op]
  const natively =
    code !== undefined &&
    a.dtype === "float32" &&
    out.dtype === (code < firstComparison ? "float32" : "bool") &&
    a.packed &&
    out.packed
  if (!natively) return false
  const ints = call.ints
  const numbers = call.numbers
  ints[0] = kernels.binaryScalar
  ints[1] = code
  ints[2] = reversed ? 1 : 0
  numbers[0] = call.addressOf(out)
  numbers[1] = call.addressOf4(a)
  numbers[3] = out.count
  numbers[4] = value
  call.run()
  return true
}

/** out = condition ? a : b. */
export function where(call: NativeCall, condition: ArrayView, a: ArrayView, b: ArrayView, out: ArrayView): boolean {
  const natively =
    condition.dtype === "bool" &&
    (out.dtype === "float32" || out.dtype === "int32") &&
    a.dtype === out.dtype &&
    b.dtype === out.dtype &&
    walkable(condition) &&
    walkable(a) &&
    walkable(b) &&
    walkable(out)
  if (!natively) return false
  call.ints[0] = kernels.where
  call.writeShape(out)
  call.writeStrides(0, out)
  call.writeStrides(1, condition)
  call.writeStrides(2, a)
  call.writeStrides(3, b)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf(condition)
  call.numbers[2] = call.addressOf4(a)
  call.numbers[3] = call.addressOf4(b)
  call.run()
  return true
}

/** dx = dy · activation'(x), from the activation's output where that suffices. */
export function activationBackward(
  call: NativeCall,
  op: ActivationOp,
  x: ArrayView,
  y: ArrayView,
  dy: ArrayView,
  out: ArrayView,
): boolean {
  return binaryByCode(call, gradientCodes[op], dy, op === "gelu" || op === "silu" ? x : y, out)
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
