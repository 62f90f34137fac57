import { bytesPerElement, type DType } from "./dtype.js"
import { Storage } from "./storage.js"
import { newTypedArray } from "./strided.js"

/**
 * Storages that the library has finished with, by dtype and exact length, ready to be handed out again. Allocating is
 * what a small training step would otherwise spend most of its time on, and a loop that never yields to the event loop
 * must not grow: finalizers do not run there.
 *
 * The rule that keeps it safe: only a storage that no user can reach comes back. Those are gradients on their way
 * through a backward pass, leaf gradients that nobody looked at, and what a fused operation saves for itself.
 */
const free: { readonly [D in DType]: Map<number, Storage[]> } = {
  float32: new Map(),
  float64: new Map(),
  int32: new Map(),
  bool: new Map(),
}
let freeBytes = 0

/** Beyond this the pool is emptied, so that a change of batch size does not keep the old sizes for ever. */
const freeBytesLimit = 256 * 1024 * 1024

/** The storages allocated since a scope was opened, or null outside one. */
let scope: Storage[] | null = null
/** The backward pass that allocates; see `Storage.pass`. */
let scopePass = 0

/** A storage of `length` elements with arbitrary content, recycled when one of that size is free. */
export function allocate(dtype: DType, length: number): Storage {
  const list = free[dtype].get(length)
  let storage: Storage | undefined
  if (list !== undefined) storage = list.pop()
  if (storage === undefined) storage = new Storage(dtype, newTypedArray(dtype, length))
  else freeBytes -= length * bytesPerElement[dtype]
  storage.holders = 0
  storage.pass = scopePass
  if (scope !== null) scope.push(storage)
  return storage
}

/** `Storage.pass` of a storage that lies in the pool, so that it cannot be put there twice. */
const inPool = -1

/** Takes back a storage that nobody can reach any more. */
export function recycle(storage: Storage): void {
  const bytes = storage.bytes
  if (bytes === 0 || storage.pass === inPool) return
  storage.pass = inPool
  const lists = free[storage.dtype]
  if (freeBytes + bytes > freeBytesLimit) emptyPool()
  let list = lists.get(storage.length)
  if (list === undefined) {
    list = []
    lists.set(storage.length, list)
  }
  freeBytes += bytes
  list.push(storage)
}

/** Lets go of every free storage. */
export function emptyPool(): void {
  freeBytes = 0
  for (const lists of Object.values(free)) lists.clear()
}

/** From here on allocations belong to a backward pass and are listed in `into`. */
export function openScope(pass: number, into: Storage[]): void {
  scope = into
  scopePass = pass
}

/** Ends the scope: allocations are the user's again. */
export function closeScope(): void {
  scope = null
  scopePass = 0
}
