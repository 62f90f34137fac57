import { described, needsGradient, record } from "../autograd/node.js"
import { noteOrigin } from "../autograd/origins.js"
import type { BinaryOp } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import type { DType } from "../native/dtype.js"
import { uninitialized, uninitializedLike } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { isFloatingPoint, promoteNumber, promoteTensors } from "../tensor/promote.js"
import { broadcastShapes, expandedView } from "../tensor/shape.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import { where } from "./choose.js"
import { to } from "./convert.js"
import { sumTo } from "./reduce.js"

/** Which dtypes an operation computes in, and what its answer is. */
type Kind = "same" | "float" | "bool"

/** Runs a binary kernel on a tensor and a tensor or number, broadcast and brought to one dtype. */
export function computeBinary(op: BinaryOp, name: string, a: Tensor, b: Tensor | number, kind: Kind): Tensor {
  if (!(a instanceof Tensor)) throw messages.notATensor(name, a, "a tensor")
  if (typeof b === "number") {
    let dtype = promoteNumber(a.dtype, b)
    if (kind === "float" && !isFloatingPoint(dtype)) dtype = "float32"
    const left = a.dtype === dtype ? a : to(a, dtype)
    const out = uninitializedLike(left, kind === "bool" ? "bool" : dtype)
    currentBackend().binaryScalar(op, left, b, out, false)
    return noteOrigin(out, op, [left], b)
  }
  if (!(b instanceof Tensor)) throw messages.notATensor(name, b)
  if (a.dtype === b.dtype && sameShape(a.shape, b.shape) && (kind !== "float" || isFloatingPoint(a.dtype))) {
    const out = uninitializedLike(a, outputType(a.dtype, kind, name, a))
    currentBackend().binary(op, a, b, out)
    return noteOrigin(out, op, [a, b])
  }
  let dtype = promoteTensors(a, b)
  if (kind === "float" && !isFloatingPoint(dtype)) dtype = "float32"
  const shape = broadcastShapes(name, a.shape, b.shape)
  const out = uninitialized(shape, outputType(dtype, kind, name, a))
  const [left, right] = [to(a, dtype), to(b, dtype)]
  currentBackend().binary(op, expandedView(left, shape), expandedView(right, shape), out)
  return noteOrigin(out, op, [left, right])
}

function outputType(dtype: DType, kind: Kind, name: string, a: Tensor): DType {
  if (kind === "bool") return "bool"
  if (dtype === "bool") throw messages.wrongDType(name, a, "numbers", "convert first: x.int() or x.float().")
  return dtype
}

/** A gradient for `x`, summed over what was broadcast, or null where x needs none. */
function back(x: Tensor | number, gradient: () => Tensor): Tensor | null {
  if (typeof x === "number" || !x.requiresGrad) return null
  return to(sumTo(gradient(), x.shape), x.dtype)
}

/** The second operand when it is a number: the tape's inputs are tensors. */
function numberIn(b: Tensor | number): number | null {
  return typeof b === "number" ? b : null
}

/** The operands that are tensors. */
function tensors(a: Tensor, b: Tensor | number): readonly Tensor[] {
  return typeof b === "number" ? [a] : [a, b]
}

/**
 * Adds element by element: `a + b`. The shapes broadcast.
 *
 * @example tensor([1, 2]).add(10) // tensor([11., 12.])
 */
export function add(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("add", "add", a, b, "same")
  if (!needsGradient(a, b)) return out
  return described(
    record("add", out, tensors(a, b), (dy) => [back(a, () => dy), back(b, () => dy)]),
    numberIn(b),
  )
}

/**
 * Subtracts element by element: `a - b`. The shapes broadcast.
 *
 * @example tensor([1, 2]).sub(tensor([3, 5])) // tensor([-2., -3.])
 */
