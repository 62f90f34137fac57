import { readElements } from "../native/strided.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, badOption, wrongDType, wrongRank } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { normalizeDim } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { where } from "./choose.js"
import { to } from "./convert.js"
import { tensor } from "./creation.js"
import { stack } from "./join.js"
import * as messages from "./messages.js"
import { Sorted, sort } from "./order.js"
import { amax, amin, type Dims, mean, type ReduceOptions, std, sum, type VarianceOptions, variance } from "./reduce.js"
import { gather } from "./select.js"

/**
 * The sum of the elements that are not NaN.
 *
 * @example tensor([1, NaN, 3]).nansum() // tensor(4.)
 */
export function nansum(x: Tensor, dim?: Dims, options: ReduceOptions = {}): Tensor {
  checkTensor("nansum", x)
  return sum(x.maskedFill(x.detach().isnan(), 0), dim, options)
}

/**
 * The mean of the elements that are not NaN.
 *
 * @example tensor([1, NaN, 3]).nanmean() // tensor(2.)
 */
export function nanmean(x: Tensor, dim?: Dims, options: ReduceOptions = {}): Tensor {
  checkTensor("nanmean", x)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("nanmean", x, "fractions", "convert first: x.float().nanmean().")
  const numbers = to(x.detach().isnan().logicalNot(), x.dtype)
  return nansum(x, dim, options).div(sum(numbers, dim, options))
}

/**
 * How many elements are not 0. int32.
 *
 * @example tensor([0, 1, 2]).countNonzero() // tensor(2, dtype=int32)
 */
export function countNonzero(x: Tensor, dim?: Dims): Tensor {
  checkTensor("countNonzero", x)
  return sum(x.detach().bool(), dim)
}

/** The smallest and the largest element. */
export interface Extremes {
  readonly min: Tensor
  readonly max: Tensor
}

/**
 * The smallest and the largest element over a dimension, or over all.
 *
 * @example tensor([3, 1, 2]).aminmax().max // tensor(3.)
 */
export function aminmax(x: Tensor, dim?: number, options: ReduceOptions = {}): Extremes {
  checkTensor("aminmax", x)
  return { min: amin(x, dim, options), max: amax(x, dim, options) }
}

/**
 * The variance and the mean over some dimensions, or over all.
 *
 * @example varMean(tensor([1, 2, 3])).map(String) // ["tensor(1.)", "tensor(2.)"]
 */
export function varMean(x: Tensor, dim?: Dims, options: VarianceOptions = {}): [Tensor, Tensor] {
  checkTensor("varMean", x)
  return [variance(x, dim, options), mean(x, dim, options)]
}

/**
 * The standard deviation and the mean over some dimensions, or over all.
 *
 * @example stdMean(tensor([1, 2, 3])).map(String) // ["tensor(1.)", "tensor(2.)"]
 */
export function stdMean(x: Tensor, dim?: Dims, options: VarianceOptions = {}): [Tensor, Tensor] {
  checkTensor("stdMean", x)
  return [std(x, dim, options), mean(x, dim, options)]
}

/** A tensor and the dimension to work along: the flattened one where no dimension is given. */
function line(name: string, x: Tensor, dim: number | undefined): { x: Tensor; d: number } {
  if (dim === undefined || x.shape.length === 0) return { x: x.reshape([x.count]), d: 0 }
  return { x, d: normalizeDim(name, dim, x.shape) }
}

/**
 * The `k`-th smallest element of a dimension (1 is the smallest) and its position.
 *
 * @example tensor([3, 1, 2]).kthvalue(2).values // tensor(2.)
 */
export function kthvalue(x: Tensor, k: number, dim = -1, { keepdim = false }: ReduceOptions = {}): Sorted {
  checkTensor("kthvalue", x)
  const { x: lines, d } = line("kthvalue", x, dim)
  const size = lines.shape[d] as number
  if (!Number.isInteger(k) || k < 1 || k > size) throw badNumber("kthvalue", "k", k, `a whole number from 1 to ${size}`)
  const { indices } = sort(lines.detach(), d)
  const at = indices.narrow(d, k - 1, 1)
  const values = gather(lines, d, at)
  const finish = (kept: Tensor) => (x.shape.length === 0 ? kept.reshape([]) : keepdim ? kept : kept.squeeze(d))
  return new Sorted(finish(values), finish(at))
}

