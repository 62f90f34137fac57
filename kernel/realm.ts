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

/** Those of them whose methods our code calls at every turn. */
const classes = [
  "Array",
  "Atomics",
  "Error",
  "Function",
  "JSON",
  "Map",
  "Math",
  "Number",
  "Object",
  "Promise",
  "Reflect",
  "RegExp",
  "Set",
  "String",
  "Symbol",
  "WeakMap",
] as const

const realm = globalThis
const { assign, create, defineProperty, getOwnPropertyDescriptor } = Object
const { deleteProperty, ownKeys } = Reflect
const globals = realm as unknown as Record<string, unknown>
const kept: { readonly name: string; value: unknown }[] = names.map((name) => ({ name, value: globals[name] }))

interface KeptProperty {
  readonly owner: object
  readonly key: PropertyKey
  readonly descriptor: PropertyDescriptor
}

/** A descriptor that inherits nothing: a cell may have given all objects a `get`. */
function bare(descriptor: PropertyDescriptor): PropertyDescriptor {
  return assign(create(null), descriptor)
}

const hidden = bare({ writable: true, configurable: true, enumerable: false })

/** The methods and getters of the language's own classes and namespaces, and of their prototypes. */
const properties: readonly KeptProperty[] = builtIns().flatMap((owner) =>
  ownKeys(owner).flatMap((key) => {
    const descriptor = getOwnPropertyDescriptor(owner, key)
    if (!descriptor?.configurable) return []
    return descriptor.get || typeof descriptor.value === "function"
      ? [{ owner, key, descriptor: bare(descriptor) }]
      : []
  }),
)
const keptMethods = properties.filter(({ descriptor }) => !descriptor.get)
/** The few without which not even the next callback can be entered; looked at after each. */
const essentials = keptMethods.filter(
  ({ owner, key }) =>
    key === "next" ||
    (owner === Array.prototype && (key === "push" || key === "join")) ||
    (owner === Function.prototype && (key === "apply" || key === "call")) ||
    (owner === Map.prototype && (key === "get" || key === "set" || key === "delete")) ||
    (owner === Promise.prototype && key === "then"),
)
const keptGetters = properties.filter(({ descriptor }) => descriptor.get)

function builtIns(): object[] {
  const objects = new Set<object>()
  for (const name of classes) {
    const value = globals[name] as object
    objects.add(value)
    const prototype: unknown = (value as { prototype?: unknown }).prototype
    // Function.prototype is a function.
    if ((typeof prototype === "object" && prototype !== null) || typeof prototype === "function") objects.add(prototype)
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
  if (typeof typedArray === "function") objects.add(typedArray.prototype as object)
  return [...objects]
}

/** Defines a global that cells' scripts need, whatever cells do to it. */
export function keepGlobal(name: string, value: unknown): void {
  define(realm, name, value, false)
  for (let i = 0; i < kept.length; i++) {
    const entry = kept[i]
    if (entry?.name === name) {
      entry.value = value
      return
    }
  }
  kept[kept.length] = { name, value }
}

function define(owner: object, key: PropertyKey, value: unknown, writable: boolean): void {
  hidden.value = value
  hidden.writable = writable
  defineProperty(owner, key, hidden)
  hidden.value = undefined
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
      define(realm, name, value, true)
    } catch {
      // frozen: then it cannot have been assigned to either
    }
  }
}

/** Objects of which all others inherit: what a cell adds to them, `Object.prototype.then`, would get in our way. */
const roots = [Object.prototype, Array.prototype].map((owner) => ({ owner, keys: ownKeys(owner) }))

/** What cells made of the realm, put away while our code runs. */
const patches: { owner: object; key: PropertyKey; descriptor: PropertyDescriptor }[] = []

function putAway(owner: object, key: PropertyKey): void {
  const descriptor = getOwnPropertyDescriptor(owner, key)
  if (descriptor) patches[patches.length] = { owner, key, descriptor: bare(descriptor) }
}

/**
 * Puts back globals and the methods of the language's classes: after `Array.prototype.push = undefined` we need it, and
 * after `Array.prototype.push = () => {}` too. What a cell replaced by another function (a polyfill, a seeded
 * Math.random), and what it added, it has again once `enterRealm` is called.
 */
export function restoreRealm(): void {
  restoreRoots()
  restoreGlobals()
  for (let i = 0; i < keptMethods.length; i++) {
    const { owner, key, descriptor } = keptMethods[i] as KeptProperty
    const value = (owner as Record<PropertyKey, unknown>)[key]
    if (value !== descriptor.value) restore(owner, key, descriptor, typeof value === "function")
  }
  for (let i = 0; i < keptGetters.length; i++) {
    const { owner, key, descriptor } = keptGetters[i] as KeptProperty
    const found = getOwnPropertyDescriptor(owner, key)
    if (found?.get !== descriptor.get) restore(owner, key, descriptor, typeof found?.get === "function")
  }
}

/** Does so when a look at a few methods shows that it must: after each callback, where looking at all takes too long. */
export function checkRealm(): void {
  restoreRoots()
  restoreGlobals()
  for (let i = 0; i < essentials.length; i++) {
    const { owner, key, descriptor } = essentials[i] as KeptProperty
    if ((owner as Record<PropertyKey, unknown>)[key] === descriptor.value) continue
    restoreRealm()
    return
  }
}

function restore(owner: object, key: PropertyKey, descriptor: PropertyDescriptor, keep: boolean): void {
  try {
    if (keep) putAway(owner, key)
    defineProperty(owner, key, descriptor)
  } catch {
    // frozen: then it is as it was made to be
  }
}

/** Puts away what cells have added to the objects of which all others inherit. */
export function restoreRoots(): void {
  for (let i = 0; i < roots.length; i++) {
    const { owner, keys } = roots[i] as (typeof roots)[number]
    const found = ownKeys(owner)
    if (found.length > keys.length) removeAdded(owner, keys, found)
  }
}

function removeAdded(owner: object, keys: readonly PropertyKey[], found: readonly PropertyKey[]): void {
  for (let i = 0; i < found.length; i++) {
    const key = found[i] as PropertyKey
    let known = false
    for (let k = 0; k < keys.length; k++) known ||= keys[k] === key
    if (known) continue
    const before = patches.length
    putAway(owner, key)
    if (!deleteProperty(owner, key)) patches.length = before
  }
}

/** Gives cells what they made of the realm. */
export function enterRealm(): void {
  for (let i = 0; i < patches.length; i++) {
    const { owner, key, descriptor } = patches[i] as (typeof patches)[number]
    defineProperty(owner, key, descriptor)
  }
  patches.length = 0
}
