import type { Tensor } from "../tensor/tensor.js"
import {
  type Batch,
  type CommonSettings,
  checkRange,
  decayed,
  moveSquare,
  Optimizer,
  type ParameterGroup,
  type Parameters,
} from "./optimizer.js"

/** Settings of `Adadelta`. */
export interface AdadeltaSettings extends CommonSettings {
  /** How much of the running means of squares is kept at each step. */
  rho: number
  /** Keeps the roots away from 0. */
  eps: number
  /** How strongly weights are pulled to 0. */
  weightDecay: number
}

/**
 * Adadelta: the length of a step follows that of the steps before, so that there is no learning rate to choose.
 *
 * Formula: `v ← ρv + (1-ρ)g²`, `Δ = √(u + eps) / √(v + eps) · g`, `u ← ρu + (1-ρ)Δ²`, `p ← p - lr · Δ`.
 *
 * Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.
 *
 * @example new optim.Adadelta([tensor([1], { requiresGrad: true })]).paramGroups[0].rho // 0.9
 */
export class Adadelta extends Optimizer<AdadeltaSettings> {
  constructor(
    params: Parameters<AdadeltaSettings>,
    { lr = 1, rho = 0.9, eps = 1e-6, weightDecay = 0, maximize = false }: Partial<AdadeltaSettings> = {},
  ) {
    super(params, { lr, rho, eps, weightDecay, maximize })
  }

  protected check({ lr, rho, eps, weightDecay }: AdadeltaSettings): void {
    checkRange("Adadelta", "lr", lr)
    checkRange("Adadelta", "rho", rho, 1)
    checkRange("Adadelta", "eps", eps)
    checkRange("Adadelta", "weightDecay", weightDecay)
  }

  protected update(batch: Batch, { lr, rho, eps, weightDecay }: ParameterGroup<AdadeltaSettings>): void {
    const squares = this.buffers(batch, "square")
    const updates = this.buffers(batch, "squaredUpdate")
    batch.params.forEach((p, i) => {
      const [v, u] = [squares[i], updates[i]] as [Tensor, Tensor]
      const g = decayed(batch.grads[i] as Tensor, p, weightDecay)
      moveSquare(v, g, rho)
      const delta = u.add(eps).sqrt().div(v.add(eps).sqrt()).mul(g)
      moveSquare(u, delta, rho)
      p.sub_(delta.mul_(lr))
    })
  }
}
