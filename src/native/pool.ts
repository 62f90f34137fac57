import { Buffer, constants } from "node:buffer"
import { bytesPerElement, type DType, dtypeArrays, type TypedArray } from "./dtype.js"
import { type LargeMemory, smallestLarge } from "./large-memory.js"
import { type ElementSource, Storage } from "./storage.js"

/**
 * Where storages come from. Allocating is what a small training step would otherwise spend most of its time on (an
 * ArrayBuffer costs 0.5 to 1 µs and work for the garbage collector), and a loop that never yields to the event loop must
 * not grow: finalizers do not run there. Hence three ways to do less of it:
 *
 * - Storages that the library has finished with are handed out again, by dtype and exact length. The rule that keeps it
 *   safe: only a storage that no user can reach comes back. Those are gradients on their way through a backward pass,
 *   leaf gradients that nobody looked at, and what a fused operation saves for itself.
 * - What a user may hold and is large stands in memory that is used again; see large-memory.ts.
 * - Small storages of one length share an ArrayBuffer. It lives as long as any of them, so a user who keeps every loss
 *   keeps a few numbers more; sizes are not mixed, or it would be the whole step's.
 */
class SizeClass implements ElementSource {
  readonly free: Storage[] = []
  private chunk: ArrayBuffer | null = null
  private chunkEnd = 0
  /** How many storages the next chunk is for: more each time, so that a length that is seldom used wastes nothing. */
  private pieces = 1

  constructor(
    private readonly dtype: DType,
    readonly length: number,
  ) {}

  create(storage: Storage): TypedArray {
    const { dtype, length } = this
    const bytes = length * bytesPerElement[dtype]
    const ArrayType = dtypeArrays[dtype]
    if (bytes >= smallestLarge) return large?.take(storage) ?? new ArrayType(newBuffer(bytes))
    const spacing = Math.ceil(bytes / alignment) * alignment
    if (this.chunk === null || this.chunkEnd + spacing > this.chunk.byteLength) {
      this.chunk = new ArrayBuffer(Math.max(1, this.pieces) * spacing)
      this.chunkEnd = 0
      this.pieces = Math.min(2 * this.pieces, Math.ceil(chunkBytes / spacing), 64)
    }
    const elements = new ArrayType(this.chunk, this.chunkEnd, length)
    this.chunkEnd += spacing
    return elements
  }
}

/**
 * Memory for a large storage, or an error that says how much was asked for. The system would promise more than there is
 * and end the process when it is written to.
 *
 * `new ArrayBuffer` would fill it with zeros (0.1 ms for 4 MB, about what a whole elementwise kernel takes); Node gives
 * memory as it comes to those who ask for an unsafe buffer.
 */
export function newBuffer(bytes: number): ArrayBuffer {
  if (isThereRoom(bytes)) {
    try {
      // Beyond what Node gives so (4 GB in Node 20), zeros cost nothing: they are pages that nobody has touched.
      if (bytes > constants.MAX_LENGTH) return new ArrayBuffer(bytes)
      return Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer
    } catch {
      // the system gives less than it promised
    }
  }
  throw new RangeError(`There is not enough memory for a tensor of ${Math.ceil(bytes / 2 ** 20)} MB.`)
}

/** Whether there is memory for so many bytes, if need be after all that nobody needs was let go. */
export function isThereRoom(bytes: number): boolean {
  if (bytes < huge) return true
  if (bytes < process.availableMemory()) return true
  emptyPool()
  large?.letGo()
  return bytes < process.availableMemory()
}

let large: LargeMemory | null = null

/** From here on large storages stand in this memory, or where V8 puts them. */
export function useLargeMemory(memory: LargeMemory | null): void {
  large = memory
}

/** Tells that a backward pass has let go of its tape. */
export function tapeEnded(): void {
  large?.tapeEnded()
}

/** From here on it is worth asking how much memory there is. */
const huge = 2 ** 28

/** Storages start on their own cache lines. */
const alignment = 64
const chunkBytes = 64 * 1024

const classes: { readonly [D in DType]: Map<number, SizeClass> } = {
  float32: new Map(),
  float64: new Map(),
  int32: new Map(),
  bool: new Map(),
}
let freeBytes = 0

/** Beyond this the pool is emptied, so that a change of batch size does not keep the old sizes for ever. */
const freeBytesLimit = 256 * 1024 * 1024
/** Beyond this many lengths of one dtype as well. */
const classesLimit = 1000

/** The storages allocated since a scope was opened, or null outside one. */
let scope: Storage[] | null = null
/** The backward pass that allocates; see `Storage.pass`. */
let scopePass = 0

/** A storage of `length` elements with arbitrary content. */
export function allocate(dtype: DType, length: number): Storage {
  const sizeClass = classes[dtype].get(length) ?? newClass(dtype, length)
  let storage = sizeClass.free.pop()
  if (storage === undefined) storage = new Storage(dtype, sizeClass)
  else freeBytes -= length * bytesPerElement[dtype]
  storage.holders = 0
  storage.pass = scopePass
  if (scope !== null) scope.push(storage)
  return storage
}

function newClass(dtype: DType, length: number): SizeClass {
  if (classes[dtype].size >= classesLimit) emptyPool()
  const sizeClass = new SizeClass(dtype, length)
  classes[dtype].set(length, sizeClass)
  return sizeClass
}

/** `Storage.pass` of a storage that lies in the pool, so that it cannot be put there twice. */
const inPool = -1

/** Takes back a storage that nobody can reach any more. */
export function recycle(storage: Storage): void {
  const bytes = storage.bytes
  if (bytes === 0 || storage.pass === inPool) return
  storage.pass = inPool
  const { block } = storage
  if (large !== null && block !== null && storage.keeper === null) {
    large.giveBack(storage, block)
    return
  }
  if (freeBytes + bytes > freeBytesLimit) emptyPool()
  const sizeClass = classes[storage.dtype].get(storage.length) ?? newClass(storage.dtype, storage.length)
  freeBytes += bytes
  sizeClass.free.push(storage)
}

/** Lets go of every free storage. */
export function emptyPool(): void {
  freeBytes = 0
  for (const lengths of Object.values(classes)) lengths.clear()
}

/** From here on allocations belong to a backward pass and are listed in `into`. */
export function openScope(pass: number, into: Storage[]): void {
  scope = into
  scopePass = pass
}

/** A scope that something else runs in the middle of. */
export interface SuspendedScope {
  readonly pass: number
  readonly into: Storage[] | null
}

/** Leaves the scope for a while, if there is one. */
export function suspendScope(): SuspendedScope | null {
  if (scope === null && scopePass === 0) return null
  const suspended = { pass: scopePass, into: scope }
  closeScope()
  return suspended
}

/** Goes on with a scope, or with none. */
export function resumeScope(suspended: SuspendedScope | null): void {
  scope = suspended?.into ?? null
  scopePass = suspended?.pass ?? 0
}

/** Ends the scope: allocations are the user's again. */
export function closeScope(): void {
  scope = null
  scopePass = 0
}
