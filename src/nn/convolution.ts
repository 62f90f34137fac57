import { type ConvolutionOptions, conv1d, conv2d, convTranspose1d, convTranspose2d } from "../ops/convolution.js"
import { indexSelect } from "../ops/select.js"
import { type Sizes, sizePair, withoutRow } from "../ops/window.js"
import { convolutionGroups, paddingTooLarge } from "../ops/window-messages.js"
import { uninitialized } from "../tensor/allocate.js"
import { badOption } from "../tensor/messages.js"
import type { Tensor } from "../tensor/tensor.js"
import { calculateFan, kaimingUniform_, uniform_ } from "./init.js"
import { checkSize } from "./linear.js"
import { Module } from "./module.js"
import { Parameter } from "./parameter.js"

/** What stands around an input that a kernel reaches beyond: zeros, or elements of the input itself. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular"

/** What all convolution layers can be told. */
interface LayerOptions {
  /** Whether a bias is added. Default: true. */
  bias?: boolean
  /** Default: `"float32"`. */
  dtype?: "float32" | "float64"
}

/** Options of `Conv1d` and `Conv2d`; each size is one number, or one for each dimension. */
export interface ConvOptions extends ConvolutionOptions, LayerOptions {
  /** What the padding holds. Default: `"zeros"`. */
  paddingMode?: PaddingMode
}

/** Options of `ConvTranspose1d` and `ConvTranspose2d`. */
export interface ConvTransposeOptions extends LayerOptions {
  /** How far apart the input's elements are spread. Default: 1. */
  stride?: Sizes
  /** How much is cut off on every side of the result. Default: 0. */
  padding?: Sizes
  /** How much is added at the end of the result. Default: 0. */
  outputPadding?: Sizes
  /** How far apart the kernel's elements stand. Default: 1. */
  dilation?: Sizes
  /** Into how many independent parts the channels are divided. Default: 1. */
  groups?: number
}

/** What the four layers share: a weight, a bias, and how both begin. */
abstract class Convolution extends Module {
  readonly inChannels: number
  readonly outChannels: number
  readonly kernelSize: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly groups: number
  readonly weight: Parameter
  readonly bias: Parameter | null

  constructor(
    name: string,
    spatial: 1 | 2,
    isTransposed: boolean,
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    { stride = 1, dilation = 1, groups = 1, bias = true, dtype = "float32" }: Omit<ConvOptions, "padding">,
  ) {
    super()
    checkSize(name, "inChannels", inChannels)
    checkSize(name, "outChannels", outChannels)
    checkSize(name, "groups", groups)
    for (const [role, channels] of Object.entries({ inChannels, outChannels })) {
      if (channels % groups !== 0) throw convolutionGroups(name, role, channels, groups)
    }
    this.inChannels = inChannels
    this.outChannels = outChannels
    this.kernelSize = withoutRow(sizePair(name, "kernelSize", kernelSize, spatial, 1, 1), spatial)
    this.stride = withoutRow(sizePair(name, "stride", stride, spatial, 1, 1), spatial)
    this.dilation = withoutRow(sizePair(name, "dilation", dilation, spatial, 1, 1), spatial)
    this.groups = groups
    const [first, second] = isTransposed ? [inChannels, outChannels] : [outChannels, inChannels]
    this.weight = new Parameter(uninitialized([first, second / groups, ...this.kernelSize], dtype))
    this.bias = bias ? new Parameter(uninitialized([outChannels], dtype)) : null
    this.resetParameters()
  }

  /** Draws weight and bias anew, evenly spread over ±1/√fanIn, with PyTorch's random numbers. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) }) // ±1/√fanIn, written as PyTorch does
    if (this.bias === null) return
    const bound = 1 / Math.sqrt(calculateFan("resetParameters", this.weight).fanIn)
    uniform_(this.bias, -bound, bound)
  }

  /** The settings that are not the usual ones. */
  protected settings(): readonly (readonly [name: string, text: string])[] {
    const all = (value: readonly number[], usual: number, name: string) =>
      value.every((size) => size === usual) ? [] : [[name, settingText(value)] as const]
    return [
      ...all(this.stride, 1, "stride"),
      ...all(this.dilation, 1, "dilation"),
      ...(this.groups === 1 ? [] : [["groups", String(this.groups)] as const]),
      ...(this.bias === null ? [["bias", "false"] as const] : []),
    ]
  }

  override extraRepr(): string {
    const settings = this.settings().map(([name, text]) => `, ${name}: ${text}`)
    return `${this.inChannels} -> ${this.outChannels}, ${sizesText(this.kernelSize)}${settings.join("")}`
  }
}

