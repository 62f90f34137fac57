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

/** Settings of `Adagrad`. */
export interface AdagradSettings extends CommonSettings {
  /** How fast the learning rate falls: it is divided by `1 + (t - 1) · lrDecay`. */
  lrDecay: number
  /** How strongly weights are pulled to 0. */
  weightDecay: number
  /** What the sums of squares start from. */
  initialAccumulatorValue: number
  /** Keeps the divisor away from 0. */
  eps: number
}

/**
 * Adagrad: steps along the gradient, divided by the root of the sum of all its squares, so that rare features move far.
 *
 * Formula: `s ← s + g²`, `p ← p - lr / (1 + (t - 1) · lrDecay) · g / (√s + eps)`.
 *
 * Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", 2011.
 *
 * @example new optim.Adagrad([tensor([1], { requiresGrad: true })]).paramGroups[0].lr // 0.01
 */
export class Adagrad extends Optimizer<AdagradSettings> {
  constructor(
    params: Parameters<AdagradSettings>,
    {
      lr = 1e-2,
      lrDecay = 0,
      weightDecay = 0,
      initialAccumulatorValue = 0,
      eps = 1e-10,
      maximize = false,
    }: Partial<AdagradSettings> = {},
  ) {
    super(params, { lr, lrDecay, weightDecay, initialAccumulatorValue, eps, maximize })
  }

  protected check({ lr, lrDecay, weightDecay, initialAccumulatorValue, eps }: AdagradSettings): void {
    checkRange("Adagrad", "lr", lr)
    checkRange("Adagrad", "lrDecay", lrDecay)
    checkRange("Adagrad", "weightDecay", weightDecay)
    checkRange("Adagrad", "initialAccumulatorValue", initialAccumulatorValue)
    checkRange("Adagrad", "eps", eps)
  }

  protected update(batch: Batch, group: ParameterGroup<AdagradSettings>): void {
    const { lr, lrDecay, weightDecay, initialAccumulatorValue, eps } = group
    const sums = this.buffers(batch, "sum", initialAccumulatorValue)
    const rate = lr / (1 + (batch.step - 1) * lrDecay)
    batch.params.forEach((p, i) => {
      const s = sums[i] as Tensor
      const g = decayed(batch.grads[i] as Tensor, p, weightDecay)
      s.add_(g.square())
      p.sub_(g.div(s.sqrt().add_(eps)).mul_(rate))
    })
  }
}
