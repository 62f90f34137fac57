import { described, needsGradient, record } from "../autograd/node.js"
import type { ConvolutionWindow } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { badOption, notATensor, wrongDType } from "../tensor/messages.js"
import { Tensor } from "../tensor/tensor.js"
import { asImages, type Sizes, sizePair, withoutRow } from "./window.js"
import * as messages from "./window-messages.js"

/** Options of `conv1d` and `conv2d`; each size is one number, or one for each dimension. */
export interface ConvolutionOptions {
  /** How far the kernel moves at a time. Default: 1. */
  stride?: Sizes
  /** Zeros around the input; `"same"` keeps its size, `"valid"` adds none. Default: 0. */
  padding?: Sizes | "same" | "valid"
  /** How far apart the kernel's elements stand. Default: 1. */
  dilation?: Sizes
  /** Into how many independent parts the channels are divided. Default: 1. */
  groups?: number
}

/** Options of `convTranspose1d` and `convTranspose2d`. */
export interface TransposedConvolutionOptions {
  /** How far apart the input's elements are spread. Default: 1. */
  stride?: Sizes
  /** How much is cut off on every side of the result. Default: 0. */
  padding?: Sizes
  /** How much is added at the end of the result, whose size the stride leaves open. Default: 0. */
  outputPadding?: Sizes
  /** How far apart the kernel's elements stand. Default: 1. */
  dilation?: Sizes
  /** Into how many independent parts the channels are divided. Default: 1. */
  groups?: number
}

// ---- The three products that convolution is made of. Each is linear in both of its operands, and the gradients of each
// ---- are the other two, so that gradients of any order need nothing else.

type Size = readonly [rows: number, columns: number]

/** [N, C, H, W] and a kernel [O, C / groups, I, J] to [N, O, …size]. */
function convolve(x: Tensor, weight: Tensor, bias: Tensor | null, window: ConvolutionWindow, size: Size): Tensor {
  const out = uninitialized([x.shape[0] as number, weight.shape[0] as number, ...size], x.dtype)
  currentBackend().convolution(x, weight, bias, window, out)
  if (!needsGradient(x, weight, bias)) return out
  const rule = (dy: Tensor) => {
    const gradient = dy.contiguous()
    return [
      x.requiresGrad ? towardsInput(gradient, weight, window, x.shape) : null,
      weight.requiresGrad ? towardsWeight(x, gradient, window, weight.shape) : null,
      bias?.requiresGrad === true ? dy.sum([0, 2, 3]) : null,
    ]
  }
  const saved = [x, weight]
  return described(record("convolution", out, bias === null ? saved : [x, weight, bias], rule, saved), window)
}

/** The gradient of `convolve` at its input, of the given shape. */
export function towardsInput(dy: Tensor, weight: Tensor, window: ConvolutionWindow, shape: readonly number[]): Tensor {
  const out = uninitialized(shape, dy.dtype)
  currentBackend().convolutionInput(dy, weight, window, out)
  if (!needsGradient(dy, weight)) return out
  const saved = [dy, weight]
  const rule = (dx: Tensor) => {
    const gradient = dx.contiguous()
    return [
      dy.requiresGrad ? convolve(gradient, weight, null, window, [dy.size(2), dy.size(3)]) : null,
      weight.requiresGrad ? towardsWeight(gradient, dy, window, weight.shape) : null,
    ]
  }
  return described(record("convolutionInput", out, saved, rule, saved), window)
}

/** The gradient of `convolve` at its weight, of the given shape. */
export function towardsWeight(x: Tensor, dy: Tensor, window: ConvolutionWindow, shape: readonly number[]): Tensor {
  const out = uninitialized(shape, x.dtype)
  currentBackend().convolutionWeight(x, dy, window, out)
  if (!needsGradient(x, dy)) return out
  const saved = [x, dy]
  const rule = (dw: Tensor) => {
    const gradient = dw.contiguous()
    return [
      x.requiresGrad ? towardsInput(dy, gradient, window, x.shape) : null,
      dy.requiresGrad ? convolve(x, gradient, null, window, [dy.size(2), dy.size(3)]) : null,
    ]
  }
  return record("convolutionWeight", out, saved, rule, saved)
}

// ---- What users call.

function checkOperands(
  name: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  spatial: 1 | 2,
  wanted: string,
): void {
  for (const operand of [x, weight]) if (!(operand instanceof Tensor)) throw notATensor(name, operand, "a tensor")
  if (bias !== null && !(bias instanceof Tensor)) throw notATensor(name, bias, "a tensor or null")
  if (weight.shape.length !== spatial + 2) throw messages.convolutionWeight(name, weight.shape, spatial, wanted)
  if (x.shape.length !== spatial + 2 && x.shape.length !== spatial + 1)
    throw messages.windowRank(name, x.shape, spatial)
  for (const operand of bias === null ? [x] : [x, bias]) {
    if (operand.dtype !== weight.dtype) {
      const hint = `convert it: x.to("${weight.dtype}").`
      throw wrongDType(name, operand, `operands of the weight's type, ${weight.dtype}`, hint)
    }
  }
}

