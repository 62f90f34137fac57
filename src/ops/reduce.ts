import { described, needsGradient, record } from "../autograd/node.js"
import { noteOrigin } from "../autograd/origins.js"
import type { ReduceOp } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import type { DType } from "../native/dtype.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { wrongDType } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { normalizeDim, normalizeDims } from "../tensor/shape.js"
import { sameShape, type Tensor, viewOf } from "../tensor/tensor.js"
import { to } from "./convert.js"
import { cat } from "./join.js"
import * as messages from "./messages.js"

/** Which dimensions a reduction goes over: one, several, or all when left out. */
export type Dims = number | readonly number[]

/** Options of a reduction. */
export interface ReduceOptions {
  /** Keep the reduced dimensions with size 1. Default: false. */
  keepdim?: boolean
}

/** Runs a reduction kernel; returns the result with the reduced dimensions kept. */
function reduceKeeping(op: ReduceOp, x: Tensor, dims: readonly number[], dtype: DType): Tensor {
  const shape = x.shape.slice()
  for (let i = 0; i < dims.length; i++) shape[dims[i] as number] = 1
  const out = uninitialized(shape, dtype)
  currentBackend().reduce(op, x, out)
  return out
}

/** The same elements without the given dimensions, which have size 1. */
function without(x: Tensor, dims: readonly number[]): Tensor {
  if (dims.length === x.shape.length) return viewOf(x, [], [])
  const keep = (_: number, d: number) => !dims.includes(d)
  return viewOf(x, x.shape.filter(keep), x.strides.filter(keep))
}

/** A gradient (or result) with the reduced dimensions put back as size 1 and expanded to the input's shape. */
function spread(dy: Tensor, dims: readonly number[], shape: readonly number[], keepdim: boolean): Tensor {
  return restore(dy, dims, shape, keepdim).expand(shape)
}

/** The same without expanding. */
function restore(dy: Tensor, dims: readonly number[], shape: readonly number[], keepdim: boolean): Tensor {
  return keepdim ? dy : dy.reshape(shape.map((size, d) => (dims.includes(d) ? 1 : size)))
}

/**
 * The sum over some dimensions, or over all. Integers and booleans give int32.
 *
 * Shape: without the dimensions, or with size 1 there for `keepdim`.
 *
 * @example tensor([[1, 2], [3, 4]]).sum() // tensor(10.)
 * @example tensor([[1, 2], [3, 4]]).sum(0) // tensor([4., 6.])
 */
export function sum(x: Tensor, dim?: Dims, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("sum", x)
  const dims = normalizeDims("sum", dim, x.shape)
  const kept = reduceKeeping("sum", x, dims, isFloatingPoint(x.dtype) ? x.dtype : "int32")
  const out = keepdim ? kept : without(kept, dims)
  if (!needsGradient(x)) return out
  return described(
    record("sum", out, [x], (dy) => [spread(dy, dims, x.shape, keepdim)]),
    dims,
  )
}

/** Sums a gradient over what was broadcast, so that it has the shape of the operand. */
export function sumTo(dy: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(dy.shape, shape)) return dy
  const added = dy.shape.length - shape.length
  const dims: number[] = []
  for (let d = 0; d < dy.shape.length; d++) {
    if (d < added || (shape[d - added] === 1 && dy.shape[d] !== 1)) dims.push(d)
  }
  const out = sum(dy, dims, { keepdim: true })
  return added === 0 ? out : out.reshape(shape)
}

/**
 * The product over one dimension, or over all. Its gradient is right where elements are 0.
 *
 * @example tensor([1, 2, 3]).prod() // tensor(6.)
 */
export function prod(x: Tensor, dim?: number, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("prod", x)
  const dims = normalizeDims("prod", dim, x.shape)
  const kept = reduceKeeping("prod", x, dims, isFloatingPoint(x.dtype) ? x.dtype : "int32")
  const out = keepdim ? kept : without(kept, dims)
  if (!needsGradient(x)) return out
  const rule = (dy: Tensor) => {
    const hasZero = any(x.detach().eq(0)).item() === 1
    const others = hasZero ? productOfOthers(x, dim) : restore(prod(x, dim, { keepdim }), dims, x.shape, keepdim).div(x)
    return [spread(dy, dims, x.shape, keepdim).mul(others)]
  }
  return described(record("prod", out, [x], rule, [x]), dims)
}

