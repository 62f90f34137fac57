import { type InterpolateOptions, interpolate } from "../ops/interpolate.js"
import type { Tensor } from "../tensor/tensor.js"
import { Module } from "./module.js"

/**
 * Makes images or sequences larger; see `F.interpolate`.
 *
 * Shape: input `[N, C, L]` or `[N, C, H, W]`; the output has the given size, or `⌊size · scaleFactor⌋`.
 *
 * @example new nn.Upsample({ scaleFactor: 2, mode: "bilinear" })(zeros([2, 3, 7, 7])).shape // [2, 3, 14, 14]
 */
export class Upsample extends Module {
  readonly options: InterpolateOptions

  constructor(options: InterpolateOptions) {
    super()
    this.options = options
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.options)
  }

  override extraRepr(): string {
    return Object.entries(this.options)
      .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(" x ") : value}`)
      .join(", ")
  }
}

/** Options of the up-samplings of one mode; either `size` or `scaleFactor` is given. */
export type UpsamplingOptions = Pick<InterpolateOptions, "size" | "scaleFactor">

/**
 * Makes images larger by repeating pixels: `nn.Upsample` with mode `"nearest"`.
 *
 * @example new nn.UpsamplingNearest2d({ scaleFactor: 2 })(zeros([2, 3, 7, 7])).shape // [2, 3, 14, 14]
 */
export class UpsamplingNearest2d extends Upsample {
  constructor(options: UpsamplingOptions) {
    super({ ...options, mode: "nearest" })
  }
}

/**
 * Makes images larger by straight lines between pixels, the corners staying where they are: `nn.Upsample` with mode
 * `"bilinear"` and `alignCorners`.
 *
 * @example new nn.UpsamplingBilinear2d({ scaleFactor: 2 })(zeros([2, 3, 7, 7])).shape // [2, 3, 14, 14]
 */
export class UpsamplingBilinear2d extends Upsample {
  constructor(options: UpsamplingOptions) {
    super({ ...options, mode: "bilinear", alignCorners: true })
  }
}
