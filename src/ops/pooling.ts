import { described, needsGradient, record } from "../autograd/node.js"
import type { AverageWindow, PoolingWindow } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { badNumber, notATensor } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { gather } from "./select.js"
import { asImages, type Sizes, sizePair, withoutRow } from "./window.js"
import * as messages from "./window-messages.js"

/** What all poolings with a kernel can be told. */
interface PoolingOptions {
  /** How far the window moves at a time. Default: its own size, so that windows do not overlap. */
  stride?: Sizes
  /** How far windows reach beyond the input on every side. Default: 0. */
  padding?: Sizes
  /** Whether a last window that the input does not fill counts too. Default: false. */
  ceilMode?: boolean
}

/** Options of `maxPool1d` and `maxPool2d`. */
export interface MaxPoolOptions extends PoolingOptions {
  /** How far apart the elements of a window stand. Default: 1. */
  dilation?: Sizes
  /** Whether the places of the largest are given back as well. Default: false. */
  returnIndices?: boolean
}

/** Options of `avgPool1d` and `avgPool2d`. */
export interface AvgPoolOptions extends PoolingOptions {
  /** Whether zeros in the padding count as elements. Default: true. */
  countIncludePad?: boolean
  /** What to divide every sum by, instead of the number of elements. */
  divisorOverride?: number | null
}

/** How many windows fit along a dimension. */
function windowsAlong(size: number, window: PoolingWindow, d: 0 | 1, ceilMode: boolean): number {
  const rest = size + 2 * window.padding[d] - window.dilation[d] * (window.kernel[d] - 1) - 1
  if (rest < 0 && !ceilMode) return 0
  const count = (ceilMode ? Math.ceil(rest / window.stride[d]) : Math.floor(rest / window.stride[d])) + 1
  // The last window must begin inside the input or the padding before it.
  return ceilMode && (count - 1) * window.stride[d] >= size + window.padding[d] ? count - 1 : count
}

/** The window that options describe, and the output size that it gives for images. */
export function slidingWindow(
  name: string,
  spatial: 1 | 2,
  kernelSize: Sizes,
  { stride = kernelSize, padding = 0, dilation = 1 }: PoolingOptions & { dilation?: Sizes },
): PoolingWindow {
  const kernel = sizePair(name, "kernelSize", kernelSize, spatial, 1, 1)
  const window = {
    kernel,
    stride: sizePair(name, "stride", stride, spatial, 1, 1),
    padding: sizePair(name, "padding", padding, spatial, 0, 0),
    dilation: sizePair(name, "dilation", dilation, spatial, 1, 1),
    adaptive: false,
  }
  if (window.padding.some((size, d) => size > (kernel[d] as number) / 2)) {
    throw messages.poolingPadding(name, withoutRow(window.padding, spatial), withoutRow(kernel, spatial))
  }
  return window
}

export function slidSize(
  name: string,
  x: Tensor,
  images: Tensor,
  window: PoolingWindow,
  spatial: 1 | 2,
  ceilMode: boolean,
): readonly number[] {
  const [height, width] = [images.size(2), images.size(3)]
  const size = [windowsAlong(height, window, 0, ceilMode), windowsAlong(width, window, 1, ceilMode)]
  if (size.some((count) => count < 1)) {
    const padded = [height + 2 * window.padding[0], width + 2 * window.padding[1]]
    const reach = window.kernel.map((count, d) => (window.dilation[d] as number) * (count - 1) + 1)
    throw messages.windowTooLarge(name, x.shape, withoutRow(padded, spatial), withoutRow(reach, spatial))
  }
  return size
}

/** A window for which only the output's size is told; null keeps the input's. */
function adaptiveSize(name: string, images: Tensor, outputSize: Sizes | readonly (number | null)[], spatial: 1 | 2) {
  const own = spatial === 1 ? [images.size(3)] : [images.size(2), images.size(3)]
  const wanted = typeof outputSize === "number" ? outputSize : outputSize.map((size, d) => size ?? (own[d] as number))
  return sizePair(name, "outputSize", wanted, spatial, 1, 1)
}

const adaptiveWindow = { kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], adaptive: true } as const

// ---- The largest

/** The largest of each window of `[N, C, H, W]` and its place in its plane. */
function largest(x: Tensor, window: PoolingWindow, size: readonly number[]): [values: Tensor, indices: Tensor] {
  const images = x.contiguous()
  const shape = [...images.shape.slice(0, 2), ...size]
  const out = uninitialized(shape, images.dtype)
  const indices = uninitialized(shape, "int32")
  currentBackend().maxPool(images, window, out, indices)
  if (!needsGradient(images)) return [out, indices]
  const values = record("maxPool", out, [images], (dy) => [spread(dy, indices, images.shape)], [indices])
  return [described(values, window), indices]
}

