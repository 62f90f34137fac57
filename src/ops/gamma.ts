import { needsGradient, record } from "../autograd/node.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber } from "../tensor/messages.js"
import type { Tensor } from "../tensor/tensor.js"
import { mapPairs, operands } from "./elementwise.js"
import { sumTo } from "./reduce.js"
import { lgamma, xlogy } from "./special.js"
import { lowerGamma } from "./special-functions.js"

// Relatives of the gamma function.

/**
 * The logarithm of the multivariate gamma function of dimension p: `p (p - 1) / 4 · log π + Σᵢ lgamma(x - (i - 1) / 2)`.
 *
 * Errors: elements that are not above `(p - 1) / 2`.
 *
 * @example tensor([2]).mvlgamma(1) // tensor([0.])
 */
export function mvlgamma(x: Tensor, p: number): Tensor {
  checkTensor("mvlgamma", x)
  if (!Number.isInteger(p) || p < 1) throw badNumber("mvlgamma", "p", p, "a whole number of at least 1")
  const least = x.count === 0 ? Number.POSITIVE_INFINITY : x.detach().min().item()
  if (!(least > (p - 1) / 2)) throw badNumber("mvlgamma", "the smallest element", least, `above ${(p - 1) / 2}`)
  let sum = lgamma(x)
  for (let i = 1; i < p; i++) sum = sum.add(lgamma(x.sub(i / 2)))
  return p === 1 ? sum : sum.add(((p * (p - 1)) / 4) * Math.log(Math.PI))
}

/** The density of the gamma distribution: the slope of `igamma` towards x. */
function density(a: Tensor, x: Tensor): Tensor {
  return xlogy(a.sub(1), x).sub(x).sub(lgamma(a)).exp()
}

function incomplete(name: string, a: Tensor, x: Tensor, sign: 1 | -1): Tensor {
  checkTensor(name, a)
  checkTensor(name, x)
  const share = (order: number, at: number) => (sign === 1 ? lowerGamma(order, at).lower : lowerGamma(order, at).upper)
  const out = mapPairs(name, a.detach(), x.detach(), share)
  const [order, at] = operands(name, a, x)
  if (!needsGradient(order, at)) return out
  // Like PyTorch's, without a gradient towards the order.
  const rule = (dy: Tensor) => [null, sumTo(dy.mul(density(a, x)).mul(sign), at.shape)]
  return record(name, out, [order, at], rule, [a, x])
}

/**
 * The regularised lower incomplete gamma function `P(a, x) = 1 / Γ(a) · ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt`, for a and x of at least 0. Its
 * gradient goes to x only.
 *
 * @example igamma(tensor([1]), tensor([2])) // tensor([0.8647])
 */
export function igamma(a: Tensor, x: Tensor): Tensor {
  return incomplete("igamma", a, x, 1)
}

/**
 * The regularised upper incomplete gamma function `Q(a, x) = 1 - P(a, x)`, without its cancellation; see `igamma`.
 *
 * @example igammac(tensor([1]), tensor([2])) // tensor([0.1353])
 */
export function igammac(a: Tensor, x: Tensor): Tensor {
  return incomplete("igammac", a, x, -1)
}
