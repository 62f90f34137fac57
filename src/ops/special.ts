import { needsGradient, record } from "../autograd/node.js"
import { erfc as erfcOf, erf as erfOf } from "../native/erf.js"
import { checkTensor } from "../tensor/check.js"
import { badNumber, wrongDType } from "../tensor/messages.js"
import { isFloatingPoint } from "../tensor/promote.js"
import { Tensor } from "../tensor/tensor.js"
import { where } from "./choose.js"
import { to } from "./convert.js"
import { mapElements, mapFloat, mapPairs, operands } from "./elementwise.js"
import { sumTo } from "./reduce.js"
import { besselI0, besselI1, inverseErf, logGamma, polyGamma } from "./special-functions.js"

// Functions of elements that are needed now and then, from the simple to the special.

/**
 * The logarithm to base 10.
 *
 * @example tensor([1, 1000]).log10() // tensor([0., 3.])
 */
export function log10(x: Tensor): Tensor {
  const out = mapFloat(x, Math.log10)
  return needsGradient(x) ? record("log10", out, [x], (dy) => [dy.div(x.mul(Math.LN10))], [x]) : out
}

/**
 * Two to the power of each element.
 *
 * @example tensor([0, 3]).exp2() // tensor([1., 8.])
 */
export function exp2(x: Tensor): Tensor {
  const out = mapFloat(x, (value) => 2 ** value)
  return needsGradient(x) ? record("exp2", out, [x], (dy) => [dy.mul(exp2(x)).mul(Math.LN2)], [x]) : out
}

/**
 * The inverse hyperbolic sine.
 *
 * @example tensor([0, 1]).asinh() // tensor([0.0000, 0.8814])
 */
export function asinh(x: Tensor): Tensor {
  const out = mapFloat(x, Math.asinh)
  return needsGradient(x) ? record("asinh", out, [x], (dy) => [dy.div(x.square().add(1).sqrt())], [x]) : out
}

/**
 * The inverse hyperbolic cosine; NaN below 1.
 *
 * @example tensor([1, 2]).acosh() // tensor([0.0000, 1.3170])
 */
export function acosh(x: Tensor): Tensor {
  const out = mapFloat(x, Math.acosh)
  return needsGradient(x) ? record("acosh", out, [x], (dy) => [dy.div(x.square().sub(1).sqrt())], [x]) : out
}

/**
 * The inverse hyperbolic tangent; NaN outside [-1, 1].
 *
 * @example tensor([0, 0.5]).atanh() // tensor([0.0000, 0.5493])
 */
export function atanh(x: Tensor): Tensor {
  const out = mapFloat(x, Math.atanh)
  return needsGradient(x) ? record("atanh", out, [x], (dy) => [dy.div(x.square().neg().add(1))], [x]) : out
}

/**
 * `1 - erf(x)`, accurate where erf is close to 1.
 *
 * @example tensor([0, 1]).erfc() // tensor([1.0000, 0.1573])
 */
export function erfc(x: Tensor): Tensor {
  const out = mapFloat(x, erfcOf)
  if (!needsGradient(x)) return out
  return record("erfc", out, [x], (dy) => [dy.mul(x.square().neg().exp()).mul(-2 / Math.sqrt(Math.PI))], [x])
}

/**
 * The inverse of the error function; NaN outside [-1, 1].
 *
 * @example tensor([0, 0.5]).erfinv() // tensor([0.0000, 0.4769])
 */
export function erfinv(x: Tensor): Tensor {
  const out = mapFloat(x, (value) => inverseErf(value, erfOf))
  if (!needsGradient(x)) return out
  return record("erfinv", out, [x], (dy) => [dy.mul(erfinv(x).square().exp()).mul(Math.sqrt(Math.PI) / 2)], [x])
}

/**
 * The logarithm of the absolute value of the gamma function.
 *
 * @example tensor([1, 4]).lgamma() // tensor([0.0000, 1.7918])
 */
export function lgamma(x: Tensor): Tensor {
  const out = mapFloat(x, logGamma)
  return needsGradient(x) ? record("lgamma", out, [x], (dy) => [dy.mul(digamma(x))], [x]) : out
}

/**
 * The derivative of `lgamma`.
 *
 * @example tensor([1, 2]).digamma() // tensor([-0.5772,  0.4228])
 */
export function digamma(x: Tensor): Tensor {
  return polygamma(0, x)
}

/**
 * The derivative of order `n` of the digamma function.
 *
 * @example polygamma(1, tensor([1, 2])) // tensor([1.6449, 0.6449])
 */
