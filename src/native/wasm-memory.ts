import { transferred } from "./native-call.js"
import type { Keeper, Storage } from "./storage.js"

/** What is used here of a `WebAssembly.Memory`. */
export interface GrowableMemory {
  /** Another one each time the memory grows. */
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/**
 * The memory of the WebAssembly kernels, used like that of a graphics card: the first kernel that is called with a storage
 * brings its elements here, later ones find them, and JavaScript that looks at `Storage.data` brings them back. So a
 * training step's weights and intermediates stay, and nothing else in the library knows of it.
 *
 * Nobody tells when a storage dies (finalizers do not run in a loop that never yields). So each time the memory has grown
 * by half, every storage that no kernel has used since the last time is brought back into an array of its own, where the
 * garbage collector finds it.
 */
export class WasmMemory implements Keeper {
  readonly #memory: GrowableMemory
  readonly #start: number
  /** The whole memory; a new one each time it grows. */
  #bytes: Uint8Array
  #end: number
  /** Blocks given back, by their size. */
  readonly #free = new Map<number, number[]>()
  readonly #residents = new Set<Storage>()
  #residentBytes = 0
  /** The number of the call that is being prepared; its operands stay where they are. */
  #call = 1
  #callAtLastSweep = 0
  #sweepAtBytes = leastBytes
  #sweepAtCount = leastCount

  constructor(memory: GrowableMemory, start: number) {
    this.#memory = memory
    this.#start = start
    this.#end = start
    this.#bytes = new Uint8Array(memory.buffer)
    this.#reserve(start)
  }

  /** Where a storage's elements stand, which they do until the call is over. */
  addressOf(storage: Storage): number {
    if (storage.keeper !== this) this.#bringHere(storage)
    storage.touched = this.#call
    return storage.place
  }

  /** The operands of the call are free to go again. */
  endCall(): void {
    if (this.#residentBytes > this.#sweepAtBytes || this.#residents.size > this.#sweepAtCount) this.#sweep()
    this.#call++
  }

  bringBack(storage: Storage): void {
    const { byteLength, byteOffset, buffer } = storage.ownArray()
    new Uint8Array(buffer, byteOffset, byteLength).set(this.#bytes.subarray(storage.place, storage.place + byteLength))
    this.#forget(storage)
  }

  #bringHere(storage: Storage): void {
    if (storage.keeper !== null) storage.keeper.bringBack(storage)
    const size = blockSize(storage.bytes)
    storage.place = this.#take(size)
    if (storage.hasOwnArray) {
      const { byteLength, byteOffset, buffer } = storage.ownArray()
      if (byteLength < storage.bytes) throw new Error(transferred)
      this.#bytes.set(new Uint8Array(buffer, byteOffset, byteLength), storage.place)
    }
    storage.keeper = this
    this.#residents.add(storage)
    this.#residentBytes += size
  }

  #forget(storage: Storage): void {
    const size = blockSize(storage.bytes)
    storage.keeper = null
    this.#residents.delete(storage)
    this.#residentBytes -= size
    const blocks = this.#free.get(size)
    if (blocks === undefined) this.#free.set(size, [storage.place])
    else blocks.push(storage.place)
  }

  #sweep(): void {
    this.#bringBackUntouched(this.#callAtLastSweep)
    this.#callAtLastSweep = this.#call
    this.#sweepAtBytes = Math.max(leastBytes, this.#residentBytes * 1.5)
    this.#sweepAtCount = Math.max(leastCount, this.#residents.size * 1.5)
    if (this.#end - this.#start > 4 * this.#sweepAtBytes) {
      // Most of the memory is blocks of sizes that nobody asks for any more: begin anew.
      this.#bringBackUntouched(this.#call)
      this.#free.clear()
      this.#end = this.#start
    }
  }

  #bringBackUntouched(since: number): void {
    for (const storage of this.#residents) if (storage.touched <= since) this.bringBack(storage)
  }

  #take(size: number): number {
    const free = this.#free.get(size)?.pop()
    if (free !== undefined) return free
    if (!this.#reserve(this.#end + size)) {
      this.#bringBackUntouched(this.#call - 1)
      const freed = this.#free.get(size)?.pop()
      if (freed !== undefined) return freed
      throw new RangeError(
        `There is not enough memory for a tensor of ${Math.ceil(size / 2 ** 20)} MB: WebAssembly kernels share 4 GB at most.`,
      )
    }
    const place = this.#end
    this.#end += size
    return place
  }

  /** Grows the memory, by a quarter at least, so that it ends at `end` or later; false if it cannot. */
  #reserve(end: number): boolean {
    const length = this.#bytes.length
    if (end <= length) return true
    for (const wanted of [Math.max(end, length * 1.25), end]) {
      try {
        this.#memory.grow(Math.ceil((wanted - length) / pageBytes))
        this.#bytes = new Uint8Array(this.#memory.buffer)
        return true
      } catch {
        // more than the engine gives
      }
    }
    return false
  }
}

const pageBytes = 65536
/** There is no sweep below this. */
const leastBytes = 64 * 1024 * 1024
const leastCount = 16384

/** Sizes of blocks: multiples of a cache line, in four steps from one power of two to the next, so that blocks fit again. */
function blockSize(bytes: number): number {
  const step = Math.max(64, 2 ** (29 - Math.clz32(Math.max(bytes, 1) - 1)))
  return Math.max(step, Math.ceil(bytes / step) * step)
}
