import type { ArrayView, AverageWindow, PoolingWindow } from "./backend.js"
import { kernels } from "./descriptor.js"
import { type NativeCall, packedFloats, product, walkable } from "./native-call.js"

// Pooling. Each function returns false, having done nothing, if it does not take its views.

const plain = { kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1], adaptive: false } as const

/** The sizes of a pooling (pooling.h), from the larger image to the smaller. */
function writeSizes(call: NativeCall, image: ArrayView, pooled: ArrayView, window: PoolingWindow): void {
  const { ints } = call
  const rank = image.shape.length
  ints[1] = product(image.shape, 0, rank - 2)
  for (let d = 0; d < 2; d++) {
    ints[2 + d] = image.shape[rank - 2 + d] as number
    ints[4 + d] = pooled.shape[rank - 2 + d] as number
    ints[6 + d] = window.kernel[d as 0 | 1]
    ints[8 + d] = window.stride[d as 0 | 1]
    ints[10 + d] = window.padding[d as 0 | 1]
    ints[12 + d] = window.dilation[d as 0 | 1]
  }
  ints[14] = window.adaptive ? 1 : 0
  ints[15] = 0
  ints[16] = 0
}

function takes(image: ArrayView, pooled: ArrayView): boolean {
  return packedFloats(image) && packedFloats(pooled) && walkable(image) && walkable(pooled)
}

/** The largest of each window, and where it stands in its plane. */
export function maxPool(
  call: NativeCall,
  x: ArrayView,
  window: PoolingWindow,
  out: ArrayView,
  indices: ArrayView,
): boolean {
  if (!takes(x, out) || indices.dtype !== "int32" || !indices.packed) return false
  call.ints[0] = kernels.maxPool
  writeSizes(call, x, out, window)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(x)
  call.numbers[2] = call.addressOf4(indices)
  call.run()
  return true
}

/** out = 0 but for dy, added at the places that the indices name. */
export function maxPoolBackward(call: NativeCall, dy: ArrayView, indices: ArrayView, out: ArrayView): boolean {
  if (!takes(out, dy) || indices.dtype !== "int32" || !indices.packed) return false
  call.ints[0] = kernels.maxPoolBackward
  writeSizes(call, out, dy, plain)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(dy)
  call.numbers[2] = call.addressOf4(indices)
  call.run()
  return true
}

/** The mean of each window. */
export function averagePool(call: NativeCall, x: ArrayView, window: AverageWindow, out: ArrayView): boolean {
  if (!takes(x, out)) return false
  writeAverage(call, kernels.averagePool, x, out, window)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(x)
  call.run()
  return true
}

/** The gradient of the mean of each window. */
export function averagePoolBackward(call: NativeCall, dy: ArrayView, window: AverageWindow, out: ArrayView): boolean {
  if (!takes(out, dy)) return false
  writeAverage(call, kernels.averagePoolBackward, out, dy, window)
  call.numbers[0] = call.addressOf4(out)
  call.numbers[1] = call.addressOf4(dy)
  call.run()
  return true
}

function writeAverage(
  call: NativeCall,
  kernel: number,
  image: ArrayView,
  pooled: ArrayView,
  window: AverageWindow,
): void {
  call.ints[0] = kernel
  writeSizes(call, image, pooled, window)
  call.ints[15] = window.includePadding ? 1 : 0
  call.ints[16] = window.divisor
}
