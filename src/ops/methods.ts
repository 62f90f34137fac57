import { backward } from "../autograd/engine.js"
import { registerHook, registerPostAccumulateGradHook, retainGrad } from "../autograd/hooks.js"
import { Tensor } from "../tensor/tensor.js"
import * as activation from "./activation.js"
import * as arrange from "./arrange.js"
import * as binary from "./binary.js"
import * as bits from "./bits.js"
import * as choose from "./choose.js"
import * as compare from "./compare.js"
import * as convert from "./convert.js"
import * as einops from "./einops.js"
import * as extremes from "./extremes.js"
import * as floatParts from "./float-parts.js"
import * as gamma from "./gamma.js"
import * as indexing from "./indexing.js"
import * as inplace from "./inplace.js"
import * as join from "./join.js"
import * as matrix from "./matmul.js"
import * as order from "./order.js"
import * as products from "./products.js"
import * as random from "./random.js"
import * as reduce from "./reduce.js"
import * as sizes from "./renorm.js"
import * as running from "./running.js"
import * as scatter from "./scatter.js"
import * as selecting from "./select.js"
import * as sets from "./sets.js"
import * as shape from "./shape.js"
import * as special from "./special.js"
import * as stacking from "./stacking.js"
import * as statistics from "./statistics.js"
import * as traits from "./traits.js"
import * as unary from "./unary.js"

/**
 * Every operation that is also a method of a tensor: the function's first argument becomes `this`. An operation that is
 * exported by its family and left out here is a function only (`cat`, `where`).
 */
