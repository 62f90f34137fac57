import { described, needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { contiguousStrides } from "../native/layout.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, cannotExpand, dimensionOutOfRange, wrongRank } from "../tensor/messages.js"
import { expandedView, inferShape, normalizeDim, normalizeDims } from "../tensor/shape.js"
import { sameShape, type Tensor, viewOf } from "../tensor/tensor.js"
import { contiguous } from "./convert.js"
import * as messages from "./messages.js"
import { pieces } from "./pieces.js"
import { sumTo } from "./reduce.js"

/** A shape as arguments, `reshape(2, 3)`, or as one array, `reshape([2, 3])`. */
export type ShapeArguments = number[] | [readonly number[]]

/** The shape from arguments that may be numbers or one array. */
export function shapeFrom(sizes: ShapeArguments): readonly number[] {
  const first = sizes[0]
  return Array.isArray(first) ? first : (sizes as readonly number[])
}

/**
 * The strides with which a view of another shape walks through the same elements, or null when none do. Dimensions are
 * taken together in runs that stand in order in memory, and each run is divided anew.
 */
function viewStrides(x: Tensor, shape: readonly number[]): number[] | null {
  if (x.packed || x.count === 0) return contiguousStrides(shape)
  const strides = new Array<number>(shape.length)
  let to = shape.length - 1
  let runSize = 1
  let runStride = x.strides[x.shape.length - 1] as number
  for (let from = x.shape.length - 1; from >= 0; from--) {
    runSize *= x.shape[from] as number
    const above = from - 1
    const broken = above < 0 || (x.shape[above] !== 1 && (x.strides[above] as number) !== runStride * runSize)
    if (!broken) continue
    let divided = 1
    while (to >= 0 && (divided < runSize || shape[to] === 1)) {
      strides[to] = divided * runStride
      divided *= shape[to] as number
      to--
    }
    if (divided !== runSize) return null
    if (above >= 0) {
      runSize = 1
      runStride = x.strides[above] as number
    }
  }
  return to === -1 ? strides : null
}

/**
 * The same elements in another shape: a view where that is possible, else a copy. One size may be -1 and is worked out.
 *
 * @example tensor([1, 2, 3, 4]).reshape(2, -1) // tensor([[1., 2.],\n        [3., 4.]])
 */
export function reshape(x: Tensor, ...sizes: ShapeArguments): Tensor {
  checkTensor("reshape", x)
  const shape = inferShape("reshape", x.shape, shapeFrom(sizes))
  const strides = viewStrides(x, shape)
  if (strides === null) return reshape(contiguous(x), shape)
  const out = viewOf(x, shape, strides)
  return needsGradient(x) ? record("reshape", out, [x], (dy) => [dy.reshape(x.shape)]) : out
}

/**
 * The same elements in another shape, always as a view on the same storage.
 *
 * Errors: when the elements do not stand in that order in memory.
 *
 * @example tensor([1, 2, 3, 4]).view(2, 2).shape // [2, 2]
 */
export function view(x: Tensor, ...sizes: ShapeArguments): Tensor {
  const shape = inferShape("view", x.shape, shapeFrom(sizes))
  const strides = viewStrides(x, shape)
  if (strides === null) throw messages.cannotView(x.shape, shape)
  const out = viewOf(x, shape, strides)
  return needsGradient(x) ? record("view", out, [x], (dy) => [dy.reshape(x.shape)]) : out
}

/**
 * Two dimensions exchanged: a view.
 *
 * @example tensor([[1, 2], [3, 4]]).transpose(0, 1) // tensor([[1., 3.],\n        [2., 4.]])
 */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  checkTensor("transpose", x)
  const a = normalizeDim("transpose", dim0, x.shape)
  const b = normalizeDim("transpose", dim1, x.shape)
  if (a === b) return x
  const shape = x.shape.slice()
  const strides = x.strides.slice()
  shape[a] = x.shape[b] as number
  shape[b] = x.shape[a] as number
  strides[a] = x.strides[b] as number
  strides[b] = x.strides[a] as number
  const out = viewOf(x, shape, strides)
  if (!needsGradient(x)) return out
  return described(
    record("transpose", out, [x], (dy) => [transpose(dy, a, b)]),
    [a, b],
  )
}

