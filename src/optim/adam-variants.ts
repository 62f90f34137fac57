import type { Tensor } from "../tensor/tensor.js"
import {
  type Batch,
  type CommonSettings,
  checkBetas,
  checkRange,
  decayed,
  moveMean,
  moveSquare,
  Optimizer,
  type ParameterGroup,
  type Parameters,
} from "./optimizer.js"

/** Settings that the relatives of Adam share. */
interface AdamLikeSettings extends CommonSettings {
  /** How much of the running means of the gradient, and of its square, is kept at each step. */
  betas: readonly [number, number]
  /** Keeps the divisor away from 0. */
  eps: number
  /** How strongly weights are pulled to 0. */
  weightDecay: number
}

/** Settings of `Adamax`. */
export interface AdamaxSettings extends AdamLikeSettings {}

/** Settings of `NAdam`. */
export interface NAdamSettings extends AdamLikeSettings {
  /** How fast the momentum comes to its full size. */
  momentumDecay: number
  /** Whether the decay shrinks the weights themselves instead of adding to their gradient. */
  decoupledWeightDecay: boolean
}

/** Settings of `RAdam`. */
export interface RAdamSettings extends AdamLikeSettings {
  /** Whether the decay shrinks the weights themselves instead of adding to their gradient. */
  decoupledWeightDecay: boolean
}

function checkAdamLike(name: string, { lr, betas, eps, weightDecay }: AdamLikeSettings): void {
  checkRange(name, "lr", lr)
  checkBetas(name, betas)
  checkRange(name, "eps", eps)
  checkRange(name, "weightDecay", weightDecay)
}

/** The gradient with the decay added, or after the weights were shrunk by it. */
function withDecay(g: Tensor, p: Tensor, lr: number, weightDecay: number, decoupled: boolean): Tensor {
  if (!decoupled) return decayed(g, p, weightDecay)
  if (weightDecay !== 0) p.mul_(1 - lr * weightDecay)
  return g
}

/**
 * Adamax: Adam with the largest gradient of late in place of the mean square.
 *
 * Formula: `m ← β₁m + (1-β₁)g`, `u ← max(β₂u, |g| + eps)`, `p ← p - lr / (1-β₁ᵗ) · m / u`.
 *
 * Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014, section 7.1.
 *
 * @example new optim.Adamax([tensor([1], { requiresGrad: true })]).paramGroups[0].lr // 0.002
 */
export class Adamax extends Optimizer<AdamaxSettings> {
  constructor(
    params: Parameters<AdamaxSettings>,
    { lr = 2e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, maximize = false }: Partial<AdamaxSettings> = {},
  ) {
    super(params, { lr, betas, eps, weightDecay, maximize })
  }

  protected check(settings: AdamaxSettings): void {
    checkAdamLike("Adamax", settings)
  }

  protected update(batch: Batch, { lr, betas, eps, weightDecay }: ParameterGroup<AdamaxSettings>): void {
    const means = this.buffers(batch, "mean")
    const largest = this.buffers(batch, "largest")
    const stepSize = lr / (1 - betas[0] ** batch.step)
    batch.params.forEach((p, i) => {
      const [m, u] = [means[i], largest[i]] as [Tensor, Tensor]
      const g = decayed(batch.grads[i] as Tensor, p, weightDecay)
      moveMean(m, g, betas[0])
      u.copy_(u.mul_(betas[1]).maximum(g.abs().add_(eps)))
      p.sub_(m.div(u).mul_(stepSize))
    })
  }
}

/**
 * NAdam: Adam that looks ahead, as Nesterov's momentum does.
 *
 * Formula: with `μₜ = β₁ (1 - ½ · 0.96^(t · momentumDecay))`,
 * `p ← p - lr · (1 - μₜ) / (1 - Πμ) · g / d - lr · μₜ₊₁ / (1 - Πμ · μₜ₊₁) · m / d` and `d = √(v / (1-β₂ᵗ)) + eps`.
 *
 * Source: Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
 *
 * @example new optim.NAdam([tensor([1], { requiresGrad: true })]).paramGroups[0].momentumDecay // 0.004
 */
