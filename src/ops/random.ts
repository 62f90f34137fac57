import { uninitialized } from "../tensor/allocate.js"
import * as messages from "../tensor/messages.js"
import { defaultGenerator, type Generator } from "../tensor/random.js"
import { checkShape } from "../tensor/shape.js"
import type { Tensor } from "../tensor/tensor.js"
import { type CreationOptions, checkDType, checkFloat, finish } from "./creation.js"

/** Options of the random creation functions. */
export interface RandomOptions extends CreationOptions {
  /** Where the numbers come from. Default: the generator that `manualSeed` sets. */
  generator?: Generator
}

/**
 * Random numbers, each equally likely between 0 (included) and 1 (not included): PyTorch's own for the same seed.
 *
 * @example rand([2, 3]).shape // [2, 3]
 */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { dtype = "float32", requiresGrad, generator = defaultGenerator } = options
  const out = uninitialized(checkShape("rand", shape).slice(), checkFloat("rand", dtype))
  const data = out.storage.data
  if (data instanceof Float32Array) generator.uniformFloat32(data, 0, 1)
  else if (data instanceof Float64Array) generator.uniformFloat64(data, 0, 1)
  return finish(out, requiresGrad)
}

/**
 * Random numbers from the standard normal distribution: PyTorch's own for the same seed.
 *
 * @example randn([2, 3]).shape // [2, 3]
 */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { dtype = "float32", requiresGrad, generator = defaultGenerator } = options
  const out = uninitialized(checkShape("randn", shape).slice(), checkFloat("randn", dtype))
  const data = out.storage.data
  if (data instanceof Float32Array) generator.normalFloat32(data, 0, 1)
  else if (data instanceof Float64Array) generator.normalFloat64(data, 0, 1)
  return finish(out, requiresGrad)
}

/**
 * Random whole numbers from `low` up to, but not including, `high`; int32 unless `dtype` says otherwise.
 *
 * @example randint(0, 10, [2, 3]).shape // [2, 3]
 */
export function randint(low: number, high: number, shape: readonly number[], options: RandomOptions = {}): Tensor {
  const { dtype = "int32", requiresGrad, generator = defaultGenerator } = options
  if (!isInt32(low)) throw messages.badNumber("randint", "low", low, "a whole number of 32 bits")
  if (!isInt32(high - 1) || high <= low) {
    throw messages.badNumber("randint", "high", high, `a whole number above low (${low}), of 32 bits`)
  }
  checkDType(dtype)
  const out = uninitialized(checkShape("randint", shape).slice(), "int32")
  generator.randint(out.storage.data as Int32Array, low, high)
  return finish(out.to(dtype), requiresGrad)
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value === (value | 0)
}

/**
 * The whole numbers from 0 up to, but not including, `n`, in random order; int32.
 *
 * @example randperm(4).sum() // tensor(6, dtype=int32)
 */
export function randperm(n: number, options: RandomOptions = {}): Tensor {
  const { dtype = "int32", requiresGrad, generator = defaultGenerator } = options
  checkDType(dtype)
  if (!isInt32(n) || n < 0) throw messages.badNumber("randperm", "n", n, "a whole number that is not negative")
  const out = uninitialized([n], "int32")
  generator.permutation(out.storage.data as Int32Array)
  return finish(out.to(dtype), requiresGrad)
}

/**
 * Random numbers like `rand` in the shape and dtype of another tensor.
 *
 * @example randLike(zeros([2, 3])).shape // [2, 3]
 */
export function randLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return rand(x.shape, { dtype: x.dtype, ...options })
}

/**
 * Random numbers like `randn` in the shape and dtype of another tensor.
 *
 * @example randnLike(zeros([2, 3])).shape // [2, 3]
 */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return randn(x.shape, { dtype: x.dtype, ...options })
}
