import { type MaxUnpoolOptions, maxUnpool1d, maxUnpool2d } from "../ops/unpool.js"
import type { Sizes } from "../ops/window.js"
import type { Tensor } from "../tensor/tensor.js"
import { Module } from "./module.js"

/** Options of `MaxUnpool1d` and `MaxUnpool2d`: those that the pooling had. */
export type MaxUnpoolLayerOptions = Omit<MaxUnpoolOptions, "outputSize">

/**
 * Puts the largest of each window of sequences back to its place, given the indices of `F.maxPool1d` with `returnIndices`.
 *
 * Shape: input and indices `[N, C, M]`, output `[N, C, (M - 1) · stride - 2 padding + kernelSize]`.
 *
 * @example new nn.MaxUnpool1d(2)(ones([1, 1, 2]), tensor([[[0, 3]]], { dtype: "int32" })).shape // [1, 1, 4]
 */
export class MaxUnpool1d extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: MaxUnpoolLayerOptions = {},
  ) {
    super()
  }

  forward(x: Tensor, indices: Tensor, outputSize?: Sizes): Tensor {
    return maxUnpool1d(x, indices, this.kernelSize, { ...this.options, outputSize: outputSize ?? null })
  }
}

/**
 * Puts the largest of each window of images back to its place, given the indices of `F.maxPool2d` with `returnIndices`.
 *
 * Shape: input and indices `[N, C, H′, W′]`, output `[N, C, H, W]` with `H = (H′ - 1) · stride - 2 padding + kernelSize`.
 *
 * @example new nn.MaxUnpool2d(2)(ones([1, 1, 1, 1]), tensor([[[[3]]]], { dtype: "int32" })).shape // [1, 1, 2, 2]
 */
export class MaxUnpool2d extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: MaxUnpoolLayerOptions = {},
  ) {
    super()
  }

  forward(x: Tensor, indices: Tensor, outputSize?: Sizes): Tensor {
    return maxUnpool2d(x, indices, this.kernelSize, { ...this.options, outputSize: outputSize ?? null })
  }
}
