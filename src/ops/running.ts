import { needsGradient, record } from "../autograd/node.js"
import { readElements } from "../native/strided.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber } from "../tensor/messages.js"
import { normalizeDim } from "../tensor/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import { cat } from "./join.js"
import * as messages from "./messages.js"
import { accumulate, cumsum, Sorted } from "./order.js"
import { flip, gather } from "./select.js"

// What runs along a dimension: each element of the result knows the ones before it.

/** The extremes so far along a dimension, and where they stand. */
function running(name: string, x: Tensor, dim: number, better: (a: number, b: number) => boolean): Sorted {
  const d = normalizeDim(name, dim, x.shape)
  const elements = readElements(x)
  const indices = uninitialized(x.shape, "int32")
  const data = indices.storage.data
  const inner = x.shape.slice(d + 1).reduce((n, size) => n * size, 1)
  const length = x.shape[d] ?? 1
  for (let i = 0; i < x.count; i++) {
    const place = Math.floor(i / inner) % length
    if (place === 0) {
      data[i] = 0
      continue
    }
    const champion = data[i - inner] as number
    const before = elements[i - (place - champion) * inner] as number
    const candidate = elements[i] as number
    data[i] = Number.isNaN(candidate) || better(candidate, before) ? place : champion
  }
  return new Sorted(x.shape.length === 0 ? x.clone() : gather(x, d, indices), indices)
}

/**
 * The largest elements so far along a dimension, with their positions: of equals the last. NaN stays once it is met.
 *
 * @example tensor([1, 3, 2]).cummax(0).values // tensor([1., 3., 3.])
 */
export function cummax(x: Tensor, dim: number): Sorted {
  checkTensor("cummax", x)
  return running("cummax", x, dim, (a, b) => a >= b)
}

/**
 * The smallest elements so far along a dimension, with their positions: of equals the last. NaN stays once it is met.
 *
 * @example tensor([2, 1, 3]).cummin(0).values // tensor([2., 1., 1.])
 */
export function cummin(x: Tensor, dim: number): Sorted {
  checkTensor("cummin", x)
  return running("cummin", x, dim, (a, b) => a <= b)
}

/**
 * The products so far along a dimension. Integers and booleans give int32. Its gradient is right where elements are 0.
 *
 * @example tensor([1, 2, 3]).cumprod(0) // tensor([1., 2., 6.])
 */
export function cumprod(x: Tensor, dim: number): Tensor {
  checkTensor("cumprod", x)
  const d = normalizeDim("cumprod", dim, x.shape)
  const out = accumulate(x, d, 1, (product, element) => product * element)
  if (!needsGradient(x)) return out
  const rule = (dy: Tensor) => {
    if (x.shape.length === 0) return [dy]
    if (x.detach().eq(0).any().item() === 0) {
      return [flip(cumsum(flip(dy.mul(cumprod(x, d)), d), d), d).div(x)]
    }
    return [throughZeros(x, dy, d)]
  }
  return record("cumprod", out, [x], rule, [x])
}

/** The gradient of `cumprod` with no division: for each element the sum of the products that it is part of, without it. */
function throughZeros(x: Tensor, dy: Tensor, dim: number): Tensor {
  const length = x.shape[dim] as number
  const parts: Tensor[] = []
  for (let k = 0; k < length; k++) {
    const before = x.narrow(dim, 0, k).prod(dim, { keepdim: true })
    const after = cumprod(cat([x.narrow(dim, k, 1).mul(0).add(1), x.narrow(dim, k + 1, length - k - 1)], dim), dim)
    parts.push(
      before.mul(
        dy
          .narrow(dim, k, length - k)
          .mul(after)
          .sum(dim, { keepdim: true }),
      ),
    )
  }
  return cat(parts, dim)
}

/**
 * `log Σ eˣ` of the elements so far along a dimension, computed so that it does not overflow.
 *
 * @example tensor([0, 0]).logcumsumexp(0) // tensor([0.0000, 0.6931])
 */