export function sub(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("sub", "sub", a, b, "same")
  if (!needsGradient(a, b)) return out
  return described(
    record("sub", out, tensors(a, b), (dy) => [back(a, () => dy), back(b, () => dy.neg())]),
    numberIn(b),
  )
}

/**
 * Multiplies element by element: `a · b`. The shapes broadcast.
 *
 * @example tensor([1, 2]).mul(tensor([[3], [5]])) // tensor([[ 3.,  6.],\n        [ 5., 10.]])
 */
export function mul(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("mul", "mul", a, b, "same")
  if (!needsGradient(a, b)) return out
  const inputs = tensors(a, b)
  const rule = (dy: Tensor) => [back(a, () => dy.mul(b)), back(b, () => dy.mul(a))]
  return described(record("mul", out, inputs, rule, inputs), numberIn(b))
}

/**
 * Divides element by element: `a / b`. Integers give float32. The shapes broadcast.
 *
 * @example tensor([1, 2]).div(4) // tensor([0.2500, 0.5000])
 */
export function div(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("div", "div", a, b, "float")
  if (!needsGradient(a, b)) return out
  const inputs = tensors(a, b)
  const rule = (dy: Tensor) => [back(a, () => dy.div(b)), back(b, () => dy.mul(a).div(b).div(b).neg())]
  return described(record("div", out, inputs, rule, inputs), numberIn(b))
}

/**
 * Raises each element to a power: `aᵇ`.
 *
 * @example tensor([1, 2, 3]).pow(2) // tensor([1., 4., 9.])
 */
export function pow(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("pow", "pow", a, b, "same")
  if (!needsGradient(a, b)) return out
  const towardsBase = (dy: Tensor) => {
    if (typeof b !== "number") return dy.mul(b).mul(a.pow(b.sub(1)))
    return b === 0 ? dy.mul(0) : dy.mul(a.pow(b - 1)).mul(b)
  }
  // aᵇ does not depend on b where a is 0; log(a) would make it NaN.
  const towardsExponent = (dy: Tensor) => dy.mul(a.pow(b)).mul(a.maskedFill(a.detach().eq(0), 1).log())
  const inputs = tensors(a, b)
  const rule = (dy: Tensor) => [back(a, () => towardsBase(dy)), back(b, () => towardsExponent(dy))]
  return described(record("pow", out, inputs, rule, inputs), numberIn(b))
}

/**
 * The remainder of the division, with the sign of the divisor.
 *
 * @example tensor([5, -5]).remainder(3) // tensor([2., 1.])
 */
export function remainder(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("mod", "remainder", a, b, "same")
  if (!needsGradient(a, b)) return out
  const quotient = () =>
    a
      .detach()
      .div(typeof b === "number" ? b : b.detach())
      .floor()
      .neg()
  const inputs = tensors(a, b)
  return record("remainder", out, inputs, (dy) => [back(a, () => dy), back(b, () => dy.mul(quotient()))], inputs)
}

/** The gradient of an extreme goes to all but the loser (NaN has none), halved between equals. */
function shareOf(loses: Tensor, a: Tensor, b: Tensor | number): Tensor {
  return loses.to(a.dtype).add(a.detach().eq(b).to(a.dtype).mul(0.5)).neg().add(1)
}

/**
 * The larger of two elements; NaN if one is NaN.
 *
 * @example tensor([1, 5]).maximum(3) // tensor([3., 5.])
 */
export function maximum(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("maximum", "maximum", a, b, "same")
  if (!needsGradient(a, b)) return out
  const inputs = tensors(a, b)
  return record(
    "maximum",
    out,
    inputs,
    (dy) => [back(a, () => dy.mul(shareOf(a.lt(b), a, b))), back(b, () => dy.mul(shareOf(a.gt(b), a, b)))],
    inputs,
  )
}

/**
 * The smaller of two elements; NaN if one is NaN.
 *
 * @example tensor([1, 5]).minimum(3) // tensor([1., 3.])
 */
