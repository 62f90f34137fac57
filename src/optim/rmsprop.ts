import { currentBackend } from "../native/current.js"
import {
  type Batch,
  type CommonSettings,
  checkRange,
  Optimizer,
  type ParameterGroup,
  type Parameters,
} from "./optimizer.js"

/** Settings of `RMSprop`. */
export interface RMSpropSettings extends CommonSettings {
  /** How much of the running mean of the squared gradient is kept at each step. */
  alpha: number
  /** Keeps the divisor away from 0. */
  eps: number
  /** How strongly weights are pulled to 0. */
  weightDecay: number
  /** How much of the last direction is kept. */
  momentum: number
  /** Whether the gradient is divided by its deviation rather than by its root mean square. */
  centered: boolean
}

/**
 * RMSprop: steps along the gradient, divided by the root of the running mean of its square.
 *
 * Formula: `s ← αs + (1-α)g²`, `p ← p - lr · g / (√s + eps)`.
 *
 * Source: G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012.
 */
export class RMSprop extends Optimizer<RMSpropSettings> {
  constructor(
    params: Parameters<RMSpropSettings>,
    {
      lr = 1e-2,
      alpha = 0.99,
      eps = 1e-8,
      weightDecay = 0,
      momentum = 0,
      centered = false,
      maximize = false,
    }: Partial<RMSpropSettings> = {},
  ) {
    super(params, { lr, alpha, eps, weightDecay, momentum, centered, maximize })
  }

  protected check({ lr, alpha, eps, weightDecay, momentum }: RMSpropSettings): void {
    checkRange("RMSprop", "lr", lr)
    checkRange("RMSprop", "alpha", alpha)
    checkRange("RMSprop", "eps", eps)
    checkRange("RMSprop", "weightDecay", weightDecay)
    checkRange("RMSprop", "momentum", momentum)
  }

  protected update(batch: Batch, group: ParameterGroup<RMSpropSettings>): void {
    const { lr, alpha, eps, weightDecay, momentum, centered } = group
    const squares = this.buffers(batch, "square")
    const momenta = momentum === 0 ? [] : this.buffers(batch, "momentum")
    const means = centered ? this.buffers(batch, "mean") : []
    const options = { lr, alpha, eps, weightDecay, momentum, centered }
    currentBackend().rmspropStep(batch.params, batch.grads, squares, momenta, means, options)
  }
}
