import { flatten, unflatten } from "../ops/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import * as F from "./functional/pixels.js"
import { checkSize } from "./linear.js"
import { Module } from "./module.js"

// Layers that compute nothing: they put the elements into another shape or order.

/**
 * Makes one dimension of several, all but the first unless told otherwise: `[32, 1, 28, 28]` to `[32, 784]`.
 *
 * @example new nn.Flatten()(zeros([32, 1, 28, 28])).shape // [32, 784]
 */
export class Flatten extends Module {
  constructor(
    readonly startDim = 1,
    readonly endDim = -1,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim)
  }
}

/**
 * Makes several dimensions of one: `[32, 784]` to `[32, 1, 28, 28]` with dim 1 and sizes `[1, 28, 28]`. One size may be -1.
 *
 * @example new nn.Unflatten(1, [1, 28, 28])(zeros([32, 784])).shape // [32, 1, 28, 28]
 */
export class Unflatten extends Module {
  constructor(
    readonly dim: number,
    readonly sizes: readonly number[],
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return unflatten(x, this.dim, this.sizes)
  }

  override extraRepr(): string {
    return `dim ${this.dim} to [${this.sizes.join(", ")}]`
  }
}

/**
 * Makes an image larger by spreading channels over its pixels: `[..., C · r², H, W]` to `[..., C, H · r, W · r]`.
 *
 * Source: Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016.
 *
 * @example new nn.PixelShuffle(2)(zeros([1, 8, 3, 3])).shape // [1, 2, 6, 6]
 */
export class PixelShuffle extends Module {
  constructor(readonly upscaleFactor: number) {
    super()
    checkSize("PixelShuffle", "upscaleFactor", upscaleFactor)
  }

  forward(x: Tensor): Tensor {
    return F.pixelShuffle(x, this.upscaleFactor)
  }

  override extraRepr(): string {
    return String(this.upscaleFactor)
  }
}

/**
 * Turns `PixelShuffle` around: `[..., C, H · r, W · r]` to `[..., C · r², H, W]`.
 *
 * @example new nn.PixelUnshuffle(2)(zeros([1, 2, 6, 6])).shape // [1, 8, 3, 3]
 */
export class PixelUnshuffle extends Module {
  constructor(readonly downscaleFactor: number) {
    super()
    checkSize("PixelUnshuffle", "downscaleFactor", downscaleFactor)
  }

  forward(x: Tensor): Tensor {
    return F.pixelUnshuffle(x, this.downscaleFactor)
  }

  override extraRepr(): string {
    return String(this.downscaleFactor)
  }
}

/**
 * Deals the channels of an image anew: groups of them become every g-th.
 *
 * Source: Zhang et al., "ShuffleNet", 2017.
 *
 * @example new nn.ChannelShuffle(2)(zeros([1, 4, 3, 3])).shape // [1, 4, 3, 3]
 */
export class ChannelShuffle extends Module {
  constructor(readonly groups: number) {
    super()
    checkSize("ChannelShuffle", "groups", groups)
  }

  forward(x: Tensor): Tensor {
    return F.channelShuffle(x, this.groups)
  }

  override extraRepr(): string {
    return String(this.groups)
  }
}
