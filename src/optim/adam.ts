import { currentBackend } from "../native/current.js"
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

/** Settings of `Adam` and `AdamW`. */
export interface AdamSettings extends CommonSettings {
  /** How much of the running means of the gradient, and of its square, is kept at each step. */
  betas: readonly [number, number]
  /** Keeps the divisor away from 0. */
  eps: number
  /** How strongly weights are pulled to 0. */
  weightDecay: number
  /** Whether steps are divided by the largest mean square so far, so that they never grow again. */
  amsgrad: boolean
}

/**
 * Adam: steps along the running mean of the gradient, shorter where the gradient varies much.
 *
 * Formula: `m ← β₁m + (1-β₁)g`, `v ← β₂v + (1-β₂)g²`, `p ← p - lr · m̂ / (√v̂ + eps)`, where `m̂ = m / (1-β₁ᵗ)` and
 * `v̂ = v / (1-β₂ᵗ)`; `g` is the gradient plus `weightDecay · p`.
 *
 * Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014; for `amsgrad` Reddi, Kale and Kumar, "On the
 * Convergence of Adam and Beyond", 2018.
 *
 * @example new optim.Adam([tensor([1], { requiresGrad: true })], { lr: 1e-3 }).paramGroups.length // 1
 */
export class Adam extends Optimizer<AdamSettings> {
  constructor(
    params: Parameters<AdamSettings>,
    {
      lr = 1e-3,
      betas = [0.9, 0.999],
      eps = 1e-8,
      weightDecay = 0,
      amsgrad = false,
      maximize = false,
    }: Partial<AdamSettings> = {},
  ) {
    super(params, { lr, betas, eps, weightDecay, amsgrad, maximize })
  }

  /** Whether the decay shrinks the weights themselves instead of adding to their gradient. */
  protected get decoupled(): boolean {
    return false
  }

  protected check({ lr, betas, eps, weightDecay }: AdamSettings): void {
    const name = this.constructor.name
    checkRange(name, "lr", lr)
    checkBetas(name, betas)
    checkRange(name, "eps", eps)
    checkRange(name, "weightDecay", weightDecay)
  }

  protected update(batch: Batch, group: ParameterGroup<AdamSettings>): void {
    const { lr, betas, eps, weightDecay } = group
    if (group.amsgrad) {
      this.#amsgrad(batch, group)
      return
    }
    const means = this.buffers(batch, "mean")
    const squares = this.buffers(batch, "square")
    const [beta1, beta2] = betas
    const { decoupled } = this
    const options = { lr, beta1, beta2, eps, weightDecay, decoupled, step: batch.step }
    currentBackend().adamStep(batch.params, batch.grads, means, squares, options)
  }

  #amsgrad(batch: Batch, { lr, betas, eps, weightDecay }: ParameterGroup<AdamSettings>): void {
    const means = this.buffers(batch, "mean")
    const squares = this.buffers(batch, "square")
    const largest = this.buffers(batch, "largestSquare")
    const stepSize = lr / (1 - betas[0] ** batch.step)
    const correction = 1 / Math.sqrt(1 - betas[1] ** batch.step)
    batch.params.forEach((p, i) => {
      const [m, v, vMax] = [means[i], squares[i], largest[i]] as [Tensor, Tensor, Tensor]
      if (this.decoupled) p.mul_(1 - lr * weightDecay)
      const g = decayed(batch.grads[i] as Tensor, p, this.decoupled ? 0 : weightDecay)
      moveMean(m, g, betas[0])
      moveSquare(v, g, betas[1])
      vMax.copy_(vMax.maximum(v))
      p.sub_(m.div(vMax.sqrt().mul_(correction).add_(eps)).mul_(stepSize))
    })
  }
}

/**
 * Adam whose weight decay shrinks the weights directly: `p ← p - lr · weightDecay · p`, untouched by the averages.
 *
 * Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2017.
 */
export class AdamW extends Adam {
  constructor(params: Parameters<AdamSettings>, { weightDecay = 1e-2, ...settings }: Partial<AdamSettings> = {}) {
    super(params, { ...settings, weightDecay })
  }

  protected override get decoupled(): boolean {
    return true
  }
}
