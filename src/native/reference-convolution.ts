import type { ArrayView, ConvolutionWindow } from "./backend.js"
import type { TypedArray } from "./dtype.js"
import { elementsToWrite, readElements, writeElements } from "./strided.js"

type Shape4 = readonly [number, number, number, number]

/** One element of a kernel, and which pairs of planes it joins: each output row meets one input row, shifted. */
interface Tap {
  /** Where the weight stands. */
  readonly weight: number
  /** The first elements of the input plane and of the output plane. */
  readonly input: number
  readonly output: number
  /** The row and column of the kernel. */
  readonly row: number
  readonly column: number
}

/** Visits every weight with every sample: input plane `[n, c]`, output plane `[n, o]`, place in the kernel. */
function forEachTap(input: Shape4, weight: Shape4, output: Shape4, groups: number, visit: (tap: Tap) => void): void {
  const [batch, channels, height, width] = input
  const [outputs, channelsOfGroup, rows, columns] = weight
  const outputsOfGroup = outputs / groups
  const inputPlane = height * width
  const outputPlane = output[2] * output[3]
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const firstChannel = Math.floor(o / outputsOfGroup) * channelsOfGroup
      for (let c = 0; c < channelsOfGroup; c++) {
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            visit({
              weight: ((o * channelsOfGroup + c) * rows + row) * columns + column,
              input: (n * channels + firstChannel + c) * inputPlane,
              output: (n * outputs + o) * outputPlane,
              row,
              column,
            })
          }
        }
      }
    }
  }
}

/** Visits the pairs of elements that a weight joins: a position in the input and one in the output. */
function forEachPair(
  tap: Tap,
  input: Shape4,
  output: Shape4,
  { stride, padding, dilation }: ConvolutionWindow,
  visit: (input: number, output: number) => void,
): void {
  const firstRow = tap.row * dilation[0] - padding[0]
  const firstColumn = tap.column * dilation[1] - padding[1]
  for (let y = 0; y < output[2]; y++) {
    const row = y * stride[0] + firstRow
    if (row < 0 || row >= input[2]) continue
    for (let x = 0; x < output[3]; x++) {
      const column = x * stride[1] + firstColumn
      if (column < 0 || column >= input[3]) continue
      visit(tap.input + row * input[3] + column, tap.output + y * output[3] + x)
    }
  }
}

/** out = bias + Σ weight · x. */
export function convolution(
  x: ArrayView,
  weight: ArrayView,
  bias: ArrayView | null,
  window: ConvolutionWindow,
  out: ArrayView,
): void {
  const [input, output] = [x.shape as Shape4, out.shape as Shape4]
  const from = readElements(x)
  const weights = readElements(weight)
  const sums = new Float64Array(out.count)
  if (bias !== null) {
    const added = readElements(bias)
    const plane = output[2] * output[3]
    for (let i = 0; i < sums.length; i++) sums[i] = added[Math.floor(i / plane) % output[1]] as number
  }
  forEachTap(input, weight.shape as Shape4, output, window.groups, (tap) => {
    const w = weights[tap.weight] as number
    forEachPair(tap, input, output, window, (i, o) => {
      sums[o] = (sums[o] as number) + w * (from[i] as number)
    })
  })
  write(sums, out)
}

/** out = Σ weight · dy, back to where each product came from. */
export function convolutionInput(dy: ArrayView, weight: ArrayView, window: ConvolutionWindow, out: ArrayView): void {
  const [input, output] = [out.shape as Shape4, dy.shape as Shape4]
  const from = readElements(dy)
  const weights = readElements(weight)
  const sums = new Float64Array(out.count)
  forEachTap(input, weight.shape as Shape4, output, window.groups, (tap) => {
    const w = weights[tap.weight] as number
    forEachPair(tap, input, output, window, (i, o) => {
      sums[i] = (sums[i] as number) + w * (from[o] as number)
    })
  })
  write(sums, out)
}

/** out = Σ x · dy over all samples and places. */
export function convolutionWeight(x: ArrayView, dy: ArrayView, window: ConvolutionWindow, out: ArrayView): void {
  const [input, output] = [x.shape as Shape4, dy.shape as Shape4]
  const from = readElements(x)
  const gradients = readElements(dy)
  const sums = new Float64Array(out.count)
  forEachTap(input, out.shape as Shape4, output, window.groups, (tap) => {
    let sum = 0
    forEachPair(tap, input, output, window, (i, o) => {
      sum += (from[i] as number) * (gradients[o] as number)
    })
    sums[tap.weight] = (sums[tap.weight] as number) + sum
  })
  write(sums, out)
}

/** Rounds sums once, to what the output holds. */
function write(sums: Float64Array, out: ArrayView): void {
  const to: TypedArray = elementsToWrite(out)
  to.set(sums)
  writeElements(to, out)
}
