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
const { defineProperty, getOwnPropertyDescriptor } = Object
const globals = realm as unknown as Record<string, unknown>
const kept: { readonly name: string; value: unknown }[] = names.map((name) => ({ name, value: globals[name] }))

interface KeptProperty {
  readonly owner: object
  readonly key: PropertyKey
  readonly original: unknown
  readonly enumerable: boolean
}

/** The methods of the language's own classes and namespaces, and of their prototypes. */
const keptProperties: readonly KeptProperty[] = builtIns().flatMap((owner) =>
  Reflect.ownKeys(owner).flatMap((key) => {
    const { value: original, configurable, enumerable = false } = getOwnPropertyDescriptor(owner, key) ?? {}
    return typeof original === "function" && configurable ? [{ owner, key, original, enumerable }] : []
  }),
)

function builtIns(): object[] {
  const objects = new Set<object>()
  for (const name of names) {
    const value = globals[name]
    if (value === realm || value === process || (typeof value !== "function" && typeof value !== "object")) continue
    if (value === null) continue
    objects.add(value)
    const prototype: unknown = (value as { prototype?: unknown }).prototype
    if (typeof prototype === "object" && prototype !== null) objects.add(prototype)
  }
  // What has no name: iterators, generators, the common class of the typed arrays.
  for (const iterator of [
    [].values(),
    new Map().values(),
    new Set().values(),
    "".matchAll(/x/g),
    ""[Symbol.iterator](),
  ]) {
    let prototype: unknown = Object.getPrototypeOf(iterator)
    while (typeof prototype === "object" && prototype !== null) {
      objects.add(prototype)
      prototype = Object.getPrototypeOf(prototype)
    }
  }
  const typedArray: unknown = Object.getPrototypeOf(Uint8Array)
  if (typeof typedArray === "function") objects.add(typedArray).add(typedArray.prototype as object)
  return [...objects]
}

/** Defines a global that cells' scripts need, whatever cells do to it. */
export function keepGlobal(name: string, value: unknown): void {
  defineProperty(realm, name, { value, writable: false, configurable: true, enumerable: false })
  for (let i = 0; i < kept.length; i++) {
    const entry = kept[i]
    if (entry?.name === name) {
      entry.value = value
      return
    }
  }
  kept[kept.length] = { name, value }
}

// No loop here may use an iterator: a cell may have taken its `next` away.

/**
 * Puts back globals that a cell assigned to, `Promise = undefined`; called whenever user code hands over to us. Cells run
 * in our own realm, since tensors and errors must be the same classes on both sides. What a cell *declares* under such a
 * name is another variable (transpile.ts) and stays.
 */
export function restoreGlobals(): void {
  for (let i = 0; i < kept.length; i++) {
    const { name, value } = kept[i] as (typeof kept)[number]
    if (globals[name] === value) continue
    try {
      defineProperty(realm, name, { value, writable: true, configurable: true, enumerable: false })
    } catch {
      // frozen: then it cannot have been assigned to either
    }
  }
}

/** Methods that cells replaced by functions of their own; put away while our code runs. */
const patches: { owner: object; key: PropertyKey; value: unknown }[] = []

/**
 * Puts back globals and the methods of the language's classes: after `Array.prototype.push = undefined` we need it, and
 * after `Array.prototype.push = () => {}` too. What a cell replaced by another function (a polyfill, a seeded
 * Math.random) it has again once `enterRealm` is called; what it adds stays.
 */
export function restoreRealm(): void {
  restoreGlobals()
  for (let i = 0; i < keptProperties.length; i++) {
    const { owner, key, original, enumerable } = keptProperties[i] as KeptProperty
    const value = (owner as Record<PropertyKey, unknown>)[key]
    if (value === original) continue
    try {
      defineProperty(owner, key, { value: original, writable: true, configurable: true, enumerable })
      if (typeof value === "function") patches[patches.length] = { owner, key, value }
    } catch {
      // frozen: then it is as it was made to be
    }
  }
}

/** Gives cells their own versions of methods again. */
export function enterRealm(): void {
  for (let i = 0; i < patches.length; i++) {
    const { owner, key, value } = patches[i] as (typeof patches)[number]
    defineProperty(owner, key, { value, writable: true, configurable: true, enumerable: false })
  }
  patches.length = 0
}
