import { noGrad } from "../../autograd/mode.js"
import { where } from "../../ops/choose.js"
import { checkPair, checkReduction, type LossOptions, reduced } from "../../ops/loss.js"
import { badNumber, badOption, notATensor } from "../../tensor/messages.js"
import { sameShape, Tensor } from "../../tensor/tensor.js"
import * as messages from "../loss-messages.js"

// Losses that are the negative logarithm of a likelihood.

/** Options of `klDiv`. */
export interface KLDivOptions {
  /** As for every loss, or `"batchmean"`: the sum divided by the number of samples, which is the divergence. */
  reduction?: "mean" | "sum" | "none" | "batchmean"
  /** Whether the target holds logarithms of probabilities as well. Default: false. */
  logTarget?: boolean
}

/**
 * The Kullback-Leibler divergence of a distribution from another: `target · (log target - input)`.
 *
 * Shape: input (logarithms of probabilities) and target alike.
 *
 * Errors: when the shapes differ. They do not broadcast.
 *
 * Source: Kullback and Leibler, "On Information and Sufficiency", 1951.
 *
 * @param options of the reductions only `"batchmean"` gives the divergence as it is defined
 * @example F.klDiv(tensor([[0.5, 0.5]]).log(), tensor([[0.9, 0.1]]), { reduction: "batchmean" }) // tensor(0.3681)
 */
export function klDiv(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", logTarget = false }: KLDivOptions = {},
): Tensor {
  const name = "klDiv"
  if (reduction !== "batchmean" && reduction !== "mean" && reduction !== "sum" && reduction !== "none")
    throw badOption(name, "reduction", reduction, ["mean", "sum", "none", "batchmean"])
  const [x, t] = checkPair(name, input, target)
  const losses = logTarget ? t.exp().mul(t.sub(x)) : t.mul(t.maskedFill(t.detach().eq(0), 1).log()).sub(t.mul(x)) // 0 · log 0 is 0
  if (reduction !== "batchmean") return reduced(losses, reduction)
  return x.ndim === 0 ? losses : losses.sum().div(x.size(0))
}

/** Options of `gaussianNllLoss`. */
export interface GaussianNLLOptions extends LossOptions {
  /** Whether the constant ½ log 2π is added. Default: false. */
  full?: boolean
  /** The smallest variance. Default: 1e-6. */
  eps?: number
}

/**
 * The negative log-likelihood of targets that are normally distributed around the input: `½ (log var + (x - t)² / var)`.
 *
 * Shape: input and target alike; `variance` too, or with a last size of 1, or without the last dimension.
 *
 * Errors: shapes that differ, and negative variances.
 *
 * Source: Nix and Weigend, "Estimating the mean and variance of the target probability distribution", 1994.
 *
 * @example F.gaussianNllLoss(tensor([1]), tensor([3]), tensor([4])) // tensor(1.1931)
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  { reduction = "mean", full = false, eps = 1e-6 }: GaussianNLLOptions = {},
): Tensor {
  const name = "gaussianNllLoss"
  checkReduction(name, reduction)
  if (!(eps > 0)) throw badNumber(name, "eps", eps, "above 0")
  const [x, t] = checkPair(name, input, target)
  if (!(variance instanceof Tensor)) throw notATensor(name, variance, "a variance that is a tensor")
  const spread = fittedVariance(x, variance.to(x.dtype))
  if (spread.detach().lt(0).any().item() === 1) throw messages.negativeVariance(name)
  // The smallest variance is put in unseen by the gradient, as in PyTorch.
  const clamped = spread.add(noGrad(() => spread.clamp(eps).sub(spread)))
  let losses = clamped.log().add(x.sub(t).square().div(clamped)).mul(0.5)
  if (full) losses = losses.add(0.5 * Math.log(2 * Math.PI))
  return reduced(losses, reduction)
}

/** A variance in a shape that broadcasts to the input. */
function fittedVariance(x: Tensor, variance: Tensor): Tensor {
  if (sameShape(variance.shape, x.shape)) return variance
  if (sameShape(variance.shape, x.shape.slice(0, -1))) return variance.unsqueeze(-1)
  if (sameShape(variance.shape, [...x.shape.slice(0, -1), 1])) return variance
  throw messages.varianceShape(x.shape, variance.shape)
}

/** Options of `poissonNllLoss`. */
export interface PoissonNLLOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate. Default: true. */
  logInput?: boolean
  /** Whether Stirling's approximation of log t! is added. Default: false. */
  full?: boolean
  /** Keeps the logarithm away from that of 0. Default: 1e-8. */
  eps?: number
}

/**
 * The negative log-likelihood of counts with the rate that the input gives: `eˣ - t · x`, or `x - t · log x`.
 *
 * Shape: input and target alike.
 *
 * Errors: when the shapes differ. They do not broadcast.
 *
 * @example F.poissonNllLoss(tensor([0]), tensor([2])) // tensor(1.)
 */
export function poissonNllLoss(
  input: Tensor,
  target: Tensor,
  { reduction = "mean", logInput = true, full = false, eps = 1e-8 }: PoissonNLLOptions = {},
): Tensor {
  checkReduction("poissonNllLoss", reduction)
  const [x, t] = checkPair("poissonNllLoss", input, target)
  let losses = logInput ? x.exp().sub(t.mul(x)) : x.sub(t.mul(x.add(eps).log()))
  if (full) {
    const many = t.detach().gt(1)
    const count = where(many, t, 1)
    const stirling = count
      .mul(count.log())
      .sub(count)
      .add(
        count
          .mul(2 * Math.PI)
          .log()
          .mul(0.5),
      )
    losses = losses.add(stirling.maskedFill(many.logicalNot(), 0))
  }
  return reduced(losses, reduction)
}
