import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** Lets the garbage collector run now: over what is young (some 0.1 ms), or over everything. */
export type CollectGarbage = (what: "minor" | "major") => void

let collect: CollectGarbage | null | undefined

/** How to let the garbage collector run, or null where the engine does not say. */
export function garbageCollector(): CollectGarbage | null {
  if (collect === undefined) collect = findCollector()
  return collect
}

/**
 * Lets all objects be born young, wherever they are made. Otherwise V8 soon makes the lists of tensors that a tape consists
 * of old from the start, because they lived through some collections; and what is old keeps, after its death too, the
 * tensors that it points at from every minor collection.
 */
export function keepObjectsYoung(): void {
  setFlagsFromString("--no-allocation-site-pretenuring")
}

/** V8 gives its function to contexts that are made while the flag is on. */
function findCollector(): CollectGarbage | null {
  try {
    setFlagsFromString("--expose-gc")
    const gc: unknown = runInNewContext("gc")
    setFlagsFromString("--no-expose-gc")
    if (typeof gc !== "function") return null
    return (what) => (what === "minor" ? gc({ type: what }) : gc()) // { type: "major" } is taken for "minor" by Node 20
  } catch {
    return null
  }
}
