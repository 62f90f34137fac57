import type { AttentionOperands, AverageWindow, ConvolutionWindow, PoolingWindow } from "../../native/backend.js"
import { triu } from "../../ops/choose.js"
import type { BlockDetail } from "../../ops/convolution-block.js"
import { ones } from "../../ops/creation.js"
import type { Tensor } from "../../tensor/tensor.js"
import type { Attribute, OnnxGraph } from "./graph.js"
import { type Recorded, Unwritable, type Writing } from "./writing.js"

/** `x Wᵀ + b`, and the activation that was computed with it. */
export function linear({ graph, names, recorded }: Writing): string {
  const y = graph.op("Gemm", names, { transB: 1 })
  return activated(graph, y, recorded.detail as string)
}

function activated(graph: OnnxGraph, x: string, activation: string): string {
  return activation === "none"
    ? x
    : graph.op({ relu: "Relu", sigmoid: "Sigmoid", tanh: "Tanh" }[activation] as string, [x])
}

/** A convolution of images; one of sequences is recorded as one of images of a single row. */
export function convolution({ graph, names, recorded }: Writing): string {
  return convolved(graph, names, recorded, recorded.detail as ConvolutionWindow, recorded.output.shape.slice(2))
}

function convolved(
  graph: OnnxGraph,
  names: readonly string[],
  { inputs }: Recorded,
  { stride, padding, dilation, groups }: ConvolutionWindow,
  size: readonly number[],
): string {
  const [x, weight] = inputs as [Tensor, Tensor]
  const kernel = weight.shape.slice(2)
  // As much as the output's size needs: padding "same" has one zero more at the end of an even kernel.
  const after = [0, 1].map((d) => {
    const covered = ((size[d] as number) - 1) * (stride[d] as number)
    const reach = (dilation[d] as number) * ((kernel[d] as number) - 1) + 1
    return Math.max(0, covered + reach - (x.shape[d + 2] as number) - (padding[d] as number))
  })
  const attributes = {
    strides: stride,
    pads: [...padding, ...after],
    dilations: dilation,
    group: groups,
    kernel_shape: kernel,
  }
  return graph.op("Conv", names, attributes)
}

/** A convolution, the largest of each window unless there is no pooling, and the rectifier. */
export function convolutionBlock({ graph, names, recorded }: Writing): string {
  const { window, size, pool } = recorded.detail as BlockDetail
  const y = convolved(graph, names, recorded, window, size)
  const largest =
    pool === null
      ? y
      : graph.op("MaxPool", [y], {
          ...windowAttributes(pool, size, recorded.output.shape.slice(2)),
          dilations: pool.dilation,
        })
  return graph.op("Relu", [largest])
}

/** A transposed convolution: the gradient of a convolution at its input. */
export function transposedConvolution({ graph, names, recorded }: Writing): string {
  const { stride, padding, dilation, groups } = recorded.detail as ConvolutionWindow
  const [x, weight] = recorded.inputs as [Tensor, Tensor]
  const kernel = weight.shape.slice(2)
  const added = [0, 1].map((d) => {
    const [s, p, w, k] = [stride[d], padding[d], dilation[d], kernel[d]] as [number, number, number, number]
    return (recorded.output.shape[d + 2] as number) - (((x.shape[d + 2] as number) - 1) * s - 2 * p + w * (k - 1) + 1)
  })
  return graph.op("ConvTranspose", names, {
    strides: stride,
    pads: [...padding, ...padding],
    dilations: dilation,
    group: groups,
    kernel_shape: kernel,
    output_padding: added,
  })
}

/** Where the windows of an adaptive pooling are all alike, they are those of a sliding one. */
function windowOf({ recorded }: Writing): PoolingWindow | undefined {
  const window = recorded.detail as PoolingWindow
  if (!window.adaptive) return window
  const [x, y] = [recorded.inputs[0]?.shape as number[], recorded.output.shape]
  const kernel = [0, 1].map((d) => (x[d + 2] as number) / (y[d + 2] as number)) as [number, number]
  if (!kernel.every(Number.isInteger)) return undefined
  return { kernel, stride: kernel, padding: [0, 0], dilation: [1, 1], adaptive: false }
}

/** What both poolings say of their window, from the sizes of input and output. */
function windowAttributes(
  { kernel, stride, padding, dilation }: PoolingWindow,
  x: readonly number[],
  y: readonly number[],
): Record<string, Attribute> {
  // A last window that reaches over the edge, as `ceilMode` allows.
  const isOver = [0, 1].some((d) => {
    const reach =
      ((y[d] as number) - 1) * (stride[d] as number) + (dilation[d] as number) * ((kernel[d] as number) - 1) + 1
    return reach > (x[d] as number) + 2 * (padding[d] as number)
  })
  return { kernel_shape: kernel, strides: stride, pads: [...padding, ...padding], ceil_mode: Number(isOver) }
}

