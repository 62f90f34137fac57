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
