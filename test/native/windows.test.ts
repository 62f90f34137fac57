import { describe, expect, test } from "vitest"
import type { ArrayView, AverageWindow, Backend, ConvolutionWindow } from "../../src/native/backend.js"
import { NativeBackend } from "../../src/native/native.js"
import { ReferenceBackend } from "../../src/native/reference.js"
import { kernelBackend, kernels, onWasm } from "./addon.js"
import { difference, layOut, randomNumbers, twin } from "./views.js"

const reference = new ReferenceBackend()

interface Case {
  readonly x: number[]
  readonly weight: number[]
  readonly y: number[]
  readonly window: ConvolutionWindow
}

/** A convolution of given sizes; `over` is how far it reaches beyond the end of the input. */
function sized(
  [n, c, h, w]: [number, number, number, number],
  [o, i, j]: [number, number, number],
  { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 }: Partial<ConvolutionWindow> = {},
): Case {
  const along = (size: number, taps: number, d: 0 | 1) =>
    Math.floor((size + 2 * padding[d] - dilation[d] * (taps - 1) - 1) / stride[d]) + 1
  return {
    x: [n, c, h, w],
    weight: [o, c / groups, i, j],
    y: [n, o, along(h, i, 0), along(w, j, 1)],
    window: { stride, padding, dilation, groups },
  }
}

/** Sizes that reach every way through the kernels: vectors and rests, bands of rows and of columns, blocks of channels. */
const cases: Record<string, Case> = {
  "one element": sized([1, 1, 1, 1], [1, 1, 1]),
  "the first layer of a network": sized([3, 1, 28, 28], [16, 3, 3], { padding: [1, 1] }),
  "the second layer of a network": sized([2, 16, 14, 14], [32, 3, 3], { padding: [1, 1] }),
  "small images": sized([4, 19, 7, 7], [20, 3, 3], { padding: [1, 1] }),
  "one by one": sized([2, 37, 9, 5], [13, 1, 1]),
  "one by one with a stride": sized([2, 3, 9, 10], [4, 1, 1], { stride: [2, 3] }),
  "patches beside each other": sized([2, 3, 16, 12], [10, 4, 4], { stride: [4, 4] }),
  "a stride that leaves the end out": sized([1, 2, 12, 13], [3, 3, 2], { stride: [4, 5] }),
  "stride of two": sized([2, 3, 33, 70], [8, 3, 3], { stride: [2, 2], padding: [1, 1] }),
  "dilated, a stride": sized([1, 2, 23, 40], [5, 3, 4], { stride: [2, 3], padding: [2, 5], dilation: [3, 2] }),
  "by channel": sized([2, 11, 10, 18], [22, 3, 3], { padding: [1, 1], groups: 11 }),
  "in groups": sized([1, 6, 8, 20], [9, 2, 3], { groups: 3 }),
  "more padding than image": sized([1, 1, 2, 3], [2, 3, 3], { padding: [4, 7] }),
  "a sequence": sized([2, 5, 1, 77], [7, 1, 9], { padding: [0, 4] }),
  "a long sequence": sized([1, 2, 1, 5000], [3, 1, 7], { stride: [1, 2], padding: [0, 3] }),
  "a long kernel": sized([1, 1, 1, 900], [2, 1, 80], { stride: [1, 4] }),
  "many channels": sized([1, 130, 6, 6], [140, 3, 3], { padding: [1, 1] }),
  "a wide image": sized([1, 3, 40, 1700], [2, 3, 3], { padding: [1, 1] }),
  "no samples": sized([0, 2, 5, 5], [3, 3, 3]),
  "a kernel too large for the fast ones": sized([1, 1, 2, 300], [1, 1, 260]),
}

