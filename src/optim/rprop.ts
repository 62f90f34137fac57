import type { Tensor } from "../tensor/tensor.js"
import { badSetting } from "./messages.js"
import {
  type Batch,
  type CommonSettings,
  checkRange,
  Optimizer,
  type ParameterGroup,
  type Parameters,
} from "./optimizer.js"

/** Settings of `Rprop`. */
export interface RpropSettings extends CommonSettings {
  /** By what a step is multiplied where the sign of the gradient has changed, and where it has stayed. */
  etas: readonly [number, number]
  /** The shortest and the longest step. */
  stepSizes: readonly [number, number]
}

/**
 * Rprop: only the sign of the gradient counts; steps grow while it stays, and shrink when it changes. For whole batches.
 *
 * Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993.
 *
 * @example new optim.Rprop([tensor([1], { requiresGrad: true })]).paramGroups[0].etas // [0.5, 1.2]
 */
export class Rprop extends Optimizer<RpropSettings> {
  constructor(
    params: Parameters<RpropSettings>,
    { lr = 1e-2, etas = [0.5, 1.2], stepSizes = [1e-6, 50], maximize = false }: Partial<RpropSettings> = {},
  ) {
    super(params, { lr, etas, stepSizes, maximize })
  }

  protected check({ lr, etas, stepSizes }: RpropSettings): void {
    checkRange("Rprop", "lr", lr)
    if (!Array.isArray(etas) || !(etas[0] > 0 && etas[0] < 1 && etas[1] > 1))
      throw badSetting("Rprop", "etas", etas, "must be a number between 0 and 1, and one above 1")
    if (!Array.isArray(stepSizes) || !(stepSizes[0] >= 0 && stepSizes[1] >= stepSizes[0]))
      throw badSetting("Rprop", "stepSizes", stepSizes, "must be the shortest and the longest step")
  }

  protected update(batch: Batch, { lr, etas, stepSizes }: ParameterGroup<RpropSettings>): void {
    const before = this.buffers(batch, "gradient")
    const sizes = this.buffers(batch, "stepSize", lr)
    batch.params.forEach((p, i) => {
      const [last, size] = [before[i], sizes[i]] as [Tensor, Tensor]
      const g = batch.grads[i] as Tensor
      const agreement = g.mul(last)
      const turned = agreement.lt(0)
      const factor = agreement
        .gt(0)
        .to(p.dtype)
        .mul_(etas[1] - 1)
        .add_(turned.to(p.dtype).mul_(etas[0] - 1))
        .add_(1)
      size.copy_(size.mul(factor).clamp(stepSizes[0], stepSizes[1]))
      const counted = g.maskedFill(turned, 0) // after a turn there is no step
      p.sub_(counted.sign().mul_(size))
      last.copy_(counted)
    })
  }
}
