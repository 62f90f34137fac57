import { checkTensor } from "../tensor/check.js"
import { normalizeDim } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { maximum, minimum } from "./binary.js"
import { Sorted } from "./order.js"
import { amax, amin, argmax, argmin, type ReduceOptions } from "./reduce.js"
import { gather } from "./select.js"

/** The largest or smallest elements of a dimension with their positions; the gradient goes to the first of equals. */
function alongDim(op: "max" | "min", x: Tensor, dim: number, { keepdim = false }: ReduceOptions): Sorted {
  const d = normalizeDim(op, dim, x.shape)
  const indices = (op === "max" ? argmax : argmin)(x, d, { keepdim: true })
  if (x.shape.length === 0) return new Sorted(x, indices)
  const values = gather(x, d, indices)
  return keepdim ? new Sorted(values, indices) : new Sorted(values.squeeze(d), indices.squeeze(d))
}

/**
 * The largest element of all; with a dimension the largest of each line along it and where the first of them stands, int32; with
 * another tensor the larger of each two elements, as `maximum`. NaN counts as the largest. `amax` takes several dimensions.
 *
 * @example const [values, indices] = max(tensor([[1, 5], [3, 2]]), 1); indices // tensor([1, 0], dtype=int32)
 */
export function max(x: Tensor): Tensor
export function max(x: Tensor, dim: number, options?: ReduceOptions): Sorted
export function max(x: Tensor, other: Tensor): Tensor
export function max(x: Tensor, by?: number | Tensor, options: ReduceOptions = {}): Tensor | Sorted {
  checkTensor("max", x)
  if (by === undefined) return amax(x)
  return by instanceof Tensor ? maximum(x, by) : alongDim("max", x, by, options)
}

/**
 * The smallest element of all; with a dimension the smallest of each line along it and where the first of them stands, int32;
 * with another tensor the smaller of each two elements, as `minimum`. NaN counts as the smallest. `amin` takes several dimensions.
 *
 * @example min(tensor([[1, 5], [3, 2]]), 1).values // tensor([1., 2.])
 */
export function min(x: Tensor): Tensor
export function min(x: Tensor, dim: number, options?: ReduceOptions): Sorted
export function min(x: Tensor, other: Tensor): Tensor
export function min(x: Tensor, by?: number | Tensor, options: ReduceOptions = {}): Tensor | Sorted {
  checkTensor("min", x)
  if (by === undefined) return amin(x)
  return by instanceof Tensor ? minimum(x, by) : alongDim("min", x, by, options)
}