function checkGroups(name: string, role: string, channels: number, groups: number): void {
  const divides = Number.isInteger(groups) && groups >= 1 && channels % groups === 0
  if (!divides) throw messages.convolutionGroups(name, role, channels, groups)
}

/** A convolution of images with everything checked and decided, ready to be computed. */
export interface PlannedConvolution {
  readonly images: Tensor // [N, C, H, W]
  readonly weight: Tensor // [O, C / groups, I, J]
  readonly bias: Tensor | null // [O]
  readonly window: ConvolutionWindow
  readonly size: Size
}

/** Checks the operands of a convolution, and hands `run` what is to be computed, in images. */
export function planConvolution(
  spatial: 1 | 2,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvolutionOptions,
  run: (planned: PlannedConvolution) => Tensor,
): Tensor {
  const name = `conv${spatial}d`
  checkOperands(name, x, weight, bias, spatial, `[outChannels, inChannels / groups, ${spatial === 1 ? "K" : "I, J"}]`)
  const outputs = weight.shape[0] as number
  checkGroups(name, "outChannels", outputs, groups)
  const wanted = (weight.shape[1] as number) * groups
  const channels = x.shape[x.shape.length - spatial - 1]
  if (channels !== wanted) throw messages.convolutionChannels(name, x.shape, weight.shape, groups, wanted)
  if (bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
    throw messages.convolutionBias(name, bias.shape, outputs)

  const strides = sizePair(name, "stride", stride, spatial, 1, 1)
  const dilations = sizePair(name, "dilation", dilation, spatial, 1, 1)
  const kernel = spatial === 1 ? [1, weight.size(2)] : [weight.size(2), weight.size(3)]
  const reach = kernel.map((size, d) => (dilations[d] as number) * (size - 1) + 1)
  const around = paddingAround(name, padding, strides, reach, spatial)
  return asImages(name, x, spatial, (images) => {
    const padded = [2, 3].map((d, i) => images.size(d) + (around.total[i] as number))
    if (padded.some((size, d) => size < (reach[d] as number))) {
      throw messages.windowTooLarge(name, x.shape, withoutRow(padded, spatial), withoutRow(reach, spatial))
    }
    const positions = (d: 0 | 1) => Math.floor(((padded[d] as number) - (reach[d] as number)) / strides[d]) + 1
    return run({
      images: images.contiguous(),
      weight: (spatial === 1 ? weight.unsqueeze(2) : weight).contiguous(),
      bias: bias?.contiguous() ?? null,
      window: { stride: strides, padding: around.before, dilation: dilations, groups },
      size: [positions(0), positions(1)],
    })
  })
}

function convolution(
  spatial: 1 | 2,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvolutionOptions,
): Tensor {
  return planConvolution(spatial, x, weight, bias, options, (p) =>
    convolve(p.images, p.weight, p.bias, p.window, p.size),
  )
}

/** How many zeros stand before the input, and around it in all. "same" puts the odd one at the end, as PyTorch does. */
function paddingAround(
  name: string,
  padding: Sizes | "same" | "valid",
  stride: readonly [number, number],
  reach: readonly number[],
  spatial: 1 | 2,
): { before: readonly [number, number]; total: readonly [number, number] } {
  if (padding === "same") {
    if (stride.some((step) => step !== 1)) throw messages.sameNeedsStrideOne(name, withoutRow(stride, spatial))
    const [rows, columns] = reach.map((size) => size - 1) as [number, number]
    return { before: [Math.floor(rows / 2), Math.floor(columns / 2)], total: [rows, columns] }
  }
  if (typeof padding === "string" && padding !== "valid") throw badOption(name, "padding", padding, ["same", "valid"])
  const before = sizePair(name, "padding", padding === "valid" ? 0 : padding, spatial, 0, 0)
  return { before, total: [2 * before[0], 2 * before[1]] }
}

/**
 * Slides kernels over sequences: each output is a weighted sum of what a kernel covers.
 *
 * Formula: `y[n, o, t] = bias[o] + Σ_c Σ_k weight[o, c, k] · x[n, c, stride · t + dilation · k - padding]`.
 *
 * Shape: x `[N, C, L]` or `[C, L]`, weight `[O, C / groups, K]`, bias `[O]`; the result is `[N, O, M]` with
 * `M = ⌊(L + 2 padding - dilation (K - 1) - 1) / stride⌋ + 1`.
 *
 * Errors: channels that are not those of the weight, a kernel that is larger than the padded input.
 *
 * @example conv1d(tensor([[[1, 2, 4, 8]]]), tensor([[[-1, 1]]])) // tensor([[[1., 2., 4.]]])
 */
export function conv1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions = {},
): Tensor {
  return convolution(1, x, weight, bias, options)
}

