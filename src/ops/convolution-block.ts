import { described, needsGradient, record } from "../autograd/node.js"
import type { ConvolutionWindow, PoolingWindow } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { recycle } from "../native/pool.js"
import { uninitialized } from "../tensor/allocate.js"
import type { Tensor } from "../tensor/tensor.js"
import { activationGradient } from "./activation.js"
import { type ConvolutionOptions, planConvolution, towardsInput, towardsWeight } from "./convolution.js"
import { type MaxPoolOptions, slidingWindow, slidSize, spread } from "./pooling.js"
import type { Sizes } from "./window.js"

/** A max pooling after a convolution: its kernel, and its options. */
export interface BlockPooling {
  readonly kernelSize: Sizes
  readonly options: Omit<MaxPoolOptions, "returnIndices">
}

/** What the tape notes of a block besides its tensors. */
export interface BlockDetail {
  readonly window: ConvolutionWindow
  /** Rows and columns of what the convolution gives. */
  readonly size: readonly [number, number]
  readonly pool: PoolingWindow | null
}

/**
 * Convolution, rectifier and, unless null, max pooling, with the numbers of the three one after the other.
 *
 * The largest of rectified numbers is the rectified largest, so the rectifier comes last, on a fraction of the numbers;
 * and neither it nor the pooling needs, on the way back, what the convolution gave: only the places of the largest. So
 * that memory is free again at once.
 */
export function convolutionBlock(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvolutionOptions,
  pooling: BlockPooling | null,
): Tensor {
  return planConvolution(2, x, weight, bias, options, ({ images, weight: kernels, bias: added, window, size }) => {
    const backend = currentBackend()
    const { dtype } = images
    const shape = [images.size(0), kernels.size(0), ...size]
    const convolved = uninitialized(shape, dtype)
    let out = convolved
    let indices: Tensor | null = null
    const pool = pooling === null ? null : slidingWindow("maxPool2d", 2, pooling.kernelSize, pooling.options)
    if (pool !== null && pooling !== null) {
      const pooled = slidSize("maxPool2d", convolved, convolved, pool, 2, pooling.options.ceilMode ?? false)
      out = uninitialized([...shape.slice(0, 2), ...pooled], dtype)
      indices = uninitialized(out.shape, "int32")
    }
    backend.convolution(images, kernels, added, window, convolved)
    if (pool !== null && indices !== null) {
      backend.maxPool(convolved, pool, out, indices)
      recycle(convolved.storage)
    }
    backend.unary("relu", out, out)
    if (!needsGradient(images, kernels, added)) {
      if (indices !== null) recycle(indices.storage)
      return out
    }

    const saved = [images, kernels, out]
    const rule = (dy: Tensor) => {
      const rectified = activationGradient("relu", out, out, dy).contiguous()
      const gradient = indices === null ? rectified : spread(rectified, indices, shape)
      return [
        images.requiresGrad ? towardsInput(gradient, kernels, window, images.shape) : null,
        kernels.requiresGrad ? towardsWeight(images, gradient, window, kernels.shape) : null,
        added?.requiresGrad === true ? rectified.sum([0, 2, 3]) : null,
      ]
    }
    const inputs = added === null ? [images, kernels] : [images, kernels, added]
    const buffers = indices === null ? [] : [indices.storage]
    const detail: BlockDetail = { window, size, pool }
    return described(record("convolutionBlock", out, inputs, rule, saved, buffers), detail)
  })
}
