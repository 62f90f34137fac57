import { described, needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badOption } from "../tensor/messages.js"
import type { Tensor } from "../tensor/tensor.js"
import * as messages from "./messages.js"
import { selectAt } from "./select.js"
import { narrow, slice } from "./shape.js"

/** Where the elements around a padded tensor come from. */
export type PaddingMode = "constant" | "reflect" | "replicate" | "circular"

/** Options of `pad`. */
export interface PadOptions {
  /** `"constant"` fills with `value`, `"reflect"` mirrors without the edge, `"replicate"` repeats the edge, `"circular"` goes round. Default: `"constant"`. */
  mode?: PaddingMode
  /** What a constant padding is made of. Default: 0. */
  value?: number
}

/**
 * A larger tensor with something around the elements. The padding is given from the last dimension on:
 * `[left, right]`, `[left, right, top, bottom]`, … Negative numbers cut off.
 *
 * Errors: a reflection needs more elements than it adds; going round at least as many.
 *
 * @example pad(tensor([1, 2, 3]), [1, 2]) // tensor([0., 1., 2., 3., 0., 0.])
 * @example pad(tensor([1, 2, 3]), [2, 1], { mode: "reflect" }) // tensor([3., 2., 1., 2., 3., 2.])
 */
export function pad(x: Tensor, padding: readonly number[], { mode = "constant", value = 0 }: PadOptions = {}): Tensor {
  checkTensor("pad", x)
  const modes = ["constant", "reflect", "replicate", "circular"] as const
  if (!modes.includes(mode)) throw badOption("pad", "mode", mode, modes)
  const rank = x.shape.length
  const fits = Array.isArray(padding) && padding.length % 2 === 0 && padding.length <= 2 * rank
  if (!fits || !padding.every(Number.isInteger)) throw messages.badPadding(padding, x.shape)
  let out = x
  const ends = x.shape.map(() => [0, 0] as [number, number])
  for (let i = 0; i < padding.length / 2; i++) {
    const d = rank - 1 - i
    const size = x.shape[d] as number
    const before = padding[2 * i] as number
    const after = padding[2 * i + 1] as number
    if (size + before + after < 0) throw messages.badPadding(padding, x.shape)
    if (mode === "constant") {
      const cut = Math.max(0, -before)
      out = narrow(out, d, Math.min(cut, size), Math.max(0, size - cut - Math.max(0, -after)))
      ends[d] = [Math.max(0, before), Math.max(0, after)]
    } else if (before !== 0 || after !== 0) out = selectAt(out, d, sources(mode, d, size, before, after))
  }
  return mode === "constant" ? surrounded(out, ends, value) : out
}

/** For each place of a padded dimension the place that it repeats. */
function sources(
  mode: Exclude<PaddingMode, "constant">,
  dim: number,
  size: number,
  before: number,
  after: number,
): Tensor {
  const most = mode === "reflect" ? size - 1 : mode === "circular" ? size : Infinity
  if (Math.max(before, after) > most || size === 0) throw messages.paddingTooLarge(mode, [before, after], dim, size)
  const index = uninitialized([size + before + after], "int32")
  for (let i = 0; i < index.count; i++) {
    const place = i - before
    const inside = Math.min(Math.max(place, 0), size - 1)
    const source =
      mode === "replicate" ? inside : mode === "circular" ? (place + size) % size : inside - (place - inside)
    index.storage.data[i] = source
  }
  return index
}

/** The tensor with one number around it. */
function surrounded(x: Tensor, ends: readonly (readonly [number, number])[], value: number): Tensor {
  const shape = x.shape.map((size, d) => size + (ends[d]?.[0] ?? 0) + (ends[d]?.[1] ?? 0))
  const inner = (whole: Tensor) =>
    x.shape.reduce((part, size, d) => slice(part, d, ends[d]?.[0] ?? 0, (ends[d]?.[0] ?? 0) + size), whole)
  const out = uninitialized(shape, x.dtype)
  currentBackend().fill(out, value)
  currentBackend().copy(x, inner(out))
  if (!needsGradient(x)) return out
  return described(
    record("pad", out, [x], (dy) => [inner(dy)]),
    { ends, value },
  )
}