/**
 * The median of all elements: the middle one in order, of two middle ones the lower; NaN if one is NaN. With a dimension the
 * median of each line along it and where it stands, int32.
 *
 * @example tensor([3, 1, 2, 9]).median() // tensor(2.)
 */
export function median(x: Tensor): Tensor
export function median(x: Tensor, dim: number, options?: ReduceOptions): Sorted
export function median(x: Tensor, dim?: number, { keepdim = false }: ReduceOptions = {}): Tensor | Sorted {
  checkTensor("median", x)
  const { x: lines, d } = line("median", x, dim)
  const size = lines.shape[d] as number
  if (size === 0) throw messages.emptyReduction("median", x.shape)
  const middle = kthvalue(lines, Math.floor((size + 1) / 2), d, { keepdim: true })
  const last = kthvalue(lines, size, d, { keepdim: true }) // NaN counts as the largest
  const isNaN_ = to(last.values.detach().isnan(), "int32")
  const at = middle.indices.mul(isNaN_.neg().add(1)).add(last.indices.mul(isNaN_))
  return chosen(x, lines, d, at, dim, keepdim)
}

/** The elements at one position of each line: alone where all elements were one line, else with the positions. */
function chosen(x: Tensor, lines: Tensor, d: number, at: Tensor, dim: number | undefined, keepdim: boolean) {
  const values = gather(lines, d, at)
  if (dim === undefined) return values.reshape([])
  const finish = (kept: Tensor) => (x.shape.length === 0 ? kept.reshape([]) : keepdim ? kept : kept.squeeze(d))
  return new Sorted(finish(values), finish(at))
}

/** How a quantile between two elements is made of them. */
export type Interpolation = "linear" | "lower" | "higher" | "midpoint" | "nearest"

/** Options of `quantile`. */
export interface QuantileOptions extends ReduceOptions {
  interpolation?: Interpolation
}

/**
 * Quantiles over a dimension, or over all: the value below which a share `q` of the elements lies. Several shares give a
 * new first dimension.
 *
 * @example tensor([0, 1, 2, 3]).quantile(0.5) // tensor(1.5000)
 */
export function quantile(
  x: Tensor,
  q: number | readonly number[] | Tensor,
  dim?: number,
  { keepdim = false, interpolation = "linear" }: QuantileOptions = {},
): Tensor {
  checkTensor("quantile", x)
  const ways = ["linear", "lower", "higher", "midpoint", "nearest"] as const
  if (!ways.includes(interpolation)) throw badOption("quantile", "interpolation", interpolation, ways)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("quantile", x, "fractions", "convert first: x.float().")
  const { x: lines, d } = line("quantile", x, dim)
  const size = lines.shape[d] as number
  if (size === 0) throw messages.emptyReduction("quantile", x.shape)
  const shares = typeof q === "number" ? [q] : q instanceof Tensor ? Array.from(readElements(q)) : q
  const several = typeof q !== "number" && !(q instanceof Tensor && q.shape.length === 0)
  const { values } = sort(lines, d)
  const hasNaN = lines.detach().isnan().any(d, { keepdim: true })
  const at = (position: number) => values.narrow(d, position, 1)
  const results = shares.map((share) => {
    if (!(share >= 0 && share <= 1)) throw badNumber("quantile", "q", share, "a share between 0 and 1")
    const place = share * (size - 1)
    const below = Math.floor(place)
    const above = Math.ceil(place)
    const weights = { linear: place - below, lower: 0, higher: 1, midpoint: 0.5, nearest: 0 } as const
    const nearest = place - below > 0.5 || (place - below === 0.5 && below % 2 === 1) ? above : below
    const kept =
      interpolation === "nearest"
        ? at(nearest)
        : below === above
          ? at(below)
          : at(below).lerp(at(above), weights[interpolation])
    const known = where(hasNaN, at(size - 1), kept) // NaN counts as the largest
    if (dim === undefined || x.shape.length === 0) return known.reshape(keepdim ? x.shape.map(() => 1) : [])
    return keepdim ? known : known.squeeze(d)
  })
  return several ? stack(results) : (results[0] as Tensor)
}

/** Whole numbers that are not negative, for counting. */
function counted(name: string, x: Tensor): readonly number[] {
  if (x.shape.length !== 1) throw wrongRank(name, x.shape, "a vector")
  if (isFloatingPoint(x.dtype)) throw wrongDType(name, x, "whole numbers", "convert first: x.int().")
  const numbers = Array.from(readElements(x))
  for (const n of numbers) if (n < 0) throw badNumber(name, "an element", n, "a whole number that is not negative")
  return numbers
}

