import { type FractionalMaxPoolOptions, fractionalMaxPool2d } from "../ops/fractional-pool.js"
import { type LPPoolOptions, lpPool1d, lpPool2d } from "../ops/lp-pool.js"
import * as pool from "../ops/pooling.js"
import type { Sizes } from "../ops/window.js"
import type { Tensor } from "../tensor/tensor.js"
import { Module } from "./module.js"

// Pooling as layers. Each is one function of src/ops/pooling.ts.

/** A setting as people write it: `2`, or `2 x 3`. */
function text(value: pool.AdaptiveSize): string {
  return typeof value === "number" ? String(value) : value.map((size) => size ?? "own").join(" x ")
}

/** The window of a pooling layer, and how it moves. */
abstract class Pooling<Options extends { stride?: Sizes; padding?: Sizes }> extends Module {
  readonly options: Options

  constructor(
    readonly kernelSize: Sizes,
    options: Options,
  ) {
    super()
    this.options = options
  }

  /** How far the window moves; its own size unless told otherwise. */
  get stride(): Sizes {
    return this.options.stride ?? this.kernelSize
  }

  /** How far windows reach beyond the input. */
  get padding(): Sizes {
    return this.options.padding ?? 0
  }

  override extraRepr(): string {
    const { stride, padding } = this.options
    const told = { stride, padding }
    const settings = Object.entries(told).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${text(value)}`],
    )
    return [text(this.kernelSize), ...settings].join(", ")
  }
}

/** Options of a layer that keeps the largest; with `returnIndices` use `F.maxPool2d`. */
export type MaxPoolLayerOptions = Omit<pool.MaxPoolOptions, "returnIndices">

/**
 * Keeps the largest element of each window of sequences.
 *
 * Shape: input `[N, C, L]` or `[C, L]`, output `[N, C, M]` with
 * `M = ⌊(L + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1`, rounded up with `ceilMode`.
 *
 * @example new nn.MaxPool1d(2)(zeros([2, 3, 20])).shape // [2, 3, 10]
 */
export class MaxPool1d extends Pooling<MaxPoolLayerOptions> {
  constructor(kernelSize: Sizes, options: MaxPoolLayerOptions = {}) {
    super(kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return pool.maxPool1d(x, this.kernelSize, { ...this.options, returnIndices: false })
  }
}

/**
 * Keeps the largest element of each window of images.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output `[N, C, H′, W′]` with
 * `H′ = ⌊(H + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1`, rounded up with `ceilMode`.
 *
 * @example new nn.MaxPool2d(2)(zeros([2, 16, 28, 28])).shape // [2, 16, 14, 14]
 */
export class MaxPool2d extends Pooling<MaxPoolLayerOptions> {
  constructor(kernelSize: Sizes, options: MaxPoolLayerOptions = {}) {
    super(kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return pool.maxPool2d(x, this.kernelSize, { ...this.options, returnIndices: false })
  }
}

/**
 * Takes the mean of each window of sequences.
 *
 * Shape: input `[N, C, L]` or `[C, L]`, output `[N, C, M]` with `M = ⌊(L + 2 padding - kernelSize) / stride⌋ + 1`.
 *
 * @example new nn.AvgPool1d(2)(zeros([2, 3, 20])).shape // [2, 3, 10]
 */
export class AvgPool1d extends Pooling<pool.AvgPoolOptions> {
  constructor(kernelSize: Sizes, options: pool.AvgPoolOptions = {}) {
    super(kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return pool.avgPool1d(x, this.kernelSize, this.options)
  }
}

/**
 * Takes the mean of each window of images.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output `[N, C, H′, W′]` with
 * `H′ = ⌊(H + 2 padding - kernelSize) / stride⌋ + 1`.
 *
 * @example new nn.AvgPool2d(2)(zeros([2, 16, 28, 28])).shape // [2, 16, 14, 14]
 */
export class AvgPool2d extends Pooling<pool.AvgPoolOptions> {
  constructor(kernelSize: Sizes, options: pool.AvgPoolOptions = {}) {
    super(kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return pool.avgPool2d(x, this.kernelSize, this.options)
  }
}

/** A pooling that is told the size of its output. */
abstract class AdaptivePooling extends Module {
  constructor(readonly outputSize: pool.AdaptiveSize) {
    super()
  }

  override extraRepr(): string {
    return text(this.outputSize)
  }
}

/**
 * Takes the mean of sequences over windows that are chosen so that the output has a given size.
 *
 * Shape: input `[N, C, L]` or `[C, L]`, output `[N, C, outputSize]`.
 *
 * @example new nn.AdaptiveAvgPool1d(5)(zeros([2, 3, 17])).shape // [2, 3, 5]
 */
export class AdaptiveAvgPool1d extends AdaptivePooling {
  forward(x: Tensor): Tensor {
    return pool.adaptiveAvgPool1d(x, this.outputSize)
  }
}

/**
 * Takes the mean of images over windows that are chosen so that the output has a given size; of size 1, over the whole
 * image.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output `[N, C, …outputSize]`.
 *
 * @example new nn.AdaptiveAvgPool2d(1)(zeros([2, 512, 7, 7])).shape // [2, 512, 1, 1]
 */
export class AdaptiveAvgPool2d extends AdaptivePooling {
  forward(x: Tensor): Tensor {
    return pool.adaptiveAvgPool2d(x, this.outputSize)
  }
}

/**
 * Keeps the largest of sequences over windows that are chosen so that the output has a given size.
 *
 * Shape: input `[N, C, L]` or `[C, L]`, output `[N, C, outputSize]`.
 *
 * @example new nn.AdaptiveMaxPool1d(5)(zeros([2, 3, 17])).shape // [2, 3, 5]
 */
export class AdaptiveMaxPool1d extends AdaptivePooling {
  forward(x: Tensor): Tensor {
    return pool.adaptiveMaxPool1d(x, this.outputSize)
  }
}

/**
 * Keeps the largest of images over windows that are chosen so that the output has a given size.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output `[N, C, …outputSize]`.
 *
 * @example new nn.AdaptiveMaxPool2d([2, 3])(zeros([2, 8, 7, 7])).shape // [2, 8, 2, 3]
 */
export class AdaptiveMaxPool2d extends AdaptivePooling {
  forward(x: Tensor): Tensor {
    return pool.adaptiveMaxPool2d(x, this.outputSize)
  }
}

/**
 * Takes the p-norm of each window of sequences; see `F.lpPool1d`.
 *
 * Shape: input `[N, C, L]` or `[C, L]`, output `[N, C, M]` with `M = ⌊(L - kernelSize) / stride⌋ + 1`.
 *
 * @example new nn.LPPool1d(2, 3)(ones([2, 3, 9])).shape // [2, 3, 3]
 */
export class LPPool1d extends Pooling<LPPoolOptions> {
  constructor(
    readonly p: number,
    kernelSize: Sizes,
    options: LPPoolOptions = {},
  ) {
    super(kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return lpPool1d(x, this.p, this.kernelSize, this.options)
  }
}

/**
 * Takes the p-norm of each window of images; see `F.lpPool2d`.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output `[N, C, H′, W′]` with `H′ = ⌊(H - kernelSize) / stride⌋ + 1`.
 *
 * @example new nn.LPPool2d(2, 3)(ones([2, 3, 9, 9])).shape // [2, 3, 3, 3]
 */
export class LPPool2d extends Pooling<LPPoolOptions> {
  constructor(
    readonly p: number,
    kernelSize: Sizes,
    options: LPPoolOptions = {},
  ) {
    super(kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return lpPool2d(x, this.p, this.kernelSize, this.options)
  }
}

/** Options of `FractionalMaxPool2d`; either `outputSize` or `outputRatio` is given. */
export type FractionalMaxPoolLayerOptions = Omit<FractionalMaxPoolOptions, "returnIndices">

/**
 * Keeps the largest of windows whose steps alternate in length by chance; see `F.fractionalMaxPool2d`.
 *
 * Shape: input `[N, C, H, W]` or `[C, H, W]`, output `[N, C, ...outputSize]`, or `⌊size · outputRatio⌋`.
 *
 * Source: Graham, "Fractional Max-Pooling", 2014.
 *
 * @example new nn.FractionalMaxPool2d(2, { outputSize: 5 })(zeros([2, 3, 9, 9])).shape // [2, 3, 5, 5]
 */
export class FractionalMaxPool2d extends Module {
  constructor(
    readonly kernelSize: Sizes,
    readonly options: FractionalMaxPoolLayerOptions,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return fractionalMaxPool2d(x, this.kernelSize, { ...this.options, returnIndices: false })
  }
}
