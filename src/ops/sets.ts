import { readElements } from "../native/strided.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { notATensor, wrongRank } from "../tensor/messages.js"
import { promoteTypes } from "../tensor/promote.js"
import { checkShape, normalizeDim } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"
import { mapElements } from "./elementwise.js"
import * as messages from "./messages.js"
import { positions, selectAt } from "./select.js"

/** The different elements of a tensor. */
export interface Unique {
  readonly values: Tensor
  /** For each element of the tensor which of the values it is: int32. */
  readonly inverse: Tensor
  /** How often each value stands there: int32. */
  readonly counts: Tensor
}

/** Options of `unique`. */
export interface UniqueOptions {
  /** Compares the parts of this dimension instead of the elements. */
  dim?: number
}

const ascending = (a: number, b: number) => (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b)

/**
 * The different elements of a tensor in order, which of them each element is, and how often each stands there.
 *
 * @example unique(tensor([3, 1, 3])).values // tensor([1., 3.])
 * @example unique(tensor([3, 1, 3])).counts // tensor([1, 2], dtype=int32)
 */
export function unique(x: Tensor, { dim }: UniqueOptions = {}): Unique {
  const { rows, count } = rowsOf("unique", x, dim)
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => compareRows(rows, a, b) || a - b)
  return grouped(x, dim, rows, order)
}

/**
 * The elements of a tensor without those that equal the one before.
 *
 * @example uniqueConsecutive(tensor([1, 1, 2, 1])).values // tensor([1., 2., 1.])
 */
export function uniqueConsecutive(x: Tensor, { dim }: UniqueOptions = {}): Unique {
  const { rows, count } = rowsOf("uniqueConsecutive", x, dim)
  return grouped(
    x,
    dim,
    rows,
    Array.from({ length: count }, (_, i) => i),
  )
}

type Rows = readonly (readonly number[])[]

function rowsOf(name: string, x: Tensor, dim: number | undefined): { rows: Rows; count: number } {
  if (!(x instanceof Tensor)) throw notATensor(name, x, "a tensor")
  if (dim === undefined) return { rows: Array.from(readElements(x), (value) => [value]), count: x.count }
  const d = normalizeDim(name, dim, x.shape)
  if (x.shape.length === 0) throw wrongRank(name, x.shape, "a tensor of at least one dimension")
  const rows = x.unbind(d).map((part) => Array.from(readElements(part)))
  return { rows, count: rows.length }
}

function compareRows(rows: Rows, a: number, b: number): number {
  const left = rows[a] as readonly number[]
  const right = rows[b] as readonly number[]
  for (let i = 0; i < left.length; i++) {
    const order = ascending(left[i] as number, right[i] as number)
    if (order !== 0) return order
  }
  return 0
}

/** Groups of neighbours in an order that are equal (NaN equals nothing). */
function grouped(x: Tensor, dim: number | undefined, rows: Rows, order: readonly number[]): Unique {
  const firsts: number[] = []
  const counts: number[] = []
  const inverse = uninitialized(dim === undefined ? x.shape : [order.length], "int32")
  order.forEach((row, i) => {
    const before = order[i - 1]
    const isNew = before === undefined || compareRows(rows, before, row) !== 0 || rows[row]?.some(Number.isNaN)
    if (isNew) {
      firsts.push(row)
      counts.push(0)
    }
    counts[counts.length - 1] = (counts[counts.length - 1] as number) + 1
    inverse.storage.data[row] = firsts.length - 1
  })
  const index = uninitialized([firsts.length], "int32")
  index.storage.data.set(firsts)
  const many = uninitialized([counts.length], "int32")
  many.storage.data.set(counts)
  const plain = x.detach()
  const values =
    dim === undefined
      ? selectAt(plain.reshape([x.count]), 0, index)
      : selectAt(plain, normalizeDim("unique", dim, x.shape), index)
  return { values, inverse, counts: many }
}

/** Options of `searchsorted` and `bucketize`. */
export interface SearchOptions {
  /** Where a value equals a boundary: false gives the place before it, true the one after. Default: false. */
  right?: boolean
}

