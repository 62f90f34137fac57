import type { Backend } from "./backend.js"
import { loadBackend } from "./load.js"
import { NativeBackend } from "./native.js"

const loaded = loadBackend()
let current: Backend = loaded.backend

/** The backend that computes: the fastest that loads here, or what CELLGRAD_BACKEND names. */
export function currentBackend(): Backend {
  return current
}

/** Changes the backend; what is on its way there is not disturbed, as every kernel finishes before it returns. */
export function setBackend(backend: Backend): void {
  current = backend
}

/** One line for people when the backend is not the one they would expect (no compiler, unknown name); else null. */
export function backendNotice(): string | null {
  return loaded.notice
}

/** Sets how many threads native kernels may use, at least 1; results do not depend on it. */
export function setNumThreads(count: number): void {
  if (current instanceof NativeBackend) current.threads = count
}

/** How many threads native kernels may use; 1 where there are none. */
export function getNumThreads(): number {
  return current instanceof NativeBackend ? current.threads : 1
}
