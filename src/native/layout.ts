import type { ArrayView } from "./backend.js"
import type { Storage } from "./storage.js"

/** The number of elements of a shape; 1 for a scalar's `[]`. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (let i = 0; i < shape.length; i++) count *= shape[i] as number
  return count
}

/** The strides of a shape whose elements stand one after the other, last dimension fastest. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i] as number
  }
  return strides
}

/** Whether elements stand one after the other in memory; strides of dimensions of size 1 do not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number
    if (size === 0) return true
    if (size !== 1 && strides[i] !== expected) return false
    expected *= size
  }
  return true
}

/** A view on a storage; contiguous from `offset` on unless strides are given. */
export function makeView(
  storage: Storage,
  shape: readonly number[],
  strides: readonly number[] = contiguousStrides(shape),
  offset = 0,
): ArrayView {
  return {
    storage,
    offset,
    shape,
    strides,
    dtype: storage.dtype,
    count: elementCount(shape),
    packed: isContiguous(shape, strides),
  }
}
