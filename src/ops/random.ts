import type { TypedArray } from "../native/dtype.js"
import { readElements } from "../native/strided.js"
import { uninitialized } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { defaultGenerator, type Generator } from "../tensor/random.js"
import { broadcastShapes, checkShape } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { type CreationOptions, checkDType, checkFloat, finish } from "./creation.js"
import { logGamma } from "./special-functions.js"

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
  checkTensor("randLike", x)
  return rand(x.shape, { dtype: x.dtype, ...options })
}

/**
 * Random whole numbers like `randint` in the shape and dtype of another tensor.
 *
 * @example randintLike(zeros([2, 3]), 0, 10).shape // [2, 3]
 */
export function randintLike(x: Tensor, low: number, high: number, options: RandomOptions = {}): Tensor {
  checkTensor("randintLike", x)
  return randint(low, high, x.shape, { dtype: x.dtype, ...options })
}

/**
 * Random numbers like `randn` in the shape and dtype of another tensor.
 *
 * @example randnLike(zeros([2, 3])).shape // [2, 3]
 */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  checkTensor("randnLike", x)
  return randn(x.shape, { dtype: x.dtype, ...options })
}

/** Options of the functions that draw from given distributions. */
export interface DrawOptions {
  /** Where the numbers come from. Default: the generator that `manualSeed` sets. */
  generator?: Generator
}

/** Options of `normal` with two numbers. */
export interface NormalOptions extends RandomOptions {
  /** The shape, where mean and standard deviation are both numbers. */
  shape?: readonly number[]
}

/**
 * Random numbers from normal distributions of a mean and a standard deviation, each a tensor or a number: PyTorch's own
 * for the same seed.
 *
 * @example normal(tensor([5, 100]), 0.001).round() // tensor([  5., 100.])
 */
export function normal(mean: Tensor | number, std: Tensor | number, options: NormalOptions = {}): Tensor {
  const { shape = [], ...rest } = options
  if (!(mean instanceof Tensor) && !(std instanceof Tensor)) return randn(shape, rest).mul(std).add(mean)
  const sizes = broadcastShapes(
    "normal",
    mean instanceof Tensor ? mean.shape : [],
    std instanceof Tensor ? std.shape : [],
  )
  const dtype = (mean instanceof Tensor ? mean : (std as Tensor)).dtype
  return randn(sizes, { dtype, ...rest })
    .mul(std)
    .add(mean)
}

/**
 * Ones and zeros: each element is 1 with the probability that the tensor has there. PyTorch's own for the same seed.
 *
 * @example bernoulli(tensor([0, 1])) // tensor([0., 1.])
 */
export function bernoulli(p: Tensor, { generator = defaultGenerator }: DrawOptions = {}): Tensor {
  checkTensor("bernoulli", p)
  checkFloat("bernoulli", p.dtype)
  const shares = readElements(p)
  const out = uninitialized(p.shape, p.dtype)
  const draws = p.dtype === "float32" ? new Float32Array(p.count) : new Float64Array(p.count)
  if (draws instanceof Float32Array) generator.uniformFloat32(draws)
  else generator.uniformFloat64(draws)
  for (let i = 0; i < p.count; i++) {
    const share = shares[i] as number
    if (!(share >= 0 && share <= 1)) throw messages.badNumber("bernoulli", "p", share, "a probability between 0 and 1")
    out.storage.data[i] = (draws[i] as number) < share ? 1 : 0
  }
  return out
}

/** Options of `multinomial`. */
export interface MultinomialOptions extends DrawOptions {
  /** Whether an index may be drawn more than once. Default: false. */
  replacement?: boolean
}

/**
 * Indices drawn by weights, which need not add up to 1, from a vector or from each row of a matrix: PyTorch's own for the
 * same seed. int32.
 *
 * @example multinomial(tensor([0, 1, 0]), 1) // tensor([1], dtype=int32)
 */
