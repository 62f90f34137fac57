import { described, needsGradient, record } from "../autograd/node.js"
import { readElements } from "../native/strided.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { normalizeDim } from "../tensor/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import { flip, gather } from "./select.js"

/**
 * Elements that were chosen or put in order along a dimension, and where each stood before: `const { values, indices } = …`, or as in
 * PyTorch `const [values, indices] = …`.
 */
export class Sorted implements Iterable<Tensor> {
  constructor(
    readonly values: Tensor,
    /** int32, of the same shape. */
    readonly indices: Tensor,
  ) {}

  *[Symbol.iterator](): Generator<Tensor, void> {
    yield this.values
    yield this.indices
  }
}

/** Options of a sort. */
export interface SortOptions {
  /** The largest first. Default: false. */
  descending?: boolean
}

/**
 * The positions that would put the elements of a dimension in order; equal elements keep theirs. NaN counts as the
 * largest. int32.
 *
 * @example tensor([3, 1, 2]).argsort() // tensor([1, 2, 0], dtype=int32)
 */
export function argsort(x: Tensor, dim = -1, { descending = false }: SortOptions = {}): Tensor {
  checkTensor("argsort", x)
  const d = normalizeDim("argsort", dim, x.shape)
  if (x.shape.length === 0) return x.detach().int().mul(0)
  const lines = x.detach().movedim(d, -1)
  const elements = readElements(lines)
  const length = lines.shape[lines.shape.length - 1] as number
  const out = uninitialized(lines.shape, "int32")
  const compare = (a: number, b: number) =>
    a === b ? 0 : Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b
  for (let start = 0; start < out.count; start += length) {
    const order = Array.from({ length }, (_, i) => i)
    const at = (i: number) => elements[start + i] as number
    order.sort(descending ? (i, k) => compare(at(k), at(i)) : (i, k) => compare(at(i), at(k)))
    out.storage.data.set(order, start)
  }
  return out.movedim(-1, d)
}

/**
 * The elements of a dimension in order, with their positions; equal elements keep theirs. NaN counts as the largest.
 *
 * @example tensor([3, 1, 2]).sort().values // tensor([1., 2., 3.])
 */
export function sort(x: Tensor, dim = -1, options: SortOptions = {}): Sorted {
  checkTensor("sort", x)
  const indices = argsort(x, dim, options)
  return new Sorted(x.shape.length === 0 ? x : gather(x, dim, indices), indices)
}

/**
 * The `k` largest elements of a dimension in order, with their positions.
 *
 * @example tensor([3, 1, 2]).topk(2).indices // tensor([0, 2], dtype=int32)
 */
export function topk(x: Tensor, k: number, dim = -1): Sorted {
  checkTensor("topk", x)
  const d = normalizeDim("topk", dim, x.shape)
  const size = x.shape[d] ?? 1
  if (!Number.isInteger(k) || k < 0 || k > size)
    throw messages.badNumber("topk", "k", k, `a whole number up to ${size}`)
  const sorted = sort(x, d, { descending: true })
  return x.shape.length === 0 ? sorted : new Sorted(sorted.values.narrow(d, 0, k), sorted.indices.narrow(d, 0, k))
}

/** What a combination of the elements so far gives at each place along a dimension; of integers and booleans in int32. */
export function accumulate(
  x: Tensor,
  dim: number,
  start: number,
  combine: (sofar: number, next: number) => number,
): Tensor {
  const elements = readElements(x)
  const out = uninitialized(x.shape, isFloatingPoint(x.dtype) ? x.dtype : "int32")
  const data = out.storage.data
  const inner = x.shape.slice(dim + 1).reduce((n, size) => n * size, 1)
  const length = x.shape[dim] ?? 1
  for (let i = 0; i < out.count; i++) {
    const isFirst = Math.floor(i / inner) % length === 0
    data[i] = combine(isFirst ? start : (data[i - inner] as number), elements[i] as number)
  }
  return out
}

/**
 * The sums so far along a dimension. Integers and booleans give int32.
 *
 * @example tensor([1, 2, 3]).cumsum(0) // tensor([1., 3., 6.])
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  checkTensor("cumsum", x)
  const d = normalizeDim("cumsum", dim, x.shape)
  const out = accumulate(x, d, 0, (sum, element) => sum + element)
  if (!needsGradient(x)) return out
  return described(
    record("cumsum", out, [x], (dy) => [flip(cumsum(flip(dy, d), d), d)]),
    d,
  )
}
