import type { ArrayView, ConvolutionWindow } from "./backend.js"
import { kernels } from "./descriptor.js"
import { makeView } from "./layout.js"
import { type NativeCall, packedFloats, walkable } from "./native-call.js"
import { allocate, recycle } from "./pool.js"

// Convolutions. Each function returns false, having done nothing, if it does not take its views.

/** The taps of a kernel along one dimension (patch.h), those of a whole kernel, and the floats of a patch (convolution.h). */
const maxTaps = 256
const maxDepth = 8192
const patchInScratch = 128 * 1024

/** Whether the kernels take a convolution: dense operands, and a window of which one row of positions fits a patch. */
function takes(x: ArrayView, weight: ArrayView, y: ArrayView, window: ConvolutionWindow): boolean {
  const dense = [x, weight, y].every((view) => packedFloats(view) && walkable(view))
  if (!dense) return false
  const [rows, columns] = weight.shape.slice(2) as [number, number]
  if (rows > maxTaps || columns > maxTaps || rows * columns > maxDepth) return false
  const [down, across] = [reachOf(rows, window, 0), reachOf(columns, window, 1)]
  return (1 + down.shift) * (leastColumns + across.shift) * down.phases * across.phases <= patchInScratch
}

/** How many positions of a row a patch holds at least. */
const leastColumns = 16

/** How far a kernel reaches along a dimension, in positions, and over how many phases of the stride (patch.h). */
function reachOf(taps: number, { stride, dilation }: ConvolutionWindow, d: 0 | 1): { shift: number; phases: number } {
  let phases = 1
  for (let t = 0; t < taps; t++) phases = Math.max(phases, ((t * dilation[d]) % stride[d]) + 1)
  return { shift: Math.floor(((taps - 1) * dilation[d]) / stride[d]), phases }
}

/** The sizes of a convolution (convolution.h). */
function writeSizes(call: NativeCall, x: ArrayView, weight: ArrayView, y: ArrayView, window: ConvolutionWindow): void {
  const { ints } = call
  for (let d = 0; d < 4; d++) ints[1 + d] = x.shape[d] as number
  for (let d = 1; d < 4; d++) ints[4 + d] = y.shape[d] as number
  ints[8] = weight.shape[2] as number
  ints[9] = weight.shape[3] as number
  ints[10] = window.stride[0]
  ints[11] = window.stride[1]
  ints[12] = window.padding[0]
  ints[13] = window.padding[1]
  ints[14] = window.dilation[0]
  ints[15] = window.dilation[1]
  ints[16] = window.groups
}

/** out = bias + Σ weight · x. */
export function convolution(
  call: NativeCall,
  x: ArrayView,
  weight: ArrayView,
  bias: ArrayView | null,
  window: ConvolutionWindow,
  out: ArrayView,
): boolean {
  if (!takes(x, weight, out, window) || (bias !== null && !packedFloats(bias))) return false
  const { numbers } = call
  call.ints[0] = kernels.convolution
  writeSizes(call, x, weight, out, window)
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(x)
  numbers[2] = call.addressOf4(weight)
  numbers[3] = bias === null ? 0 : call.addressOf4(bias)
  call.run()
  return true
}

/** The gradient of a convolution at its input. */
export function convolutionInput(
  call: NativeCall,
  dy: ArrayView,
  weight: ArrayView,
  window: ConvolutionWindow,
  out: ArrayView,
): boolean {
  if (!takes(out, weight, dy, window)) return false
  const { numbers } = call
  call.ints[0] = kernels.convolutionInput
  writeSizes(call, out, weight, dy, window)
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(dy)
  numbers[2] = call.addressOf4(weight)
  call.run()
  return true
}

/** The gradient of a convolution at its weight. */
export function convolutionWeight(
  call: NativeCall,
  x: ArrayView,
  dy: ArrayView,
  window: ConvolutionWindow,
  out: ArrayView,
): boolean {
  if (!takes(x, out, dy, window)) return false
  const { numbers } = call
  const parts = partsOf(dy, out)
  const space = parts > 1 ? allocate("float32", parts * out.count) : null
  call.ints[0] = kernels.convolutionWeight
  writeSizes(call, x, out, dy, window)
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(x)
  numbers[2] = call.addressOf4(dy)
  numbers[3] = space === null ? 0 : call.addressOf4(makeView(space, [space.length]))
  numbers[4] = parts
  call.run()
  if (space !== null) recycle(space)
  return true
}

/**
 * In how many parts the samples are summed, so that threads can share them: more for much work on few weights. It depends
 * on the sizes alone, so that the result does not depend on the number of threads.
 */
function partsOf(dy: ArrayView, weight: ArrayView): number {
  const [batch, , rows, columns] = dy.shape as [number, number, number, number]
  const work = weight.count * batch * rows * columns // multiply-adds
  const bySpace = Math.floor(2 ** 20 / Math.max(1, weight.count))
  return Math.max(1, Math.min(16, bySpace, Math.floor(work / 500e3)))
}