export function multinomial(
  weights: Tensor,
  count: number,
  { replacement = false, generator = defaultGenerator }: MultinomialOptions = {},
): Tensor {
  checkTensor("multinomial", weights)
  checkFloat("multinomial", weights.dtype)
  const rank = weights.shape.length
  if (rank !== 1 && rank !== 2) throw messages.wrongRank("multinomial", weights.shape, "a vector or rows of weights")
  if (!isInt32(count) || count < 1) throw messages.badNumber("multinomial", "count", count, "a whole number above 0")
  const choices = weights.shape[rank - 1] as number
  const shares = readElements(weights)
  for (const share of shares) {
    if (!(share >= 0 && share < Infinity))
      throw messages.badNumber("multinomial", "a weight", share, "finite and not negative")
  }
  const rows = rank === 1 ? 1 : (weights.shape[0] as number)
  const lines = Array.from({ length: rows }, (_, i) => shares.slice(i * choices, (i + 1) * choices))
  for (const line of lines) {
    let possible = 0
    for (const share of line) if (share > 0) possible++
    const wanted = replacement ? 1 : count
    if (possible < wanted)
      throw messages.badNumber(
        "multinomial",
        "count",
        count,
        `at most ${possible}, the number of weights above 0, without replacement`,
      )
  }
  const out = uninitialized(rank === 1 ? [count] : [rows, count], "int32")
  if (replacement)
    for (let i = 0; i < rows; i++)
      drawWith(lines[i] as TypedArray, out.storage.data.subarray(i * count, (i + 1) * count), generator)
  else drawWithout(lines, count, out.storage.data, generator)
  return out
}

/** Draws with replacement: where uniform numbers fall among the sums of the weights so far. */
function drawWith(weights: TypedArray, out: TypedArray, generator: Generator): void {
  const sums = weights.slice() as Float32Array // keeps the dtype's rounding, as PyTorch's sums do
  for (let i = 1; i < sums.length; i++) sums[i] = (sums[i - 1] as number) + (sums[i] as number)
  const total = sums[sums.length - 1] as number
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) / total
  const draws = new Float64Array(out.length)
  generator.uniformFloat64(draws)
  for (let k = 0; k < out.length; k++) {
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < (draws[k] as number)) low = middle + 1
      else high = middle
    }
    out[k] = low
  }
}

/** Draws without replacement: the largest ratios of the weights to exponential random numbers. */
function drawWithout(rows: readonly TypedArray[], count: number, out: TypedArray, generator: Generator): void {
  rows.forEach((weights, row) => {
    const draws = new Float64Array(weights.length)
    generator.uniformFloat64(draws)
    const ratios = weights.slice() as Float32Array
    for (let i = 0; i < ratios.length; i++) {
      ratios[i] = -Math.log1p(-(draws[i] as number)) // rounded to the dtype before the division
      ratios[i] = (weights[i] as number) / (ratios[i] as number)
    }
    const order = Array.from(ratios.keys()).sort((a, b) => (ratios[b] as number) - (ratios[a] as number))
    for (let k = 0; k < count; k++) out[row * count + k] = order[k] as number
  })
}

/** How often something happens that happens `rate` times on average. */
function drawPoisson(rate: number, uniform: () => number): number {
  if (rate === 0) return 0
  if (rate < 10) {
    // How many random numbers can be multiplied before the product is below e^-rate (Knuth).
    const limit = Math.exp(-rate)
    let count = -1
    for (let product = 1; product > limit; count++) product *= uniform()
    return count
  }
  const root = Math.sqrt(rate)
  const b = 0.931 + 2.53 * root
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const quick = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = uniform() - 0.5
    const v = uniform()
    const side = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / side + b) * u + rate + 0.43)
    if (side >= 0.07 && v <= quick) return k
    if (k < 0 || (side < 0.013 && v > side)) continue
    const accepted = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (side * side) + b)
    if (accepted <= -rate + k * Math.log(rate) - logGamma(k + 1)) return k
  }
}

/**
 * Whole numbers from Poisson distributions: each element is how often something happens that happens as often on average as
 * the tensor says there. PyTorch's own for the same seed.
 *
 * Errors: rates below 0.
 *
 * Source: Hörmann, "The transformed rejection method for generating Poisson random variables", 1993.
 *
 * @example poisson(tensor([0, 0])) // tensor([0., 0.])
 */
export function poisson(rates: Tensor, { generator = defaultGenerator }: DrawOptions = {}): Tensor {
  checkTensor("poisson", rates)
  checkFloat("poisson", rates.dtype)
  const elements = readElements(rates)
  const out = uninitialized(rates.shape, rates.dtype)
  const one = new Float64Array(1)
  const uniform = () => {
    generator.uniformFloat64(one)
    return one[0] as number
  }
  for (let i = 0; i < rates.count; i++) {
    const rate = elements[i] as number
    if (!(rate >= 0)) throw messages.badNumber("poisson", "the rate", rate, "a number of at least 0")
    out.storage.data[i] = drawPoisson(rate, uniform)
  }
  return out
}
