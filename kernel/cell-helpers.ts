// What transpiled TypeScript calls where Node 20's JavaScript has no word for it: decorators and `using`. The
// transpiler writes `babelHelpers.decorate(…)`; the names are Babel's.

type Decorator = (target: unknown, key?: string | symbol, descriptor?: PropertyDescriptor | number) => unknown

/** Applies the decorators of a class, a method or a field, the last one first, as TypeScript does. */
function decorate(decorators: Decorator[], target: object, key?: string | symbol, descriptor?: null): unknown {
  let result: unknown = target
  if (key !== undefined) result = descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : undefined
  for (const decorator of decorators.reverse()) {
    const replaced =
      key === undefined
        ? decorator(result)
        : decorator(target, key, result === undefined ? undefined : (result as PropertyDescriptor))
    if (replaced !== undefined && replaced !== null) result = replaced
  }
  if (key !== undefined && result !== undefined) Object.defineProperty(target, key, result as PropertyDescriptor)
  return result
}

/** The decorator of a method or class that applies the decorator of its parameter number `index`. */
function decorateParam(index: number, decorator: Decorator): Decorator {
  return (target, key) => decorator(target, key, index)
}

const nothing: Decorator = () => {}

/** Type metadata, which only the package reflect-metadata knows what to do with. */
function decorateMetadata(key: unknown, value: unknown): Decorator {
  const { metadata } = Reflect as { metadata?: (key: unknown, value: unknown) => Decorator }
  return metadata?.(key, value) ?? nothing
}

interface Resource {
  readonly dispose: () => unknown
  readonly awaits: boolean
}

/** The resources of one block with `using`: disposed at its end, the last one first, whatever happened. */
class UsingContext {
  /** Set to what the block threw. */
  set e(error: unknown) {
    this.#error = { error }
  }

  #error: { error: unknown } | undefined
  readonly #resources: Resource[] = []

  /** `using x = value`. */
  u<T>(value: T): T {
    return this.#add(value, false)
  }

  /** `await using x = value`. */
  a<T>(value: T): T {
    return this.#add(value, true)
  }

  /** Disposes; a promise if a resource is to be awaited. Throws what the block threw, or what disposing threw. */
  d(): unknown {
    for (let resource = this.#resources.pop(); resource !== undefined; resource = this.#resources.pop()) {
      try {
        const { dispose, awaits } = resource
        const done = dispose()
        if (awaits) {
          return Promise.resolve(done).then(
            () => this.d(),
            (error: unknown) => {
              this.#failed(error)
              return this.d()
            },
          )
        }
      } catch (error) {
        this.#failed(error)
      }
    }
    if (this.#error) throw this.#error.error
    return undefined
  }

  #add<T>(value: T, awaits: boolean): T {
    if (value === null || value === undefined) return value
    const methods = value as Record<symbol, unknown>
    const method = (awaits ? methods[Symbol.asyncDispose] : undefined) ?? methods[Symbol.dispose]
    if (typeof method !== "function") {
      throw new TypeError(`using: the value has no method [Symbol.${awaits ? "asyncDispose" : "dispose"}]`)
    }
    this.#resources.push({ dispose: () => method.call(value) as unknown, awaits })
    return value
  }

  #failed(error: unknown): void {
    if (this.#error === undefined) {
      this.#error = { error }
      return
    }
    const both = new Error("An error was suppressed during disposal", { cause: error })
    this.#error = { error: Object.assign(both, { name: "SuppressedError", error, suppressed: this.#error.error }) }
  }
}

/** The helpers under the names that the transpiler uses; they belong on globalThis as `babelHelpers`. */
export const cellHelpers = { decorate, decorateParam, decorateMetadata, usingCtx: () => new UsingContext() }
