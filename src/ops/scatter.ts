import { needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { readElements } from "../native/strided.js"
import { uninitialized, uninitializedLike } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, badOption, notATensor, wrongRank } from "../tensor/messages.js"
import { broadcastsTo, expandedView, normalizeDim } from "../tensor/shape.js"
import { sameShape, Tensor } from "../tensor/tensor.js"
import { diagonal } from "./arrange.js"
import { to } from "./convert.js"
import * as messages from "./messages.js"
import { checkMask, gather, placesAlong, positions, selectAt, truePlaces } from "./select.js"

/** A copy of a tensor, packed, to be written to. */
function copyOf(x: Tensor): Tensor {
  const out = uninitializedLike(x, x.dtype)
  currentBackend().copy(x, out)
  return out
}

/** A copy of `x` with the elements of `source` at places of the flattened tensor; the last of equal places counts. */
function written(x: Tensor, places: Tensor, source: Tensor): Tensor {
  const out = copyOf(x)
  const values = readElements(source)
  const data = out.storage.data
  for (let i = 0; i < places.count; i++) data[places.storage.data[i] as number] = values[i] as number
  return out
}

/** What is scattered, brought to the dtype of the tensor; a source larger than the index is cut to it. */
function sourceFor(name: string, x: Tensor, index: Tensor, source: Tensor | number): Tensor {
  if (typeof source === "number") {
    const value = uninitialized([], x.dtype)
    currentBackend().fill(value, source)
    return expandedView(value, index.shape)
  }
  if (!(source instanceof Tensor)) throw notATensor(name, source)
  const rank = index.shape.length
  if (source.shape.length !== rank || source.shape.some((size, d) => size < (index.shape[d] as number))) {
    throw messages.shapesDiffer(name, ["index", "source"], index.shape, source.shape)
  }
  const cut = index.shape.reduce((part, size, d) => (part.shape[d] === size ? part : part.narrow(d, 0, size)), source)
  return to(cut, x.dtype)
}

/**
 * A copy in which the elements at positions along a dimension are replaced: `out[index[i][j]][j] = source[i][j]` for
 * `dim` 0. It is the opposite of `gather`. Where positions repeat, the last one counts.
 *
 * @param source a tensor at least as large as the index, or one number
 * @example zeros([2, 3]).scatter(1, tensor([[2], [0]]), 7) // tensor([[0., 0., 7.],\n        [7., 0., 0.]])
 */
export function scatter(x: Tensor, dim: number, index: Tensor, source: Tensor | number): Tensor {
  checkTensor("scatter", x)
  const d = normalizeDim("scatter", dim, x.shape)
  if (!(index instanceof Tensor)) throw notATensor("scatter", index, "an index tensor")
  const places = placesAlong("scatter", x.shape, d, index)
  const values = sourceFor("scatter", x, index, source)
  const out = written(x, places, values)
  if (!needsGradient(x, values)) return out
  return record("scatter", out, [x, values], (dy) => [
    x.requiresGrad ? scatter(dy, d, index, 0) : null,
    values.requiresGrad ? gather(dy, d, index) : null,
  ])
}

/**
 * A copy in which values are added to the elements at positions along a dimension; where positions repeat, all are added.
 *
 * @example zeros([3]).scatterAdd(0, tensor([0, 2, 0]), tensor([1, 2, 3])) // tensor([4., 0., 2.])
 */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  checkTensor("scatterAdd", x)
  const d = normalizeDim("scatterAdd", dim, x.shape)
  if (!(index instanceof Tensor)) throw notATensor("scatterAdd", index, "an index tensor")
  const places = placesAlong("scatterAdd", x.shape, d, index)
  const values = sourceFor("scatterAdd", x, index, source)
  const out = copyOf(x)
  const flat = readElements(values)
  const data = out.storage.data
  for (let i = 0; i < places.count; i++) {
    const place = places.storage.data[i] as number
    data[place] = (data[place] as number) + (flat[i] as number)
  }
  if (!needsGradient(x, values)) return out
  return record("scatterAdd", out, [x, values], (dy) => [dy, values.requiresGrad ? gather(dy, d, index) : null])
}

/** How `scatterReduce` joins the values that meet at one place. */
export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin"

/** Options of `scatterReduce`. */
export interface ScatterReduceOptions {
  /** Whether the tensor's own element takes part where something is scattered to. Default: true. */
  includeSelf?: boolean
}

/**
 * A copy in which the values that are scattered to one place are joined with the element there.
 *
 * @param reduction `"sum"`, `"prod"`, `"mean"`, `"amax"` or `"amin"`
 * @example zeros([2]).scatterReduce(0, tensor([0, 0, 1]), tensor([1, 5, 2]), "amax") // tensor([5., 2.])
 */
