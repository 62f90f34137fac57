import type { Tensor } from "../tensor/tensor.js"

/**
 * Forgets a leaf's gradient. Its memory goes back to the pool at once when nobody but the library has seen it, so that a
 * training loop reuses the same few buffers; the setter of `grad` sees to that.
 */
export function clearGradient(leaf: Tensor): void {
  leaf.grad = null
}