export function polygamma(n: number, x: Tensor): Tensor {
  if (!Number.isInteger(n) || n < 0) throw badNumber("polygamma", "n", n, "a whole number that is not negative")
  const out = mapFloat(x, (value) => polyGamma(n, value))
  return needsGradient(x) ? record("polygamma", out, [x], (dy) => [dy.mul(polygamma(n + 1, x))], [x]) : out
}

/**
 * `sin(πx) / (πx)`, and 1 at 0.
 *
 * @example tensor([0, 0.5]).sinc() // tensor([1.0000, 0.6366])
 */
export function sinc(x: Tensor): Tensor {
  checkTensor("sinc", x)
  const zero = x.detach().eq(0)
  const angle = x.maskedFill(zero, 1).mul(Math.PI)
  return where(
    zero,
    x
      .square()
      .mul(-(Math.PI ** 2) / 6)
      .add(1),
    angle.sin().div(angle),
  ) // the series has the slopes of 0
}

/**
 * The logarithm of the odds: `log(x / (1 - x))`. With `eps`, x is first brought into [eps, 1 - eps].
 *
 * @example tensor([0.5, 0.9]).logit() // tensor([0.0000, 2.1972])
 */
export function logit(x: Tensor, eps?: number): Tensor {
  checkTensor("logit", x)
  const inside = eps === undefined ? x : x.clamp(eps, 1 - eps)
  return inside.div(inside.neg().add(1)).log()
}

/**
 * The fraction of each element: what is left without the whole part.
 *
 * @example tensor([1.5, -1.25]).frac() // tensor([ 0.5000, -0.2500])
 */
export function frac(x: Tensor): Tensor {
  checkTensor("frac", x)
  if (!isFloatingPoint(x.dtype)) throw wrongDType("frac", x, "fractions")
  return x.sub(x.trunc())
}

/**
 * Radians as degrees.
 *
 * @example tensor([Math.PI]).rad2deg() // tensor([180.])
 */
export function rad2deg(x: Tensor): Tensor {
  checkTensor("rad2deg", x)
  return x.mul(180 / Math.PI)
}

/**
 * Degrees as radians.
 *
 * @example tensor([180]).deg2rad() // tensor([3.1416])
 */
export function deg2rad(x: Tensor): Tensor {
  checkTensor("deg2rad", x)
  return x.mul(Math.PI / 180)
}

/** Options of `nanToNum`. */
export interface NanToNumOptions {
  /** In the place of NaN. Default: 0. */
  nan?: number
  /** In the place of infinity. Default: the largest number of the dtype. */
  posinf?: number
  /** In the place of minus infinity. Default: the smallest number of the dtype. */
  neginf?: number
}

/**
 * The tensor with finite numbers in the places of NaN and the infinities. The gradient is 0 there.
 *
 * @example tensor([NaN, 1]).nanToNum() // tensor([0., 1.])
 */
export function nanToNum(x: Tensor, { nan = 0, posinf, neginf }: NanToNumOptions = {}): Tensor {
  checkTensor("nanToNum", x)
  if (!isFloatingPoint(x.dtype)) return x
  const largest = x.dtype === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE
  const plain = x.detach()
  return x
    .maskedFill(plain.isnan(), nan)
    .maskedFill(plain.eq(Infinity), posinf ?? largest)
    .maskedFill(plain.eq(-Infinity), neginf ?? -largest)
}

/**
 * True where an element is infinite.
 *
 * @example tensor([1, -Infinity]).isinf() // tensor([false,  true])
 */
export function isinf(x: Tensor): Tensor {
  checkTensor("isinf", x)
  return mapElements(x, "bool", (value) => (Math.abs(value) === Infinity ? 1 : 0))
}

/**
 * True where an element is positive infinity.
 *
 * @example tensor([Infinity, -Infinity]).isposinf() // tensor([ true, false])
 */
export function isposinf(x: Tensor): Tensor {
  checkTensor("isposinf", x)
  return x.detach().eq(Infinity)
}

/**
 * True where an element is negative infinity.
 *
 * @example tensor([Infinity, -Infinity]).isneginf() // tensor([false,  true])
 */
export function isneginf(x: Tensor): Tensor {
  checkTensor("isneginf", x)
  return x.detach().eq(-Infinity)
}

/**
 * True where the sign bit is set: below 0, and -0.
 *
 * @example tensor([1, -0]).signbit() // tensor([false,  true])
 */
export function signbit(x: Tensor): Tensor {
  checkTensor("signbit", x)
  return mapElements(x, "bool", (value) => (value < 0 || Object.is(value, -0) ? 1 : 0))
}

