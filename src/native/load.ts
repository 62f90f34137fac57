import { availableParallelism } from "node:os"
import { loadAddon } from "./addon.js"
import type { Backend } from "./backend.js"
import { LargeMemory } from "./large-memory.js"
import { NativeBackend } from "./native.js"
import { newBuffer } from "./pool.js"
import { ReferenceBackend } from "./reference.js"
import { loadWasm } from "./wasm.js"

/** What a backend can be asked for by. */
export type BackendName = Backend["name"]

/** A backend, and what people should know about the choice, once; null when it is what they would expect. */
export interface LoadedBackend {
  readonly backend: Backend
  readonly notice: string | null
}

/** A backend, or why it cannot be had. */
export type BackendOrProblem = Backend | { readonly problem: string }

/** The backends, best first. */
const loaders: { readonly [P in BackendName]: () => BackendOrProblem } = {
  native: () => {
    const found = loadAddon()
    if (!("addon" in found)) return found
    const backend = new NativeBackend(found.addon, defaultThreads())
    backend.largeMemory = new LargeMemory(found.addon, newBuffer)
    return backend
  },
  wasm: loadWasm,
  reference: () => new ReferenceBackend(),
}
const names = Object.keys(loaders) as BackendName[]

/** What computes, for people. */
const described: { readonly [P in BackendName]: string } = {
  native: "native kernels",
  wasm: "WebAssembly, which is slower than native kernels",
  reference: "plain TypeScript, which is very much slower than native kernels",
}

/** The backend of a name, or why it cannot be had. */
export function loadNamed(name: string): BackendOrProblem {
  if (!Object.hasOwn(loaders, name)) return { problem: `it is unknown; there are ${names.join(", ")}` }
  return loaders[name as BackendName]()
}

/**
 * The backend that `CELLGRAD_BACKEND` names (native, wasm, reference), else the fastest that loads. Never throws: plain
 * TypeScript always works, and the notice says what did not.
 */
export function loadBackend(): LoadedBackend {
  const wanted = process.env.CELLGRAD_BACKEND ?? ""
  const candidates = [...(wanted === "" ? [] : [wanted]), ...names.filter((name) => name !== wanted)]
  let problem: string | null = null
  for (const name of candidates) {
    const backend = loadNamed(name)
    if (!("problem" in backend)) return { backend, notice: problem && notice(wanted, problem, backend.name) }
    problem ??= backend.problem
  }
  return { backend: new ReferenceBackend(), notice: problem }
}

function notice(wanted: string, problem: string, name: BackendName): string {
  const asked = wanted === "" ? "" : `CELLGRAD_BACKEND=${wanted}: `
  return `${asked}${problem}. Computing with ${described[name]}.`
}

/** CELLGRAD_NUM_THREADS, else one for each core, up to 8. */
function defaultThreads(): number {
  const wanted = Number(process.env.CELLGRAD_NUM_THREADS)
  return Number.isInteger(wanted) && wanted >= 1 ? wanted : Math.min(availableParallelism(), 8)
}
