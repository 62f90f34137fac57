import { checkTensor } from "../tensor/check.js"
import type { Tensor } from "../tensor/tensor.js"
import { checkIntegers, mapAny, mapElements } from "./elementwise.js"

// Operations on the bits of whole numbers; on booleans they are the logical ones.

function bitwise(name: string, a: Tensor, b: Tensor | number, f: (a: number, b: number) => number): Tensor {
  checkIntegers(name, a)
  checkIntegers(name, b)
  return mapAny(name, a, b, f)
}

/**
 * The bits that both whole numbers have.
 *
 * @example tensor([6, 5], { dtype: "int32" }).bitwiseAnd(3) // tensor([2, 1], dtype=int32)
 */
export function bitwiseAnd(a: Tensor, b: Tensor | number): Tensor {
  return bitwise("bitwiseAnd", a, b, (x, y) => x & y)
}

/**
 * The bits that at least one of two whole numbers has.
 *
 * @example tensor([6, 5], { dtype: "int32" }).bitwiseOr(3) // tensor([7, 7], dtype=int32)
 */
export function bitwiseOr(a: Tensor, b: Tensor | number): Tensor {
  return bitwise("bitwiseOr", a, b, (x, y) => x | y)
}

/**
 * The bits that exactly one of two whole numbers has.
 *
 * @example tensor([6, 5], { dtype: "int32" }).bitwiseXor(3) // tensor([5, 6], dtype=int32)
 */
export function bitwiseXor(a: Tensor, b: Tensor | number): Tensor {
  return bitwise("bitwiseXor", a, b, (x, y) => x ^ y)
}

/**
 * All bits turned around; of a boolean, its opposite.
 *
 * @example tensor([0, 5], { dtype: "int32" }).bitwiseNot() // tensor([-1, -6], dtype=int32)
 */
export function bitwiseNot(x: Tensor): Tensor {
  checkTensor("bitwiseNot", x)
  checkIntegers("bitwiseNot", x)
  return mapElements(x, x.dtype, x.dtype === "bool" ? (value) => 1 - value : (value) => ~value)
}

/**
 * The bits moved to the left: times a power of two.
 *
 * @example tensor([1, 3], { dtype: "int32" }).bitwiseLeftShift(2) // tensor([ 4, 12], dtype=int32)
 */
export function bitwiseLeftShift(a: Tensor, b: Tensor | number): Tensor {
  return bitwise("bitwiseLeftShift", a, b, (x, y) => x << y)
}

/**
 * The bits moved to the right: divided by a power of two, rounded down.
 *
 * @example tensor([8, -3], { dtype: "int32" }).bitwiseRightShift(1) // tensor([ 4, -2], dtype=int32)
 */
export function bitwiseRightShift(a: Tensor, b: Tensor | number): Tensor {
  return bitwise("bitwiseRightShift", a, b, (x, y) => x >> y)
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)]
  while (y !== 0) [x, y] = [y, x % y]
  return x
}

/**
 * The greatest common divisor of whole numbers.
 *
 * @example tensor([12, 7], { dtype: "int32" }).gcd(8) // tensor([4, 1], dtype=int32)
 */
export function gcd(a: Tensor, b: Tensor | number): Tensor {
  return bitwise("gcd", a, b, greatestDivisor)
}

/**
 * The least common multiple of whole numbers.
 *
 * @example tensor([4, 7], { dtype: "int32" }).lcm(6) // tensor([12, 42], dtype=int32)
 */
export function lcm(a: Tensor, b: Tensor | number): Tensor {
  return bitwise("lcm", a, b, (x, y) => (x === 0 || y === 0 ? 0 : Math.abs((x / greatestDivisor(x, y)) * y)))
}
