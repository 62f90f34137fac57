import { isGradEnabled } from "../autograd/mode.js"
import { described, needsGradient, record } from "../autograd/node.js"
import type { ActivationOp } from "../native/backend.js"
import { currentBackend } from "../native/current.js"
import { uninitializedLike } from "../tensor/allocate.js"
import { checkTensor } from "../tensor/check.js"
import * as messages from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { normalizeDim } from "../tensor/shape.js"
import { Tensor } from "../tensor/tensor.js"
import { where } from "./choose.js"
import { to } from "./convert.js"

/** The input as fractions. */
function fractions(x: Tensor): Tensor {
  return !(x instanceof Tensor) || isFloatingPoint(x.dtype) ? x : to(x, "float32")
}

function compute(op: ActivationOp | "softplus", x: Tensor): Tensor {
  checkTensor(op, x)
  const out = uninitializedLike(x, x.dtype)
  currentBackend().unary(op, x, out)
  return out
}

/** The slope of each activation at x, where its value is y, in tensor operations that can be recorded in turn. */
const slopes: { readonly [P in ActivationOp]: (x: Tensor, y: Tensor) => Tensor } = {
  relu: (_x, y) => y.detach().gt(0).to(y.dtype),
  sigmoid: (_x, y) => y.mul(y.neg().add(1)),
  tanh: (_x, y) => y.square().neg().add(1),
  gelu: (x) => {
    const density = x
      .square()
      .mul(-0.5)
      .exp()
      .mul(1 / Math.sqrt(2 * Math.PI))
    return x.mul(Math.SQRT1_2).erf().add(1).mul(0.5).add(x.mul(density))
  },
  silu: (x) => {
    const s = sigmoid(x)
    return s.mul(x.mul(s.neg().add(1)).add(1))
  },
}

/** dy · activation'(x): one kernel, or tensor operations while the backward pass is itself recorded. */
export function activationGradient(op: ActivationOp, x: Tensor, y: Tensor, dy: Tensor): Tensor {
  if (isGradEnabled()) return dy.mul(slopes[op](x, y))
  const out = uninitializedLike(dy, dy.dtype)
  currentBackend().activationBackward(op, x, y, dy, out)
  return out
}

/**
 * The rectifier: `max(x, 0)`. Its gradient at 0 is 0.
 *
 * @example relu(tensor([-1, 2])) // tensor([0., 2.])
 */
export function relu(x: Tensor): Tensor {
  const out = compute("relu", x)
  return needsGradient(x) ? record("relu", out, [x], (dy) => [activationGradient("relu", out, out, dy)], [out]) : out
}

/**
 * The logistic function: `1 / (1 + e⁻ˣ)`.
 *
 * @example sigmoid(tensor([0, 2])) // tensor([0.5000, 0.8808])
 */
export function sigmoid(x: Tensor): Tensor {
  const out = compute("sigmoid", fractions(x))
  return needsGradient(x)
    ? record("sigmoid", out, [x], (dy) => [activationGradient("sigmoid", out, out, dy)], [out])
    : out
}

/**
 * The hyperbolic tangent.
 *
 * @example tanh(tensor([0, 1])) // tensor([0.0000, 0.7616])
 */
export function tanh(x: Tensor): Tensor {
  const out = compute("tanh", fractions(x))
  return needsGradient(x) ? record("tanh", out, [x], (dy) => [activationGradient("tanh", out, out, dy)], [out]) : out
}

/** Options of `gelu`. */
export interface GeluOptions {
  /** `"none"` is exact, `"tanh"` the approximation that GPT-2 uses. Default: `"none"`. */
  approximate?: "none" | "tanh"
}

/**
 * The Gaussian error linear unit: `x · Φ(x)`, where Φ is the share of a normal distribution below x.
 *
 * Source: Hendrycks & Gimpel, "Gaussian Error Linear Units", 2016.
 *
 * @example gelu(tensor([-1, 1])) // tensor([-0.1587,  0.8413])
 */
export function gelu(x: Tensor, { approximate = "none" }: GeluOptions = {}): Tensor {
  checkTensor("gelu", x)
  if (approximate === "tanh") {
    const inner = x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))
    return x.mul(0.5).mul(tanh(inner).add(1))
  }
  if (approximate !== "none") throw messages.badOption("gelu", "approximate", approximate, ["none", "tanh"])
  checkTensor("gelu", x)
  if (!needsGradient(x)) return compute("gelu", fractions(x))
  const out = uninitializedLike(x, x.dtype)
  const slope = uninitializedLike(x, x.dtype) // computed along with the value, for little more
  currentBackend().geluWithSlope(x.packed ? x : x.detach().contiguous(), out, slope)
  const rule = (dy: Tensor) => [dy.mul(isGradEnabled() ? slopes.gelu(x, out) : slope)]
  return record("gelu", out, [x], rule, [x], [slope.storage])
}