/** Zeros of a shape with `dy` added at places of its planes: the way back of `largest`. */
export function spread(dy: Tensor, indices: Tensor, shape: readonly number[]): Tensor {
  const gradient = dy.contiguous()
  const out = uninitialized(shape, dy.dtype)
  currentBackend().maxPoolBackward(gradient, indices, out)
  if (!needsGradient(gradient)) return out
  const rule = (ddx: Tensor) => [gather(ddx.flatten(2), 2, indices.flatten(2)).reshape(indices.shape)]
  return record("maxPoolBackward", out, [gradient], rule, [indices])
}

type PoolingKind = "maxPool" | "avgPool" | "adaptiveMaxPool" | "adaptiveAvgPool"

function checkInput(kind: PoolingKind, spatial: 1 | 2, x: Tensor): string {
  const name = `${kind}${spatial}d`
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  return name
}

function maxPool(spatial: 1 | 2, x: Tensor, kernelSize: Sizes, options: MaxPoolOptions): [Tensor, Tensor] {
  const name = checkInput("maxPool", spatial, x)
  const window = slidingWindow(name, spatial, kernelSize, options)
  const [y, indices] = asImages(name, x, spatial, (images) =>
    largest(images, window, slidSize(name, x, images, window, spatial, options.ceilMode ?? false)),
  )
  return [y as Tensor, indices as Tensor]
}

/**
 * The largest element of each window of sequences.
 *
 * Shape: x `[N, C, L]` or `[C, L]`; the result is `[N, C, M]` with
 * `M = ⌊(L + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1`, rounded up with `ceilMode`. With `returnIndices`
 * the places of the largest come second.
 *
 * @example maxPool1d(tensor([[[1, 5, 2, 3]]]), 2) // tensor([[[5., 3.]]])
 */
export function maxPool1d(
  x: Tensor,
  kernelSize: Sizes,
  options: MaxPoolOptions & { returnIndices: true },
): [Tensor, Tensor]
export function maxPool1d(x: Tensor, kernelSize: Sizes, options?: MaxPoolOptions & { returnIndices?: false }): Tensor
export function maxPool1d(x: Tensor, kernelSize: Sizes, options?: MaxPoolOptions): Tensor | [Tensor, Tensor]
export function maxPool1d(x: Tensor, kernelSize: Sizes, options: MaxPoolOptions = {}): Tensor | [Tensor, Tensor] {
  const found = maxPool(1, x, kernelSize, options)
  return options.returnIndices === true ? found : found[0]
}

/**
 * The largest element of each window of images.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`; the result is `[N, C, H′, W′]` with
 * `H′ = ⌊(H + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1`, rounded up with `ceilMode`. With `returnIndices`
 * the places of the largest, counted through their plane, come second.
 *
 * @example maxPool2d(tensor([[[1, 5], [2, 3]]]), 2) // tensor([[[5.]]])
 */
export function maxPool2d(
  x: Tensor,
  kernelSize: Sizes,
  options: MaxPoolOptions & { returnIndices: true },
): [Tensor, Tensor]
export function maxPool2d(x: Tensor, kernelSize: Sizes, options?: MaxPoolOptions & { returnIndices?: false }): Tensor
export function maxPool2d(x: Tensor, kernelSize: Sizes, options?: MaxPoolOptions): Tensor | [Tensor, Tensor]
export function maxPool2d(x: Tensor, kernelSize: Sizes, options: MaxPoolOptions = {}): Tensor | [Tensor, Tensor] {
  const found = maxPool(2, x, kernelSize, options)
  return options.returnIndices === true ? found : found[0]
}

// ---- The mean

/** The mean of each window of `[N, C, H, W]`. */
function means(x: Tensor, window: AverageWindow, size: readonly number[]): Tensor {
  const images = x.contiguous()
  const out = uninitialized([...images.shape.slice(0, 2), ...size], images.dtype)
  currentBackend().averagePool(images, window, out)
  if (!needsGradient(images)) return out
  return described(
    record("averagePool", out, [images], (dy) => [shared(dy, window, images.shape)]),
    window,
  )
}

/** Gives each window's elements their share: the way back of `means`. */
function shared(dy: Tensor, window: AverageWindow, shape: readonly number[]): Tensor {
  const gradient = dy.contiguous()
  const out = uninitialized(shape, dy.dtype)
  currentBackend().averagePoolBackward(gradient, window, out)
  return needsGradient(gradient)
    ? record("averagePoolBackward", out, [gradient], (ddx) => [means(ddx, window, gradient.shape.slice(2))])
    : out
}

function avgPool(spatial: 1 | 2, x: Tensor, kernelSize: Sizes, options: AvgPoolOptions): Tensor {
  const name = checkInput("avgPool", spatial, x)
  const { countIncludePad = true, divisorOverride = null, ceilMode = false } = options
  if (divisorOverride !== null && !(Number.isInteger(divisorOverride) && divisorOverride !== 0))
    throw badNumber(name, "divisorOverride", divisorOverride, "a whole number that is not 0, or null")
  const window = {
    ...slidingWindow(name, spatial, kernelSize, options),
    includePadding: countIncludePad,
    divisor: divisorOverride ?? 0,
  }
  return asImages(name, x, spatial, (images) =>
    means(images, window, slidSize(name, x, images, window, spatial, ceilMode)),
  )
}

