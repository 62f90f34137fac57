import type { Addon } from "./addon.js"
import type { ArrayView } from "./backend.js"
import { maxRank } from "./descriptor.js"
import { bytesPerElement, type TypedArray } from "./dtype.js"

/** Sizes and strides travel as 32-bit integers; what is larger goes to the reference. */
const maxCount = 0x7fffffff

/** What a kernel says of elements that are no longer here. */
export const transferred = "This tensor's memory was transferred to another thread (postMessage or structuredClone)."

/**
 * A call into the addon: writes views into the shared descriptor and runs it. The slots of each call are described beside
 * the C++ function that reads them.
 */
export class NativeCall {
  readonly ints: Int32Array
  readonly numbers: Float64Array
  readonly run: () => void
  /** Whether kernels work on copies of what they are given. */
  readonly copies: boolean = false

  constructor(readonly addon: Addon) {
    this.ints = addon.ints
    this.numbers = addon.numbers
    this.run = addon.run
  }

  /** The address of the first element of a view on 4-byte elements. */
  addressOf4(view: ArrayView): number {
    const { storage } = view
    if (storage.address === 0 || storage.data.length === 0) this.#locate(view)
    return storage.address + view.offset * 4
  }

  /** The address of the first element of a view of any dtype. */
  addressOf(view: ArrayView): number {
    const { storage } = view
    if (storage.address === 0 || storage.data.length === 0) this.#locate(view)
    return storage.address + view.offset * bytesPerElement[view.dtype]
  }

  /** The address of an array's first element, for one call: the array must be kept until then. */
  addressOfArray(array: TypedArray): number {
    return this.addon.addressOf(array)
  }

  /** Asks for a storage's address; once, unless it is empty. */
  #locate({ storage, count }: ArrayView): void {
    if (storage.data.length === 0 && count > 0) {
      // Its address would point at memory that is another's now.
      throw new Error(transferred)
    }
    storage.address = this.addon.addressOf(storage.data)
  }

  /** The shape that all operands of a walk share (walk.h). */
  writeShape(view: ArrayView): void {
    const { ints } = this
    const { shape } = view
    ints[2] = shape.length
    for (let d = 0; d < shape.length; d++) ints[3 + d] = shape[d] as number
  }

  /** The strides of one operand of a walk; operand 0 is the output. */
  writeStrides(operand: number, view: ArrayView): void {
    const { ints } = this
    const { strides } = view
    const first = 3 + (operand + 1) * maxRank
    for (let d = 0; d < strides.length; d++) ints[first + d] = strides[d] as number
  }

  /** The number of rows and their length, for kernels over the last dimension. */
  writeRows(view: ArrayView): void {
    const length = view.shape[view.shape.length - 1] as number
    this.numbers[3] = length === 0 ? 0 : view.count / length
    this.numbers[4] = length
  }
}

/** Whether a view's shape and strides fit the descriptor. */
export function walkable(view: ArrayView): boolean {
  return view.shape.length <= maxRank && view.storage.length <= maxCount
}

export function packedFloats(view: ArrayView): boolean {
  return view.dtype === "float32" && view.packed
}

/** The product of the sizes from dimension `from` to before `to`. */
export function product(shape: readonly number[], from: number, to: number): number {
  let count = 1
  for (let d = from; d < to; d++) count *= shape[d] as number
  return count
}
