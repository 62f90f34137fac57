import { bytesPerElement, type DType, type TypedArray } from "./dtype.js"
import type { Block } from "./large-memory.js"

/** Makes the typed array of a storage when somebody first looks at its elements. */
export interface ElementSource {
  readonly length: number
  create(storage: Storage): TypedArray
}

/** A memory outside of V8 that has a storage's elements for a while; see wasm-memory.ts. */
export interface Keeper {
  /** Puts the elements back into the storage's own array and forgets it. */
  bringBack(storage: Storage): void
}

/** A flat run of elements of one dtype, shared by every tensor that views it. */
export class Storage {
  /**
   * Where the elements stand in memory, for native kernels; 0 until the native backend asks for it. An ArrayBuffer that
   * was allocated as such never moves, so the address holds as long as the storage is reachable.
   */
  address = 0
  /** Goes up with every write in place, so that a backward pass can tell when a value it saved has changed. */
  version = 0
  /** The recorded writes in place, by the number of their node; null where there were none. See autograd/write.ts. */
  writes: number[] | null = null
  /** How many gradients the running backward pass (or a leaf's unseen `.grad`) keeps here; see autograd/engine.ts. */
  holders = 0
  /** The backward pass that allocated the storage for itself; 0 for everything a user may hold. See native/pool.ts. */
  pass = 0

  /** What the storage's own array stands on, if that is used again; see large-memory.ts. */
  block: Block | null = null
  /** The memory that has the elements, or null while they stand in the storage's own array. */
  keeper: Keeper | null = null
  /** Where in the keeper's memory, and the last call that used it there; both are the keeper's. */
  place = 0
  touched = 0

  readonly length: number
  #elements: TypedArray | null
  readonly #source: ElementSource | null

  /** On a typed array, or on one that is made when somebody first looks; until then the content is arbitrary. */
  constructor(
    readonly dtype: DType,
    elements: TypedArray | ElementSource,
  ) {
    this.length = elements.length
    this.#elements = "create" in elements ? null : elements
    this.#source = "create" in elements ? elements : null
  }

  /** The elements. Do not keep the array across a kernel's call: a kernel may have them elsewhere from then on. */
  get data(): TypedArray {
    if (this.keeper !== null) this.keeper.bringBack(this)
    return this.ownArray()
  }

  /** The storage's own array, whatever it holds; for keepers. */
  ownArray(): TypedArray {
    return this.#elements ?? this.#makeArray()
  }

  /** Whether there are elements worth keeping: false while the content is arbitrary. */
  get hasOwnArray(): boolean {
    return this.#elements !== null
  }

  get bytes(): number {
    return this.length * bytesPerElement[this.dtype]
  }

  #makeArray(): TypedArray {
    this.#elements = (this.#source as ElementSource).create(this)
    return this.#elements
  }
}
