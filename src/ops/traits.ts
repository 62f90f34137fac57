import { bytesPerElement } from "../native/dtype.js"
import { checkTensor } from "../tensor/check.js"
import { isFloatingPoint as isFloating } from "../tensor/promote.js"
import type { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"

// What a tensor is, in numbers and yes or no.

/**
 * Whether the elements are fractions: float32 or float64.
 *
 * @example tensor([1, 2]).isFloatingPoint() // true
 */
export function isFloatingPoint(x: Tensor): boolean {
  checkTensor("isFloatingPoint", x)
  return isFloating(x.dtype)
}

/**
 * Whether the elements can be negative: all but booleans.
 *
 * @example tensor([true]).isSigned() // false
 */
export function isSigned(x: Tensor): boolean {
  checkTensor("isSigned", x)
  return x.dtype !== "bool"
}

/**
 * How many bytes one element takes.
 *
 * @example zeros([3], { dtype: "float64" }).elementSize() // 8
 */
export function elementSize(x: Tensor): number {
  checkTensor("elementSize", x)
  return bytesPerElement[x.dtype]
}

/**
 * Whether the only element of a tensor is not 0.
 *
 * Errors: a tensor of no or of several elements.
 *
 * @example isNonzero(tensor([0])) // false
 */
export function isNonzero(x: Tensor): boolean {
  checkTensor("isNonzero", x)
  if (x.count !== 1) throw messages.oneElement("isNonzero", x.shape)
  return x.item() !== 0
}
