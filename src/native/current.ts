import type { Backend } from "./backend.js"
import { type BackendName, loadBackend, loadNamed } from "./load.js"
import { NativeBackend } from "./native.js"
import { useLargeMemory } from "./pool.js"

let current: Backend | null = null
/** Those that were loaded, for going back to them. */
const loaded = new Map<BackendName, Backend>()
/** What setNumThreads was told before or while another backend computed. */
let wantedThreads: number | null = null

/** The backend that computes: what `backend(name)` chose, else what CELLGRAD_BACKEND names, else the fastest that loads. */
export function currentBackend(): Backend {
  return current ?? chooseAtFirst()
}

function chooseAtFirst(): Backend {
  const { backend, notice } = loadBackend()
  if (notice !== null) console.warn(`cellgrad: ${notice}`)
  return use(backend)
}

function use(backend: Backend): Backend {
  current = backend
  loaded.set(backend.name, backend)
  useLargeMemory(backend instanceof NativeBackend ? backend.largeMemory : null)
  if (wantedThreads !== null && backend instanceof NativeBackend) backend.threads = wantedThreads
  return backend
}

/**
 * Tells what computes, `"native"`, `"wasm"` or `"reference"`; with a name, chooses it. Tensors that exist stay as they are.
 * `currentBackend().description` says more.
 *
 * @throws Error if there is no such backend or it does not load here, with the reason
 * @example backend("reference") // "reference"
 */
export function backend(name?: BackendName): BackendName {
  if (name === undefined) return currentBackend().name
  const chosen = loaded.get(name) ?? loadNamed(name)
  if ("problem" in chosen) throw new Error(`backend("${name}"): ${chosen.problem}.`)
  return use(chosen).name
}

/**
 * Sets how many threads native kernels may use. Results do not depend on it. WebAssembly and the reference use one.
 *
 * @throws RangeError unless it is a whole number from 1 up
 * @example setNumThreads(1)
 */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`setNumThreads: the number of threads must be a whole number from 1 up, not ${count}.`)
  wantedThreads = count
  const backend = currentBackend()
  if (backend instanceof NativeBackend) backend.threads = count
}

/**
 * How many threads kernels may use: CELLGRAD_NUM_THREADS or one for each core, until setNumThreads says otherwise; 1 where
 * there are none.
 *
 * @example getNumThreads() >= 1 // true
 */
export function getNumThreads(): number {
  const backend = currentBackend()
  return backend instanceof NativeBackend ? backend.threads : 1
}
