import { needsGradient, record } from "../autograd/node.js"
import { noteOrigin } from "../autograd/origins.js"
import type { UnaryOp } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { uninitializedLike } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import type { Tensor } from "../tensor/tensor.js"
import { to } from "./convert.js"

/** Runs a unary kernel; the output has the dtype of the input. */
function compute(op: UnaryOp, x: Tensor): Tensor {
  const out = uninitializedLike(x, x.dtype)
  currentBackend().unary(op, x, out)
  return out
}

/** The same for functions with fractions in their answers: integers become float32 first. */
function computeFloat(op: UnaryOp, x: Tensor): Tensor {
  checkTensor(op, x)
  return compute(op, isFloatingPoint(x.dtype) ? x : to(x, "float32"))
}

/** The same for functions that have no meaning for booleans. */
function computeNumeric(op: UnaryOp, x: Tensor): Tensor {
  checkTensor(op, x)
  if (x.dtype === "bool") throw messages.wrongDType(op, x, "numbers", "convert first: x.int() or x.float().")
  return compute(op, x)
}

/** The same with booleans as the answer. */
function computeBool(op: UnaryOp, x: Tensor): Tensor {
  checkTensor(op, x)
  const out = uninitializedLike(x, "bool")
  currentBackend().unary(op, x, out)
  return noteOrigin(out, op, [x])
}

/**
 * The negative of each element: `-x`.
 *
 * @example neg(tensor([1, -2])) // tensor([-1.,  2.])
 */
export function neg(x: Tensor): Tensor {
  const out = computeNumeric("neg", x)
  return needsGradient(x) ? record("neg", out, [x], (dy) => [neg(dy)]) : out
}

/**
 * The absolute value of each element. Its gradient at 0 is 0.
 *
 * @example abs(tensor([1, -2])) // tensor([1., 2.])
 */
export function abs(x: Tensor): Tensor {
  const out = computeNumeric("abs", x)
  return needsGradient(x) ? record("abs", out, [x], (dy) => [dy.mul(sign(x.detach()))], [x]) : out
}

/**
 * The sign of each element: -1, 0 or 1. Its gradient is 0.
 *
 * @example sign(tensor([3, 0, -2])) // tensor([ 1.,  0., -1.])
 */
export function sign(x: Tensor): Tensor {
  const out = computeNumeric("sign", x)
  return needsGradient(x) ? record("sign", out, [x], (dy) => [dy.mul(0)]) : out
}

/**
 * The exponential function of each element: `e^x`.
 *
 * @example exp(tensor([0, 1])) // tensor([1.0000, 2.7183])
 */
export function exp(x: Tensor): Tensor {
  const out = computeFloat("exp", x)
  return needsGradient(x) ? record("exp", out, [x], (dy) => [dy.mul(out)], [out]) : out
}

/**
 * `e^x - 1`, accurate for small `x`.
 *
 * @example expm1(tensor([0, 1])) // tensor([0.0000, 1.7183])
 */
export function expm1(x: Tensor): Tensor {
  const out = computeFloat("expm1", x)
  return needsGradient(x) ? record("expm1", out, [x], (dy) => [dy.mul(out.add(1))], [out]) : out
}

/**
 * The natural logarithm of each element; NaN below 0.
 *
 * @example log(tensor([1, 10])) // tensor([0.0000, 2.3026])
 */
export function log(x: Tensor): Tensor {
  const out = computeFloat("log", x)
  return needsGradient(x) ? record("log", out, [x], (dy) => [dy.div(x)], [x]) : out
}

/**
 * `log(1 + x)`, accurate for small `x`.
 *
 * @example log1p(tensor([0, 1])) // tensor([0.0000, 0.6931])
 */
export function log1p(x: Tensor): Tensor {
  const out = computeFloat("log1p", x)
  return needsGradient(x) ? record("log1p", out, [x], (dy) => [dy.div(x.add(1))], [x]) : out
}

/**
 * The logarithm to base 2.
 *
 * @example log2(tensor([1, 8])) // tensor([0., 3.])
 */
export function log2(x: Tensor): Tensor {
  const out = computeFloat("log2", x)
  return needsGradient(x) ? record("log2", out, [x], (dy) => [dy.div(x.mul(Math.LN2))], [x]) : out
}

/**
 * The square root of each element; NaN below 0.
 *
 * @example sqrt(tensor([4, 9])) // tensor([2., 3.])
 */
export function sqrt(x: Tensor): Tensor {
  const out = computeFloat("sqrt", x)
  return needsGradient(x) ? record("sqrt", out, [x], (dy) => [dy.div(out.mul(2))], [out]) : out
}

/**
 * One over the square root.
 *
 * @example rsqrt(tensor([4, 16])) // tensor([0.5000, 0.2500])
 */
export function rsqrt(x: Tensor): Tensor {
  const out = computeFloat("rsqrt", x)
  return needsGradient(x) ? record("rsqrt", out, [x], (dy) => [dy.mul(out).mul(out).mul(out).mul(-0.5)], [out]) : out
}

/**
 * The square of each element.
 *
 * @example square(tensor([1, -3])) // tensor([1., 9.])
 */
export function square(x: Tensor): Tensor {
  const out = computeNumeric("square", x)
  return needsGradient(x) ? record("square", out, [x], (dy) => [dy.mul(x).mul(2)], [x]) : out
}

/**
 * One over each element.
 *
 * @example reciprocal(tensor([2, 4])) // tensor([0.5000, 0.2500])
 */