/** Sizes as people write them: `3 x 3`. */
function sizesText(sizes: readonly number[]): string {
  return sizes.join(" x ")
}

/** The same, where one number says it for all dimensions. */
function settingText(sizes: readonly number[]): string {
  return sizes.every((size) => size === sizes[0]) ? String(sizes[0]) : sizesText(sizes)
}

/** What `Conv1d` and `Conv2d` share beyond that: the padding. */
abstract class PaddedConvolution extends Convolution {
  readonly padding: readonly number[] | "same" | "valid"
  readonly paddingMode: PaddingMode
  readonly #spatial: 1 | 2

  constructor(
    name: string,
    spatial: 1 | 2,
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    { padding = 0, paddingMode = "zeros", ...options }: ConvOptions,
  ) {
    super(name, spatial, false, inChannels, outChannels, kernelSize, options)
    if (!paddingModes.includes(paddingMode)) throw badOption(name, "paddingMode", paddingMode, paddingModes)
    if (typeof padding === "string") {
      if (padding !== "same" && padding !== "valid") throw badOption(name, "padding", padding, ["same", "valid"])
      this.padding = padding
    } else this.padding = withoutRow(sizePair(name, "padding", padding, spatial, 0, 0), spatial)
    this.paddingMode = paddingMode
    this.#spatial = spatial
  }

  forward(x: Tensor): Tensor {
    const run = this.#spatial === 1 ? conv1d : conv2d
    const { stride, dilation, groups } = this
    if (this.paddingMode === "zeros") {
      return run(x, this.weight, this.bias, { stride, padding: this.padding, dilation, groups })
    }
    return run(this.#surrounded(x), this.weight, this.bias, { stride, dilation, groups })
  }

  /** @internal The shape of the output for an input of a shape that fits. */
  outputShapeOf(shape: readonly number[]): readonly number[] {
    const first = shape.length - this.#spatial
    const sizes = this.kernelSize.map((kernel, i) => {
      const [size, step] = [shape[first + i] as number, this.stride[i] as number]
      const reach = (this.dilation[i] as number) * (kernel - 1)
      const around = this.padding === "same" ? reach : this.padding === "valid" ? 0 : 2 * (this.padding[i] as number)
      return Math.floor((size + around - reach - 1) / step) + 1
    })
    return [...shape.slice(0, first - 1), this.outChannels, ...sizes]
  }

  /** The input with elements of its own around it. */
  #surrounded(x: Tensor): Tensor {
    const first = x.ndim - this.#spatial
    return this.kernelSize.reduce((padded, size, i) => {
      const reach = (this.dilation[i] as number) * (size - 1)
      const [before, after] =
        this.padding === "same"
          ? [Math.floor(reach / 2), reach - Math.floor(reach / 2)]
          : this.padding === "valid"
            ? [0, 0]
            : [this.padding[i] as number, this.padding[i] as number]
      return surround(padded, first + i, before, after, this.paddingMode)
    }, x)
  }

  protected override settings(): readonly (readonly [name: string, text: string])[] {
    const { padding, paddingMode } = this
    const text = typeof padding === "string" ? padding : padding.every((size) => size === 0) ? "" : settingText(padding)
    return [
      ...(text === "" ? [] : [["padding", text] as const]),
      ...(paddingMode === "zeros" ? [] : [["paddingMode", paddingMode] as const]),
      ...super.settings(),
    ]
  }
}

const paddingModes: readonly PaddingMode[] = ["zeros", "reflect", "replicate", "circular"]

/** Elements of a dimension repeated before its beginning and after its end. */
function surround(x: Tensor, dim: number, before: number, after: number, mode: PaddingMode): Tensor {
  const size = x.shape[dim]
  if (size === undefined || before + after === 0) return x // the convolution says what is wrong with the shape
  const most = mode === "reflect" ? size - 1 : mode === "circular" ? size : Number.POSITIVE_INFINITY
  if (Math.max(before, after) > most || size === 0) {
    throw paddingTooLarge(mode, x.shape, size, Math.max(before, after), Math.max(0, Math.min(most, size)))
  }
  const places = uninitialized([before + size + after], "int32")
  for (let i = 0; i < places.count; i++) {
    const at = i - before
    places.storage.data[i] =
      mode === "circular"
        ? (at + size) % size
        : mode === "replicate"
          ? Math.min(Math.max(at, 0), size - 1)
          : at < 0
            ? -at
            : at >= size
              ? 2 * (size - 1) - at
              : at
  }
  return indexSelect(x, dim, places)
}

