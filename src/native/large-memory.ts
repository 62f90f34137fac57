import type { Addon } from "./addon.js"
import { dtypeArrays, type TypedArray } from "./dtype.js"
import { garbageCollector, keepObjectsYoung } from "./garbage.js"
import type { Storage } from "./storage.js"

/** A piece of memory that is used again and again. */
export interface Block {
  readonly number: number
  readonly buffer: ArrayBuffer
  /** Where its first cache line begins. */
  readonly start: number
  readonly size: number
  /** The collection after which it was last taken. */
  lastTaken: number
  inUse: boolean
}

/**
 * Memory for the large storages that a user may hold. V8 gives memory for them too, but a training step's activations are
 * tens of megabytes: V8 meets them with a whole garbage collection a step, returns the memory to the system, and takes it
 * back page by page in the next step, which costs a third of the time.
 *
 * So the blocks stay, and each array that is made on one is watched through a weak reference of Node-API, which tells also
 * in a loop that never yields when the array is gone. A block is given out again only then: whoever can still read the
 * old numbers holds the array, or a window on it that `windowOf` made and that keeps it.
 *
 * Arrays are gone once the garbage collector says so. The best moment to ask is when a backward pass has let go of the
 * tape: nearly everything young is dead, and looking through what lives takes some 0.1 ms.
 */
export class LargeMemory {
  readonly #blocks: (Block | null)[] = []
  readonly #freeNumbers: number[] = []
  /** Free blocks by size. */
  readonly #free = new Map<number, Block[]>()
  /** What is in use: taken, and not known to be gone. */
  #usedBytes = 0
  #usedAfterMajor = 0
  #sinceMajor = 0
  /** What was taken since the last collection, and what the last training step took. */
  #takenBytes = 0
  #stepBytes = 0
  #collections = 0
  #gone = new Int32Array(256)

  constructor(
    readonly addon: Pick<Addon, "addressOf" | "gone" | "watch">,
    readonly newBuffer: (bytes: number) => ArrayBuffer,
  ) {
    keepObjectsYoung()
  }

  /** What all blocks have, in use or free. */
  get bytes(): number {
    return this.#blocks.reduce((sum, block) => sum + (block?.size ?? 0), 0)
  }

  /** The array of a storage, with arbitrary content. */
  take(storage: Storage): TypedArray {
    const size = blockSize(storage.bytes)
    let block = this.#free.get(size)?.pop()
    if (block === undefined) {
      // A training step is left alone until its tape is gone, if it takes not much more than the one before.
      if (this.#takenBytes > Math.max(mostTaken, 1.5 * this.#stepBytes)) {
        this.#stepBytes /= 2 // no step ended meanwhile; in time they are forgotten
        this.collect()
      }
      block = this.#free.get(size)?.pop() ?? this.#newBlock(size)
    }
    block.lastTaken = this.#collections
    block.inUse = true
    this.#takenBytes += size
    this.#usedBytes += size
    const array = new dtypeArrays[storage.dtype](block.buffer, block.start, storage.length)
    this.addon.watch(array, block.number)
    storage.block = block
    return array
  }

  /**
   * Takes back the block of a storage that nobody can reach any more. What takes it next makes an array of its own: one
   * that were handed on would grow old, and what is old only a major collection finds gone.
   */
  giveBack(storage: Storage, block: Block): void {
    storage.block = null
    if (block.lastTaken === this.#collections) this.#takenBytes -= block.size
    this.#release(block)
  }

  /** A backward pass has let go of its tape. */
  tapeEnded(): void {
    if (this.#takenBytes < worthCollecting) return
    this.#stepBytes = this.#takenBytes
    this.collect()
  }

  /** Finds out which blocks nobody can reach any more. */
  collect(): void {
    const collectGarbage = garbageCollector()
    collectGarbage?.("minor")
    this.#sweep()
    // What lived through two collections is old, and only a major one tells whether it lives. Doubling keeps these rare; one
    // in a while is for small things that grew old, which V8 itself would let grow to tens of megabytes.
    this.#sinceMajor++
    if (this.#usedBytes > 2 * this.#usedAfterMajor + mostTaken || this.#sinceMajor >= minorsPerMajor) {
      collectGarbage?.("major")
      this.#sweep()
      this.#usedAfterMajor = this.#usedBytes
      this.#sinceMajor = 0
    }
    this.#takenBytes = 0
    this.#collections++
    this.#trim()
  }

  /** Lets go of every block that is not in use, for memory that is short. */
  letGo(): void {
    const collectGarbage = garbageCollector()
    collectGarbage?.("major")
    this.#sweep()
    for (const free of this.#free.values()) for (const block of free) this.#drop(block)
    this.#free.clear()
    collectGarbage?.("major")
  }

  #sweep(): void {
    for (;;) {
      const count = this.addon.gone(this.#gone)
      for (let i = 0; i < count; i++) {
        const block = this.#blocks[this.#gone[i] as number]
        if (block?.inUse === true) this.#release(block) // it may have been given back already
      }
      if (count < this.#gone.length) return
    }
  }

  #release(block: Block): void {
    this.#usedBytes -= block.size
    block.inUse = false
    const free = this.#free.get(block.size)
    if (block.buffer.byteLength === 0)
      this.#drop(block) // it was transferred to another thread
    else if (free === undefined) this.#free.set(block.size, [block])
    else free.push(block)
  }

  /** Lets go of blocks that nobody has asked for in a while. */
  #trim(): void {
    for (const [size, free] of this.#free) {
      const kept = free.filter((block) => block.lastTaken >= this.#collections - unusedCollections)
      if (kept.length === free.length) continue
      for (const block of free) if (!kept.includes(block)) this.#drop(block)
      if (kept.length === 0) this.#free.delete(size)
      else this.#free.set(size, kept)
    }
  }

  #drop(block: Block): void {
    this.#blocks[block.number] = null
    this.#freeNumbers.push(block.number)
  }

  #newBlock(size: number): Block {
    const number = this.#freeNumbers.pop() ?? this.#blocks.length
    const buffer = this.newBuffer(size + lineBytes)
    const address = this.addon.addressOf(new Float64Array(buffer, 0, size / 8))
    const start = (lineBytes - (address % lineBytes)) % lineBytes
    const block = { number, buffer, start, size, lastTaken: 0, inUse: false }
    this.#blocks[number] = block
    return block
  }
}

const lineBytes = 64
/** Less than this is not worth a collection. */
const worthCollecting = 24 * 1024 * 1024
/** More than this is not taken without one, unless steps take more. */
const mostTaken = 96 * 1024 * 1024
/** So many minor collections go by at most before a major one. */
const minorsPerMajor = 256
/** A free block is let go after so many collections. */
const unusedCollections = 64

/** Sizes of blocks: eight steps from one power of two to the next, so that blocks fit again. */
function blockSize(bytes: number): number {
  const step = 2 ** Math.max(6, Math.ceil(Math.log2(bytes)) - 4)
  return Math.ceil(bytes / step) * step
}

/** Smaller storages never stand in a large memory. */
export const smallestLarge = 8 * 1024 + 1

/** Which array a window looks at: as long as the window is held, so is the array, and nobody is given its memory. */
const arrays = new WeakMap<TypedArray, TypedArray>()

/** Elements of a storage's array, as a window that keeps the array; `subarray` alone would not. */
export function windowOf(array: TypedArray, start: number, end: number): TypedArray {
  const window = array.subarray(start, end)
  if (array.byteLength >= smallestLarge) arrays.set(window, array)
  return window
}
