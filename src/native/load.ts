import { availableParallelism } from "node:os"
import { loadAddon } from "./addon.js"
import type { Backend } from "./backend.js"
import { NativeBackend } from "./native.js"
import { ReferenceBackend } from "./reference.js"

/** A backend, and what people should know about the choice, once; null when it is what they would expect. */
export interface LoadedBackend {
  readonly backend: Backend
  readonly notice: string | null
}

/** Gives a backend, or says why it cannot. */
type Loader = () => Backend | { readonly problem: string }

/** The backends that can be asked for by name, best first. */
const loaders = {
  native: () => {
    const found = loadAddon()
    return "addon" in found ? new NativeBackend(found.addon, defaultThreads()) : found
  },
  reference: () => new ReferenceBackend(),
} satisfies { readonly [name: string]: Loader }

/**
 * The backend that `CELLGRAD_BACKEND` names (native, reference), else the fastest that loads. Never throws: plain
 * TypeScript always works, and the notice says what did not.
 */
export function loadBackend(): LoadedBackend {
  const wanted = process.env.CELLGRAD_BACKEND ?? ""
  if (wanted !== "" && !Object.hasOwn(loaders, wanted)) {
    const { backend } = firstThatLoads(Object.keys(loaders))
    return {
      backend,
      notice: `CELLGRAD_BACKEND=${wanted} is unknown (${Object.keys(loaders).join(", ")}); using ${backend.name}.`,
    }
  }
  const { backend, problem } = firstThatLoads(wanted === "" ? Object.keys(loaders) : [wanted, "reference"])
  const notice =
    problem === null ? null : `Computing in plain TypeScript, which is much slower than the native kernels: ${problem}.`
  return { backend, notice }
}

function firstThatLoads(names: readonly string[]): { backend: Backend; problem: string | null } {
  let problem: string | null = null
  for (const name of names) {
    const loaded = (loaders as { readonly [name: string]: Loader })[name]?.()
    if (loaded === undefined) continue
    if (!("problem" in loaded)) return { backend: loaded, problem }
    problem ??= loaded.problem
  }
  return { backend: new ReferenceBackend(), problem }
}

/** CELLGRAD_NUM_THREADS, else one for each core, up to 8. */
function defaultThreads(): number {
  const wanted = Number(process.env.CELLGRAD_NUM_THREADS)
  return Number.isInteger(wanted) && wanted >= 1 ? wanted : Math.min(availableParallelism(), 8)
}
