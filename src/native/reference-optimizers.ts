import type { AdamOptions, ArrayView, RmspropOptions, SgdOptions } from "./backend.js"
import type { TypedArray } from "./dtype.js"

/** The elements of a contiguous view, to read and write. */
function elements(view: ArrayView | undefined): TypedArray {
  if (view === undefined) throw new Error("an optimizer step is missing a buffer")
  return view.storage.data.subarray(view.offset, view.offset + view.count)
}

/** m = β₁m + (1-β₁)g; v = β₂v + (1-β₂)g²; p -= lr · m̂ / (√v̂ + ε), where ^ divides by 1 - βᵗ. */
export function adamStep(
  params: ArrayView[],
  grads: ArrayView[],
  means: ArrayView[],
  squares: ArrayView[],
  { lr, beta1, beta2, eps, weightDecay, decoupled, step }: AdamOptions,
): void {
  const stepSize = lr / (1 - beta1 ** step)
  const correction2 = Math.sqrt(1 - beta2 ** step)
  for (let i = 0; i < params.length; i++) {
    const p = elements(params[i])
    const g = elements(grads[i])
    const m = elements(means[i])
    const v = elements(squares[i])
    for (let j = 0; j < p.length; j++) {
      let weight = p[j] as number
      let gradient = g[j] as number
      if (decoupled) weight *= 1 - lr * weightDecay
      else gradient += weightDecay * weight
      const mean = (m[j] as number) + (1 - beta1) * (gradient - (m[j] as number))
      const square = beta2 * (v[j] as number) + (1 - beta2) * gradient * gradient
      m[j] = mean
      v[j] = square
      p[j] = weight - (stepSize * mean) / (Math.sqrt(square) / correction2 + eps)
    }
  }
}

/** p -= lr · g, or with momentum p -= lr · b, where b = momentum · b + (1 - dampening) · g. */
export function sgdStep(
  params: ArrayView[],
  grads: ArrayView[],
  momenta: ArrayView[],
  { lr, momentum, dampening, weightDecay, nesterov, first }: SgdOptions,
): void {
  for (let i = 0; i < params.length; i++) {
    const p = elements(params[i])
    const g = elements(grads[i])
    const b = momentum === 0 ? null : elements(momenta[i])
    for (let j = 0; j < p.length; j++) {
      let gradient = (g[j] as number) + weightDecay * (p[j] as number)
      if (b !== null) {
        const averaged = first ? gradient : momentum * (b[j] as number) + (1 - dampening) * gradient
        b[j] = averaged
        gradient = nesterov ? gradient + momentum * averaged : averaged
      }
      p[j] = (p[j] as number) - lr * gradient
    }
  }
}

/** s = α s + (1-α) g²; p -= lr · g / (√s + ε), with the mean gradient squared taken from s when centered. */
export function rmspropStep(
  params: ArrayView[],
  grads: ArrayView[],
  squares: ArrayView[],
  momenta: ArrayView[],
  means: ArrayView[],
  { lr, alpha, eps, weightDecay, momentum, centered }: RmspropOptions,
): void {
  for (let i = 0; i < params.length; i++) {
    const p = elements(params[i])
    const g = elements(grads[i])
    const s = elements(squares[i])
    const b = momentum === 0 ? null : elements(momenta[i])
    const m = centered ? elements(means[i]) : null
    for (let j = 0; j < p.length; j++) {
      const gradient = (g[j] as number) + weightDecay * (p[j] as number)
      const square = alpha * (s[j] as number) + (1 - alpha) * gradient * gradient
      s[j] = square
      let variance = square
      if (m !== null) {
        const mean = (m[j] as number) + (1 - alpha) * (gradient - (m[j] as number))
        m[j] = mean
        variance -= mean * mean
      }
      const scaled = gradient / (Math.sqrt(variance) + eps)
      const update = b === null ? scaled : momentum * (b[j] as number) + scaled
      if (b !== null) b[j] = update
      p[j] = (p[j] as number) - lr * update
    }
  }
}
