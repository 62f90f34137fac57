export {
  elu,
  type GeluOptions,
  gelu,
  leakyRelu,
  logSoftmax,
  relu,
  type SoftplusOptions,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "./activation.js"
export { add, atan2, clamp, div, lerp, maximum, minimum, mul, pow, remainder, sub } from "./binary.js"
export { maskedFill, tril, triu, where } from "./choose.js"
export {
  allclose,
  eq,
  equal,
  ge,
  gt,
  isclose,
  le,
  logicalAnd,
  logicalOr,
  logicalXor,
  lt,
  ne,
} from "./compare.js"
export { clone } from "./convert.js"
export {
  type ConvolutionOptions,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type TransposedConvolutionOptions,
} from "./convolution.js"
export {
  arange,
  type CreationOptions,
  empty,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  type TensorData,
  tensor,
  zeros,
  zerosLike,
} from "./creation.js"
export { flip, gather, type Index, indexSelect, oneHot, type Slice } from "./indexing.js"
export { broadcastTensors, cat, repeat, stack } from "./join.js"
export {
  type BinaryLogitsOptions,
  type BinaryLossOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type ClassLossOptions,
  crossEntropy,
  huberLoss,
  type LossOptions,
  l1Loss,
  mseLoss,
  nllLoss,
  type Reduction,
} from "./loss.js"
export { bmm, dot, linear, matmul, outer } from "./matmul.js"

import "./methods.js" // puts the operations on the prototype of Tensor

export type { TensorMethods } from "./methods.js"
export { argsort, cumsum, type Sorted, type SortOptions, sort, topk } from "./order.js"
export {
  type AdaptiveMaxPoolOptions,
  type AdaptiveSize,
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
} from "./pooling.js"
export { type RandomOptions, rand, randint, randLike, randn, randnLike, randperm } from "./random.js"
export {
  all,
  any,
  argmax,
  argmin,
  type Dims,
  logsumexp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  std,
  sum,
  type VarianceOptions,
  variance,
} from "./reduce.js"
export {
  chunk,
  flatten,
  movedim,
  narrow,
  permute,
  reshape,
  type ShapeArguments,
  split,
  squeeze,
  transpose,
  unbind,
  unsqueeze,
} from "./shape.js"
export {
  abs,
  acos,
  asin,
  atan,
  ceil,
  cos,
  cosh,
  erf,
  exp,
  expm1,
  floor,
  isfinite,
  isnan,
  log,
  log1p,
  log2,
  logicalNot,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  tan,
  trunc,
} from "./unary.js"
export type { Sizes } from "./window.js"
