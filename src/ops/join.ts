import { needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, notATensor, wrongRank } from "../tensor/messages.js"
import { promoteTypes } from "../tensor/promote.js"
import { broadcastShapes as broadcast, checkShape, normalizeDim } from "../tensor/shape.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"
import { type AxisSizes, repeatByPattern } from "./einops.js"
import * as messages from "./messages.js"
import { narrow } from "./shape.js"

/** The tensors of a list, checked. */
export function checkList(name: string, tensors: readonly Tensor[]): Tensor {
  if (!Array.isArray(tensors)) throw notATensor(name, tensors, "a list of tensors")
  for (const x of tensors) if (!(x instanceof Tensor)) throw notATensor(name, x, "tensors")
  const first = tensors[0]
  if (first === undefined) throw messages.nothingToJoin(name)
  return first
}

/**
 * Tensors one after the other along a dimension. All other sizes must be equal.
 *
 * @example cat([tensor([1, 2]), tensor([3])]) // tensor([1., 2., 3.])
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const first = checkList("cat", tensors)
  if (first.shape.length === 0)
    throw wrongRank("cat", first.shape, "at least one dimension", "to make a vector of scalars, use stack.")
  const d = normalizeDim("cat", dim, first.shape)
  let size = 0
  let dtype = first.dtype
  tensors.forEach((x, i) => {
    const fits = x.shape.length === first.shape.length && x.shape.every((s, k) => k === d || s === first.shape[k])
    if (!fits) throw messages.cannotJoin("cat", first.shape, x.shape, i, d)
    size += x.shape[d] as number
    dtype = promoteTypes(dtype, x.dtype)
  })
  const out = uninitialized(
    first.shape.map((s, k) => (k === d ? size : s)),
    dtype,
  )
  let start = 0
  for (const x of tensors) {
    const length = x.shape[d] as number
    currentBackend().copy(x, narrow(out, d, start, length))
    start += length
  }
  if (!tensors.some((x) => needsGradient(x))) return out
  const rule = (dy: Tensor) => {
    let from = 0
    return tensors.map((x) => {
      const part = narrow(dy, d, from, x.shape[d] as number)
      from += x.shape[d] as number
      return to(part, x.dtype)
    })
  }
  return record("cat", out, tensors, rule)
}

/**
 * Tensors of one shape along a new dimension.
 *
 * @example stack([tensor([1, 2]), tensor([3, 4])]) // tensor([[1., 2.],\n        [3., 4.]])
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const first = checkList("stack", tensors)
  tensors.forEach((x, i) => {
    if (!sameShape(x.shape, first.shape)) throw messages.cannotJoin("stack", first.shape, x.shape, i, dim)
  })
  const d = normalizeDim("stack", dim, [...first.shape, 1])
  return cat(
    tensors.map((x) => x.unsqueeze(d)),
    d,
  )
}

/** How often to repeat along each dimension, or an einops pattern with the sizes of its new axes. */
export type RepeatArguments = number[] | [readonly number[]] | [pattern: string, sizes?: AxisSizes]

/**
 * The tensor repeated along its dimensions; more counts than dimensions add dimensions in front. With a pattern, the
 * names on the right of the arrow only are new axes along which the elements repeat (einops).
 *
 * @example tensor([1, 2]).repeat(2) // tensor([1., 2., 1., 2.])
 * @example tensor([1, 2]).repeat("x -> (x r)", { r: 2 }) // tensor([1., 1., 2., 2.])
 */
export function repeat(x: Tensor, ...counts: RepeatArguments): Tensor {
  checkTensor("repeat", x)
  if (typeof counts[0] === "string") return repeatByPattern(x, counts[0], (counts[1] ?? {}) as AxisSizes)
  const list = (Array.isArray(counts[0]) ? counts[0] : counts) as readonly number[]
  const rank = list.length
  if (rank < x.shape.length) throw wrongRank("repeat", x.shape, `at most ${rank} dimensions with ${rank} counts`)
  for (const count of list) {
    if (!Number.isInteger(count) || count < 0)
      throw badNumber("repeat", "a count", count, "a whole number that is not negative")
  }
  const own = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]
  const interleaved = own.flatMap((size) => [1, size]) // [1, s0, 1, s1, ...]
  const expanded = own.flatMap((size, d) => [list[d] as number, size]) // [n0, s0, n1, s1, ...]
  return x
    .reshape(interleaved)
    .expand(expanded)
    .reshape(own.map((size, d) => size * (list[d] as number)))
}

/**
 * Tensors expanded to their common shape. Views.
 *
 * @example broadcastTensors(tensor([1, 2]), zeros([2, 1])).map((x) => x.shape) // [[2, 2], [2, 2]]
 */
export function broadcastTensors(...tensors: Tensor[]): Tensor[] {
  for (const x of tensors) checkTensor("broadcastTensors", x)
  let shape: readonly number[] = []
  for (const x of tensors) shape = broadcast("broadcastTensors", shape, x.shape)
  return tensors.map((x) => x.expand(shape))
}

/**
 * The shape that several shapes broadcast to.
 *
 * @example broadcastShapes([3, 1], [2], [1, 1]) // [3, 2]
 */
export function broadcastShapes(...shapes: (readonly number[])[]): readonly number[] {
  return shapes.reduce((shape, other) => broadcast("broadcastShapes", shape, checkShape("broadcastShapes", other)), [])
}
