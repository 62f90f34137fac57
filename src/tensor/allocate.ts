import type { DType } from "../native/dtype.js"
import { contiguousStrides, elementCount } from "../native/layout.js"
import { allocate } from "../native/pool.js"
import { Tensor } from "./tensor.js"

/** A tensor of a shape with arbitrary content, for an operation that writes all of it. */
export function uninitialized(shape: readonly number[], dtype: DType): Tensor {
  const count = elementCount(shape)
  return new Tensor(allocate(dtype, count), 0, shape, contiguousStrides(shape), count, true)
}

/** The same for the shape of a tensor; it shares the arrays of shape and strides where it can. */
export function uninitializedLike(x: Tensor, dtype: DType): Tensor {
  const strides = x.packed ? x.strides : contiguousStrides(x.shape)
  return new Tensor(allocate(dtype, x.count), 0, x.shape, strides, x.count, true)
}