/** For each element the product of the others along a dimension, with no division: for lines that hold a 0. */
function productOfOthers(x: Tensor, dim: number | undefined): Tensor {
  const line =
    dim === undefined || x.shape.length === 0 ? x.reshape([-1]) : x.transpose(normalizeDim("prod", dim, x.shape), -1)
  const size = line.shape[line.shape.length - 1] as number
  if (size === 0) return x
  const parts: Tensor[] = []
  for (let i = 0; i < size; i++) {
    const before = line.narrow(-1, 0, i)
    const after = line.narrow(-1, i + 1, size - i - 1)
    parts.push(before.prod(-1).mul(after.prod(-1)).unsqueeze(-1))
  }
  const others = cat(parts, -1)
  return dim === undefined || x.shape.length === 0
    ? others.reshape(x.shape)
    : others.transpose(normalizeDim("prod", dim, x.shape), -1)
}

/**
 * The mean over some dimensions, or over all.
 *
 * @example tensor([[1, 2], [3, 5]]).mean(1) // tensor([1.5000, 4.0000])
 */
export function mean(x: Tensor, dim?: Dims, options: ReduceOptions = {}): Tensor {
  checkTensor("mean", x)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("mean", x, "fractions", "convert first: x.float().mean().")
  const dims = normalizeDims("mean", dim, x.shape)
  return sum(x, dims, options).mul(1 / countOver(x.shape, dims))
}

function countOver(shape: readonly number[], dims: readonly number[]): number {
  let count = 1
  for (const d of dims) count *= shape[d] as number
  return count
}

/** Options of a variance: `correction` 1 divides by n - 1 (a sample), 0 by n (everything there is). */
export interface VarianceOptions extends ReduceOptions {
  correction?: number
}

/**
 * The variance over some dimensions, or over all: the mean squared distance from the mean.
 *
 * @param options `correction` is subtracted from the count; default 1, as for a sample
 * @example tensor([1, 2, 3, 4]).var() // tensor(1.6667)
 */
export function variance(x: Tensor, dim?: Dims, { keepdim = false, correction = 1 }: VarianceOptions = {}): Tensor {
  const dims = normalizeDims("var", dim, x.shape)
  const centered = x.sub(mean(x, dims, { keepdim: true }))
  const divisor = Math.max(0, countOver(x.shape, dims) - correction)
  return sum(centered.square(), dims, { keepdim }).mul(1 / divisor)
}

/**
 * The standard deviation over some dimensions, or over all: the square root of the variance.
 *
 * @example tensor([1, 2, 3, 4]).std() // tensor(1.2910)
 */
export function std(x: Tensor, dim?: Dims, options: VarianceOptions = {}): Tensor {
  checkTensor("std", x)
  return variance(x, dim, options).sqrt()
}

/** The extreme over all elements, or over several dimensions at once; equal winners share the gradient. */
function extreme(op: "max" | "min", x: Tensor, dim: Dims | undefined, keepdim: boolean): Tensor {
  const dims = normalizeDims(`a${op}`, dim, x.shape)
  if (countOver(x.shape, dims) === 0) throw messages.emptyReduction(op, x.shape)
  const kept = reduceKeeping(op, x, dims, x.dtype)
  const out = keepdim ? kept : without(kept, dims)
  if (!needsGradient(x)) return out
  const rule = (dy: Tensor) => {
    const winners = to(x.detach().eq(kept).logicalOr(x.detach().isnan()), x.dtype)
    return [spread(dy, dims, x.shape, keepdim).mul(winners.div(sum(winners, dims, { keepdim: true })))]
  }
  return described(record(op, out, [x], rule, [x]), dims)
}

/**
 * The largest element over some dimensions, or over all. NaN counts as the largest. `max` says where it stands, too.
 *
 * @example tensor([[1, 5], [3, 2]]).amax(1) // tensor([5., 3.])
 */
export function amax(x: Tensor, dim?: Dims, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("amax", x)
  return extreme("max", x, dim, keepdim)
}

/**
 * The smallest element over some dimensions, or over all. NaN counts as the smallest. `min` says where it stands, too.
 *
 * @example tensor([[1, 5], [3, 2]]).amin(1) // tensor([1., 2.])
 */
export function amin(x: Tensor, dim?: Dims, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("amin", x)
  return extreme("min", x, dim, keepdim)
}

