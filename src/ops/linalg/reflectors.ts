import { checkTensor } from "../../tensor/check.js"
import type { Tensor } from "../../tensor/tensor.js"
import { eye } from "../creation.js"
import { matmul } from "../matmul.js"
import * as messages from "../messages.js"
import { checkMatrices } from "./batch.js"

// Householder's reflections, of which `qr` is made: H = I - τ v vᵀ.

/**
 * The product of reflections `H₁ H₂ … Hₖ` as orthonormal columns: vector i is column i of `a` below the diagonal, with a 1
 * on it.
 *
 * Shape: a `[..., M, N]` with N ≤ M, tau `[..., K]` with K ≤ N; the result is `[..., M, N]`.
 *
 * @example linalg.householderProduct(tensor([[0], [1]]), tensor([1])).flatten() // tensor([ 0., -1.])
 */
export function householderProduct(a: Tensor, tau: Tensor): Tensor {
  checkMatrices("linalg.householderProduct", a)
  checkTensor("linalg.householderProduct", tau)
  const [m, n] = a.shape.slice(-2) as [number, number]
  const k = tau.shape[tau.shape.length - 1] ?? 0
  const fits =
    m >= n && n >= k && tau.ndim === a.ndim - 1 && tau.shape.slice(0, -1).join() === a.shape.slice(0, -2).join()
  if (!fits) throw messages.badReflectors("linalg.householderProduct", a.shape, tau.shape)
  const vectors = a.tril(-1).add(eye(m, n, { dtype: a.dtype }))
  let product = eye(m, n, { dtype: a.dtype }).expand(a.shape)
  for (let i = k - 1; i >= 0; i--) {
    const v = vectors.narrow(-1, i, 1) // [..., M, 1]
    product = product.sub(matmul(v, matmul(v.mT(), product)).mul(tau.narrow(-1, i, 1).unsqueeze(-1)))
  }
  return product
}
