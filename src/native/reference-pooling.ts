import type { ArrayView, AverageWindow, PoolingWindow } from "./backend.js"
import { elementsToWrite, readElements, writeElements } from "./strided.js"

/** The part of one dimension that an output element takes: `count` elements from `first` on, `step` apart. */
interface Span {
  readonly first: number
  readonly count: number
  readonly step: number
  /** How many elements there would be if those in the padding counted. */
  readonly padded: number
}

/** The spans of every output position along dimension 0 (rows) or 1 (columns) of the window. */
function spansOf(window: PoolingWindow, dim: 0 | 1, input: number, output: number): Span[] {
  return Array.from({ length: output }, (_, i) => {
    if (window.adaptive) {
      const first = Math.floor((i * input) / output)
      const count = Math.ceil(((i + 1) * input) / output) - first
      return { first, count, step: 1, padded: count }
    }
    const step = window.dilation[dim]
    const begin = i * window.stride[dim] - window.padding[dim]
    const skipped = begin < 0 ? Math.ceil(-begin / step) : 0
    const first = begin + skipped * step
    const inside = first < input ? Math.ceil((input - first) / step) : 0
    return {
      first,
      count: Math.max(0, Math.min(window.kernel[dim] - skipped, inside)),
      step,
      padded: Math.min(begin + window.kernel[dim], input + window.padding[dim]) - begin,
    }
  })
}

/** Visits every window of every plane: the position of its output, the first element of its plane, and its spans. */
function forEachWindow(
  input: readonly number[],
  output: readonly number[],
  window: PoolingWindow,
  visit: (position: number, plane: number, rows: Span, columns: Span) => void,
): void {
  const [height, width] = input.slice(-2) as [number, number]
  const [rows, columns] = output.slice(-2) as [number, number]
  const rowSpans = spansOf(window, 0, height, rows)
  const columnSpans = spansOf(window, 1, width, columns)
  const planes = output.slice(0, -2).reduce((n, size) => n * size, 1)
  let position = 0
  for (let plane = 0; plane < planes; plane++) {
    for (const row of rowSpans) for (const column of columnSpans) visit(position++, plane * height * width, row, column)
  }
}

/** Visits the elements of a window by their place in the plane. */
function forEachElement(rows: Span, columns: Span, width: number, visit: (place: number) => void): void {
  for (let i = 0; i < rows.count; i++) {
    const row = (rows.first + i * rows.step) * width + columns.first
    for (let j = 0; j < columns.count; j++) visit(row + j * columns.step)
  }
}

/** The largest of each window, and where it stands in its plane. */
export function maxPool(x: ArrayView, window: PoolingWindow, out: ArrayView, indices: ArrayView): void {
  const from = readElements(x)
  const to = elementsToWrite(out)
  const places = elementsToWrite(indices)
  const width = x.shape.at(-1) as number
  forEachWindow(x.shape, out.shape, window, (position, plane, rows, columns) => {
    let best = -Infinity
    let at = rows.first * width + columns.first
    forEachElement(rows, columns, width, (place) => {
      const value = from[plane + place] as number
      if (value > best || Number.isNaN(value)) {
        best = value
        at = place
      }
    })
    to[position] = best
    places[position] = at
  })
  writeElements(to, out)
  writeElements(places, indices)
}

/** out = 0 but for dy, added at the places that the indices name. */
export function maxPoolBackward(dy: ArrayView, indices: ArrayView, out: ArrayView): void {
  const gradients = readElements(dy)
  const places = readElements(indices)
  const inputPlane = (out.shape.at(-2) as number) * (out.shape.at(-1) as number)
  const outputPlane = (dy.shape.at(-2) as number) * (dy.shape.at(-1) as number)
  const sums = new Float64Array(out.count)
  for (let i = 0; i < gradients.length; i++) {
    const place = places[i] as number
    if (place < 0 || place >= inputPlane) continue // of a window that stepped over the whole image
    const target = Math.floor(i / outputPlane) * inputPlane + place
    sums[target] = (sums[target] as number) + (gradients[i] as number)
  }
  write(sums, out)
}

function divisorOf(window: AverageWindow, rows: Span, columns: Span): number {
  if (window.divisor !== 0) return window.divisor
  return window.includePadding ? rows.padded * columns.padded : rows.count * columns.count
}

/** The mean of each window. */
export function averagePool(x: ArrayView, window: AverageWindow, out: ArrayView): void {
  const from = readElements(x)
  const to = elementsToWrite(out)
  const width = x.shape.at(-1) as number
  forEachWindow(x.shape, out.shape, window, (position, plane, rows, columns) => {
    let sum = 0
    forEachElement(rows, columns, width, (place) => {
      sum += from[plane + place] as number
    })
    to[position] = rows.count * columns.count === 0 ? 0 : sum / divisorOf(window, rows, columns)
  })
  writeElements(to, out)
}

/** The gradient of the mean of each window: every element gets its share. */
export function averagePoolBackward(dy: ArrayView, window: AverageWindow, out: ArrayView): void {
  const gradients = readElements(dy)
  const sums = new Float64Array(out.count)
  const width = out.shape.at(-1) as number
  forEachWindow(out.shape, dy.shape, window, (position, plane, rows, columns) => {
    const share = (gradients[position] as number) / divisorOf(window, rows, columns)
    forEachElement(rows, columns, width, (place) => {
      sums[plane + place] = (sums[plane + place] as number) + share
    })
  })
  write(sums, out)
}

function write(sums: Float64Array, out: ArrayView): void {
  const to = elementsToWrite(out)
  to.set(sums)
  writeElements(to, out)
}
