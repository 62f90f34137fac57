import { needsGradient, record } from "../autograd/node.js"
import { currentBackend } from "../native/current.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, badOption, notATensor, wrongRank } from "../tensor/messages.js"
import { normalizeDim } from "../tensor/shape.js"
import { Tensor, viewOf } from "../tensor/tensor.js"
import { cat, checkList, repeat } from "./join.js"
import * as messages from "./messages.js"
import { selectAt } from "./select.js"
import { placed, type ShapeArguments, shapeFrom, slice, split } from "./shape.js"

/**
 * The tensor repeated along its dimensions; fewer counts than dimensions count for the last ones.
 *
 * @example tensor([[1, 2]]).tile(2) // tensor([[1., 2., 1., 2.]])
 */
export function tile(x: Tensor, ...counts: ShapeArguments): Tensor {
  checkTensor("tile", x)
  const list = shapeFrom(counts)
  return repeat(x, [...new Array<number>(Math.max(0, x.shape.length - list.length)).fill(1), ...list])
}

/**
 * Each element (or row of a dimension) repeated on the spot, all as often or each as often as a tensor says. Without a
 * dimension the tensor is flattened first.
 *
 * @example tensor([1, 2]).repeatInterleave(2) // tensor([1., 1., 2., 2.])
 * @example tensor([1, 2]).repeatInterleave(tensor([1, 3])) // tensor([1., 2., 2., 2.])
 */
export function repeatInterleave(x: Tensor, repeats: number | Tensor, dim?: number): Tensor {
  checkTensor("repeatInterleave", x)
  if (dim === undefined) return repeatInterleave(x.reshape([x.count]), repeats, 0)
  const d = normalizeDim("repeatInterleave", dim, x.shape)
  const size = x.shape[d] ?? 1
  const counts =
    typeof repeats === "number"
      ? new Array<number>(size).fill(repeats)
      : Array.from(repeats.expand([size]).toTypedArray())
  const sources: number[] = []
  counts.forEach((count, i) => {
    if (!Number.isInteger(count) || count < 0)
      throw badNumber("repeatInterleave", "a count", count, "a whole number that is not negative")
    for (let k = 0; k < count; k++) sources.push(i)
  })
  const index = uninitialized([sources.length], "int32")
  index.storage.data.set(sources)
  return selectAt(x.shape.length === 0 ? x.reshape([1]) : x, d, index)
}

/**
 * Tensors side by side: vectors one after the other, everything else along the second dimension.
 *
 * @example hstack([tensor([[1], [2]]), tensor([[3], [4]])]) // tensor([[1., 3.],\n        [2., 4.]])
 */
export function hstack(tensors: readonly Tensor[]): Tensor {
  checkList("hstack", tensors)
  const atLeast1 = tensors.map((x) => (x.shape.length === 0 ? x.reshape([1]) : x))
  return cat(atLeast1, (atLeast1[0] as Tensor).shape.length === 1 ? 0 : 1)
}

/**
 * Tensors on top of each other; vectors count as rows.
 *
 * @example vstack([tensor([1, 2]), tensor([3, 4])]) // tensor([[1., 2.],\n        [3., 4.]])
 */
export function vstack(tensors: readonly Tensor[]): Tensor {
  checkList("vstack", tensors)
  return cat(tensors.map((x) => (x.shape.length < 2 ? x.reshape([1, x.count]) : x)))
}

/**
 * Vectors as the columns of a matrix, beside matrices as they are.
 *
 * @example columnStack([tensor([1, 2]), tensor([3, 4])]) // tensor([[1., 3.],\n        [2., 4.]])
 */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  checkList("columnStack", tensors)
  return hstack(tensors.map((x) => (x.shape.length < 2 ? x.reshape([x.count, 1]) : x)))
}

/**
 * The tensor cut along a dimension into a number of parts (the first ones larger by one where it does not divide), or
 * at the given places. Views.
 *
 * @example tensor([1, 2, 3, 4, 5]).tensorSplit(2).map(String) // ["tensor([1., 2., 3.])", "tensor([4., 5.])"]
 */
export function tensorSplit(x: Tensor, sections: number | readonly number[], dim = 0): Tensor[] {
  checkTensor("tensorSplit", x)
  const d = normalizeDim("tensorSplit", dim, x.shape)
  const size = x.shape[d] ?? 1
  if (typeof sections === "number") {
    if (!Number.isInteger(sections) || sections < 1)
      throw badNumber("tensorSplit", "sections", sections, "a whole number above 0")
    const rest = size % sections
    return split(
      x,
      Array.from({ length: sections }, (_, i) => Math.floor(size / sections) + (i < rest ? 1 : 0)),
      d,
    )
  }
  const bound = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size)
  const starts = [0, ...sections.map(bound)]
  return starts.map((start, i) => slice(x, d, start, Math.max(start, starts[i + 1] ?? size)))
}

