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

/** V8 gives its function to contexts that are made while the flag is on. */
function findCollector(): CollectGarbage | null {
  try {
    setFlagsFromString("--expose-gc")
    const gc: unknown = runInNewContext("gc")
    setFlagsFromString("--no-expose-gc")
    if (typeof gc !== "function") return null
    return (what) => gc({ type: what })
  } catch {
    return null
  }
}