/** Options of `bincount`. */
export interface BincountOptions {
  /** What each element adds to its bin. Default: 1. */
  weights?: Tensor
  /** At least so many bins. Default: 0. */
  minlength?: number
}

/**
 * How often each whole number from 0 on stands in a vector: int32, or with weights their sums.
 *
 * @example tensor([0, 2, 2], { dtype: "int32" }).bincount() // tensor([1, 0, 2], dtype=int32)
 */
export function bincount(x: Tensor, { weights, minlength = 0 }: BincountOptions = {}): Tensor {
  checkTensor("bincount", x)
  const numbers = counted("bincount", x)
  if (weights !== undefined && weights.count !== x.count)
    throw messages.shapesDiffer("bincount", ["numbers", "weights"], x.shape, weights.shape)
  const bins = numbers.reduce((largest, n) => Math.max(largest, n + 1), minlength)
  const sums = new Array<number>(bins).fill(0)
  const shares = weights === undefined ? null : readElements(weights)
  numbers.forEach((n, i) => {
    sums[n] = (sums[n] as number) + (shares === null ? 1 : (shares[i] as number))
  })
  return tensor(sums, { dtype: weights === undefined ? "int32" : weights.dtype === "float32" ? "float32" : "float64" })
}

/** Options of `histc`. */
export interface HistcOptions {
  /** The left end of the first bin. Default (with max 0 as well): the smallest element. */
  min?: number
  max?: number
}

/**
 * How many elements lie in each of a number of bins of equal width; those outside are left out.
 *
 * @example tensor([1, 2, 1, 4]).histc(4, { min: 0, max: 4 }) // tensor([0., 2., 1., 1.])
 */
export function histc(x: Tensor, bins = 100, { min: low = 0, max: high = 0 }: HistcOptions = {}): Tensor {
  checkTensor("histc", x)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("histc", x, "fractions", "convert first: x.float().")
  if (!Number.isInteger(bins) || bins < 1) throw badNumber("histc", "bins", bins, "a whole number above 0")
  const elements = readElements(x)
  let [start, end] = [low, high]
  if (start === end && x.count > 0) [start, end] = [amin(x.detach()).item(), amax(x.detach()).item()]
  if (start === end) [start, end] = [start - 1, end + 1]
  if (!Number.isFinite(start) || !Number.isFinite(end) || start > end)
    throw badNumber("histc", "the range", [start, end], "finite, from small to large")
  const counts = new Array<number>(bins).fill(0)
  for (const value of elements) {
    if (!(value >= start && value <= end)) continue
    const bin = Math.min(bins - 1, Math.floor(((value - start) * bins) / (end - start)))
    counts[bin] = (counts[bin] as number) + 1
  }
  return tensor(counts, { dtype: x.dtype })
}

/** A histogram: the counts, and the ends of the bins, one more than bins. */
export interface Histogram {
  readonly hist: Tensor
  readonly binEdges: Tensor
}

/** Options of `histogram`. */
export interface HistogramOptions {
  /** Where the first bin starts and the last ends. Default: the smallest and the largest element. */
  range?: readonly [number, number]
  /** What each element counts. Default: 1. */
  weight?: Tensor
  /** Whether the counts are divided so that the area is 1. Default: false. */
  density?: boolean
}

/**
 * How many elements lie in each of a number of bins of equal width, with the ends of the bins.
 *
 * @example histogram(tensor([1, 2, 1]), 2, { range: [0, 4] }).hist // tensor([2., 1.])
 */
export function histogram(
  x: Tensor,
  bins: number,
  { range, weight, density = false }: HistogramOptions = {},
): Histogram {
  checkTensor("histogram", x)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("histogram", x, "fractions", "convert first: x.float().")
  if (!Number.isInteger(bins) || bins < 1) throw badNumber("histogram", "bins", bins, "a whole number above 0")
  const elements = readElements(x)
  const shares = weight === undefined ? null : readElements(weight)
  if (shares !== null && shares.length !== elements.length)
    throw messages.shapesDiffer("histogram", ["elements", "weights"], x.shape, (weight as Tensor).shape)
  let [start, end] = range ?? (x.count === 0 ? [0, 1] : [amin(x.detach()).item(), amax(x.detach()).item()])
  if (start === end) [start, end] = [start - 0.5, end + 0.5]
  const edges = Array.from({ length: bins + 1 }, (_, i) => start + ((end - start) * i) / bins)
  const counts = new Array<number>(bins).fill(0)
  elements.forEach((value, i) => {
    if (!(value >= start && value <= end)) return
    const bin = Math.min(bins - 1, Math.floor(((value - start) * bins) / (end - start)))
    counts[bin] = (counts[bin] as number) + (shares === null ? 1 : (shares[i] as number))
  })
  const area = density ? (counts.reduce((a, b) => a + b, 0) * (end - start)) / bins : 1
  return {
    hist: tensor(
      counts.map((count) => count / area),
      { dtype: x.dtype },
    ),
    binEdges: tensor(edges, { dtype: x.dtype }),
  }
}

