import * as runtime from "../src/index.js"

/** What the session asks of the runtime. */
export interface Runtime {
  /** Sets right what a computation that was cut off has left half done. */
  afterInterrupt(): void
}

/** Puts everything the runtime exports on globalThis; a cell may declare any of these names anew. */
export function preload(): Runtime {
  for (const [name, value] of Object.entries(runtime)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  }
  return { afterInterrupt: runtime.restoreRecording }
}
