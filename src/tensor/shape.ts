import { elementCount } from "../native/layout.js"
import * as messages from "./messages.js"
import { sameShape, type Tensor, viewOf } from "./tensor.js"

/** The shape two shapes broadcast to: sizes are compared from the last; a size of 1, or none, takes the other's. */
export function broadcastShapes(name: string, a: readonly number[], b: readonly number[]): readonly number[] {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let d = 1; d <= rank; d++) {
    const left = a[a.length - d] ?? 1
    const right = b[b.length - d] ?? 1
    if (left !== right && left !== 1 && right !== 1) throw messages.cannotBroadcast(name, a, b)
    out[rank - d] = left === 1 ? right : left
  }
  return out
}

/** Whether a shape broadcasts to another as it is. */
export function broadcastsTo(from: readonly number[], to: readonly number[]): boolean {
  const added = to.length - from.length
  return added >= 0 && from.every((size, d) => size === 1 || size === to[d + added])
}

/** A view of `x` in a larger shape: new and expanded dimensions get a stride of 0. The shapes are known to fit. */
export function expandedView(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x
  const added = shape.length - x.shape.length
  const strides = new Array<number>(shape.length)
  for (let d = 0; d < shape.length; d++) {
    strides[d] = d < added || x.shape[d - added] !== shape[d] ? 0 : (x.strides[d - added] as number)
  }
  return viewOf(x, shape, strides)
}

/** A dimension counted from 0; negative ones count from the last. */
export function normalizeDim(name: string, dim: number, shape: readonly number[]): number {
  const rank = Math.max(shape.length, 1)
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) throw messages.dimensionOutOfRange(name, dim, shape)
  return dim < 0 ? dim + rank : dim
}

/** One or several dimensions, counted from 0, each once; all of them for `undefined`. */
export function normalizeDims(
  name: string,
  dims: number | readonly number[] | undefined,
  shape: readonly number[],
): number[] {
  if (dims === undefined) return shape.map((_, d) => d)
  if (typeof dims === "number") {
    const dim = normalizeDim(name, dims, shape)
    return shape.length === 0 ? [] : [dim]
  }
  const list = dims.map((dim) => normalizeDim(name, dim, shape))
  if (new Set(list).size !== list.length) throw messages.repeatedDimension(name, dims, shape)
  return list
}

/** A shape from the user, checked. */
export function checkShape(name: string, shape: readonly number[]): readonly number[] {
  if (!Array.isArray(shape)) throw messages.badShape(name, shape)
  for (const size of shape) if (!Number.isInteger(size) || size < 0) throw messages.badShape(name, shape)
  if (elementCount(shape) >= 2 ** 31) throw messages.badShape(name, shape)
  return shape
}

/** A shape in which one size may be -1, filled in so that the elements are as many as before. */
export function inferShape(name: string, from: readonly number[], to: readonly number[]): readonly number[] {
  const count = elementCount(from)
  let known = 1
  let unknown = -1
  for (let i = 0; i < to.length; i++) {
    const size = to[i] as number
    if (size === -1 && unknown === -1) unknown = i
    else if (!Number.isInteger(size) || size < 0) {
      throw size === -1 ? messages.cannotReshape(name, from, to, count) : messages.badShape(name, to)
    } else known *= size
  }
  if (unknown === -1) {
    if (known !== count) throw messages.cannotReshape(name, from, to, count)
    return to
  }
  if (known === 0 || count % known !== 0) throw messages.cannotReshape(name, from, to, count)
  return to.map((size, i) => (i === unknown ? count / known : size))
}