export function logcumsumexp(x: Tensor, dim: number): Tensor {
  checkTensor("logcumsumexp", x)
  const d = normalizeDim("logcumsumexp", dim, x.shape)
  const elements = readElements(x)
  const out = uninitialized(x.shape, x.dtype)
  const inner = x.shape.slice(d + 1).reduce((n, size) => n * size, 1)
  const length = x.shape[d] ?? 1
  const sums = new Float64Array(x.count)
  for (let i = 0; i < x.count; i++) {
    const value = elements[i] as number
    const isFirst = Math.floor(i / inner) % length === 0
    const before = isFirst ? -Infinity : (sums[i - inner] as number)
    const top = Math.max(before, value)
    sums[i] = Number.isFinite(top) ? top + Math.log1p(Math.exp(Math.min(before, value) - top)) : top
    out.storage.data[i] = sums[i] as number
  }
  if (!needsGradient(x)) return out
  // Σₖ≥ᵢ dyₖ · e^(xᵢ - yₖ)
  const rule = (dy: Tensor) => {
    const y = logcumsumexp(x, d)
    const top = x.detach().max()
    return [flip(cumsum(flip(dy.mul(y.sub(top).neg().exp()), d), d), d).mul(x.sub(top).exp())]
  }
  return record("logcumsumexp", out, [x], rule, [x])
}

/** Options of `diff`. */
export interface DiffOptions {
  /** What stands before the first element. */
  prepend?: Tensor
  /** What stands after the last element. */
  append?: Tensor
}

/**
 * The differences of neighbours along a dimension, `n` times.
 *
 * @example tensor([1, 3, 6]).diff() // tensor([2., 3.])
 */
export function diff(x: Tensor, n = 1, dim = -1, { prepend, append }: DiffOptions = {}): Tensor {
  checkTensor("diff", x)
  if (!Number.isInteger(n) || n < 0) throw badNumber("diff", "n", n, "a whole number that is not negative")
  const d = normalizeDim("diff", dim, x.shape)
  const parts = [prepend, x, append].filter((part) => part !== undefined)
  let out = parts.length === 1 ? x : cat(parts, d)
  for (let i = 0; i < n; i++) {
    const size = out.shape[d] as number
    if (size === 0) return out
    const [later, earlier] = [out.narrow(d, 1, size - 1), out.narrow(d, 0, size - 1)]
    out = out.dtype === "bool" ? later.logicalXor(earlier) : later.sub(earlier)
  }
  return out
}

/** Where the values of `trapezoid` stand: at these points, or this far apart. */
export interface TrapezoidOptions {
  /** The points, as many as values. */
  x?: Tensor
  /** The distance of the points where none are given. Default: 1. */
  dx?: number
}

/** The area of each trapezoid between neighbours. */
function trapezoids(
  name: string,
  y: Tensor,
  dim: number,
  { x, dx = 1 }: TrapezoidOptions,
): { parts: Tensor; d: number } {
  const d = normalizeDim(name, dim, y.shape)
  const size = y.shape[d] ?? 1
  const means = y
    .narrow(d, 1, Math.max(0, size - 1))
    .add(y.narrow(d, 0, Math.max(0, size - 1)))
    .mul(0.5)
  if (x === undefined) return { parts: means.mul(dx), d }
  const along = x.shape.length === 1 ? x.reshape(y.shape.map((_, i) => (i === d ? x.count : 1))) : x
  if (along.shape[along.shape.length - (y.shape.length - d)] !== size)
    throw messages.shapesDiffer(name, ["values", "points"], y.shape, x.shape)
  return { parts: means.mul(diff(along, 1, d - y.shape.length)), d }
}

/**
 * The integral along a dimension by the trapezoidal rule.
 *
 * @example tensor([1, 2, 3]).trapezoid() // tensor(4.)
 */
export function trapezoid(y: Tensor, options: TrapezoidOptions = {}, dim = -1): Tensor {
  checkTensor("trapezoid", y)
  const { parts, d } = trapezoids("trapezoid", y, dim, options)
  return parts.sum(d)
}

/**
 * The integral so far along a dimension by the trapezoidal rule.
 *
 * @example tensor([1, 2, 3]).cumulativeTrapezoid() // tensor([1.5000, 4.0000])
 */
export function cumulativeTrapezoid(y: Tensor, options: TrapezoidOptions = {}, dim = -1): Tensor {
  checkTensor("cumulativeTrapezoid", y)
  const { parts, d } = trapezoids("cumulativeTrapezoid", y, dim, options)
  return cumsum(parts, d)
}