/**
 * Windows of a size on a dimension, a step apart, as a new last dimension: a view. (`F.unfold` is the one for images.)
 *
 * Shape: the dimension becomes the number of windows, and the window's elements come last.
 *
 * @example tensor([1, 2, 3, 4]).unfold(0, 2, 1) // tensor([[1., 2.],\n        [2., 3.],\n        [3., 4.]])
 */
export function unfold(x: Tensor, dim: number, size: number, step: number): Tensor {
  checkTensor("unfold", x)
  const d = normalizeDim("unfold", dim, x.shape)
  const length = x.shape[d] ?? 1
  if (!Number.isInteger(size) || size < 0 || size > length)
    throw badNumber("unfold", "size", size, `a whole number up to ${length}, the size of the dimension`)
  if (!Number.isInteger(step) || step < 1) throw badNumber("unfold", "step", step, "a whole number above 0")
  if (x.shape.length === 0) return x.reshape([1]).narrow(0, 0, size)
  const count = Math.floor((length - size) / step) + 1
  const windows = viewOf(
    x,
    [...x.shape.map((own, i) => (i === d ? count : own)), size],
    [...x.strides.map((stride, i) => (i === d ? stride * step : stride)), x.strides[d] as number],
  )
  return needsGradient(x) ? record("unfold", windows, [x], (dy) => [folded(dy, x.shape, d, step)]) : windows
}

/** Windows added up where they overlap: the way back of `unfold`. */
function folded(windows: Tensor, shape: readonly number[], dim: number, step: number): Tensor {
  const out = uninitialized(shape, windows.dtype)
  currentBackend().fill(out, 0)
  const last = windows.shape.length - 1
  const size = windows.shape[last] as number
  const count = windows.shape[dim] as number
  const plain = windows.detach()
  for (let i = 0; i < size && count > 0; i++) {
    const part = slice(out, dim, i, i + (count - 1) * step + 1, step)
    currentBackend().binary("add", part, plain.select(last, i), part)
  }
  return needsGradient(windows) ? record("unfoldBackward", out, [windows], (dy) => [unfold(dy, dim, size, step)]) : out
}

/**
 * The diagonal of a matrix (or of each in a batch) as the last dimension; `offset` 1 is the one above it. A view.
 *
 * @example tensor([[1, 2], [3, 4]]).diagonal() // tensor([1., 4.])
 */