function argExtreme(op: "argmax" | "argmin", x: Tensor, dim: number | undefined, keepdim: boolean): Tensor {
  if (dim === undefined) {
    const index = argExtreme(op, x.reshape([-1]), 0, false)
    return keepdim ? index.reshape(x.shape.map(() => 1)) : index
  }
  const d = normalizeDim(op, dim, x.shape)
  if (x.shape.length === 0) return argExtreme(op, x.reshape([1]), 0, false)
  if (x.shape[d] === 0) throw messages.emptyReduction(op, x.shape)
  const out = uninitialized(
    x.shape.map((size, i) => (i === d ? 1 : size)),
    "int32",
  )
  currentBackend().argReduce(op, x, out, d)
  return noteOrigin(keepdim ? out : without(out, [d]), op, [x], d)
}

/**
 * The position of the largest element along a dimension, or in the flattened tensor: the first of equals. int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmax(1) // tensor([1, 0], dtype=int32)
 */
export function argmax(x: Tensor, dim?: number, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("argmax", x)
  return argExtreme("argmax", x, dim, keepdim)
}

/**
 * The position of the smallest element along a dimension, or in the flattened tensor: the first of equals. int32.
 *
 * @example tensor([[1, 5], [3, 2]]).argmin(1) // tensor([0, 1], dtype=int32)
 */
export function argmin(x: Tensor, dim?: number, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("argmin", x)
  return argExtreme("argmin", x, dim, keepdim)
}

/**
 * Whether any element is true (or not 0).
 *
 * @example tensor([false, true]).any() // tensor(true)
 */
export function any(x: Tensor, dim?: Dims, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("any", x)
  const dims = normalizeDims("any", dim, x.shape)
  const kept = reduceKeeping("any", x, dims, "bool")
  return keepdim ? kept : without(kept, dims)
}

/**
 * Whether all elements are true (or not 0).
 *
 * @example tensor([false, true]).all() // tensor(false)
 */
export function all(x: Tensor, dim?: Dims, { keepdim = false }: ReduceOptions = {}): Tensor {
  checkTensor("all", x)
  const dims = normalizeDims("all", dim, x.shape)
  const kept = reduceKeeping("all", x, dims, "bool")
  return keepdim ? kept : without(kept, dims)
}

/**
 * The length of the vector: `(Σ |x|ᵖ)^(1/p)`, for p = 2 the Euclidean one. Its gradient at 0 is 0.
 *
 * @example tensor([3, 4]).norm() // tensor(5.)
 */
export function norm(x: Tensor, p: number = 2, dim?: Dims, options: ReduceOptions = {}): Tensor {
  checkTensor("norm", x)
  if (p === 1) return sum(x.abs(), dim, options)
  if (p === Infinity) return amax(x.abs(), dim, options)
  if (p !== 2) return sum(x.abs().pow(p), dim, options).pow(1 / p)
  const dims = normalizeDims("norm", dim, x.shape)
  const { keepdim = false } = options
  const out = sum(x.detach().square(), dims, options).sqrt()
  if (!needsGradient(x)) return out
  const rule = (dy: Tensor) => {
    const length = norm(x, 2, dims, { keepdim: true })
    const direction = x.div(length.maskedFill(length.detach().eq(0), 1))
    return [restore(dy, dims, x.shape, keepdim).mul(direction)]
  }
  return described(record("norm", out, [x], rule, [x]), dims)
}

/**
 * `log Σ eˣ`, computed so that it does not overflow.
 *
 * @example tensor([1000, 1000]).logsumexp(0) // tensor(1000.6932)
 */
export function logsumexp(x: Tensor, dim?: Dims, options: ReduceOptions = {}): Tensor {
  checkTensor("logsumexp", x)
  const dims = normalizeDims("logsumexp", dim, x.shape)
  const top = noInfinity(amax(x.detach(), dims, { keepdim: true }))
  const total = sum(x.sub(top).exp(), dims, { keepdim: true }).log().add(top)
  return options.keepdim === true ? total : total.reshape(x.shape.filter((_, d) => !dims.includes(d)))
}

/** Infinite maxima must not meet themselves in a subtraction. */
function noInfinity(top: Tensor): Tensor {
  return top.maskedFill(top.isfinite().logicalNot(), 0)
}