/**
 * The mean of each window of sequences.
 *
 * Shape: x `[N, C, L]` or `[C, L]`; the result is `[N, C, M]` with `M = ⌊(L + 2 padding - kernelSize) / stride⌋ + 1`,
 * rounded up with `ceilMode`.
 *
 * @example avgPool1d(tensor([[[1, 5, 2, 4]]]), 2) // tensor([[[3., 3.]]])
 */
export function avgPool1d(x: Tensor, kernelSize: Sizes, options: AvgPoolOptions = {}): Tensor {
  return avgPool(1, x, kernelSize, options)
}

/**
 * The mean of each window of images.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`; the result is `[N, C, H′, W′]` with
 * `H′ = ⌊(H + 2 padding - kernelSize) / stride⌋ + 1`, rounded up with `ceilMode`.
 *
 * @example avgPool2d(tensor([[[1, 5], [2, 4]]]), 2) // tensor([[[3.]]])
 */
export function avgPool2d(x: Tensor, kernelSize: Sizes, options: AvgPoolOptions = {}): Tensor {
  return avgPool(2, x, kernelSize, options)
}

// ---- By the size of the output

/** The size of an adaptive pooling's output: one number, or one for each dimension, null for the input's own. */
export type AdaptiveSize = Sizes | readonly (number | null)[]

/** Options of the adaptive maximum. */
export interface AdaptiveMaxPoolOptions {
  /** Whether the places of the largest are given back as well. Default: false. */
  returnIndices?: boolean
}

function adaptiveMaxPool(spatial: 1 | 2, x: Tensor, outputSize: AdaptiveSize): [Tensor, Tensor] {
  const name = checkInput("adaptiveMaxPool", spatial, x)
  const [y, indices] = asImages(name, x, spatial, (images) =>
    largest(images, adaptiveWindow, adaptiveSize(name, images, outputSize, spatial)),
  )
  return [y as Tensor, indices as Tensor]
}

function adaptiveAvgPool(spatial: 1 | 2, x: Tensor, outputSize: AdaptiveSize): Tensor {
  const name = checkInput("adaptiveAvgPool", spatial, x)
  const window = { ...adaptiveWindow, includePadding: true, divisor: 0 }
  return asImages(name, x, spatial, (images) => means(images, window, adaptiveSize(name, images, outputSize, spatial)))
}

/**
 * The mean of sequences over windows that are chosen so that the output has a given size.
 *
 * Shape: x `[N, C, L]` or `[C, L]`; the result is `[N, C, outputSize]`.
 *
 * @example adaptiveAvgPool1d(tensor([[[1, 3, 5]]]), 2) // tensor([[[2., 4.]]])
 */
export function adaptiveAvgPool1d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return adaptiveAvgPool(1, x, outputSize)
}

/**
 * The mean of images over windows that are chosen so that the output has a given size; of size 1, over the whole image.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`; the result is `[N, C, …outputSize]`.
 *
 * @example adaptiveAvgPool2d(tensor([[[1, 5], [2, 4]]]), 1) // tensor([[[3.]]])
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return adaptiveAvgPool(2, x, outputSize)
}

/**
 * The largest of sequences over windows that are chosen so that the output has a given size.
 *
 * Shape: x `[N, C, L]` or `[C, L]`; the result is `[N, C, outputSize]`.
 *
 * @example adaptiveMaxPool1d(tensor([[[1, 3, 5]]]), 2) // tensor([[[3., 5.]]])
 */
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: AdaptiveSize,
  options: { returnIndices: true },
): [Tensor, Tensor]
export function adaptiveMaxPool1d(x: Tensor, outputSize: AdaptiveSize, options?: { returnIndices?: false }): Tensor
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: AdaptiveSize,
  options?: AdaptiveMaxPoolOptions,
): Tensor | [Tensor, Tensor]
export function adaptiveMaxPool1d(
  x: Tensor,
  outputSize: AdaptiveSize,
  { returnIndices = false }: AdaptiveMaxPoolOptions = {},
): Tensor | [Tensor, Tensor] {
  const found = adaptiveMaxPool(1, x, outputSize)
  return returnIndices ? found : found[0]
}

/**
 * The largest of images over windows that are chosen so that the output has a given size.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`; the result is `[N, C, …outputSize]`.
 *
 * @example adaptiveMaxPool2d(tensor([[[1, 5], [2, 4]]]), 1) // tensor([[[5.]]])
 */
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: AdaptiveSize,
  options: { returnIndices: true },
): [Tensor, Tensor]
export function adaptiveMaxPool2d(x: Tensor, outputSize: AdaptiveSize, options?: { returnIndices?: false }): Tensor
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: AdaptiveSize,
  options?: AdaptiveMaxPoolOptions,
): Tensor | [Tensor, Tensor]
export function adaptiveMaxPool2d(
  x: Tensor,
  outputSize: AdaptiveSize,
  { returnIndices = false }: AdaptiveMaxPoolOptions = {},
): Tensor | [Tensor, Tensor] {
  const found = adaptiveMaxPool(2, x, outputSize)
  return returnIndices ? found : found[0]
}
