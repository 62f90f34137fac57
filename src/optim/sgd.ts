import { currentBackend } from "../native/current.js"
import { badSetting } from "./messages.js"
import {
  type Batch,
  type CommonSettings,
  checkRange,
  Optimizer,
  type ParameterGroup,
  type Parameters,
} from "./optimizer.js"

/** Settings of `SGD`. */
export interface SGDSettings extends CommonSettings {
  /** How much of the last direction is kept. */
  momentum: number
  /** How much of the new gradient is left out of the direction. */
  dampening: number
  /** How strongly weights are pulled to 0. */
  weightDecay: number
  /** Whether the gradient counts once more on top of the direction. */
  nesterov: boolean
}

/**
 * Stochastic gradient descent, with momentum if wanted.
 *
 * Formula: `b ← momentum · b + (1 - dampening) · g`, `p ← p - lr · b`, where `g` is the gradient plus `weightDecay · p`;
 * without momentum `p ← p - lr · g`.
 *
 * @example new optim.SGD([tensor([1], { requiresGrad: true })], { lr: 0.1, momentum: 0.9 }).paramGroups.length // 1
 */
export class SGD extends Optimizer<SGDSettings> {
  constructor(
    params: Parameters<SGDSettings>,
    {
      lr = 1e-3,
      momentum = 0,
      dampening = 0,
      weightDecay = 0,
      nesterov = false,
      maximize = false,
    }: Partial<SGDSettings> = {},
  ) {
    super(params, { lr, momentum, dampening, weightDecay, nesterov, maximize })
  }

  protected check({ lr, momentum, weightDecay, dampening, nesterov }: SGDSettings): void {
    checkRange("SGD", "lr", lr)
    checkRange("SGD", "momentum", momentum)
    checkRange("SGD", "weightDecay", weightDecay)
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw badSetting("SGD", "nesterov", nesterov, "needs a momentum, and no dampening")
  }

  protected update(batch: Batch, group: ParameterGroup<SGDSettings>): void {
    const { lr, momentum, dampening, weightDecay, nesterov } = group
    const momenta = momentum === 0 ? [] : this.buffers(batch, "momentum")
    const first = batch.step === 1
    currentBackend().sgdStep(batch.params, batch.grads, momenta, {
      lr,
      momentum,
      dampening,
      weightDecay,
      nesterov,
      first,
    })
  }
}
