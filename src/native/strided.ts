import type { ArrayView } from "./backend.js"
import { bytesPerElement, type DType, dtypeArrays, type TypedArray } from "./dtype.js"
import { windowOf } from "./large-memory.js"
import { isContiguous } from "./layout.js"

/** A fresh typed array of a dtype, all zero. */
export function newTypedArray(dtype: DType, length: number): TypedArray {
  return new dtypeArrays[dtype](new ArrayBuffer(length * bytesPerElement[dtype]))
}

/** Visits the innermost rows of a shape: `visit(position, start)` with the row's first position and first element. */
function forEachRow(view: ArrayView, visit: (position: number, start: number) => void): void {
  const { shape, strides } = view
  const outer = shape.length - 1
  const rowLength = shape[outer] as number
  const index = new Array<number>(Math.max(outer, 0)).fill(0)
  let start = view.offset
  for (let position = 0; position < view.count; position += rowLength) {
    visit(position, start)
    for (let d = outer - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1
      start += strides[d] as number
      if ((index[d] as number) < (shape[d] as number)) break
      start -= (shape[d] as number) * (strides[d] as number)
      index[d] = 0
    }
  }
}

/** The elements of a view in order: a window on its storage where they stand in order already, else a copy. */
export function readElements(view: ArrayView): TypedArray {
  const { storage, offset, count } = view
  const data = storage.data
  if (view.packed) return windowOf(data, offset, offset + count)
  const out = newTypedArray(view.dtype, count)
  const rowLength = view.shape[view.shape.length - 1] as number
  const stride = view.strides[view.shape.length - 1] as number
  forEachRow(view, (position, start) => {
    for (let i = 0; i < rowLength; i++) out[position + i] = data[start + i * stride] as number
  })
  return out
}

/** Where a kernel writes the elements of `out` in order; `writeElements` brings them home. */
export function elementsToWrite(out: ArrayView): TypedArray {
  if (out.packed) return windowOf(out.storage.data, out.offset, out.offset + out.count)
  return newTypedArray(out.dtype, out.count)
}

/** Puts elements that were computed in order into a strided view; nothing to do where the view stands in order. */
export function writeElements(elements: TypedArray, out: ArrayView): void {
  if (out.packed) return
  const data = out.storage.data
  const rowLength = out.shape[out.shape.length - 1] as number
  const stride = out.strides[out.shape.length - 1] as number
  forEachRow(out, (position, start) => {
    for (let i = 0; i < rowLength; i++) data[start + i * stride] = elements[position + i] as number
  })
}

/** The same elements with another shape and strides. */
export function reviewed(
  view: ArrayView,
  shape: readonly number[],
  strides: readonly number[],
  offset = view.offset,
): ArrayView {
  let count = 1
  for (const size of shape) count *= size
  return {
    storage: view.storage,
    dtype: view.dtype,
    offset,
    shape,
    strides,
    count,
    packed: isContiguous(shape, strides),
  }
}