/**
 * The matrix transpose: the last two dimensions exchanged.
 *
 * @example tensor([[1, 2, 3]]).mT().shape // [3, 1]
 */
export function mT(x: Tensor): Tensor {
  if (x.shape.length < 2) throw wrongRank("mT", x.shape, "a matrix or a batch of matrices")
  return transpose(x, -2, -1)
}

/**
 * The transpose of a matrix; a vector or a scalar stays as it is.
 *
 * @example tensor([[1, 2, 3]]).t().shape // [3, 1]
 */
export function t(x: Tensor): Tensor {
  if (x.shape.length > 2) throw wrongRank("t", x.shape, "at most two dimensions", "for a batch of matrices use x.mT().")
  return x.shape.length < 2 ? x : transpose(x, 0, 1)
}

/**
 * The dimensions in another order: a view.
 *
 * @example zeros([2, 3, 5]).permute(2, 0, 1).shape // [5, 2, 3]
 */
export function permute(x: Tensor, ...order: ShapeArguments): Tensor {
  checkTensor("permute", x)
  const dims = normalizeDims("permute", shapeFrom(order), x.shape)
  if (dims.length !== x.shape.length) throw messages.missingDimensions(dims, x.shape)
  const out = viewOf(
    x,
    dims.map((d) => x.shape[d] as number),
    dims.map((d) => x.strides[d] as number),
  )
  if (!needsGradient(x)) return out
  const back = dims.map((_, d) => dims.indexOf(d))
  return described(
    record("permute", out, [x], (dy) => [permute(dy, back)]),
    dims,
  )
}

/**
 * One dimension moved to another place: a view.
 *
 * @example zeros([2, 3, 5]).movedim(0, 2).shape // [3, 5, 2]
 */
export function movedim(x: Tensor, from: number, to: number): Tensor {
  checkTensor("movedim", x)
  const source = normalizeDim("movedim", from, x.shape)
  const target = normalizeDim("movedim", to, x.shape)
  const order = x.shape.map((_, d) => d).filter((d) => d !== source)
  order.splice(target, 0, source)
  return permute(x, order)
}

/**
 * Without dimensions of size 1: all of them, or the given one (which stays if it has another size). A view.
 *
 * @example zeros([2, 1, 3]).squeeze().shape // [2, 3]
 */
export function squeeze(x: Tensor, dim?: number): Tensor {
  checkTensor("squeeze", x)
  const only = dim === undefined ? -1 : normalizeDim("squeeze", dim, x.shape)
  const keep = (_: number, d: number) => x.shape[d] !== 1 || (dim !== undefined && d !== only)
  const out = viewOf(x, x.shape.filter(keep), x.strides.filter(keep))
  return needsGradient(x) ? record("squeeze", out, [x], (dy) => [dy.reshape(x.shape)]) : out
}

/**
 * With a new dimension of size 1 at a place: a view.
 *
 * @example tensor([1, 2]).unsqueeze(1) // tensor([[1.],\n        [2.]])
 */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  checkTensor("unsqueeze", x)
  const rank = x.shape.length + 1
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) throw dimensionOutOfRange("unsqueeze", dim, [...x.shape, 1])
  const at = dim < 0 ? dim + rank : dim
  const shape = x.shape.slice()
  const strides = x.strides.slice()
  strides.splice(at, 0, (x.strides[at] ?? 1) * (x.shape[at] ?? 1))
  shape.splice(at, 0, 1)
  const out = viewOf(x, shape, strides)
  return needsGradient(x) ? record("unsqueeze", out, [x], (dy) => [dy.reshape(x.shape)]) : out
}

