import type { Backend } from "./backend.js"
import { loadBackend } from "./load.js"

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
