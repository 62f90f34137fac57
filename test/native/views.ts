import type { ArrayView } from "../../src/native/backend.js"
import type { DType } from "../../src/native/dtype.js"
import { elementCount, makeView } from "../../src/native/layout.js"
import { Storage } from "../../src/native/storage.js"
import { newTypedArray, readElements } from "../../src/native/strided.js"

/** A small generator with a seed, so that a failure can be had again. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 0x100000000
  }
}

/** How the elements of a test's view lie in its storage. */
export type Lay = "packed" | "offset" | "transposed" | "gaps" | "repeatFirst" | "repeatLast"

/** A view of a shape on a storage that is larger than it needs to be, filled by `value`. */
export function layOut(shape: readonly number[], lay: Lay, value: () => number, dtype: DType = "float32"): ArrayView {
  const rank = shape.length
  const order = shape.map((_, d) => d)
  if (lay === "transposed") order.reverse()
  const strides = new Array<number>(rank).fill(0)
  const repeated = lay === "repeatFirst" ? 0 : lay === "repeatLast" ? rank - 1 : -1
  let stride = lay === "gaps" ? 2 : 1
  for (const d of order.reverse()) {
    strides[d] = d === repeated ? 0 : stride
    if (d !== repeated) stride *= Math.max(shape[d] as number, 1) + (lay === "gaps" ? 1 : 0)
  }
  const offset = lay === "packed" ? 0 : 3
  const storage = new Storage(dtype, newTypedArray(dtype, offset + stride + 5))
  for (let i = 0; i < storage.length; i++) storage.data[i] = value()
  return makeView(storage, shape, strides, offset)
}

/** A copy of the whole storage under the same view, for the other backend to write to. */
export function twin(view: ArrayView): ArrayView {
  return makeView(new Storage(view.dtype, view.storage.data.slice()), view.shape, view.strides, view.offset)
}

/** The elements of a view in order. */
export function elementsOf(view: ArrayView): number[] {
  return view.count === 0 ? [] : Array.from(readElements(view))
}

/** Where native and reference differ: null, or the first place with both values. Also looks at what must stay untouched. */
export function difference(actual: ArrayView, expected: ArrayView, relative: number, absolute: number): string | null {
  const a = actual.storage.data
  const e = expected.storage.data
  for (let i = 0; i < e.length; i++) {
    const x = a[i] as number
    const y = e[i] as number
    if (Object.is(x, y) || x === y || (Number.isNaN(x) && Number.isNaN(y))) continue
    if (!(Math.abs(x - y) <= absolute + relative * Math.abs(y))) {
      return `storage[${i}] is ${x}, reference ${y}; shape [${actual.shape}] strides [${actual.strides}]`
    }
  }
  return null
}

/** The number of elements of a shape. */
export const count = elementCount