/** An operation on a tensor and a tensor or number, with the slopes towards both. */
function pairwise(
  name: string,
  a: Tensor,
  b: Tensor | number,
  f: (a: number, b: number) => number,
  slopes: (a: Tensor, b: Tensor) => readonly [Tensor | number, Tensor | number],
): Tensor {
  const [left, right] = operands(name, a, b)
  const out = mapPairs(name, left, right, f)
  if (!needsGradient(left, right)) return out
  const rule = (dy: Tensor) => {
    const [toLeft, toRight] = slopes(left, right)
    return [
      left.requiresGrad ? sumTo(dy.mul(toLeft), left.shape) : null,
      right.requiresGrad ? sumTo(dy.mul(toRight), right.shape) : null,
    ]
  }
  return record(name, out, [left, right], rule, [left, right])
}

/** Both operands as fractions. */
function fractions(name: string, a: Tensor, b: Tensor | number): [Tensor, Tensor | number] {
  checkTensor(name, a)
  const left = isFloatingPoint(a.dtype) || (b instanceof Tensor && isFloatingPoint(b.dtype)) ? a : to(a, "float32")
  return [left, b]
}

/**
 * `log(eᵃ + eᵇ)`, computed so that it does not overflow.
 *
 * @example tensor([1000, 0]).logaddexp(tensor([1000, 0])) // tensor([1.0007e+03, 6.9315e-01])
 */
export function logaddexp(a: Tensor, b: Tensor): Tensor {
  const f = (x: number, y: number) => (x === y ? x + Math.LN2 : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y))))
  return pairwise("logaddexp", ...fractions("logaddexp", a, b), f, (x, y) => [x.sub(y).sigmoid(), y.sub(x).sigmoid()])
}

/**
 * `√(a² + b²)`, computed so that it does not overflow.
 *
 * @example tensor([3]).hypot(tensor([4])) // tensor([5.])
 */
export function hypot(a: Tensor, b: Tensor): Tensor {
  return pairwise("hypot", ...fractions("hypot", a, b), Math.hypot, (x, y) => [x.div(hypot(x, y)), y.div(hypot(x, y))])
}

/**
 * The remainder of the division, with the sign of the dividend, as C's `fmod`; `remainder` has the divisor's.
 *
 * @example tensor([5, -5]).fmod(3) // tensor([ 2., -2.])
 */
export function fmod(a: Tensor, b: Tensor | number): Tensor {
  return pairwise(
    "fmod",
    a,
    b,
    (x, y) => x % y,
    (x, y) => [1, x.detach().div(y.detach()).trunc().neg()],
  )
}

/**
 * The division rounded down. It has no gradient.
 *
 * @example tensor([7, -7]).floorDivide(2) // tensor([ 3., -4.])
 */
export function floorDivide(a: Tensor, b: Tensor | number): Tensor {
  checkTensor("floorDivide", a)
  const plain = b instanceof Tensor ? b.detach() : b
  return mapPairs("floorDivide", a.detach(), plain, (x, y) => Math.floor(x / y))
}

/**
 * The size of `a` with the sign of `b`.
 *
 * @example tensor([1, -2]).copysign(tensor([-1, 1])) // tensor([-1.,  2.])
 */
export function copysign(a: Tensor, b: Tensor | number): Tensor {
  const f = (x: number, y: number) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x))
  return pairwise("copysign", ...fractions("copysign", a, b), f, (x, y) => {
    const sign = x.detach().sign()
    return [copysign(sign.abs(), y.detach()).mul(sign), 0] // 0 where x is 0
  })
}

/**
 * The step function: 0 below 0, 1 above, and `values` at 0.
 *
 * @example tensor([-1, 0, 2]).heaviside(tensor(0.5)) // tensor([0.0000, 0.5000, 1.0000])
 */
export function heaviside(x: Tensor, values: Tensor): Tensor {
  checkTensor("heaviside", x)
  return mapPairs("heaviside", x.detach(), values.detach(), (a, b) =>
    Number.isNaN(a) ? a : a === 0 ? b : a < 0 ? 0 : 1,
  )
}

/**
 * `x · log(y)`, and 0 where x is 0.
 *
 * @example tensor([0, 2]).xlogy(tensor([0, 1])) // tensor([0., 0.])
 */
export function xlogy(x: Tensor, y: Tensor | number): Tensor {
  const f = (a: number, b: number) => (Number.isNaN(b) ? b : a === 0 ? 0 : a * Math.log(b))
  const slopes = (a: Tensor, b: Tensor) => {
    const zero = a.detach().eq(0)
    return [b.log().maskedFill(zero.logicalAnd(b.detach().le(0)), 0), a.div(b)] as const
  }
  return pairwise("xlogy", ...fractions("xlogy", x, y), f, slopes)
}

