import * as runtime from "../src/index.js"

/** Puts everything the runtime exports on globalThis; a cell may declare any of these names anew. */
export function preload(): void {
  for (const [name, value] of Object.entries(runtime)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
  }
}
