import { checkTensor } from "../tensor/check.js"
import type { Tensor } from "../tensor/tensor.js"
import { computeBinary } from "./binary.js"
import { all } from "./reduce.js"

/**
 * True where the elements are equal.
 *
 * @example tensor([1, 2]).eq(2) // tensor([false,  true])
 */
export function eq(a: Tensor, b: Tensor | number): Tensor {
  return computeBinary("eq", "eq", a, b, "bool")
}

/**
 * True where the elements differ.
 *
 * @example tensor([1, 2]).ne(2) // tensor([ true, false])
 */
export function ne(a: Tensor, b: Tensor | number): Tensor {
  return computeBinary("ne", "ne", a, b, "bool")
}

/**
 * True where the left is smaller.
 *
 * @example tensor([1, 2]).lt(2) // tensor([ true, false])
 */
export function lt(a: Tensor, b: Tensor | number): Tensor {
  return computeBinary("lt", "lt", a, b, "bool")
}

/**
 * True where the left is smaller or equal.
 *
 * @example tensor([1, 2, 3]).le(2) // tensor([ true,  true, false])
 */
export function le(a: Tensor, b: Tensor | number): Tensor {
  return computeBinary("le", "le", a, b, "bool")
}

/**
 * True where the left is larger.
 *
 * @example tensor([1, 2, 3]).gt(2) // tensor([false, false,  true])
 */
export function gt(a: Tensor, b: Tensor | number): Tensor {
  return computeBinary("gt", "gt", a, b, "bool")
}

/**
 * True where the left is larger or equal.
 *
 * @example tensor([1, 2, 3]).ge(2) // tensor([false,  true,  true])
 */
export function ge(a: Tensor, b: Tensor | number): Tensor {
  return computeBinary("ge", "ge", a, b, "bool")
}

/**
 * True where both are true (or not 0).
 *
 * @example tensor([true, true]).logicalAnd(tensor([true, false])) // tensor([ true, false])
 */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return computeBinary("and", "logicalAnd", a, b, "bool")
}

/**
 * True where at least one is true (or not 0).
 *
 * @example tensor([true, false]).logicalOr(tensor([false, false])) // tensor([ true, false])
 */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return computeBinary("or", "logicalOr", a, b, "bool")
}

/**
 * True where exactly one is true (or not 0).
 *
 * @example tensor([true, false]).logicalXor(tensor([true, true])) // tensor([false,  true])
 */
export function logicalXor(a: Tensor, b: Tensor): Tensor {
  return computeBinary("xor", "logicalXor", a, b, "bool")
}

/**
 * True where the elements differ by no more than `atol + rtol · |b|`.
 *
 * @example tensor([1, 2]).isclose(tensor([1.000001, 2.1])) // tensor([ true, false])
 */
export function isclose(
  a: Tensor,
  b: Tensor,
  { rtol = 1e-5, atol = 1e-8 }: { rtol?: number; atol?: number } = {},
): Tensor {
  checkTensor("isclose", a)
  const difference = a.detach().sub(b.detach()).abs()
  return a.eq(b).logicalOr(difference.le(b.detach().abs().mul(rtol).add(atol)))
}

/**
 * Whether all elements are close; see `isclose`.
 *
 * @example tensor([1, 2]).allclose(tensor([1.000001, 2])) // true
 */
export function allclose(a: Tensor, b: Tensor, options: { rtol?: number; atol?: number } = {}): boolean {
  return all(isclose(a, b, options)).item() === 1
}

/**
 * Whether two tensors have the same shape and the same elements.
 *
 * @example tensor([1, 2]).equal(tensor([1, 2])) // true
 */
export function equal(a: Tensor, b: Tensor): boolean {
  checkTensor("equal", a)
  if (a.shape.length !== b.shape.length || a.shape.some((size, d) => size !== b.shape[d])) return false
  return all(a.eq(b)).item() === 1
}
