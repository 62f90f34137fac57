import { badNumber, notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { avgPool1d, avgPool2d } from "./pooling.js"
import { type Sizes, sizePair } from "./window.js"

/** Options of `lpPool1d` and `lpPool2d`. */
export interface LPPoolOptions {
  /** How far the window moves at a time. Default: its own size. */
  stride?: Sizes
  /** Whether a last window that the input does not fill counts too. Default: false. */
  ceilMode?: boolean
}

function lpPool(spatial: 1 | 2, x: Tensor, p: number, kernelSize: Sizes, options: LPPoolOptions): Tensor {
  const name = `lpPool${spatial}d`
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  if (!(Number.isFinite(p) && p !== 0)) throw badNumber(name, "p", p, "a number that is not 0")
  const [down, across] = sizePair(name, "kernelSize", kernelSize, spatial, 1, 1)
  const { stride = kernelSize, ceilMode = false } = options
  const average = spatial === 1 ? avgPool1d : avgPool2d
  const mean = average(x.pow(p), kernelSize, { stride, ceilMode })
  // As PyTorch has it: the root of a negative sum (of odd powers) is 0.
  return mean
    .sign()
    .mul(mean.abs().relu())
    .mul(down * across)
    .pow(1 / p)
}

/**
 * The p-norm of each window of sequences: `(Σ xᵖ)^(1/p)`. With p = 1 it is the sum, with p → ∞ the maximum.
 *
 * Shape: x `[N, C, L]` or `[C, L]`; the result is `[N, C, M]` with `M = ⌊(L - kernelSize) / stride⌋ + 1`.
 *
 * The gradient of a window whose sum is 0 is not defined.
 *
 * @example lpPool1d(tensor([[[3, 4, 6, 8]]]), 2, 2) // tensor([[[ 5., 10.]]])
 */
export function lpPool1d(x: Tensor, p: number, kernelSize: Sizes, options: LPPoolOptions = {}): Tensor {
  return lpPool(1, x, p, kernelSize, options)
}

/**
 * The p-norm of each window of images: `(Σ xᵖ)^(1/p)`. With p = 1 it is the sum, with p → ∞ the maximum.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`; the result is `[N, C, H′, W′]` with `H′ = ⌊(H - kernelSize) / stride⌋ + 1`.
 *
 * The gradient of a window whose sum is 0 is not defined.
 *
 * @example lpPool2d(tensor([[[1, 1], [1, 1]]]), 2, 2) // tensor([[[2.]]])
 */
export function lpPool2d(x: Tensor, p: number, kernelSize: Sizes, options: LPPoolOptions = {}): Tensor {
  return lpPool(2, x, p, kernelSize, options)
}