export function reciprocal(x: Tensor): Tensor {
  const out = computeFloat("reciprocal", x)
  return needsGradient(x) ? record("reciprocal", out, [x], (dy) => [dy.mul(out).mul(out).neg()], [out]) : out
}

/**
 * The sine of each element, in radians.
 *
 * @example sin(tensor([0, 1])) // tensor([0.0000, 0.8415])
 */
export function sin(x: Tensor): Tensor {
  const out = computeFloat("sin", x)
  return needsGradient(x) ? record("sin", out, [x], (dy) => [dy.mul(cos(x))], [x]) : out
}

/**
 * The cosine of each element, in radians.
 *
 * @example cos(tensor([0, 1])) // tensor([1.0000, 0.5403])
 */
export function cos(x: Tensor): Tensor {
  const out = computeFloat("cos", x)
  return needsGradient(x) ? record("cos", out, [x], (dy) => [dy.mul(sin(x)).neg()], [x]) : out
}

/**
 * The tangent of each element, in radians.
 *
 * @example tan(tensor([0, 1])) // tensor([0.0000, 1.5574])
 */
export function tan(x: Tensor): Tensor {
  const out = computeFloat("tan", x)
  return needsGradient(x) ? record("tan", out, [x], (dy) => [dy.mul(square(out).add(1))], [out]) : out
}

/**
 * The inverse sine; NaN outside [-1, 1].
 *
 * @example asin(tensor([0, 1])) // tensor([0.0000, 1.5708])
 */
export function asin(x: Tensor): Tensor {
  const out = computeFloat("asin", x)
  return needsGradient(x) ? record("asin", out, [x], (dy) => [dy.div(sqrt(square(x).neg().add(1)))], [x]) : out
}

/**
 * The inverse cosine; NaN outside [-1, 1].
 *
 * @example acos(tensor([1, 0])) // tensor([0.0000, 1.5708])
 */
export function acos(x: Tensor): Tensor {
  const out = computeFloat("acos", x)
  return needsGradient(x) ? record("acos", out, [x], (dy) => [dy.div(sqrt(square(x).neg().add(1))).neg()], [x]) : out
}

/**
 * The inverse tangent.
 *
 * @example atan(tensor([0, 1])) // tensor([0.0000, 0.7854])
 */
export function atan(x: Tensor): Tensor {
  const out = computeFloat("atan", x)
  return needsGradient(x) ? record("atan", out, [x], (dy) => [dy.div(square(x).add(1))], [x]) : out
}

/**
 * The hyperbolic sine.
 *
 * @example sinh(tensor([0, 1])) // tensor([0.0000, 1.1752])
 */
export function sinh(x: Tensor): Tensor {
  const out = computeFloat("sinh", x)
  return needsGradient(x) ? record("sinh", out, [x], (dy) => [dy.mul(cosh(x))], [x]) : out
}

/**
 * The hyperbolic cosine.
 *
 * @example cosh(tensor([0, 1])) // tensor([1.0000, 1.5431])
 */
export function cosh(x: Tensor): Tensor {
  const out = computeFloat("cosh", x)
  return needsGradient(x) ? record("cosh", out, [x], (dy) => [dy.mul(sinh(x))], [x]) : out
}

/**
 * The error function: `2/√π ∫₀ˣ exp(-t²) dt`.
 *
 * @example erf(tensor([0, 1])) // tensor([0.0000, 0.8427])
 */
export function erf(x: Tensor): Tensor {
  const out = computeFloat("erf", x)
  if (!needsGradient(x)) return out
  return record("erf", out, [x], (dy) => [dy.mul(exp(square(x).neg())).mul(2 / Math.sqrt(Math.PI))], [x])
}

/** Rounding functions are flat: their gradient is 0. */
function rounded(op: "floor" | "ceil" | "round" | "trunc", x: Tensor): Tensor {
  const out = computeNumeric(op, x)
  return needsGradient(x) ? record(op, out, [x], (dy) => [dy.mul(0)]) : out
}

/**
 * The largest whole number that is not above each element. Its gradient is 0.
 *
 * @example floor(tensor([1.5, -1.5])) // tensor([ 1., -2.])
 */
export function floor(x: Tensor): Tensor {
  return rounded("floor", x)
}

/**
 * The smallest whole number that is not below each element. Its gradient is 0.
 *
 * @example ceil(tensor([1.5, -1.5])) // tensor([ 2., -1.])
 */
export function ceil(x: Tensor): Tensor {
  return rounded("ceil", x)
}

/**
 * The nearest whole number, halves to the even one. Its gradient is 0.
 *
 * @example round(tensor([0.5, 1.5, 2.6])) // tensor([0., 2., 3.])
 */
export function round(x: Tensor): Tensor {
  return rounded("round", x)
}

/**
 * Each element without its fraction. Its gradient is 0.
 *
 * @example trunc(tensor([1.5, -1.5])) // tensor([ 1., -1.])
 */
export function trunc(x: Tensor): Tensor {
  return rounded("trunc", x)
}

/**
 * True where an element is not a number.
 *
 * @example isnan(tensor([1, NaN])) // tensor([false,  true])
 */
export function isnan(x: Tensor): Tensor {
  return computeBool("isnan", x)
}

/**
 * True where an element is neither infinite nor NaN.
 *
 * @example isfinite(tensor([1, Infinity])) // tensor([ true, false])
 */
export function isfinite(x: Tensor): Tensor {
  return computeBool("isfinite", x)
}

/**
 * True where an element is 0 or false.
 *
 * @example logicalNot(tensor([true, false])) // tensor([false,  true])
 */
export function logicalNot(x: Tensor): Tensor {
  return computeBool("not", x)
}
