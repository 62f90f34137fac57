import { bytesPerElement, type DType, type TypedArray } from "./dtype.js"

/** A flat run of elements of one dtype, shared by every tensor that views it. */
export class Storage {
  /**
   * Where the elements stand in memory, for native kernels; 0 until the native backend asks for it. An ArrayBuffer that
   * was allocated as such never moves, so the address holds as long as the storage is reachable.
   */
  address = 0

  constructor(
    readonly dtype: DType,
    readonly data: TypedArray,
  ) {}

  get length(): number {
    return this.data.length
  }

  get bytes(): number {
    return this.data.length * bytesPerElement[this.dtype]
  }
}
