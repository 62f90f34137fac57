import type { ArrayView } from "./backend.js"
import { elementsToWrite, readElements, writeElements } from "./strided.js"

/** out = (x - mean) / √(variance + eps) · weight + bias over the last dimension. */
export function layerNorm(
  x: ArrayView,
  weight: ArrayView | null,
  bias: ArrayView | null,
  eps: number,
  out: ArrayView,
  means: ArrayView,
  inverses: ArrayView,
): void {
  const n = x.shape[x.shape.length - 1] as number
  const from = readElements(x)
  const [w, b] = [weight, bias].map((view) => (view === null ? null : readElements(view)))
  const [to, middles, factors] = [out, means, inverses].map(elementsToWrite) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  for (let row = 0; row < middles.length; row++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += from[row * n + j] as number
    const mean = sum / n
    let squares = 0
    for (let j = 0; j < n; j++) squares += ((from[row * n + j] as number) - mean) ** 2
    const inverse = 1 / Math.sqrt(squares / n + eps)
    for (let j = 0; j < n; j++) {
      const standard = ((from[row * n + j] as number) - mean) * inverse
      to[row * n + j] = standard * ((w?.[j] as number) ?? 1) + ((b?.[j] as number) ?? 0)
    }
    middles[row] = mean
    factors[row] = inverse
  }
  writeElements(to, out)
  writeElements(middles, means)
  writeElements(factors, inverses)
}

/** dx = (g - mean(g) - x̂ · mean(g · x̂)) / √(variance + eps) with g = dy · weight; the weight gets Σ dy · x̂, the bias Σ dy. */
export function layerNormBackward(
  x: ArrayView,
  weight: ArrayView | null,
  means: ArrayView,
  inverses: ArrayView,
  dy: ArrayView,
  out: ArrayView,
  parameters: ArrayView | null,
): void {
  const n = x.shape[x.shape.length - 1] as number
  const [from, middles, factors, gradients] = [x, means, inverses, dy].map(readElements) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const w = weight === null ? null : readElements(weight)
  const to = elementsToWrite(out)
  const sums = new Float64Array(2 * n)
  for (let row = 0; row < middles.length; row++) {
    const [mean, inverse] = [middles[row] as number, factors[row] as number]
    const standard = (j: number) => ((from[row * n + j] as number) - mean) * inverse
    const towards = (j: number) => (gradients[row * n + j] as number) * ((w?.[j] as number) ?? 1)
    let sum = 0
    let product = 0
    for (let j = 0; j < n; j++) {
      const gradient = gradients[row * n + j] as number
      sum += towards(j)
      product += towards(j) * standard(j)
      sums[j] = (sums[j] as number) + gradient * standard(j)
      sums[n + j] = (sums[n + j] as number) + gradient
    }
    for (let j = 0; j < n; j++) to[row * n + j] = (towards(j) - sum / n - (standard(j) * product) / n) * inverse
  }
  writeElements(to, out)
  if (parameters === null) return
  const own = elementsToWrite(parameters)
  own.set(sums)
  writeElements(own, parameters)
}
