import { notATensor, wrongDType } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { zeros } from "./creation.js"
import { scatter } from "./scatter.js"
import { asImages, type Sizes, sizePair, withoutRow } from "./window.js"
import * as messages from "./window-messages.js"

/** Options of `maxUnpool1d` and `maxUnpool2d`: those that the pooling had. */
export interface MaxUnpoolOptions {
  /** Default: the window's own size. */
  stride?: Sizes
  /** Default: 0. */
  padding?: Sizes
  /** The size of the result, where several fit. Default: `(size - 1) · stride - 2 padding + kernelSize`. */
  outputSize?: Sizes | null
}

function maxUnpool(spatial: 1 | 2, x: Tensor, indices: Tensor, kernelSize: Sizes, options: MaxUnpoolOptions): Tensor {
  const name = `maxUnpool${spatial}d`
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  if (!(indices instanceof Tensor)) throw notATensor(name, indices, "the indices of maxPool")
  if (indices.dtype !== "int32") throw wrongDType(name, indices, "int32 indices, as maxPool gives them")
  if (String(indices.shape) !== String(x.shape)) throw messages.unpoolIndices(name, x.shape, indices.shape)
  const { stride = kernelSize, padding = 0, outputSize = null } = options
  const kernel = sizePair(name, "kernelSize", kernelSize, spatial, 1, 1)
  const step = sizePair(name, "stride", stride, spatial, 1, 1)
  const around = sizePair(name, "padding", padding, spatial, 0, 0)
  return asImages(name, x, spatial, (images) => {
    const own = ([0, 1] as const).map((d) => (images.size(2 + d) - 1) * step[d] - 2 * around[d] + kernel[d])
    const wanted = outputSize === null ? own : sizePair(name, "outputSize", outputSize, spatial, 1, 1)
    const fits = wanted.every((size, d) => Math.abs(size - (own[d] as number)) < (step[d] as number))
    if (!fits)
      throw messages.unpoolSize(name, withoutRow(wanted, spatial), withoutRow(own, spatial), withoutRow(step, spatial))
    const [samples, channels] = [images.size(0), images.size(1)]
    const places = indices.reshape([samples, channels, -1])
    const planes = zeros([samples, channels, (wanted[0] as number) * (wanted[1] as number)], { dtype: x.dtype })
    return scatter(planes, 2, places, images.flatten(2)).reshape([samples, channels, ...wanted])
  })
}

/**
 * Puts the largest of each window of sequences back to its place; everything else is 0.
 *
 * Shape: x and indices `[N, C, M]` or `[C, M]`, as `maxPool1d` with `returnIndices` gives them; the result is `[N, C, L]`
 * with `L = (M - 1) · stride - 2 padding + kernelSize`, or `outputSize`.
 *
 * Errors: indices of another shape or beyond the result, an `outputSize` that no such pooling takes to this size.
 *
 * @example maxUnpool1d(tensor([[[5, 3]]]), tensor([[[1, 3]]], { dtype: "int32" }), 2) // tensor([[[0., 5., 0., 3.]]])
 */
export function maxUnpool1d(x: Tensor, indices: Tensor, kernelSize: Sizes, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool(1, x, indices, kernelSize, options)
}

/**
 * Puts the largest of each window of images back to its place; everything else is 0.
 *
 * Shape: x and indices `[N, C, H′, W′]` or `[C, H′, W′]`, as `maxPool2d` with `returnIndices` gives them; the result is
 * `[N, C, H, W]` with `H = (H′ - 1) · stride - 2 padding + kernelSize`, or `outputSize`.
 *
 * Errors: indices of another shape or beyond the result, an `outputSize` that no such pooling takes to this size.
 *
 * Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
 *
 * @example maxUnpool2d(tensor([[[7]]]), tensor([[[2]]], { dtype: "int32" }), 2) // tensor([[[0., 0.],\n         [7., 0.]]])
 */
export function maxUnpool2d(x: Tensor, indices: Tensor, kernelSize: Sizes, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool(2, x, indices, kernelSize, options)
}