export function minimum(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("minimum", "minimum", a, b, "same")
  if (!needsGradient(a, b)) return out
  const inputs = tensors(a, b)
  return record(
    "minimum",
    out,
    inputs,
    (dy) => [back(a, () => dy.mul(shareOf(a.gt(b), a, b))), back(b, () => dy.mul(shareOf(a.lt(b), a, b)))],
    inputs,
  )
}

/**
 * The angle of the point (b, a), in radians.
 *
 * @example tensor([1, 0]).atan2(tensor([1, -1])) // tensor([0.7854, 3.1416])
 */
export function atan2(a: Tensor, b: Tensor | number): Tensor {
  const out = computeBinary("atan2", "atan2", a, b, "float")
  if (!needsGradient(a, b)) return out
  const inputs = tensors(a, b)
  const squares = () => a.mul(a).add(typeof b === "number" ? b * b : b.mul(b))
  return record(
    "atan2",
    out,
    inputs,
    (dy) => [back(a, () => dy.mul(b).div(squares())), back(b, () => dy.mul(a).div(squares()).neg())],
    inputs,
  )
}

/** A bound of `clamp`: a number, a tensor that broadcasts, or none. */
export type Bound = number | Tensor | null

/**
 * Brings each element into a range; bounds may be numbers or tensors that broadcast. The gradient is 0 outside it.
 *
 * @example tensor([-2, 0.5, 2]).clamp(-1, 1) // tensor([-1.0000,  0.5000,  1.0000])
 * @example tensor([-2, 5]).clamp(tensor([-1, 0]), tensor([1, 3])) // tensor([-1.,  3.])
 */
export function clamp(x: Tensor, min: Bound = -Infinity, max: Bound = Infinity): Tensor {
  checkTensor("clamp", x)
  if (min instanceof Tensor || max instanceof Tensor) return clampBetween(x, min, max)
  return clampToNumbers(x, min ?? -Infinity, max ?? Infinity)
}

function clampBetween(x: Tensor, min: Bound, max: Bound): Tensor {
  for (const bound of [min, max]) if (bound instanceof Tensor) broadcastShapes("clamp", x.shape, bound.shape)
  const above = min === null || min === -Infinity ? x : where(x.detach().lt(min), min, x)
  return max === null || max === Infinity ? above : where(above.detach().gt(max), max, above)
}

function clampToNumbers(x: Tensor, min: number, max: number): Tensor {
  if (typeof min !== "number") throw messages.badNumber("clamp", "min", min, "a number or a tensor")
  if (typeof max !== "number") throw messages.badNumber("clamp", "max", max, "a number or a tensor")
  if (x.dtype === "bool") throw messages.wrongDType("clamp", x, "numbers", "convert first: x.int() or x.float().")
  const bounds = [min, max].filter(Number.isFinite)
  const numbers = to(x, bounds.reduce(promoteNumber, x.dtype))
  const out = uninitializedLike(numbers, numbers.dtype)
  currentBackend().copy(numbers, out)
  // Infinite bounds bound nothing, and int32 could not hold them. A NaN bound makes everything NaN.
  if (min !== -Infinity) currentBackend().binaryScalar("maximum", out, min, out, false)
  if (max !== Infinity) currentBackend().binaryScalar("minimum", out, max, out, false)
  if (!needsGradient(x)) return out
  const rule = (dy: Tensor) => [dy.mul(x.detach().ge(min).logicalAnd(x.detach().le(max)).to(dy.dtype))]
  return described(record("clamp", out, [x], rule, [x]), [min, max])
}

/**
 * Between two tensors: `a + weight · (b - a)`.
 *
 * @example tensor([0, 10]).lerp(tensor([10, 20]), 0.5) // tensor([ 5., 15.])
 */
export function lerp(a: Tensor, b: Tensor, weight: number | Tensor): Tensor {
  checkTensor("lerp", a)
  return a.add(b.sub(a).mul(weight))
}
