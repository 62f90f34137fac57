import type { Tensor } from "../tensor/tensor.js"
import { Node } from "./node.js"

/*
 * Where tensors come from that have no gradient: comparisons, positions, conversions to whole numbers. The tape does not know
 * them, but whoever writes a model down operation by operation has to. Kept only while that is done.
 */

let origins: WeakMap<Tensor, Node | null> | null = null

/** Runs a function while operations without a gradient are noted too, those on `roots` and on what is on the tape. */
export function withOrigins<T>(roots: readonly Tensor[], run: () => T): T {
  const before = origins
  origins = new WeakMap(roots.map((root) => [root, null]))
  try {
    return run()
  } finally {
    origins = before
  }
}

/** Whether operations without a gradient are noted. Then `detach` is one of them, and takes nothing off the tape. */
export function areOriginsKept(): boolean {
  return origins !== null
}

/** Notes by what a tensor was computed, where that is wanted; returns the tensor. */
export function noteOrigin(out: Tensor, operation: string, inputs: readonly Tensor[], detail: unknown = null): Tensor {
  const known = origins
  if (known === null || !inputs.some((input) => input.requiresGrad || known.has(input))) return out
  const node = new Node(operation, inputs, null, [], [])
  node.detail = detail
  known.set(out, node)
  return out
}

/** The operation that computed a tensor: that on the tape, or the one that was noted. */
export function originOf(x: Tensor): Node | null {
  return x.node ?? origins?.get(x) ?? null
}
