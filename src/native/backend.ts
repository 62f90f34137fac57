import type { DType } from "./dtype.js"
import type { Storage } from "./storage.js"

/**
 * A strided window on a storage: what every kernel reads and writes. A `Tensor` is one. Strides count elements; a stride
 * of 0 repeats an element (broadcasting).
 */
export interface ArrayView {
  readonly storage: Storage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly dtype: DType
}

export type UnaryOp =
  | "neg" | "abs" | "sign" | "exp" | "expm1" | "log" | "log1p" | "log2" | "sqrt" | "rsqrt" | "square" | "reciprocal"
  | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "sinh" | "cosh" | "tanh" | "sigmoid" | "relu" | "erf" | "gelu" | "silu" | "softplus"
  | "floor" | "ceil" | "round" | "trunc" | "not" | "isnan" | "isfinite"
export type BinaryOp =
  | "add" | "sub" | "mul" | "div" | "pow" | "mod" | "maximum" | "minimum" | "atan2"
  | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "and" | "or" | "xor"
export type ReduceOp = "sum" | "prod" | "max" | "min" | "any" | "all"
export type ArgReduceOp = "argmax" | "argmin"

/**
 * What computes. Shapes, dtypes and bounds are checked before a kernel is called; a kernel never throws for them. Inputs
 * are already broadcast: elementwise inputs have the shape of `out`. `out` may be the same view as an input.
 * The reference backend implements all of it in plain TypeScript; others override what they do faster and inherit the rest.
 */
export interface Backend {
  readonly name: "native" | "wasm" | "reference"
  /** One line for people: instruction set, threads. */
  readonly description: string
  fill(out: ArrayView, value: number): void
  /** out = x, converted to out's dtype. */
  copy(x: ArrayView, out: ArrayView): void
  unary(op: UnaryOp, x: ArrayView, out: ArrayView): void
  binary(op: BinaryOp, a: ArrayView, b: ArrayView, out: ArrayView): void
  /** out = condition ? a : b. */
  where(condition: ArrayView, a: ArrayView, b: ArrayView, out: ArrayView): void
  /** Reduces the dimensions in which `out` has size 1 and `x` has not (out keeps x's rank). */
  reduce(op: ReduceOp, x: ArrayView, out: ArrayView): void
  argReduce(op: ArgReduceOp, x: ArrayView, out: ArrayView, dim: number): void
  /** out[..., M, N] = a[..., M, K] @ b[..., K, N] (+ out if accumulate); batch dimensions are already broadcast. */
  matmul(a: ArrayView, b: ArrayView, out: ArrayView, accumulate: boolean): void
}
