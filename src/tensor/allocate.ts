import { bytesPerElement, type DType } from "../native/dtype.js"
import { contiguousStrides, elementCount } from "../native/layout.js"
import { allocate, isThereRoom } from "../native/pool.js"
import type { Storage } from "../native/storage.js"
import { notEnoughMemory } from "./messages.js"
import { Tensor } from "./tensor.js"

/** A tensor of a shape with arbitrary content, for an operation that writes all of it. */
export function uninitialized(shape: readonly number[], dtype: DType): Tensor {
  const count = elementCount(shape)
  return new Tensor(room(dtype, count, shape), 0, shape, contiguousStrides(shape), count, true)
}

/** The same for the shape of a tensor; it shares the arrays of shape and strides where it can. */
export function uninitializedLike(x: Tensor, dtype: DType): Tensor {
  const strides = x.packed ? x.strides : contiguousStrides(x.shape)
  return new Tensor(room(dtype, x.count, x.shape), 0, x.shape, strides, x.count, true)
}

/** A storage, or an error that says what for there is no memory. */
function room(dtype: DType, count: number, shape: readonly number[]): Storage {
  const bytes = count * bytesPerElement[dtype]
  if (!isThereRoom(bytes)) throw notEnoughMemory(shape, dtype, bytes)
  return allocate(dtype, count)
}
