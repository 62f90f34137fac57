import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { signature } from "./descriptor.js"
import type { TypedArray } from "./dtype.js"

/** What the compiled addon exports (src/native/kernels/addon.cpp). */
export interface Addon {
  /** The call descriptor: written here, read by `run`. */
  readonly ints: Int32Array
  readonly numbers: Float64Array
  /** Executes the call that the descriptor holds. */
  run(): void
  /** Where a typed array's elements stand in memory. */
  addressOf(array: TypedArray): number
  /** Remembers an array under a number, from 0 up, without keeping it alive. */
  watch(array: TypedArray, number: number): void
  /** Fills `numbers` with those of watched arrays that were garbage-collected, forgets these, and returns how many. */
  gone(numbers: Int32Array): number
  /** Sets how many threads kernels may use; returns the number taken. */
  setThreads(count: number): number
  readonly instructionSet: string
  readonly lanes: number
  readonly signature: string
}

/** The addon, or why there is none. */
export type AddonOrProblem = { readonly addon: Addon } | { readonly problem: string }

/** Loads the addon of this platform: the one that was built on this machine, else the one that the package brought. */
export function loadAddon(): AddonOrProblem {
  const platform = `${process.platform}-${process.arch}`
  // This module runs as dist/src/native/addon.js and, in tests, as src/native/addon.ts.
  const places = ["../../native/", "../../dist/native/", "../../../prebuilt/", "../../prebuilt/"]
  let problem = `there are no native kernels for ${platform}`
  for (const place of places) {
    const path = fileURLToPath(new URL(`${place}${platform}.node`, import.meta.url))
    if (!existsSync(path)) continue
    const loaded = loadFrom(path)
    if ("addon" in loaded) return loaded
    problem = loaded.problem
  }
  return { problem }
}

function loadFrom(path: string): AddonOrProblem {
  try {
    const addon = createRequire(import.meta.url)(path) as Addon
    if (addon.signature !== signature) return { problem: `${path} was built from other sources; run: npm run build` }
    return { addon }
  } catch (error) {
    return { problem: `${path} does not load: ${error instanceof Error ? error.message : String(error)}` }
  }
}
