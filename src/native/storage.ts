import { bytesPerElement, type DType, type TypedArray } from "./dtype.js"

/** A flat run of elements of one dtype, shared by every tensor that views it. */
export class Storage {
  /**
   * Where the elements stand in memory, for native kernels; 0 until the native backend asks for it. An ArrayBuffer that
   * was allocated as such never moves, so the address holds as long as the storage is reachable.
   */
  address = 0
  /** Goes up with every write in place, so that a backward pass can tell when a value it saved has changed. */
  version = 0
  /** How many gradients the running backward pass (or a leaf's unseen `.grad`) keeps here; see autograd/engine.ts. */
  holders = 0
  /** The backward pass that allocated the storage for itself; 0 for everything a user may hold. See native/pool.ts. */
  pass = 0

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
