/** The globals that our own code, and the libraries it calls, cannot do without. */
const names = [
  "Array",
  "Atomics",
  "Buffer",
  "Date",
  "Error",
  "Function",
  "Int32Array",
  "JSON",
  "Map",
  "Math",
  "Number",
  "Object",
  "Promise",
  "Proxy",
  "RangeError",
  "Reflect",
  "RegExp",
  "Set",
  "SharedArrayBuffer",
  "String",
  "Symbol",
  "SyntaxError",
  "TextDecoder",
  "TextEncoder",
  "TypeError",
  "URL",
  "Uint8Array",
  "WeakMap",
  "WeakRef",
  "clearTimeout",
  "globalThis",
  "performance",
  "process",
] as const

const realm = globalThis
const defineProperty = Object.defineProperty
const globals = realm as unknown as Record<string, unknown>
const kept = new Map<string, unknown>(names.map((name) => [name, globals[name]]))

/** Defines a global that cells' scripts need, whatever cells do to it. */
export function keepGlobal(name: string, value: unknown): void {
  defineProperty(realm, name, { value, writable: false, configurable: true, enumerable: false })
  kept.set(name, value)
}

/**
 * Puts back globals that a cell assigned to, `Promise = undefined`; called whenever user code hands over to us. Cells run
 * in our own realm, since tensors and errors must be the same classes on both sides. What a cell *declares* under such a
 * name is another variable (transpile.ts) and stays.
 */
export function restoreRealm(): void {
  for (const [name, value] of kept) {
    if (globals[name] === value) continue
    try {
      defineProperty(realm, name, { value, writable: true, configurable: true, enumerable: false })
    } catch {
      // frozen: then it cannot have been assigned to either
    }
  }
}