/** The largest or the mean of each window. */
export function pooled(writing: Writing): string {
  const { graph, names, recorded } = writing
  const window = windowOf(writing)
  if (window === undefined) return pooledUnevenly(writing)
  const x = recorded.inputs[0]?.shape as readonly number[]
  const shared = windowAttributes(window, x.slice(2), recorded.output.shape.slice(2))
  if (recorded.operation === "maxPool") return graph.op("MaxPool", names, { ...shared, dilations: window.dilation })
  const { includePadding = true, divisor = 0 } = recorded.detail as AverageWindow
  if (divisor === 0) return graph.op("AveragePool", names, { ...shared, count_include_pad: Number(includePadding) })
  if (shared.ceil_mode === 1) throw new Unwritable("an average with a divisor of its own and windows over the edge")
  const mean = graph.op("AveragePool", names, { ...shared, count_include_pad: 1 })
  const [height, width] = window.kernel as [number, number]
  return graph.op("Mul", [mean, graph.number((height * width) / divisor, recorded.output.dtype)])
}

/** An adaptive pooling whose windows overlap by different sizes: window after window, in each dimension in turn. */
function pooledUnevenly({ graph, names, recorded }: Writing): string {
  const type = recorded.operation === "maxPool" ? "ReduceMax" : "ReduceMean"
  const from = recorded.inputs[0]?.shape as readonly number[]
  return [2, 3].reduce((x, d) => {
    const [size, count] = [from[d] as number, recorded.output.shape[d] as number]
    const windows = Array.from({ length: count }, (_, i) => {
      const ends = [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count), d, 1]
      const window = graph.op("Slice", [x, ...ends.map((end) => graph.integers([end]))])
      return graph.op(type, [window], { axes: [d], keepdims: 1 })
    })
    return graph.op("Concat", windows, { axis: d })
  }, names[0] as string)
}

/** A normalisation of the last dimension, or of others when they are named. */
export function layerNorm(writing: Writing): string {
  const { graph, names, recorded } = writing
  const detail = recorded.detail as { eps: number; hasWeight?: boolean; dims?: readonly number[] }
  if (detail.dims !== undefined) return standardized(writing)
  const [x] = recorded.inputs as [Tensor]
  const parameters = detail.hasWeight
    ? names.slice(1)
    : [graph.constant(ones([x.shape.at(-1) as number], { dtype: x.dtype })), ...names.slice(1)]
  return graph.op("LayerNormalization", [names[0] as string, ...parameters], {
    axis: -1,
    epsilon: { float: detail.eps },
  })
}

/** `(x - mean) / √(variance + eps)` along some dimensions. */
export function standardized({ graph, names, recorded }: Writing): string {
  const { dims, eps } = recorded.detail as { dims: readonly number[]; eps: number }
  const x = names[0] as string
  const mean = (of: string) => graph.op("ReduceMean", [of], { axes: dims, keepdims: 1 })
  const centred = graph.op("Sub", [x, mean(x)])
  const variance = mean(graph.op("Mul", [centred, centred]))
  const deviation = graph.op("Sqrt", [graph.op("Add", [variance, graph.number(eps, recorded.output.dtype)])])
  return graph.op("Div", [centred, deviation])
}

/** `softmax(scale · Q Kᵀ + mask) V`. */
export function attention({ graph, names, recorded, nameOf }: Writing): string {
  const { mask, causal, scale } = recorded.detail as Omit<AttentionOperands, "mask"> & { mask: Tensor | null }
  const [q, k, v] = names as [string, string, string]
  const [queries, keys] = recorded.inputs as [Tensor, Tensor]
  const turned = graph.op("Transpose", [k], { perm: [0, 1, 3, 2] })
  const scaled = graph.op("Mul", [q, graph.number(scale, queries.dtype)])
  let scores = graph.op("MatMul", [scaled, turned])
  if (mask !== null) scores = graph.op("Add", [scores, nameOf(withoutRepeats(mask))])
  if (causal) {
    const future = triu(ones([queries.size(2), keys.size(2)], { dtype: queries.dtype }), 1)
    // Not -Infinity, which times 0 is NaN; this is as good as that after a softmax.
    scores = graph.op("Add", [scores, graph.constant(future.mul(-1e9))])
  }
  return graph.op("MatMul", [graph.op("Softmax", [scores], { axis: -1 }), v])
}

/** A tensor that was expanded, with size 1 where all is the same: it broadcasts again. */
function withoutRepeats(x: Tensor): Tensor {
  return x.shape.reduce((part, size, d) => (x.strides[d] === 0 && size > 1 ? part.narrow(d, 0, 1) : part), x)
}
