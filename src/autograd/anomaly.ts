import { fileURLToPath } from "node:url"
import { readElements } from "../native/strided.js"
import type { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"
import type { Node } from "./node.js"

let detecting = false
/** Where each recorded operation was called, while anomalies are looked for. */
let places = new WeakMap<Node, string>()

/** Whether NaN is looked for. */
export function isAnomalyDetected(): boolean {
  return detecting
}

/**
 * Runs a function and stops it where a NaN is born: in a recorded operation at the line that called it, in a backward
 * pass at the line whose gradient it is. Returns what the function returns. It looks at every number, so use it to find a
 * fault, not to train.
 *
 * @example detectAnomaly(() => tensor([4], { requiresGrad: true }).sqrt().item()) // 2
 */
export function detectAnomaly<T>(run: () => T): T {
  const before = detecting
  detecting = true
  try {
    return run()
  } finally {
    detecting = before
    if (!before) places = new WeakMap()
  }
}

/** Looks at an operation that has just been recorded. */
export function noteAnomaly(out: Tensor, inputs: readonly Tensor[]): void {
  if (hasNaN(out) && !inputs.some(hasNaN)) throw messages.nanInForward((out.node as Node).operation, out.shape)
  places.set(out.node as Node, usersFrames())
}

/** Looks at the gradients that a rule made of `dy`. */
export function checkGradients(node: Node, dy: Tensor, gradients: readonly (Tensor | null)[]): void {
  if (hasNaN(dy)) return
  gradients.forEach((gradient, i) => {
    if (gradient === null || gradient === undefined || !hasNaN(gradient)) return
    const error = messages.nanInBackward(node.operation, i, gradient.shape)
    const place = places.get(node)
    // The stack leads to the call whose gradient this is rather than to backward().
    if (place !== undefined) error.stack = `${error.name}: ${error.message}\n${place}`
    throw error
  })
}

function hasNaN(x: Tensor): boolean {
  return readElements(x).some(Number.isNaN)
}

const library = new URL("..", import.meta.url).href
const libraryPath = fileURLToPath(library)

/** The stack without the frames of the library. */
function usersFrames(): string {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 40
  const { stack = "" } = new Error()
  Error.stackTraceLimit = limit
  return stack
    .split("\n")
    .slice(1)
    .filter((line) => !line.includes(library) && !line.includes(libraryPath))
    .join("\n")
}