/**
 * Where values would have to be inserted into sorted boundaries to keep them in order. int32.
 *
 * Shape: that of the values. The boundaries are a vector, or have the dimensions of the values but for the last.
 *
 * @example searchsorted(tensor([1, 3, 5]), tensor([3, 6])) // tensor([1, 3], dtype=int32)
 */
export function searchsorted(sorted: Tensor, values: Tensor | number, { right = false }: SearchOptions = {}): Tensor {
  checkTensor("searchsorted", sorted)
  if (typeof values === "number") {
    const value = uninitialized([], sorted.dtype === "float64" ? "float64" : "float32")
    value.storage.data[0] = values
    return searchsorted(sorted, value, { right })
  }
  if (!(values instanceof Tensor)) throw notATensor("searchsorted", values)
  const rank = sorted.shape.length
  if (rank === 0) throw wrongRank("searchsorted", sorted.shape, "boundaries of at least one dimension")
  const fits =
    rank === 1 ||
    (rank === values.shape.length && sorted.shape.every((size, d) => d === rank - 1 || size === values.shape[d]))
  if (!fits) throw messages.shapesDiffer("searchsorted", ["boundaries", "values"], sorted.shape, values.shape)
  const boundaries = readElements(sorted)
  const wanted = readElements(values)
  const length = sorted.shape[rank - 1] as number
  const perRow = rank === 1 ? values.count : (values.shape[rank - 1] as number)
  const out = uninitialized(values.shape, "int32")
  for (let i = 0; i < wanted.length; i++) {
    const start = rank === 1 ? 0 : Math.floor(i / perRow) * length
    let low = 0
    let high = length
    const value = wanted[i] as number
    while (low < high) {
      const middle = (low + high) >> 1
      const order = ascending(boundaries[start + middle] as number, value)
      if (order < 0 || (right && order === 0)) low = middle + 1
      else high = middle
    }
    out.storage.data[i] = low
  }
  return out
}

/**
 * The number of the bucket that each value falls into, between the boundaries of a sorted vector. int32.
 *
 * @example tensor([0, 2, 9]).bucketize(tensor([1, 5])) // tensor([0, 1, 2], dtype=int32)
 */
export function bucketize(x: Tensor, boundaries: Tensor, options: SearchOptions = {}): Tensor {
  checkTensor("bucketize", x)
  if (!(boundaries instanceof Tensor)) throw notATensor("bucketize", boundaries, "a vector of boundaries")
  if (boundaries.shape.length !== 1) throw wrongRank("bucketize", boundaries.shape, "a vector of boundaries")
  return searchsorted(boundaries, x, options)
}

/**
 * True where an element is one of the given ones.
 *
 * @example tensor([1, 2, 3]).isin(tensor([3, 1])) // tensor([ true, false,  true])
 */
export function isin(x: Tensor, elements: Tensor | readonly number[]): Tensor {
  checkTensor("isin", x)
  if (elements instanceof Tensor) {
    const dtype = promoteTypes(x.dtype, elements.dtype)
    const set = new Set(readElements(to(elements, dtype)))
    return mapElements(to(x.detach(), dtype), "bool", (value) => (set.has(value) && !Number.isNaN(value) ? 1 : 0))
  }
  if (!Array.isArray(elements)) throw notATensor("isin", elements, "a tensor or an array of numbers")
  const rounded = x.dtype === "float32" ? elements.map(Math.fround) : elements
  const set = new Set(rounded)
  return mapElements(x, "bool", (value) => (set.has(value) && !Number.isNaN(value) ? 1 : 0))
}

/**
 * Places in a flattened tensor of a shape as coordinates, one tensor for each dimension. int32.
 *
 * @example unravelIndex(tensor([5, 1]), [2, 3]).map(String) // ["tensor([1, 0], dtype=int32)", "tensor([2, 1], dtype=int32)"]
 */
export function unravelIndex(index: Tensor, shape: readonly number[]): Tensor[] {
  checkTensor("unravelIndex", index)
  const count = checkShape("unravelIndex", shape).reduce((n, size) => n * size, 1)
  const places = positions("unravelIndex", index, count, [count], 0)
  return shape.map((size, d) => {
    const inner = shape.slice(d + 1).reduce((n, s) => n * s, 1)
    return mapElements(places, "int32", (place) => Math.floor(place / inner) % size)
  })
}
