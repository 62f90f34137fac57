import type { Tensor } from "../tensor/tensor.js"
import {
  type Batch,
  type CommonSettings,
  checkRange,
  Optimizer,
  type ParameterGroup,
  type Parameters,
} from "./optimizer.js"

/** Settings of `Adafactor`. */
export interface AdafactorSettings extends CommonSettings {
  /** How the share of the newest square falls: `t ^ beta2Decay`. */
  beta2Decay: number
  /** Keep the divisor and the size of a step away from 0; null is the smallest step from 1 of the parameter's type. */
  eps: readonly [squares: number | null, step: number]
  /** The root mean square of an update beyond which it is shortened. */
  d: number
  /** How strongly weights are pulled to 0. */
  weightDecay: number
}

/** The smallest step from 1. */
const machineEps = { float32: 2 ** -23, float64: 2 ** -52 }

/**
 * Adafactor: Adam's divisor from the means of its rows and columns alone, for models whose optimizer's state would not fit,
 * with steps in proportion to the parameters.
 *
 * Formula, for a matrix: `b = t ^ beta2Decay`, `r ← (1-b)r + b·mean(g², rows)`, `c ← (1-b)c + b·mean(g², columns)`,
 * `u = g / √(r c / mean(r))`, `p ← p - max(eps₂, rms(p)) · min(lr, 1/√t) · u / max(1, rms(u) / d)`. Vectors keep all of g².
 *
 * Source: Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018.
 *
 * @example new optim.Adafactor([tensor([1], { requiresGrad: true })]).paramGroups[0].lr // 0.01
 */
export class Adafactor extends Optimizer<AdafactorSettings> {
  constructor(
    params: Parameters<AdafactorSettings>,
    {
      lr = 1e-2,
      beta2Decay = -0.8,
      eps = [null, 1e-3],
      d = 1,
      weightDecay = 0,
      maximize = false,
    }: Partial<AdafactorSettings> = {},
  ) {
    super(params, { lr, beta2Decay, eps, d, weightDecay, maximize })
  }

  protected check({ lr, beta2Decay, eps, d, weightDecay }: AdafactorSettings): void {
    checkRange("Adafactor", "lr", lr)
    checkRange("Adafactor", "-beta2Decay", -beta2Decay)
    checkRange("Adafactor", "eps[0]", eps[0] ?? 0)
    checkRange("Adafactor", "eps[1]", eps[1])
    checkRange("Adafactor", "d - 1", d - 1)
    checkRange("Adafactor", "weightDecay", weightDecay)
  }

  protected update(batch: Batch, group: ParameterGroup<AdafactorSettings>): void {
    const { lr, beta2Decay, d, weightDecay } = group
    const share = batch.step ** beta2Decay
    const rate = Math.min(lr, 1 / Math.sqrt(batch.step))
    batch.params.forEach((p, i) => {
      const g = batch.grads[i] as Tensor
      const eps = group.eps[0] ?? machineEps[p.dtype as "float32" | "float64"]
      const alpha = Math.max(group.eps[1], rootMeanSquare(p)) * rate
      if (weightDecay !== 0) p.mul_(1 - lr * weightDecay)
      const variance = this.#variance({ ...batch, params: [p] }, g, share, eps)
      const update = variance
        .clamp(eps * eps)
        .rsqrt()
        .mul(g)
      p.sub_(update.mul(alpha / Math.max(1, rootMeanSquare(update) / d)))
    })
  }

  /** The running mean of the square of one parameter's gradient; of a matrix's as rows times columns. */
  #variance(one: Batch, g: Tensor, share: number, eps: number): Tensor {
    const average = (name: string, now: Tensor): Tensor => {
      const [kept] = this.buffers(one, name, 0, () => now.shape) as [Tensor]
      return kept.add_(now.sub(kept).mul(share))
    }
    const square = g.square()
    if (g.ndim < 2) return average("variance", square)
    const rows = average("rowVar", square.mean(-1, { keepdim: true }))
    const columns = average("colVar", square.mean(-2, { keepdim: true }))
    return rows.matmul(columns).div(rows.mean(-2, { keepdim: true }).clamp(eps))
  }
}

function rootMeanSquare(x: Tensor): number {
  return Math.sqrt(x.detach().square().mean().item())
}
