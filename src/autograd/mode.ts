import * as messages from "./messages.js"

let enabled = true

/** Whether operations are being recorded. */
export function isGradEnabled(): boolean {
  return enabled
}

/** Turns recording on or off and returns what it was; `noGrad` is the way to do it for a stretch of code. */
export function setGradEnabled(on: boolean): boolean {
  const before = enabled
  enabled = on
  return before
}

/** Runs a function with recording on or off, and puts back what was. */
function withMode<T>(name: string, on: boolean, run: () => T): T {
  const before = setGradEnabled(on)
  try {
    const result = run()
    if (result instanceof Promise) {
      result.catch(() => {}) // its own failure must not hide this error
      throw messages.asynchronousNoGrad(name)
    }
    return result
  } finally {
    enabled = before
  }
}

/**
 * Runs a function without recording: for evaluating a model and for changing parameters by hand. Returns what the
 * function returns, which must not be a promise.
 *
 * @example noGrad(() => tensor([1, 2], { requiresGrad: true }).mul(2).requiresGrad) // false
 */
export function noGrad<T>(run: () => T): T {
  return withMode("noGrad", false, run)
}

/**
 * The same as `noGrad`, by the name that PyTorch has for serving a model.
 *
 * @example inferenceMode(() => isGradEnabled()) // false
 */
export function inferenceMode<T>(run: () => T): T {
  return withMode("inferenceMode", false, run)
}

/**
 * Runs a function with recording on, inside a `noGrad`.
 *
 * @example noGrad(() => enableGrad(() => isGradEnabled())) // true
 */
export function enableGrad<T>(run: () => T): T {
  return withMode("enableGrad", true, run)
}