/**
 * The larger of two elements; a number wins against NaN.
 *
 * @example tensor([1, NaN]).fmax(tensor([2, 3])) // tensor([2., 3.])
 */
export function fmax(a: Tensor, b: Tensor): Tensor {
  const f = (x: number, y: number) => (Number.isNaN(y) || x >= y ? x : y)
  const wins = (x: Tensor, y: Tensor) => x.detach().ge(y.detach()).logicalOr(y.detach().isnan())
  return pairwise("fmax", a, b, f, (x, y) => [to(wins(x, y), x.dtype), to(wins(x, y).logicalNot(), x.dtype)])
}

/**
 * The smaller of two elements; a number wins against NaN.
 *
 * @example tensor([1, NaN]).fmin(tensor([2, 3])) // tensor([1., 3.])
 */
export function fmin(a: Tensor, b: Tensor): Tensor {
  const f = (x: number, y: number) => (Number.isNaN(y) || x <= y ? x : y)
  const wins = (x: Tensor, y: Tensor) => x.detach().le(y.detach()).logicalOr(y.detach().isnan())
  return pairwise("fmin", a, b, f, (x, y) => [to(wins(x, y), x.dtype), to(wins(x, y).logicalNot(), x.dtype)])
}

/**
 * `x + value · a · b`.
 *
 * @example tensor([1]).addcmul(tensor([2]), tensor([3]), { value: 0.5 }) // tensor([4.])
 */
export function addcmul(x: Tensor, a: Tensor, b: Tensor, { value = 1 }: { value?: number } = {}): Tensor {
  checkTensor("addcmul", x)
  return x.add(a.mul(b).mul(value))
}

/**
 * `x + value · a / b`.
 *
 * @example tensor([1]).addcdiv(tensor([6]), tensor([3]), { value: 0.5 }) // tensor([2.])
 */
export function addcdiv(x: Tensor, a: Tensor, b: Tensor, { value = 1 }: { value?: number } = {}): Tensor {
  checkTensor("addcdiv", x)
  return x.add(a.div(b).mul(value))
}

/**
 * `log2(2ᵃ + 2ᵇ)`, computed so that it does not overflow.
 *
 * @example tensor([3]).logaddexp2(tensor([3])) // tensor([4.])
 */
export function logaddexp2(a: Tensor, b: Tensor): Tensor {
  const f = (x: number, y: number) => (x === y ? x + 1 : Math.max(x, y) + Math.log2(1 + 2 ** -Math.abs(x - y)))
  const share = (x: Tensor, y: Tensor) => x.sub(y).mul(Math.LN2).sigmoid()
  return pairwise("logaddexp2", ...fractions("logaddexp2", a, b), f, (x, y) => [share(x, y), share(y, x)])
}

/**
 * `a · 2ᵇ`.
 *
 * @example tensor([1.5]).ldexp(tensor([3])) // tensor([12.])
 */
export function ldexp(a: Tensor, b: Tensor): Tensor {
  checkTensor("ldexp", a)
  return a.mul(exp2(b))
}

/**
 * `aᵇ` in float64.
 *
 * @example tensor([2, 3]).floatPower(2) // tensor([4., 9.], dtype=float64)
 */
export function floatPower(a: Tensor, b: Tensor | number): Tensor {
  checkTensor("floatPower", a)
  return to(a, "float64").pow(b instanceof Tensor ? to(b, "float64") : b)
}

/**
 * The modified Bessel function of the first kind, of order 0: `Σ (x² / 4)ᵏ / (k!)²`.
 *
 * @example tensor([0, 1]).i0() // tensor([1.0000, 1.2661])
 */
export function i0(x: Tensor): Tensor {
  const out = mapFloat(x, besselI0)
  return needsGradient(x) ? record("i0", out, [x], (dy) => [dy.mul(i1(x))], [x]) : out
}

/**
 * The modified Bessel function of the first kind, of order 1: the derivative of `i0`.
 *
 * @example i1(tensor([0, 1])) // tensor([0.0000, 0.5652])
 */
export function i1(x: Tensor): Tensor {
  const out = mapFloat(x, besselI1)
  if (!needsGradient(x)) return out
  // I₁′ = I₀ - I₁ / x, which is 1/2 at 0.
  const rule = (dy: Tensor) => [dy.mul(i0(x).sub(where(x.eq(0), 0.5, i1(x).div(where(x.eq(0), 1, x)))))]
  return record("i1", out, [x], rule, [x])
}