/**
 * Slides learned kernels over sequences.
 *
 * Formula: `y[n, o, t] = bias[o] + Σ_c Σ_k weight[o, c, k] · x[n, c, stride · t + dilation · k - padding]`.
 *
 * Shape: input `[N, inChannels, L]` or `[inChannels, L]`, output `[N, outChannels, M]` with
 * `M = ⌊(L + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1`; `weight` is `[outChannels, inChannels / groups, kernelSize]`.
 *
 * @example new nn.Conv1d(3, 8, 5)(zeros([2, 3, 20])).shape // [2, 8, 16]
 */
export class Conv1d extends PaddedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvOptions = {}) {
    super("Conv1d", 1, inChannels, outChannels, kernelSize, options)
  }
}

/**
 * Slides learned kernels over images.
 *
 * Formula: `y[n, o, y, x] = bias[o] + Σ_c Σ_i Σ_j weight[o, c, i, j] · x[n, c, stride · y + dilation · i - padding, …]`.
 *
 * Shape: input `[N, inChannels, H, W]` or `[inChannels, H, W]`, output `[N, outChannels, H′, W′]` with
 * `H′ = ⌊(H + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1`; `weight` is
 * `[outChannels, inChannels / groups, …kernelSize]`.
 *
 * Errors: an input of other channels, or one that is smaller than the kernel.
 *
 * Source: LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition", 1989.
 *
 * @example new nn.Conv2d(1, 16, 3, { padding: 1 })(zeros([2, 1, 28, 28])).shape // [2, 16, 28, 28]
 */
export class Conv2d extends PaddedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvOptions = {}) {
    super("Conv2d", 2, inChannels, outChannels, kernelSize, options)
  }
}

/** What the transposed layers share beyond the rest. */
abstract class TransposedConvolution extends Convolution {
  readonly padding: readonly number[]
  readonly outputPadding: readonly number[]
  readonly #spatial: 1 | 2

  constructor(
    name: string,
    spatial: 1 | 2,
    inChannels: number,
    outChannels: number,
    kernelSize: Sizes,
    { padding = 0, outputPadding = 0, ...options }: ConvTransposeOptions,
  ) {
    super(name, spatial, true, inChannels, outChannels, kernelSize, options)
    this.padding = withoutRow(sizePair(name, "padding", padding, spatial, 0, 0), spatial)
    this.outputPadding = withoutRow(sizePair(name, "outputPadding", outputPadding, spatial, 0, 0), spatial)
    this.#spatial = spatial
  }

  forward(x: Tensor): Tensor {
    const run = this.#spatial === 1 ? convTranspose1d : convTranspose2d
    return run(x, this.weight, this.bias, this)
  }

  protected override settings(): readonly (readonly [name: string, text: string])[] {
    const text = (name: string, sizes: readonly number[]) =>
      sizes.every((size) => size === 0) ? [] : [[name, settingText(sizes)] as const]
    return [...text("padding", this.padding), ...text("outputPadding", this.outputPadding), ...super.settings()]
  }
}

/**
 * Spreads sequences with learned kernels: the transposed convolution, which makes longer what `Conv1d` made shorter.
 *
 * Shape: input `[N, inChannels, L]` or `[inChannels, L]`, output `[N, outChannels, M]` with
 * `M = (L - 1) stride - 2 padding + dilation (kernelSize - 1) + outputPadding + 1`; `weight` is
 * `[inChannels, outChannels / groups, kernelSize]`.
 *
 * @example new nn.ConvTranspose1d(8, 3, 4, { stride: 2, padding: 1 })(zeros([2, 8, 10])).shape // [2, 3, 20]
 */
export class ConvTranspose1d extends TransposedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvTransposeOptions = {}) {
    super("ConvTranspose1d", 1, inChannels, outChannels, kernelSize, options)
  }
}

/**
 * Spreads images with learned kernels: the transposed convolution, which makes larger what `Conv2d` made smaller.
 *
 * Shape: input `[N, inChannels, H, W]` or `[inChannels, H, W]`, output `[N, outChannels, H′, W′]` with
 * `H′ = (H - 1) stride - 2 padding + dilation (kernelSize - 1) + outputPadding + 1`; `weight` is
 * `[inChannels, outChannels / groups, …kernelSize]`.
 *
 * Source: Zeiler et al., "Deconvolutional Networks", 2010.
 *
 * @example new nn.ConvTranspose2d(8, 3, 4, { stride: 2, padding: 1 })(zeros([2, 8, 7, 7])).shape // [2, 3, 14, 14]
 */
export class ConvTranspose2d extends TransposedConvolution {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvTransposeOptions = {}) {
    super("ConvTranspose2d", 2, inChannels, outChannels, kernelSize, options)
  }
}