/**
 * The sigmoid linear unit (swish): `x · sigmoid(x)`.
 *
 * @example silu(tensor([0, 1])) // tensor([0.0000, 0.7311])
 */
export function silu(x: Tensor): Tensor {
  const out = compute("silu", fractions(x))
  return needsGradient(x) ? record("silu", out, [x], (dy) => [activationGradient("silu", x, x, dy)], [x]) : out
}

/** Options of `softplus`. */
export interface SoftplusOptions {
  /** How sharp the bend is. Default: 1. */
  beta?: number
  /** Where `beta · x` is above this, the result is x itself. Default: 20. */
  threshold?: number
}

/**
 * A smooth rectifier: `log(1 + e^(beta · x)) / beta`; a straight line where `beta · x` is above `threshold`.
 *
 * @example softplus(tensor([0, 1])) // tensor([0.6931, 1.3133])
 */
export function softplus(x: Tensor, { beta = 1, threshold = 20 }: SoftplusOptions = {}): Tensor {
  checkTensor("softplus", x)
  if (beta !== 1 || threshold !== 20) {
    if (typeof beta !== "number" || beta === 0 || Number.isNaN(beta))
      throw messages.badNumber("softplus", "beta", beta, "a number other than 0")
    const input = fractions(x)
    const scaled = input.mul(beta)
    return where(scaled.detach().gt(threshold), input, softplus(scaled).mul(1 / beta))
  }
  const out = compute("softplus", fractions(x))
  return needsGradient(x) ? record("softplus", out, [x], (dy) => [dy.mul(sigmoid(x))], [x]) : out
}

/**
 * A rectifier that lets a little through below 0: `x` above, `negativeSlope · x` below.
 *
 * @example leakyRelu(tensor([-1, 2]), 0.1) // tensor([-0.1000,  2.0000])
 */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  checkTensor("leakyRelu", x)
  const slope = x
    .detach()
    .gt(0)
    .to(x.dtype)
    .mul(1 - negativeSlope)
    .add(negativeSlope)
  return described(x.mul(slope), { negativeSlope })
}

/**
 * The exponential linear unit: `x` above 0, `alpha · (eˣ - 1)` below.
 *
 * @example elu(tensor([-1, 2])) // tensor([-0.6321,  2.0000])
 */
export function elu(x: Tensor, alpha = 1): Tensor {
  checkTensor("elu", x)
  const below = x.clamp(-Infinity, 0).expm1().mul(alpha)
  return relu(x).add(below)
}

/**
 * Shares that add up to 1 along a dimension: `eˣ / Σ eˣ`.
 *
 * @example softmax(tensor([0, 0, 1]), 0) // tensor([0.2119, 0.2119, 0.5761])
 */
export function softmax(x: Tensor, dim: number): Tensor {
  checkTensor("softmax", x)
  return softmaxAlong(x, dim, false)
}

/**
 * The logarithm of `softmax`, computed without losing small shares.
 *
 * @example logSoftmax(tensor([0, 0, 1]), 0) // tensor([-1.5514, -1.5514, -0.5514])
 */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  checkTensor("logSoftmax", x)
  return softmaxAlong(x, dim, true)
}

function softmaxAlong(x: Tensor, dim: number, log: boolean): Tensor {
  const name = log ? "logSoftmax" : "softmax"
  if (!isFloatingPoint(x.dtype))
    throw messages.wrongDType(name, x, "fractions", `convert first: x.float().${name}(dim).`)
  const d = normalizeDim(name, dim, x.shape)
  if (x.shape.length === 0) return softmaxAlong(x.reshape([1]), 0, log).reshape([])
  if (d !== x.shape.length - 1) return softmaxAlong(x.transpose(d, -1), -1, log).transpose(d, -1)
  const out = uninitializedLike(x, x.dtype)
  currentBackend().softmax(x, out, log)
  return needsGradient(x) ? record(name, out, [x], (dy) => [softmaxGradient(out, dy, log)], [out]) : out
}

function softmaxGradient(y: Tensor, dy: Tensor, log: boolean): Tensor {
  if (isGradEnabled()) {
    if (log) return dy.sub(y.exp().mul(dy.sum(-1, { keepdim: true })))
    return y.mul(dy.sub(dy.mul(y).sum(-1, { keepdim: true })))
  }
  const out = uninitializedLike(dy, dy.dtype)
  currentBackend().softmaxBackward(y, dy, out, log)
  return out
}
