import type { Sizes } from "../ops/window.js"
import type { Tensor } from "../tensor/tensor.js"
import { type FoldOptions, fold, unfold } from "./functional/fold.js"
import { Module } from "./module.js"

/**
 * The blocks of images as columns; see `F.unfold`.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output `[N, C · kernel elements, L]` for L blocks.
 *
 * @example new nn.Unfold(3, { padding: 1 })(zeros([2, 4, 5, 5])).shape // [2, 36, 25]
 */
export class Unfold extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: FoldOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return unfold(x, this.kernelSize, this.options)
  }
}

/**
 * Images from blocks, which are added where they overlap; see `F.fold`.
 *
 * Shape: input `[N, C · kernel elements, L]` or without N, output `[N, C, ...outputSize]`.
 *
 * @example new nn.Fold([5, 5], 3, { padding: 1 })(zeros([2, 36, 25])).shape // [2, 4, 5, 5]
 */
export class Fold extends Module {
  constructor(
    readonly outputSize: readonly [number, number] | number,
    readonly kernelSize: Sizes,
    readonly options: FoldOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return fold(x, this.outputSize, this.kernelSize, this.options)
  }
}
