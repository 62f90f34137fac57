import { backward } from "../autograd/engine.js"
import { Tensor } from "../tensor/tensor.js"
import * as activation from "./activation.js"
import * as binary from "./binary.js"
import * as choose from "./choose.js"
import * as compare from "./compare.js"
import * as convert from "./convert.js"
import * as indexing from "./indexing.js"
import * as inplace from "./inplace.js"
import * as join from "./join.js"
import * as matrix from "./matmul.js"
import * as order from "./order.js"
import * as reduce from "./reduce.js"
import * as shape from "./shape.js"
import * as unary from "./unary.js"

/**
 * Every operation that is also a method of a tensor: the function's first argument becomes `this`. An operation that is
 * exported by its family and left out here is a function only (`cat`, `where`).
 */
const operations = {
  backward,
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
  flip: indexing.flip,
  gather: indexing.gather,
  indexSelect: indexing.indexSelect,
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
  max: reduce.max,
  mean: reduce.mean,
  min: reduce.min,
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
} as const

type Operations = typeof operations

/** A function on a tensor as a method: its first argument is `this`. */
type Method<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never

/** The methods that the operations give to every tensor. */
export type TensorMethods = { readonly [Name in keyof Operations]: Method<Operations[Name]> }

for (const [name, operation] of Object.entries(operations)) {
  const run = operation as (x: Tensor, ...rest: unknown[]) => unknown
  const value = {
    [name](this: Tensor, ...rest: unknown[]) {
      return run(this, ...rest)
    },
  }[name]
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true })
}