export function scatterReduce(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduction: ScatterReduction,
  { includeSelf = true }: ScatterReduceOptions = {},
): Tensor {
  checkTensor("scatterReduce", x)
  const names = ["sum", "prod", "mean", "amax", "amin"] as const
  if (!names.includes(reduction)) throw badOption("scatterReduce", "reduction", reduction, names)
  const d = normalizeDim("scatterReduce", dim, x.shape)
  const neutral = { sum: 0, mean: 0, prod: 1, amax: -Infinity, amin: Infinity }[reduction]
  const base = includeSelf ? x : scatter(x, d, index, neutral)
  if (reduction === "sum") return scatterAdd(base, d, index, source)
  if (reduction === "mean") {
    const ones = sourceFor("scatterReduce", x, index, 1)
    const counts = scatterAdd(scatter(x.detach().mul(0).add(1), d, index, includeSelf ? 1 : 0), d, index, ones)
    return scatterAdd(base, d, index, source).div(counts)
  }
  // One line per meeting: values in the order of their places, each place's own first.
  const places = placesAlong("scatterReduce", x.shape, d, index)
  const values = sourceFor("scatterReduce", x, index, source)
  return meeting(base, places, values, reduction)
}

/** Joins the elements of `x` with those of `values` at places of the flattened tensor. */
function meeting(x: Tensor, places: Tensor, values: Tensor, reduction: "prod" | "amax" | "amin"): Tensor {
  const join = { prod: (a: number, b: number) => a * b, amax: Math.max, amin: Math.min }[reduction]
  const out = copyOf(x)
  const flat = readElements(values)
  const data = out.storage.data
  for (let i = 0; i < places.count; i++) {
    const place = places.storage.data[i] as number
    data[place] = join(data[place] as number, flat[i] as number)
  }
  if (!needsGradient(x, values)) return out
  const rule = (dy: Tensor) => {
    const line = values.reshape([-1])
    const result = out.detach().reshape([-1])
    if (reduction === "prod") {
      const there = selectAt(dy.mul(meeting(x, places, values, "prod")).reshape([-1]), 0, places)
      return [dy.mul(meeting(x, places, values, "prod")).div(x), there.div(line).reshape(values.shape)]
    }
    // Equal winners share the gradient.
    const own = to(x.detach().reshape([-1]).eq(result), x.dtype)
    const theirs = to(line.detach().eq(selectAt(result, 0, places)), x.dtype)
    const share = dy.reshape([-1]).div(scatterAdd(own, 0, places, theirs))
    return [share.mul(own).reshape(x.shape), selectAt(share, 0, places).mul(theirs).reshape(values.shape)]
  }
  return record("scatterReduce", out, [x, values], rule, [x, values])
}

/** The rows that an index names, as an index of the rank of the tensor. */
function rowsAlong(name: string, x: Tensor, dim: number, index: Tensor): { d: number; rows: Tensor } {
  const d = normalizeDim(name, dim, x.shape)
  if (!(index instanceof Tensor)) throw notATensor(name, index, "an index tensor")
  if (index.shape.length > 1) throw wrongRank(name, index.shape, "positions in one dimension")
  const line = positions(name, index.reshape([-1]), x.shape[d] ?? 1, x.shape, d)
  const shape = x.shape.map((size, i) => (i === d ? line.count : size))
  const column = x.shape.map((_, i) => (i === d ? line.count : 1))
  return { d, rows: expandedView(line.reshape(column), shape) }
}

/** A source that must have the shape of the rows. */
function rowSource(name: string, rows: Tensor, source: Tensor): Tensor {
  if (!(source instanceof Tensor)) throw notATensor(name, source, "a tensor")
  if (!sameShape(rows.shape, source.shape))
    throw messages.shapesDiffer(name, ["rows", "source"], rows.shape, source.shape)
  return source
}

/** Options of `indexAdd`. */
export interface IndexAddOptions {
  /** The source is multiplied by it. Default: 1. */
  alpha?: number
}

/**
 * A copy in which the rows of `source` are added to the rows of a dimension that the index names.
 *
 * @example zeros([3, 1]).indexAdd(0, tensor([0, 0]), tensor([[1], [2]])) // tensor([[3.],\n        [0.],\n        [0.]])
 */
export function indexAdd(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  { alpha = 1 }: IndexAddOptions = {},
): Tensor {
  checkTensor("indexAdd", x)
  const { d, rows } = rowsAlong("indexAdd", x, dim, index)
  const values = rowSource("indexAdd", rows, source)
  return scatterAdd(x, d, rows, alpha === 1 ? values : values.mul(alpha))
}

/**
 * A copy in which the rows of `source` are joined with the rows of a dimension that the index names.
 *
 * @param reduction `"prod"`, `"mean"`, `"amax"` or `"amin"`
 * @example ones([2]).indexReduce(0, tensor([0, 0]), tensor([3, 5]), "prod") // tensor([15.,  1.])
 */