/**
 * Sizes of 1 repeated to a larger shape without copying; -1 keeps a size, and new dimensions come first. A view.
 *
 * @example tensor([[1], [2]]).expand(2, 3) // tensor([[1., 1., 1.],\n        [2., 2., 2.]])
 */
export function expand(x: Tensor, ...sizes: ShapeArguments): Tensor {
  checkTensor("expand", x)
  const wanted = shapeFrom(sizes)
  const added = wanted.length - x.shape.length
  if (added < 0) throw cannotExpand(x.shape, wanted)
  const shape = wanted.map((size, d) => (size === -1 && d >= added ? (x.shape[d - added] as number) : size))
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d] as number
    const own = d < added ? 1 : (x.shape[d - added] as number)
    if (!Number.isInteger(size) || size < 0 || (own !== 1 && own !== size)) throw cannotExpand(x.shape, wanted)
  }
  if (sameShape(shape, x.shape)) return x
  const out = expandedView(x, shape)
  return needsGradient(x) ? record("expand", out, [x], (dy) => [sumTo(dy, x.shape)]) : out
}

/**
 * Expanded to the shape of another tensor; see `expand`.
 *
 * @example tensor([1, 2]).expandAs(zeros([2, 2])) // tensor([[1., 2.],\n        [1., 2.]])
 */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  return expand(x, other.shape)
}

/**
 * Several dimensions in one, by default all.
 *
 * @example zeros([2, 3, 5]).flatten(1).shape // [2, 15]
 */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  checkTensor("flatten", x)
  const start = normalizeDim("flatten", startDim, x.shape)
  const end = normalizeDim("flatten", endDim, x.shape)
  if (x.shape.length === 0) return reshape(x, [1])
  const middle = x.shape.slice(start, end + 1).reduce((n, size) => n * size, 1)
  return reshape(x, [...x.shape.slice(0, start), middle, ...x.shape.slice(end + 1)])
}

/**
 * One dimension taken apart into several; one size may be -1.
 *
 * @example zeros([2, 15]).unflatten(1, [3, 5]).shape // [2, 3, 5]
 */
export function unflatten(x: Tensor, dim: number, sizes: readonly number[]): Tensor {
  checkTensor("unflatten", x)
  const d = normalizeDim("unflatten", dim, x.shape)
  const inner = inferShape("unflatten", [x.shape[d] ?? 1], sizes)
  return reshape(x, [...x.shape.slice(0, d), ...inner, ...x.shape.slice(d + 1)])
}

/**
 * A part of a dimension: `length` elements from `start` on. A view.
 *
 * @example tensor([1, 2, 3, 4]).narrow(0, 1, 2) // tensor([2., 3.])
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  checkTensor("narrow", x)
  const d = normalizeDim("narrow", dim, x.shape)
  const size = x.shape[d] ?? 0
  if (!isCount(start) || !isCount(length) || start + length > size) {
    throw messages.narrowOutOfRange(start, length, d, x.shape)
  }
  return slice(x, d, start, start + length)
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0
}

/** Every `step`-th element of a dimension from `start` up to, but not including, `end`. The bounds are known to fit. A view. */
export function slice(x: Tensor, dim: number, start: number, end: number, step = 1): Tensor {
  const d = normalizeDim("slice", dim, x.shape)
  const shape = x.shape.slice()
  const strides = x.strides.slice()
  shape[d] = Math.ceil((end - start) / step)
  strides[d] = (x.strides[d] as number) * step
  const out = viewOf(x, shape, strides, x.offset + start * (x.strides[d] as number))
  if (!needsGradient(x)) return out
  // What one piece of memory leaves out is two pieces: only these are filled, where that takes longer than cutting them out.
  const inOnePiece = x.count >= 4096 && step === 1 && x.shape.slice(0, d).every((size) => size === 1)
  const others = (whole: Tensor) =>
    inOnePiece ? [slice(whole, d, 0, start), slice(whole, d, end, x.shape[d] as number)] : [whole]
  const rule = (dy: Tensor) => [placed(dy, x.shape, (whole) => slice(whole, d, start, end, step), "slice", others)]
  return described(record("slice", out, [x], rule), [d, start, end, step])
}