/**
 * Slides kernels over images: each output is a weighted sum of what a kernel covers.
 *
 * Formula: `y[n, o, y, x] = bias[o] + Σ_c Σ_i Σ_j weight[o, c, i, j] · x[n, c, stride · y + dilation · i - padding, …]`.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`, weight `[O, C / groups, I, J]`, bias `[O]`; the result is `[N, O, H′, W′]` with
 * `H′ = ⌊(H + 2 padding - dilation (I - 1) - 1) / stride⌋ + 1`.
 *
 * Errors: channels that are not those of the weight, a kernel that is larger than the padded input.
 *
 * Source: LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition", 1989.
 *
 * @example conv2d(ones([1, 1, 3, 3]), ones([1, 1, 2, 2])) // tensor([[[[4., 4.],\n          [4., 4.]]]])
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions = {},
): Tensor {
  return convolution(2, x, weight, bias, options)
}

function transposed(
  spatial: 1 | 2,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 }: TransposedConvolutionOptions,
): Tensor {
  const name = `convTranspose${spatial}d`
  checkOperands(name, x, weight, bias, spatial, `[inChannels, outChannels / groups, ${spatial === 1 ? "K" : "I, J"}]`)
  const inputs = weight.shape[0] as number
  const outputs = (weight.shape[1] as number) * groups
  if (x.shape[x.shape.length - spatial - 1] !== inputs)
    throw messages.convolutionChannels(name, x.shape, weight.shape, groups, inputs)
  checkGroups(name, "inChannels", inputs, groups)
  if (bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
    throw messages.convolutionBias(name, bias.shape, outputs)

  const strides = sizePair(name, "stride", stride, spatial, 1, 1)
  const dilations = sizePair(name, "dilation", dilation, spatial, 1, 1)
  const cut = sizePair(name, "padding", padding, spatial, 0, 0)
  const added = sizePair(name, "outputPadding", outputPadding, spatial, 0, 0)
  if (added.some((size, d) => size > 0 && size >= Math.max(strides[d] as number, dilations[d] as number)))
    throw messages.outputPaddingTooLarge(name, withoutRow(added, spatial))
  return asImages(name, x, spatial, (images) => {
    const kernels = (spatial === 1 ? weight.unsqueeze(2) : weight).contiguous()
    const sizeAlong = (d: 0 | 1) =>
      (images.size(d + 2) - 1) * strides[d] - 2 * cut[d] + dilations[d] * (kernels.size(d + 2) - 1) + added[d] + 1
    const size = [sizeAlong(0), sizeAlong(1)]
    if (size.some((length) => length < 1)) {
      const kernel = [kernels.size(2), kernels.size(3)]
      throw messages.windowTooLarge(
        name,
        x.shape,
        withoutRow([images.size(2), images.size(3)], spatial),
        withoutRow(kernel, spatial),
      )
    }
    const window = { stride: strides, padding: cut, dilation: dilations, groups }
    const y = towardsInput(images.contiguous(), kernels, window, [images.size(0), outputs, ...size])
    return bias === null ? y : y.add(bias.reshape([outputs, 1, 1]))
  })
}

/**
 * The transposed convolution of sequences, which spreads where `conv1d` gathers: each input writes a weighted kernel into
 * the output. It is the gradient of `conv1d` at its input.
 *
 * Shape: x `[N, C, L]` or `[C, L]`, weight `[C, O / groups, K]`, bias `[O]`; the result is `[N, O, M]` with
 * `M = (L - 1) stride - 2 padding + dilation (K - 1) + outputPadding + 1`.
 *
 * @example convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 10]]])) // tensor([[[ 1., 12., 20.]]])
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return transposed(1, x, weight, bias, options)
}

/**
 * The transposed convolution of images, which spreads where `conv2d` gathers: each input writes a weighted kernel into the
 * output. It is the gradient of `conv2d` at its input.
 *
 * Shape: x `[N, C, H, W]` or `[C, H, W]`, weight `[C, O / groups, I, J]`, bias `[O]`; the result is `[N, O, H′, W′]` with
 * `H′ = (H - 1) stride - 2 padding + dilation (I - 1) + outputPadding + 1`.
 *
 * Source: Zeiler et al., "Deconvolutional Networks", 2010.
 *
 * @example convTranspose2d(ones([1, 1, 1, 2]), ones([1, 1, 1, 2]), null, { stride: 2 }) // tensor([[[[1., 1., 1., 1.]]]])
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return transposed(2, x, weight, bias, options)
}
