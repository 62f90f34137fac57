import type { Tensor } from "../tensor/tensor.js"
import {
  type Batch,
  type CommonSettings,
  checkRange,
  decayed,
  Optimizer,
  type ParameterGroup,
  type Parameters,
} from "./optimizer.js"

/** Settings of `ASGD`. */
export interface ASGDSettings extends CommonSettings {
  /** How strongly weights are pulled to 0 by each step. */
  lambd: number
  /** The power by which the steps become shorter. */
  alpha: number
  /** From which step on the weights are averaged. */
  t0: number
  /** How strongly weights are pulled to 0 by their gradient. */
  weightDecay: number
}

/**
 * Averaged stochastic gradient descent: plain steps that become shorter, and the mean of all weights from a step on.
 *
 * Formula: `p ← p · (1 - lambd · η) - η g`, `η ← lr / (1 + lambd · lr · t)^alpha`.
 *
 * Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
 *
 * @example new optim.ASGD([tensor([1], { requiresGrad: true })]).paramGroups[0].alpha // 0.75
 */
export class ASGD extends Optimizer<ASGDSettings> {
  constructor(
    params: Parameters<ASGDSettings>,
    { lr = 1e-2, lambd = 1e-4, alpha = 0.75, t0 = 1e6, weightDecay = 0, maximize = false }: Partial<ASGDSettings> = {},
  ) {
    super(params, { lr, lambd, alpha, t0, weightDecay, maximize })
  }

  protected check({ lr, weightDecay }: ASGDSettings): void {
    checkRange("ASGD", "lr", lr)
    checkRange("ASGD", "weightDecay", weightDecay)
  }

  protected update(batch: Batch, { lr, lambd, alpha, t0, weightDecay }: ParameterGroup<ASGDSettings>): void {
    const averages = this.buffers(batch, "average")
    const t = batch.step
    let eta = 0
    this.number(batch, "eta", lr, (before) => {
      eta = before
      return lr / (1 + lambd * lr * t) ** alpha
    })
    const share = 1 / Math.max(1, t - 1 - t0) // of the last weights in their mean
    batch.params.forEach((p, i) => {
      const average = averages[i] as Tensor
      const g = decayed(batch.grads[i] as Tensor, p, weightDecay)
      p.mul_(1 - lambd * eta).sub_(g.mul(eta))
      if (share === 1) average.copy_(p)
      else average.add_(p.sub(average).mul_(share))
    })
  }

  /** The mean of the weights of a parameter, or null before the first step. */
  average(parameter: Tensor): Tensor | null {
    return this.kept(parameter, "average")
  }
}