/**
 * Zeros of a shape with a gradient in the part that `part` cuts out: the way back of every view that leaves elements out.
 * `others` cuts out what is not in the part, or more.
 */
export function placed(
  dy: Tensor,
  shape: readonly number[],
  part: (whole: Tensor) => Tensor,
  name: string,
  others: (whole: Tensor) => readonly Tensor[] = (whole) => [whole],
): Tensor {
  const whole = uninitialized(shape, dy.dtype)
  for (const other of others(whole)) currentBackend().fill(other, 0)
  currentBackend().copy(dy, part(whole))
  return needsGradient(dy) ? record(`${name}Backward`, whole, [dy], (ddy) => [part(ddy)]) : whole
}

/**
 * One place of a dimension, without the dimension: a view.
 *
 * @example tensor([[1, 2], [3, 4]]).select(0, 1) // tensor([3., 4.])
 */
export function select(x: Tensor, dim: number, index: number): Tensor {
  if (x.shape.length === 0) throw wrongRank("select", x.shape, "a tensor of at least one dimension")
  const d = normalizeDim("select", dim, x.shape)
  const size = x.shape[d] as number
  if (!Number.isInteger(index) || index < -size || index >= size)
    throw messages.indexOutOfRange("select", index, size, x.shape, d)
  const at = index < 0 ? index + size : index
  const keep = (_: number, i: number) => i !== d
  const out = viewOf(x, x.shape.filter(keep), x.strides.filter(keep), x.offset + at * (x.strides[d] as number))
  if (!needsGradient(x)) return out
  const rule = (dy: Tensor) => [placed(dy, x.shape, (whole) => select(whole, d, at), "select")]
  return described(record("select", out, [x], rule), [d, at])
}

/**
 * The tensor cut into parts along a dimension: of a size (the last may be smaller), or of the given sizes. Views.
 *
 * @example tensor([1, 2, 3, 4, 5]).split(2).map(String) // ["tensor([1., 2.])", "tensor([3., 4.])", "tensor([5.])"]
 */
export function split(x: Tensor, sizes: number | readonly number[], dim = 0): Tensor[] {
  checkTensor("split", x)
  const d = normalizeDim("split", dim, x.shape)
  const size = x.shape[d] ?? 1
  const list: number[] = []
  if (typeof sizes === "number") {
    if (!Number.isInteger(sizes) || sizes < 1) throw messages.splitSizes([sizes], size, d)
    for (let start = 0; start < size; start += sizes) list.push(Math.min(sizes, size - start))
  } else list.push(...sizes)
  if (list.some((part) => !Number.isInteger(part) || part < 0) || list.reduce((a, b) => a + b, 0) !== size) {
    throw messages.splitSizes(list, size, d)
  }
  return pieces(x, d, list)
}

/**
 * The tensor cut into a number of parts of about equal size along a dimension. Views.
 *
 * @example tensor([1, 2, 3, 4]).chunk(2).map(String) // ["tensor([1., 2.])", "tensor([3., 4.])"]
 */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  checkTensor("chunk", x)
  if (!Number.isInteger(chunks) || chunks < 1) throw badNumber("chunk", "chunks", chunks, "a whole number above 0")
  const d = normalizeDim("chunk", dim, x.shape)
  return split(x, Math.max(1, Math.ceil((x.shape[d] ?? 1) / chunks)), d)
}

/**
 * The parts of a dimension, without the dimension. Views.
 *
 * @example tensor([[1, 2], [3, 4]]).unbind(1).map(String) // ["tensor([1., 3.])", "tensor([2., 4.])"]
 */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  checkTensor("unbind", x)
  const d = normalizeDim("unbind", dim, x.shape)
  return Array.from({ length: x.shape[d] ?? 0 }, (_, i) => select(x, d, i))
}