/**
 * The covariance matrix of variables, one a row, over their observations, the columns.
 *
 * @example cov(tensor([[0, 1, 2], [2, 1, 0]])) // tensor([[ 1., -1.],\n        [-1.,  1.]])
 */
export function cov(x: Tensor, { correction = 1 }: { correction?: number } = {}): Tensor {
  checkTensor("cov", x)
  if (x.shape.length > 2) throw wrongRank("cov", x.shape, "at most two dimensions")
  const rows = x.shape.length < 2 ? x.reshape([1, x.count]) : x // [variables, observations]
  const centered = rows.sub(mean(rows, 1, { keepdim: true }))
  const matrix = centered.matmul(centered.mT()).div((rows.shape[1] as number) - correction)
  return x.shape.length < 2 ? matrix.reshape([]) : matrix
}

/**
 * Pearson's correlation of variables, one a row.
 *
 * @example corrcoef(tensor([[0, 1, 2], [2, 1, 0]])) // tensor([[ 1., -1.],\n        [-1.,  1.]])
 */
export function corrcoef(x: Tensor): Tensor {
  const matrix = cov(x)
  if (matrix.shape.length === 0) return matrix.div(matrix)
  const spread = matrix.diagonal().sqrt()
  return matrix.div(spread.unsqueeze(1)).div(spread.unsqueeze(0)).clamp(-1, 1)
}

/**
 * The median of the elements that are not NaN; see `median`. NaN where there are no others.
 *
 * @example tensor([3, NaN, 1, 2]).nanmedian() // tensor(2.)
 */
export function nanmedian(x: Tensor): Tensor
export function nanmedian(x: Tensor, dim: number, options?: ReduceOptions): Sorted
export function nanmedian(x: Tensor, dim?: number, { keepdim = false }: ReduceOptions = {}): Tensor | Sorted {
  checkTensor("nanmedian", x)
  const { x: lines, d } = line("nanmedian", x, dim)
  if (lines.shape[d] === 0) throw messages.emptyReduction("nanmedian", x.shape)
  const { indices } = sort(lines.detach(), d) // NaN comes last
  const numbers = sum(lines.detach().isnan().logicalNot(), d, { keepdim: true })
  const middle = numbers
    .sub(1)
    .clamp(0)
    .toTypedArray()
    .map((n) => Math.floor(n / 2))
  const at = tensor(middle, { dtype: "int32" }).reshape(numbers.shape)
  return chosen(x, lines, d, gather(indices, d, at), dim, keepdim)
}

/**
 * The value that is most frequent in a dimension (of several the smallest), and the last position where it stands.
 *
 * @example tensor([3, 1, 3]).mode().values // tensor(3.)
 */
export function mode(x: Tensor, dim = -1, { keepdim = false }: ReduceOptions = {}): Sorted {
  checkTensor("mode", x)
  const { x: lines, d } = line("mode", x, dim)
  if (lines.shape[d] === 0) throw messages.emptyReduction("mode", x.shape)
  const moved = lines.movedim(d, -1)
  const length = lines.shape[d] as number
  const elements = readElements(moved.detach())
  const places: number[] = []
  for (let start = 0; start < elements.length; start += length) {
    const counts = new Map<number, number>()
    for (let i = 0; i < length; i++)
      counts.set(elements[start + i] as number, (counts.get(elements[start + i] as number) ?? 0) + 1)
    const best = [...counts].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a))[0]
    places.push(elements.subarray(start, start + length).lastIndexOf(best))
  }
  const index = tensor(places, { dtype: "int32" })
    .reshape([...moved.shape.slice(0, -1), 1])
    .movedim(-1, d)
  const values = gather(lines, d, index)
  const finish = (kept: Tensor) => (x.shape.length === 0 ? kept.reshape([]) : keepdim ? kept : kept.squeeze(d))
  return new Sorted(finish(values), finish(index))
}