const operations = {
  backward,
  registerHook,
  registerPostAccumulateGradHook,
  retainGrad,
  abs: unary.abs,
  acos: unary.acos,
  asin: unary.asin,
  atan: unary.atan,
  ceil: unary.ceil,
  cos: unary.cos,
  cosh: unary.cosh,
  erf: unary.erf,
  exp: unary.exp,
  expm1: unary.expm1,
  floor: unary.floor,
  isfinite: unary.isfinite,
  isnan: unary.isnan,
  log: unary.log,
  log1p: unary.log1p,
  log2: unary.log2,
  logicalNot: unary.logicalNot,
  neg: unary.neg,
  reciprocal: unary.reciprocal,
  round: unary.round,
  rsqrt: unary.rsqrt,
  sign: unary.sign,
  sin: unary.sin,
  sinh: unary.sinh,
  sqrt: unary.sqrt,
  square: unary.square,
  tan: unary.tan,
  trunc: unary.trunc,
  elu: activation.elu,
  gelu: activation.gelu,
  leakyRelu: activation.leakyRelu,
  logSoftmax: activation.logSoftmax,
  relu: activation.relu,
  sigmoid: activation.sigmoid,
  silu: activation.silu,
  softmax: activation.softmax,
  softplus: activation.softplus,
  tanh: activation.tanh,
  add: binary.add,
  atan2: binary.atan2,
  clamp: binary.clamp,
  div: binary.div,
  lerp: binary.lerp,
  maximum: binary.maximum,
  minimum: binary.minimum,
  mul: binary.mul,
  pow: binary.pow,
  remainder: binary.remainder,
  sub: binary.sub,
  allclose: compare.allclose,
  eq: compare.eq,
  equal: compare.equal,
  ge: compare.ge,
  gt: compare.gt,
  isclose: compare.isclose,
  le: compare.le,
  logicalAnd: compare.logicalAnd,
  logicalOr: compare.logicalOr,
  logicalXor: compare.logicalXor,
  lt: compare.lt,
  ne: compare.ne,
  bool: convert.bool,
  clone: convert.clone,
  contiguous: convert.contiguous,
  detach: convert.detach,
  double: convert.double,
  float: convert.float,
  int: convert.int,
  isContiguous: convert.isContiguous,
  requiresGrad_: convert.requiresGrad_,
  to: convert.to,
  add_: inplace.add_,
  copy_: inplace.copy_,
  div_: inplace.div_,
  fill_: inplace.fill_,
  mul_: inplace.mul_,
  sub_: inplace.sub_,
  zero_: inplace.zero_,
  at: indexing.at,
  put: indexing.put,
  repeat: join.repeat,
  bmm: matrix.bmm,
  dot: matrix.dot,
  matmul: matrix.matmul,
  outer: matrix.outer,
  argsort: order.argsort,
  cumsum: order.cumsum,
  sort: order.sort,
  topk: order.topk,
  all: reduce.all,
  any: reduce.any,
  argmax: reduce.argmax,
  argmin: reduce.argmin,
  logsumexp: reduce.logsumexp,
  amax: reduce.amax,
  max: extremes.max,
  mean: reduce.mean,
  amin: reduce.amin,
  min: extremes.min,
  norm: reduce.norm,
  prod: reduce.prod,
  std: reduce.std,
  sum: reduce.sum,
  var: reduce.variance,
  chunk: shape.chunk,
  expand: shape.expand,
  expandAs: shape.expandAs,
  flatten: shape.flatten,
  mT: shape.mT,
  movedim: shape.movedim,
  narrow: shape.narrow,
  permute: shape.permute,
  reshape: shape.reshape,
  select: shape.select,
  split: shape.split,
  squeeze: shape.squeeze,
  t: shape.t,
  transpose: shape.transpose,
  unbind: shape.unbind,
  unflatten: shape.unflatten,
  unsqueeze: shape.unsqueeze,
  view: shape.view,
  maskedFill: choose.maskedFill,
  tril: choose.tril,
  triu: choose.triu,
  flip: selecting.flip,
  gather: selecting.gather,
  maskedSelect: selecting.maskedSelect,
  nonzero: selecting.nonzero,
  oneHot: selecting.oneHot,
  roll: selecting.roll,
  take: selecting.take,
  takeAlongDim: selecting.takeAlongDim,
  indexSelect: selecting.indexSelect,
  indexAdd: scatter.indexAdd,
  indexCopy: scatter.indexCopy,
  indexFill: scatter.indexFill,
  indexReduce: scatter.indexReduce,
  maskedScatter: scatter.maskedScatter,
  scatter: scatter.scatter,
  scatterAdd: scatter.scatterAdd,
  scatterReduce: scatter.scatterReduce,
  selectScatter: scatter.selectScatter,
  diag: arrange.diag,
  diagEmbed: arrange.diagEmbed,
  diagonal: arrange.diagonal,
  repeatInterleave: arrange.repeatInterleave,
  rot90: arrange.rot90,
  tensorSplit: arrange.tensorSplit,
  tile: arrange.tile,
  trace: arrange.trace,
  unfold: arrange.unfold,
  addmm: products.addmm,
  cross: products.cross,
  kron: products.kron,
  tensordot: products.tensordot,
  acosh: special.acosh,
  addcdiv: special.addcdiv,
  addcmul: special.addcmul,
  frexp: floatParts.frexp,
  nextafter: floatParts.nextafter,
  igamma: gamma.igamma,
  igammac: gamma.igammac,
  mvlgamma: gamma.mvlgamma,
  renorm: sizes.renorm,
  sumToSize: sizes.sumToSize,
  elementSize: traits.elementSize,
  isFloatingPoint: traits.isFloatingPoint,
  isSigned: traits.isSigned,
  asinh: special.asinh,
  atanh: special.atanh,
  copysign: special.copysign,
  deg2rad: special.deg2rad,
  digamma: special.digamma,
  erfc: special.erfc,
  erfinv: special.erfinv,
  exp2: special.exp2,
  floorDivide: special.floorDivide,
  fmax: special.fmax,
  fmin: special.fmin,
  fmod: special.fmod,
  frac: special.frac,
  heaviside: special.heaviside,
  hypot: special.hypot,
  i0: special.i0,
  isinf: special.isinf,
  isneginf: special.isneginf,
  isposinf: special.isposinf,
  lgamma: special.lgamma,
  log10: special.log10,
  logaddexp: special.logaddexp,
  logit: special.logit,
  nanToNum: special.nanToNum,
  rad2deg: special.rad2deg,
  signbit: special.signbit,
  sinc: special.sinc,
  xlogy: special.xlogy,
  bitwiseAnd: bits.bitwiseAnd,
  bitwiseLeftShift: bits.bitwiseLeftShift,
  bitwiseNot: bits.bitwiseNot,
  bitwiseOr: bits.bitwiseOr,
  bitwiseRightShift: bits.bitwiseRightShift,
  bitwiseXor: bits.bitwiseXor,
  aminmax: statistics.aminmax,
  bincount: statistics.bincount,
  corrcoef: statistics.corrcoef,
  countNonzero: statistics.countNonzero,
  cov: statistics.cov,
  histc: statistics.histc,
  kthvalue: statistics.kthvalue,
  median: statistics.median,
  nanmean: statistics.nanmean,
  nansum: statistics.nansum,
  quantile: statistics.quantile,
  cummax: running.cummax,
  cummin: running.cummin,
  cumprod: running.cumprod,
  diff: running.diff,
  logcumsumexp: running.logcumsumexp,
  bucketize: sets.bucketize,
  isin: sets.isin,
  unique: sets.unique,
  uniqueConsecutive: sets.uniqueConsecutive,
  rearrange: einops.rearrange,
  reduce: einops.reduce,
  bernoulli: random.bernoulli,
  multinomial: random.multinomial,
  diagonalScatter: scatter.diagonalScatter,
  sliceScatter: scatter.sliceScatter,
  addbmm: products.addbmm,
  addmv: products.addmv,
  addr: products.addr,
  baddbmm: products.baddbmm,
  dist: products.dist,
  gcd: bits.gcd,
  lcm: bits.lcm,
  floatPower: special.floatPower,
  ldexp: special.ldexp,
  logaddexp2: special.logaddexp2,
  mode: statistics.mode,
  nanmedian: statistics.nanmedian,
  cumulativeTrapezoid: running.cumulativeTrapezoid,
  trapezoid: running.trapezoid,
  dsplit: stacking.dsplit,
  hsplit: stacking.hsplit,
  vsplit: stacking.vsplit,
  diagflat: stacking.diagflat,
  nanquantile: statistics.nanquantile,
} as const