export function indexReduce(
  x: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduction: Exclude<ScatterReduction, "sum">,
  options: ScatterReduceOptions = {},
): Tensor {
  checkTensor("indexReduce", x)
  const { d, rows } = rowsAlong("indexReduce", x, dim, index)
  return scatterReduce(x, d, rows, rowSource("indexReduce", rows, source), reduction, options)
}

/**
 * A copy in which the rows of a dimension that the index names are those of `source`.
 *
 * @example zeros([3]).indexCopy(0, tensor([2, 0]), tensor([1, 2])) // tensor([2., 0., 1.])
 */
export function indexCopy(x: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  checkTensor("indexCopy", x)
  const { d, rows } = rowsAlong("indexCopy", x, dim, index)
  return scatter(x, d, rows, rowSource("indexCopy", rows, source))
}

/**
 * A copy in which the rows of a dimension that the index names hold one number.
 *
 * @example ones([2, 2]).indexFill(1, tensor([0]), 5) // tensor([[5., 1.],\n        [5., 1.]])
 */
export function indexFill(x: Tensor, dim: number, index: Tensor, value: number): Tensor {
  checkTensor("indexFill", x)
  const { d, rows } = rowsAlong("indexFill", x, dim, index)
  return scatter(x, d, rows, value)
}

/**
 * A copy in which the elements where the mask is true are replaced by those of `source`, in order.
 *
 * @example zeros([3]).maskedScatter(tensor([true, false, true]), tensor([7, 8])) // tensor([7., 0., 8.])
 */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  checkTensor("maskedScatter", x)
  const whole = checkMask("maskedScatter", mask, x.shape)
  if (!(source instanceof Tensor)) throw notATensor("maskedScatter", source, "a tensor")
  const base = x.expand(whole.shape)
  const places = truePlaces(whole)
  if (source.count < places.count) throw messages.tooFewElements("maskedScatter", places.count, source.count)
  const values = source.reshape([-1]).narrow(0, 0, places.count)
  return scatter(base.reshape([-1]), 0, places, values).reshape(whole.shape)
}

/**
 * A copy in which the part that `at` would give is replaced: `put` without writing in place, and with gradients.
 *
 * @example zeros([3]).selectScatter(tensor(5), 0, 1) // tensor([0., 5., 0.])
 */
export function selectScatter(x: Tensor, source: Tensor, dim: number, index: number): Tensor {
  checkTensor("selectScatter", x)
  const d = normalizeDim("selectScatter", dim, x.shape)
  const row = x.select(d, index) // checks the index
  if (!(source instanceof Tensor)) throw notATensor("selectScatter", source, "a tensor")
  if (!broadcastsTo(source.shape, row.shape)) throw messages.cannotFit("selectScatter", row.shape, source.shape)
  const at = uninitialized([1], "int32")
  at.storage.data[0] = index
  return indexCopy(x, d, at, to(source.expand(row.shape), x.dtype).unsqueeze(d))
}

/** Options of `sliceScatter`. */
export interface SliceOptions {
  /** Default: 0. */
  start?: number
  /** Default: the size of the dimension. */
  end?: number
  /** Default: 1. */
  step?: number
}

/**
 * A copy in which a stretch of a dimension is replaced.
 *
 * @example zeros([4]).sliceScatter(tensor([1, 2]), 0, { start: 1, end: 3 }) // tensor([0., 1., 2., 0.])
 */
export function sliceScatter(
  x: Tensor,
  source: Tensor,
  dim = 0,
  { start = 0, end, step = 1 }: SliceOptions = {},
): Tensor {
  checkTensor("sliceScatter", x)
  const d = normalizeDim("sliceScatter", dim, x.shape)
  const size = x.shape[d] as number
  if (!Number.isInteger(step) || step < 1) throw badNumber("sliceScatter", "step", step, "a whole number above 0")
  const bound = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size)
  const [first, last] = [bound(start), bound(end ?? size)]
  const index = uninitialized([Math.max(0, Math.ceil((last - first) / step))], "int32")
  for (let i = 0; i < index.count; i++) index.storage.data[i] = first + i * step
  return indexCopy(x, d, index, source)
}

/**
 * A copy in which the diagonal is replaced.
 *
 * @example zeros([2, 2]).diagonalScatter(tensor([1, 2])) // tensor([[1., 0.],\n        [0., 2.]])
 */
export function diagonalScatter(x: Tensor, source: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor {
  checkTensor("diagonalScatter", x)
  const places = uninitialized(x.shape, "int32")
  for (let i = 0; i < places.count; i++) places.storage.data[i] = i
  const targets = diagonal(places, offset, dim1, dim2)
  if (!(source instanceof Tensor)) throw notATensor("diagonalScatter", source, "a tensor")
  if (!sameShape(source.shape, targets.shape))
    throw messages.shapesDiffer("diagonalScatter", ["diagonal", "source"], targets.shape, source.shape)
  return scatter(x.reshape([-1]), 0, targets.reshape([-1]), source.reshape([-1])).reshape(x.shape)
}
