import { uninitialized } from "../tensor/allocate.js"
import { badNumber, badOption, notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { matmul } from "./matmul.js"
import { adaptiveAvgPool1d, adaptiveAvgPool2d } from "./pooling.js"
import { indexSelect } from "./select.js"
import { asImages, type Sizes, sizePair } from "./window.js"
import * as messages from "./window-messages.js"

/** How `interpolate` finds what stands between the elements. */
export type InterpolationMode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "area"

/** Options of `interpolate`; either `size` or `scaleFactor` is given. */
export interface InterpolateOptions {
  /** The size of the result, one number or one for each dimension. */
  size?: Sizes | null
  /** By how much the input is made larger, one number or one for each dimension. */
  scaleFactor?: number | readonly number[] | null
  /** Default: `"nearest"`. `"linear"` is for sequences, `"bilinear"` for images. */
  mode?: InterpolationMode
  /** Whether the corners of input and output are the same points. Only for the linear modes. Default: false. */
  alignCorners?: boolean
}

const modes: readonly InterpolationMode[] = ["nearest", "nearest-exact", "linear", "bilinear", "area"]

/** How a dimension of a size becomes one of another size: `step` is how far a step in the output goes in the input. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly step: number
}

function stretches(
  x: Tensor,
  spatial: 1 | 2,
  size: Sizes | null,
  scaleFactor: number | readonly number[] | null,
): readonly Stretch[] {
  if ((size === null) === (scaleFactor === null)) throw messages.sizeOrScale(size, scaleFactor)
  const from = x.shape.slice(-spatial)
  if (size !== null) {
    const to = sizePair("interpolate", "size", size, spatial, 1, 1).slice(-spatial)
    return from.map((length, d) => ({ from: length, to: to[d] as number, step: length / (to[d] as number) }))
  }
  const factors = typeof scaleFactor === "number" ? from.map(() => scaleFactor) : (scaleFactor as readonly number[])
  const fits = factors.length === spatial && factors.every((factor) => Number.isFinite(factor) && factor > 0)
  if (!fits) throw badNumber("interpolate", "scaleFactor", scaleFactor, `a number above 0, or ${spatial} of them`)
  return from.map((length, d) => {
    const factor = factors[d] as number
    const to = Math.floor(length * factor)
    if (to < 1) throw messages.nothingLeft(x.shape, scaleFactor)
    return { from: length, to, step: 1 / factor }
  })
}

/** The element that is nearest to each element of the output. */
function nearest(x: Tensor, dim: number, { from, to, step }: Stretch, exact: boolean): Tensor {
  if (from === to) return x
  const places = uninitialized([to], "int32")
  const scale = Math.fround(step) // PyTorch computes places in float32
  for (let i = 0; i < to; i++) {
    const at = exact ? Math.fround(Math.fround(i + 0.5) * scale) : Math.fround(i * scale)
    places.storage.data[i] = Math.min(Math.floor(at), from - 1)
  }
  return indexSelect(x, dim, places)
}

/** The weights of the two neighbours of each element of the output, `[to, from]`. */
function linearWeights({ from, to, step }: Stretch, alignCorners: boolean, dtype: Tensor["dtype"]): Tensor {
  const weights = uninitialized([to, from], dtype)
  const { data } = weights.storage
  data.fill(0)
  for (let i = 0; i < to; i++) {
    const at = alignCorners ? (to === 1 ? 0 : (i * (from - 1)) / (to - 1)) : Math.max(0, (i + 0.5) * step - 0.5)
    const left = Math.min(Math.floor(at), from - 1)
    const right = Math.min(left + 1, from - 1)
    const share = at - left
    data[i * from + left] = (data[i * from + left] as number) + 1 - share
    data[i * from + right] = (data[i * from + right] as number) + share
  }
  return weights
}

/**
 * Makes images or sequences larger or smaller.
 *
 * `"nearest"` repeats elements (as a scale of 2 does, each twice), `"linear"` and `"bilinear"` draw straight lines between
 * them, `"area"` takes means.
 *
 * Shape: x `[N, C, L]` or `[N, C, H, W]`; the result has the given size, or `⌊size · scaleFactor⌋`.
 *
 * Errors: both or neither of `size` and `scaleFactor`, `alignCorners` with a mode that has no lines.
 *
 * @example interpolate(tensor([[[1, 3]]]), { scaleFactor: 2 }) // tensor([[[1., 1., 3., 3.]]])
 */
export function interpolate(
  x: Tensor,
  { size = null, scaleFactor = null, mode = "nearest", alignCorners = false }: InterpolateOptions,
): Tensor {
  if (!(x instanceof Tensor)) throw notATensor("interpolate", x, "a tensor")
  if (!modes.includes(mode)) throw badOption("interpolate", "mode", mode, modes)
  if (x.ndim !== 3 && x.ndim !== 4) throw messages.windowRank("interpolate", x.shape, x.ndim === 2 ? 1 : 2)
  const spatial = x.ndim === 3 ? 1 : 2
  const lines = mode === "linear" || mode === "bilinear"
  if ((mode === "linear" && spatial !== 1) || (mode === "bilinear" && spatial !== 2))
    throw messages.interpolationMode(mode, x.shape)
  if (alignCorners && !lines) throw messages.cornersWithoutLines(mode)
  const plan = stretches(x, spatial, size, scaleFactor)
  if (mode === "area") {
    const sizes = plan.map(({ to }) => to)
    return spatial === 1 ? adaptiveAvgPool1d(x, sizes) : adaptiveAvgPool2d(x, sizes)
  }
  return asImages("interpolate", x, spatial, (images) =>
    plan.reduce((y, stretch, d) => {
      const dim = 4 - spatial + d
      if (!lines) return nearest(y, dim, stretch, mode === "nearest-exact")
      if (stretch.from === stretch.to) return y
      const weights = linearWeights(stretch, alignCorners, y.dtype)
      return dim === 3 ? matmul(y, weights.mT()) : matmul(weights, y)
    }, images),
  )
}