describe.skipIf(kernels === null).each(onWasm ? [1] : [1, 4])(
  "kernels over windows against the reference, %i threads",
  (threads) => {
    const native = kernels === null ? reference : kernelBackend(threads)
    const random = randomNumbers(11)
    const around = () => random() * 2 - 1
    const view = (shape: readonly number[]) => layOut(shape, "offset", around)

    /** Runs one call on both backends and compares everything around the output too. */
    function hold(out: ArrayView, call: (backend: Backend, out: ArrayView) => void, absolute: number): void {
      if (native instanceof NativeBackend) native.threads = threads
      const expected = twin(out)
      call(reference, expected)
      call(native, out)
      expect(difference(out, expected, 1e-5, absolute)).toBeNull()
    }

    test.each(Object.entries(cases))("convolution: %s", (_name, { x, weight, y, window }) => {
      const [image, kernel, bias, dy] = [x, weight, [weight[0] as number], y].map(view) as [
        ArrayView,
        ArrayView,
        ArrayView,
        ArrayView,
      ]
      // Sums of so many products of numbers below 1, in another order: the square root of their number counts.
      const terms = (count: number) => 1e-6 * Math.sqrt(count + 1)
      const [o, c, i, j] = weight as [number, number, number, number]
      const [n, , rows, columns] = y as [number, number, number, number]
      hold(view(y), (backend, out) => backend.convolution(image, kernel, bias, window, out), terms(c * i * j))
      hold(view(y), (backend, out) => backend.convolution(image, kernel, null, window, out), terms(c * i * j))
      hold(view(x), (backend, out) => backend.convolutionInput(dy, kernel, window, out), terms(o * i * j))
      hold(view(weight), (backend, out) => backend.convolutionWeight(image, dy, window, out), terms(n * rows * columns))
    })

    const pools: [x: number[], y: number[], window: Partial<AverageWindow>][] = [
      [[2, 3, 28, 28], [2, 3, 14, 14], {}],
      [[2, 3, 7, 9], [2, 3, 3, 4], {}],
      [[2, 3, 7, 9], [2, 3, 4, 5], {}],
      [[1, 2, 9, 40], [1, 2, 5, 20], { kernel: [3, 3], padding: [1, 1] }],
      [[1, 2, 9, 40], [1, 2, 7, 38], { kernel: [3, 3], stride: [1, 1] }],
      [[1, 2, 9, 40], [1, 2, 5, 36], { kernel: [3, 3], stride: [1, 1], dilation: [2, 2] }],
      [[1, 2, 9, 40], [1, 2, 3, 12], { kernel: [3, 4], stride: [3, 3], padding: [1, 0], includePadding: true }],
      [[3, 1, 300], [3, 1, 100], { kernel: [1, 3], stride: [1, 3], divisor: 2 }],
      [[2, 2, 7, 9], [2, 2, 3, 5], { adaptive: true }],
      [[2, 2, 7, 9], [2, 2, 9, 20], { adaptive: true }],
      [[0, 2, 7, 9], [0, 2, 3, 4], {}],
      [[40, 3, 30, 30], [40, 3, 15, 15], {}],
    ]

    test.each(pools)("pooling of %j to %j, %j", (x, y, options) => {
      const window: AverageWindow = {
        kernel: [2, 2],
        stride: [2, 2],
        padding: [0, 0],
        dilation: [1, 1],
        adaptive: false,
        includePadding: false,
        divisor: 0,
        ...options,
      }
      const [image, dy] = [view(x), view(y)]
      if (image.count > 20) image.storage.data[image.offset + 20] = Number.NaN
      const places = layOut(y, "offset", () => 0, "int32")
      hold(view(y), (backend, out) => backend.maxPool(image, window, out, twin(places)), 0)
      hold(places, (backend, out) => backend.maxPool(image, window, view(y), out), 0)
      hold(view(x), (backend, out) => backend.maxPoolBackward(dy, places, out), 1e-7)
      const undilated = { ...window, dilation: [1, 1] } as const
      hold(view(y), (backend, out) => backend.averagePool(image, undilated, out), 1e-7)
      hold(view(x), (backend, out) => backend.averagePoolBackward(dy, undilated, out), 1e-6)
    })

    test("a convolution is the same with any number of threads", () => {
      if (!(native instanceof NativeBackend)) return expect(kernels).toBeNull()
      const { x, weight, y, window } = sized([20, 16, 14, 14], [32, 3, 3], { padding: [1, 1] })
      const [image, kernel, dy] = [x, weight, y].map(view) as [ArrayView, ArrayView, ArrayView]
      const results = [1, 2, 4].map((count) => {
        native.threads = count
        const outs = [y, x, weight].map((shape) => layOut(shape, "packed", () => 0)) as [
          ArrayView,
          ArrayView,
          ArrayView,
        ]
        native.convolution(image, kernel, null, window, outs[0])
        native.convolutionInput(dy, kernel, window, outs[1])
        native.convolutionWeight(image, dy, window, outs[2])
        return outs
      })
      for (const outs of results.slice(1)) {
        outs.forEach((out, i) => {
          expect(difference(out, (results[0] as ArrayView[])[i] as ArrayView, 0, 0)).toBeNull()
        })
      }
    })
  },
)