type Operations = typeof operations

/** A function on a tensor as a method: its first argument is `this`. */
type Method<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never

/** The operations whose result depends on whether there is a dimension; `Method` would know of one signature only. */
interface ByDimension {
  /** The largest element, or those along a dimension with their positions; see the function `max`. */
  max(): Tensor
  max(dim: number, options?: reduce.ReduceOptions): order.Sorted
  max(other: Tensor): Tensor
  /** The smallest element, or those along a dimension with their positions; see the function `min`. */
  min(): Tensor
  min(dim: number, options?: reduce.ReduceOptions): order.Sorted
  min(other: Tensor): Tensor
  /** The median of all, or those along a dimension with their positions; see the function `median`. */
  median(): Tensor
  median(dim: number, options?: reduce.ReduceOptions): order.Sorted
  /** The same of what is not NaN. */
  nanmedian(): Tensor
  nanmedian(dim: number, options?: reduce.ReduceOptions): order.Sorted
}

/** The methods that the operations give to every tensor. */
export type TensorMethods = ByDimension & {
  readonly [Name in Exclude<keyof Operations, keyof ByDimension>]: Method<Operations[Name]>
}

for (const [name, operation] of Object.entries(operations)) {
  const run = operation as (x: Tensor, ...rest: unknown[]) => unknown
  const value = {
    [name](this: Tensor, ...rest: unknown[]) {
      return run(this, ...rest)
    },
  }[name]
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true })
}