export class NAdam extends Optimizer<NAdamSettings> {
  constructor(
    params: Parameters<NAdamSettings>,
    {
      lr = 2e-3,
      betas = [0.9, 0.999],
      eps = 1e-8,
      weightDecay = 0,
      momentumDecay = 4e-3,
      decoupledWeightDecay = false,
      maximize = false,
    }: Partial<NAdamSettings> = {},
  ) {
    super(params, { lr, betas, eps, weightDecay, momentumDecay, decoupledWeightDecay, maximize })
  }

  protected check(settings: NAdamSettings): void {
    checkAdamLike("NAdam", settings)
    checkRange("NAdam", "momentumDecay", settings.momentumDecay)
  }

  protected update(batch: Batch, group: ParameterGroup<NAdamSettings>): void {
    const { lr, betas, eps, weightDecay, momentumDecay, decoupledWeightDecay } = group
    const means = this.buffers(batch, "mean")
    const squares = this.buffers(batch, "square")
    const momentumAt = (step: number) => betas[0] * (1 - 0.5 * 0.96 ** (step * momentumDecay))
    const momentum = momentumAt(batch.step)
    const next = momentumAt(batch.step + 1)
    const product = this.number(batch, "momentumProduct", 1, (before) => before * momentum)
    const correction = 1 - betas[1] ** batch.step
    batch.params.forEach((p, i) => {
      const [m, v] = [means[i], squares[i]] as [Tensor, Tensor]
      const g = withDecay(batch.grads[i] as Tensor, p, lr, weightDecay, decoupledWeightDecay)
      moveMean(m, g, betas[0])
      moveSquare(v, g, betas[1])
      const divisor = v.div(correction).sqrt().add_(eps)
      p.sub_(g.div(divisor).mul_((lr * (1 - momentum)) / (1 - product)))
      p.sub_(m.div(divisor).mul_((lr * next) / (1 - product * next)))
    })
  }
}

/**
 * RAdam: Adam whose first steps, of which the variance is not known yet, are plain steps along the mean gradient.
 *
 * Formula: with `ρₜ = ρ∞ - 2tβ₂ᵗ / (1-β₂ᵗ)`, `p ← p - lr · m̂ · r · √(1-β₂ᵗ) / (√v + eps)` where ρₜ > 5, else
 * `p ← p - lr · m̂`; `r = √((ρₜ-4)(ρₜ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρₜ))`, `ρ∞ = 2 / (1-β₂) - 1`.
 *
 * Source: Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2019.
 *
 * @example new optim.RAdam([tensor([1], { requiresGrad: true })]).paramGroups[0].lr // 0.001
 */
export class RAdam extends Optimizer<RAdamSettings> {
  constructor(
    params: Parameters<RAdamSettings>,
    {
      lr = 1e-3,
      betas = [0.9, 0.999],
      eps = 1e-8,
      weightDecay = 0,
      decoupledWeightDecay = false,
      maximize = false,
    }: Partial<RAdamSettings> = {},
  ) {
    super(params, { lr, betas, eps, weightDecay, decoupledWeightDecay, maximize })
  }

  protected check(settings: RAdamSettings): void {
    checkAdamLike("RAdam", settings)
  }

  protected update(batch: Batch, group: ParameterGroup<RAdamSettings>): void {
    const { lr, betas, eps, weightDecay, decoupledWeightDecay } = group
    const means = this.buffers(batch, "mean")
    const squares = this.buffers(batch, "square")
    const t = batch.step
    const correction1 = 1 - betas[0] ** t
    const correction2 = 1 - betas[1] ** t
    const end = 2 / (1 - betas[1]) - 1
    const known = end - (2 * t * betas[1] ** t) / correction2
    const rectified = Math.sqrt(((known - 4) * (known - 2) * end) / ((end - 4) * (end - 2) * known))
    batch.params.forEach((p, i) => {
      const [m, v] = [means[i], squares[i]] as [Tensor, Tensor]
      const g = withDecay(batch.grads[i] as Tensor, p, lr, weightDecay, decoupledWeightDecay)
      moveMean(m, g, betas[0])
      moveSquare(v, g, betas[1])
      const step = m.mul(lr / correction1)
      p.sub_(known > 5 ? step.mul_(rectified * Math.sqrt(correction2)).div_(v.sqrt().add_(eps)) : step)
    })
  }
}
