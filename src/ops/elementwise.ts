import type { DType } from "../native/dtype.js"
import { readElements } from "../native/strided.js"
import { uninitialized, uninitializedLike } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { isFloatingPoint, promoteNumber, promoteTensors } from "../tensor/promote.js"
import { broadcastShapes, expandedView } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"

// Functions of elements that no backend has a kernel for: computed here, one number after the other.

/** A function of each element, as fractions. */
export function mapFloat(x: Tensor, f: (x: number) => number): Tensor {
  checkTensor("an operation on elements", x)
  const source = isFloatingPoint(x.dtype) ? x : to(x, "float32")
  return mapElements(source, source.dtype, f)
}

/** A function of each element, in a dtype. */
export function mapElements(x: Tensor, dtype: DType, f: (x: number) => number): Tensor {
  const out = uninitializedLike(x, dtype)
  const from = readElements(x)
  const data = out.storage.data
  for (let i = 0; i < out.count; i++) data[i] = f(from[i] as number)
  return out
}

/** A function of pairs of numbers, broadcast and brought to one dtype, which the answer has too. */
export function mapPairs(name: string, a: Tensor, b: Tensor | number, f: (a: number, b: number) => number): Tensor {
  const [left, right] = operands(name, a, b)
  if (left.dtype === "bool") throw messages.wrongDType(name, a, "numbers", "convert first: x.int() or x.float().")
  return mapAny(name, left, right, f)
}

/** The same for operations that have a meaning for booleans too. */
export function mapAny(name: string, a: Tensor, b: Tensor | number, f: (a: number, b: number) => number): Tensor {
  const [left, right] = operands(name, a, b)
  const shape = broadcastShapes(name, left.shape, right.shape)
  const out = uninitialized(shape, left.dtype)
  const from = readElements(expandedView(left, shape))
  const by = readElements(expandedView(right, shape))
  const data = out.storage.data
  for (let i = 0; i < out.count; i++) data[i] = f(from[i] as number, by[i] as number)
  return out
}

/** Two operands as tensors of one dtype. */
export function operands(name: string, a: Tensor, b: Tensor | number): [Tensor, Tensor] {
  checkTensor(name, a)
  if (typeof b === "number") {
    const left = to(a, promoteNumber(a.dtype, b))
    const right = uninitialized([], left.dtype)
    right.storage.data[0] = b
    return [left, right]
  }
  if (!(b instanceof Tensor)) throw messages.notATensor(name, b)
  const dtype = promoteTensors(a, b)
  return [to(a, dtype), to(b, dtype)]
}

/** An operand that must be integers or booleans. */
export function checkIntegers(name: string, x: Tensor | number): void {
  if (typeof x !== "number") checkTensor(name, x)
  if (typeof x === "number" ? Number.isInteger(x) : x.dtype === "int32" || x.dtype === "bool") return
  if (typeof x === "number") throw messages.badNumber(name, "the operand", x, "a whole number")
  throw messages.wrongDType(name, x, "integers or booleans", "convert first: x.int().")
}