/**
 * Quantiles of the elements that are not NaN; see `quantile`. NaN where there are no others.
 *
 * @example tensor([0, NaN, 1, 2]).nanquantile(0.5) // tensor(1.)
 */
export function nanquantile(x: Tensor, q: number, dim?: number, options: QuantileOptions = {}): Tensor {
  checkTensor("nanquantile", x)
  if (typeof q !== "number") throw badNumber("nanquantile", "q", q, "a share between 0 and 1")
  const { x: lines, d } = line("nanquantile", x, dim)
  const moved = lines.movedim(d, -1) // [..., size]
  const rows = moved.reshape([-1, lines.shape[d] as number])
  const results = rows.unbind(0).map((row) => {
    const numbers = row.maskedSelect(row.detach().isnan().logicalNot())
    return numbers.count === 0 ? row.sum() : quantile(numbers, q, undefined, { ...options, keepdim: false })
  })
  const joined = stack(results).reshape(moved.shape.slice(0, -1))
  if (dim === undefined || x.shape.length === 0)
    return joined.reshape(options.keepdim === true ? x.shape.map(() => 1) : [])
  return options.keepdim === true ? joined.unsqueeze(d) : joined
}

/** A histogram over several dimensions, and the edges of its bins along each. */
export interface HistogramDD {
  readonly hist: Tensor
  readonly binEdges: readonly Tensor[]
}

/**
 * How many points fall into each cell of a grid.
 *
 * Shape: x `[N, D]`; the histogram is `[bins₁, …, bins_D]`, the edges `[binsᵢ + 1]`.
 *
 * @param bins the number of bins along each dimension
 * @example histogramdd(tensor([[0, 1], [1, 0], [1, 1]]), [2, 2]).hist // tensor([[0., 1.],\n        [1., 1.]])
 */
export function histogramdd(
  x: Tensor,
  bins: readonly number[],
  {
    range,
    weight,
    density = false,
  }: Omit<HistogramOptions, "range"> & { range?: readonly (readonly [number, number])[] } = {},
): HistogramDD {
  checkTensor("histogramdd", x)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("histogramdd", x, "fractions", "convert first: x.float().")
  if (x.ndim !== 2) throw wrongRank("histogramdd", x.shape, "points, [N, D]")
  const [count, dims] = x.shape as readonly [number, number]
  const areBins = bins.length === dims && bins.every((size) => Number.isInteger(size) && size > 0)
  if (!areBins) throw badNumber("histogramdd", "bins", bins, `${dims} whole numbers above 0`)
  if (weight !== undefined && weight.count !== count)
    throw messages.shapesDiffer("histogramdd", ["points", "weights"], x.shape, weight.shape)
  const along = bins.map((size, d) => {
    const own = x.detach().select(1, d)
    let [start, end] = range?.[d] ?? (count === 0 ? [0, 1] : [amin(own).item(), amax(own).item()])
    if (start === end) [start, end] = [start - 0.5, end + 0.5]
    return { size, start, end }
  })
  const elements = readElements(x)
  const shares = weight === undefined ? null : readElements(weight)
  const cells = new Float64Array(bins.reduce((product, size) => product * size, 1))
  for (let i = 0; i < count; i++) {
    let cell = 0
    for (let d = 0; d < dims && cell >= 0; d++) {
      const { size, start, end } = along[d] as (typeof along)[number]
      const value = elements[i * dims + d] as number
      const bin = Math.min(size - 1, Math.floor(((value - start) * size) / (end - start)))
      cell = value >= start && value <= end ? cell * size + bin : -1
    }
    if (cell >= 0) cells[cell] = (cells[cell] as number) + (shares === null ? 1 : (shares[i] as number))
  }
  const total = cells.reduce((sum, cell) => sum + cell, 0)
  const volume = along.reduce((product, { size, start, end }) => (product * (end - start)) / size, 1)
  const scaled = density ? cells.map((cell) => cell / total / volume) : cells
  return {
    hist: tensor(scaled, { dtype: x.dtype }).reshape(bins),
    binEdges: along.map(({ size, start, end }) =>
      tensor(
        Array.from({ length: size + 1 }, (_, i) => start + ((end - start) * i) / size),
        { dtype: x.dtype },
      ),
    ),
  }
}