export function diagonal(x: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor {
  checkTensor("diagonal", x)
  if (x.shape.length < 2) throw wrongRank("diagonal", x.shape, "at least two dimensions")
  if (!Number.isInteger(offset)) throw badNumber("diagonal", "offset", offset, "a whole number")
  const rows = normalizeDim("diagonal", dim1, x.shape)
  const columns = normalizeDim("diagonal", dim2, x.shape)
  if (rows === columns) throw messages.sameDimensions("diagonal", rows, x.shape)
  const row = x.strides[rows] as number
  const column = x.strides[columns] as number
  const length = Math.max(
    0,
    Math.min((x.shape[rows] as number) + Math.min(offset, 0), (x.shape[columns] as number) - Math.max(offset, 0)),
  )
  const start = length === 0 ? 0 : Math.max(offset, 0) * column - Math.min(offset, 0) * row
  const keep = (_: number, d: number) => d !== rows && d !== columns
  const out = viewOf(x, [...x.shape.filter(keep), length], [...x.strides.filter(keep), row + column], x.offset + start)
  if (!needsGradient(x)) return out
  return record("diagonal", out, [x], (dy) => [
    placed(dy, x.shape, (whole) => diagonal(whole, offset, rows, columns), "diagonal"),
  ])
}

/**
 * Matrices of zeros whose diagonal is the last dimension of the tensor; `offset` 1 writes above the main one.
 *
 * @example tensor([1, 2]).diagEmbed() // tensor([[1., 0.],\n        [0., 2.]])
 */
export function diagEmbed(x: Tensor, offset = 0, dim1 = -2, dim2 = -1): Tensor {
  checkTensor("diagEmbed", x)
  if (x.shape.length === 0) throw wrongRank("diagEmbed", x.shape, "at least one dimension")
  if (!Number.isInteger(offset)) throw badNumber("diagEmbed", "offset", offset, "a whole number")
  const size = (x.shape[x.shape.length - 1] as number) + Math.abs(offset)
  const outer = x.shape.slice(0, -1)
  const shape = [...outer, size, size]
  const rows = normalizeDim("diagEmbed", dim1, shape)
  const columns = normalizeDim("diagEmbed", dim2, shape)
  if (rows === columns) throw messages.sameDimensions("diagEmbed", rows, shape)
  const others = shape.map((_, d) => d).filter((d) => d !== rows && d !== columns)
  const whole = new Array<number>(shape.length).fill(size)
  others.forEach((d, i) => {
    whole[d] = outer[i] as number
  })
  const cut = (matrix: Tensor) => diagonal(matrix, offset, rows, columns)
  const out = placed(x.detach(), whole, cut, "diagEmbed")
  return needsGradient(x) ? record("diagEmbed", out, [x], (dy) => [cut(dy)]) : out
}

/**
 * The diagonal of a matrix as a vector, or a matrix with a vector on its diagonal.
 *
 * @example diag(tensor([1, 2])) // tensor([[1., 0.],\n        [0., 2.]])
 */
export function diag(x: Tensor, offset = 0): Tensor {
  checkTensor("diag", x)
  if (x.shape.length === 1) return diagEmbed(x, offset)
  if (x.shape.length === 2) return diagonal(x, offset)
  throw wrongRank("diag", x.shape, "a vector or a matrix", "for a batch of matrices use x.diagonal(0, -2, -1).")
}

/**
 * The sum of a matrix's diagonal.
 *
 * @example tensor([[1, 2], [3, 4]]).trace() // tensor(5.)
 */
export function trace(x: Tensor): Tensor {
  checkTensor("trace", x)
  if (x.shape.length !== 2) throw wrongRank("trace", x.shape, "a matrix")
  return diagonal(x).sum()
}

/** Options of `meshgrid`. */
export interface MeshgridOptions {
  /** `"ij"`: the first vector runs along the first dimension. `"xy"`: along the second, as in a picture. Default: `"ij"`. */
  indexing?: "ij" | "xy"
}

/**
 * Vectors as grids of coordinates: tensor i repeats vector i along all dimensions but its own. Views.
 *
 * @example meshgrid([tensor([1, 2]), tensor([3, 4, 5])])[1] // tensor([[3., 4., 5.],\n        [3., 4., 5.]])
 */
export function meshgrid(tensors: readonly Tensor[], { indexing = "ij" }: MeshgridOptions = {}): Tensor[] {
  if (indexing !== "ij" && indexing !== "xy") throw badOption("meshgrid", "indexing", indexing, ["ij", "xy"])
  checkList("meshgrid", tensors)
  for (const x of tensors) if (x.shape.length > 1) throw wrongRank("meshgrid", x.shape, "vectors")
  const shape = tensors.map((x) => x.count)
  const grids = tensors.map((x, i) => x.reshape(shape.map((_, d) => (d === i ? x.count : 1))).expand(shape))
  return indexing === "xy" && grids.length > 1 ? grids.map((grid) => grid.transpose(0, 1)) : grids
}

/**
 * All ways to take one element from each vector, a row each.
 *
 * @example cartesianProd(tensor([1, 2]), tensor([3, 4])) // tensor([[1., 3.],\n        [1., 4.],\n        [2., 3.],\n        [2., 4.]])
 */
export function cartesianProd(...tensors: Tensor[]): Tensor {
  checkList("cartesianProd", tensors)
  if (tensors.length === 1) return tensors[0] as Tensor
  const columns = meshgrid(tensors).map((grid) => grid.reshape([-1, 1]))
  return cat(columns, 1)
}

/** Options of `combinations`. */
export interface CombinationsOptions {
  /** Whether an element may be taken more than once. Default: false. */
  withReplacement?: boolean
}

/**
 * All ways to take `r` elements of a vector, in their order, a row each.
 *
 * @example combinations(tensor([1, 2, 3])) // tensor([[1., 2.],\n        [1., 3.],\n        [2., 3.]])
 */
export function combinations(x: Tensor, r = 2, { withReplacement = false }: CombinationsOptions = {}): Tensor {
  if (!(x instanceof Tensor)) throw notATensor("combinations", x, "a vector")
  if (x.shape.length !== 1) throw wrongRank("combinations", x.shape, "a vector")
  if (!Number.isInteger(r) || r < 0) throw badNumber("combinations", "r", r, "a whole number that is not negative")
  if (r === 0) return uninitialized([0], x.dtype)
  const rows: number[][] = []
  const extend = (row: number[], from: number): void => {
    if (row.length === r) rows.push(row)
    else for (let i = from; i < x.count; i++) extend([...row, i], withReplacement ? i : i + 1)
  }
  extend([], 0)
  const index = uninitialized([rows.length * r], "int32")
  index.storage.data.set(rows.flat())
  return selectAt(x, 0, index).reshape([rows.length, r])
}

/**
 * The tensor turned by quarter turns in the plane of two dimensions, from the first towards the second.
 *
 * @example tensor([[1, 2], [3, 4]]).rot90() // tensor([[2., 4.],\n        [1., 3.]])
 */
export function rot90(x: Tensor, turns = 1, dims: readonly [number, number] = [0, 1]): Tensor {
  checkTensor("rot90", x)
  if (!Number.isInteger(turns)) throw badNumber("rot90", "turns", turns, "a whole number")
  if (x.shape.length < 2) throw wrongRank("rot90", x.shape, "at least two dimensions")
  const from = normalizeDim("rot90", dims[0], x.shape)
  const towards = normalizeDim("rot90", dims[1], x.shape)
  if (from === towards) throw messages.sameDimensions("rot90", from, x.shape)
  const quarter = ((turns % 4) + 4) % 4
  if (quarter === 1) return x.flip(towards).transpose(from, towards)
  if (quarter === 2) return x.flip(from, towards)
  return quarter === 3 ? x.flip(from).transpose(from, towards) : x
}
