import type { ArrayView } from "./backend.js"
import { kernels } from "./descriptor.js"
import { makeView } from "./layout.js"
import { type NativeCall, packedFloats } from "./native-call.js"
import { allocate, recycle } from "./pool.js"

// Layer normalisation. Each function returns false, having done nothing, if it does not take its views.

/** In how many parts the rows are summed (layer-norm.h). */
const parts = 16

function takes(views: readonly (ArrayView | null)[]): boolean {
  return views.every((view) => view === null || packedFloats(view))
}

/** Layer normalisation over the last dimension. */
export function layerNorm(
  call: NativeCall,
  x: ArrayView,
  weight: ArrayView | null,
  bias: ArrayView | null,
  eps: number,
  out: ArrayView,
  means: ArrayView,
  inverses: ArrayView,
): boolean {
  if (!takes([x, weight, bias, out, means, inverses])) return false
  const { numbers } = call
  call.ints[0] = kernels.layerNorm
  call.writeRows(x)
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(x)
  numbers[2] = weight === null ? 0 : call.addressOf4(weight)
  numbers[5] = bias === null ? 0 : call.addressOf4(bias)
  numbers[6] = call.addressOf4(means)
  numbers[7] = call.addressOf4(inverses)
  numbers[8] = eps
  call.run()
  return true
}

/** The gradient of layer normalisation at x, and those at weight and bias. */
export function layerNormBackward(
  call: NativeCall,
  x: ArrayView,
  weight: ArrayView | null,
  means: ArrayView,
  inverses: ArrayView,
  dy: ArrayView,
  out: ArrayView,
  parameters: ArrayView | null,
): boolean {
  if (!takes([x, weight, means, inverses, dy, out, parameters])) return false
  const { numbers } = call
  const space = parameters === null ? null : allocate("float32", parts * parameters.count)
  call.ints[0] = kernels.layerNormBackward
  call.writeRows(x)
  numbers[0] = call.addressOf4(out)
  numbers[1] = call.addressOf4(x)
  numbers[2] = weight === null ? 0 : call.addressOf4(weight)
  numbers[5] = call.addressOf4(dy)
  numbers[6] = call.addressOf4(means)
  numbers[7] = call.addressOf4(inverses)
  numbers[8] = parameters === null ? 0 : call.addressOf4(parameters)
  numbers[9] = space === null ? 0 : call.addressOf4(makeView(space, [space.length]))
  call.run()
  if (space !== null) recycle(space)
  return true
}
