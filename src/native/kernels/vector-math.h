// Elementary functions on vectors: a few units in the last place, over the whole range of float32, with the special
// cases of IEEE 754 (exp overflows to Inf and underflows to 0 through the subnormals, log(0) = -Inf, NaN stays NaN).
// test/native/accuracy.test.ts measures each.
#pragma once

#include "vector.h"

namespace {

/// A polynomial by Horner's rule; coefficients from the highest power down.
template <int Count>
INLINE Vector polynomial(Vector x, const float (&coefficients)[Count]) {
  Vector sum = broadcast(coefficients[0]);
  UNROLL for (int i = 1; i < Count; i++) sum = multiplyAdd(sum, x, broadcast(coefficients[i]));
  return sum;
}

/// 2^n for lanes -126 <= n <= 127.
INLINE Vector powerOfTwo(IntVector n) { return fromBits((n + 127) << 23); }

/// x = n ln 2 + remainder, |remainder| <= ln 2 / 2.
struct SplitByLogTwo {
  IntVector n;
  Vector remainder;
};

INLINE SplitByLogTwo splitByLogTwo(Vector x) {
  // Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the mantissa.
  const float roundToInteger = 12582912.0f;
  Vector shifted = x * 1.44269504f + roundToInteger;
  IntVector n = bitsOf(shifted) - 0x4b400000;
  Vector whole = shifted - roundToInteger;
  // ln 2 in two parts; the first has so few bits that its product with `whole` is exact.
  Vector remainder = x - whole * 0.693359375f;
  return {n, remainder - whole * -2.12194440e-4f};
}

/// e^x.
INLINE Vector exponential(Vector x) {
  // Outside, the result is 0 or Inf anyway. Comparisons with NaN are false, so NaN stays.
  x = select(x < -104.5f, broadcast(-104.5f), x);
  x = select(x > 89.0f, broadcast(89.0f), x);
  SplitByLogTwo split = splitByLogTwo(x);
  Vector r = split.remainder;
  Vector p = polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                            5.0000001201e-1f});
  p = multiplyAdd(p, r * r, r) + 1.0f;
  // 2^n in two factors: n reaches from -151 to 128, which one float's exponent does not.
  IntVector half = split.n >> 1;
  return p * powerOfTwo(half) * powerOfTwo(split.n - half);
}

/// e^x - 1, exact near 0.
INLINE Vector exponentialMinusOne(Vector x) {
  Vector limited = select(x < -25.0f, broadcast(-25.0f), x);
  limited = select(limited > 89.0f, broadcast(89.0f), limited);
  SplitByLogTwo split = splitByLogTwo(limited);
  Vector r = split.remainder;
  Vector p = polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                            5.0000001201e-1f});
  p = multiplyAdd(p, r * r, r);
  // 2^n (e^r - 1) + (2^n - 1), computed at half its size so that n = 128 does not overflow too early.
  Vector scale = powerOfTwo(split.n - 1);
  Vector result = 2.0f * multiplyAdd(scale, p, scale - 0.5f);
  // Within |x| <= ln 2 / 2, n is 0 and p is the answer: keeps -0 and subnormals.
  return select(split.n == 0, select(x == 0.0f, x, p), result);
}

/// The natural logarithm of the mantissa scaled into [sqrt 1/2, sqrt 2), in two parts whose sum it is, and the exponent.
struct LogParts {
  Vector large, small, exponent;
};

INLINE LogParts logParts(Vector x) {
  IntVector subnormal = x < 1.17549435e-38f;
  x = select(subnormal, x * 8388608.0f, x);
  IntVector bits = bitsOf(x);
  Vector exponent = toFloat((bits >> 23) - 126) - select(subnormal, broadcast(23.0f), Vector{});
  Vector mantissa = fromBits((bits & 0x7fffff) | 0x3f000000);  // [1/2, 1)
  IntVector low = mantissa < 0.707106781186547524f;
  exponent = exponent - select(low, broadcast(1.0f), Vector{});
  Vector f = select(low, mantissa + mantissa, mantissa) - 1.0f;
  Vector square = f * f;
  Vector p = polynomial(f, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                            -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f});
  return {f, p * f * square - 0.5f * square, exponent};
}

/// log(0) = -Inf, log(Inf) = Inf, log(negative) = NaN, log(NaN) = NaN.
INLINE Vector logSpecialCases(Vector x, Vector result) {
  result = select(x == 0.0f, broadcast(-__builtin_inff()), result);
  result = select((x == __builtin_inff()) | (x != x), x, result);
  return select(x < 0.0f, broadcast(__builtin_nanf("")), result);
}

/// The natural logarithm.
INLINE Vector logarithm(Vector x) {
  LogParts parts = logParts(x);
  // ln 2 = 0.693359375 - 2.1219444e-4; the first product is exact.
  Vector small = parts.small - parts.exponent * 2.12194440e-4f;
  return logSpecialCases(x, parts.exponent * 0.693359375f + (parts.large + small));
}

/// The logarithm to base 2; exact for powers of two.
INLINE Vector logarithmBaseTwo(Vector x) {
  LogParts parts = logParts(x);
  // log2 e = 1 + 0.44269504: the leading 1 costs no rounding.
  Vector sum = (parts.large + parts.small) * 0.44269504088896340736f + parts.small;
  return logSpecialCases(x, sum + parts.large + parts.exponent);
}

/// log(1 + x), exact near 0. (Kahan: the error of rounding 1 + x is divided out again.)
INLINE Vector logarithmOnePlus(Vector x) {
  Vector u = 1.0f + x;
  Vector result = logarithm(u) * (x / (u - 1.0f));
  result = select(u == 1.0f, x, result);
  result = select(x == __builtin_inff(), x, result);
  return select(x == -1.0f, broadcast(-__builtin_inff()), result);
}

/// The logistic function 1 / (1 + e^-x), exact in both tails.
INLINE Vector sigmoid(Vector x) {
  Vector e = exponential(fromBits(bitsOf(x) | static_cast<int32_t>(0x80000000)));  // e^-|x|
  return select(x < 0.0f, e, broadcast(1.0f)) / (1.0f + e);
}

/// The hyperbolic tangent, through e^2|x| - 1 so that small arguments keep all their digits.
INLINE Vector hyperbolicTangent(Vector x) {
  Vector magnitude = absolute(x);
  Vector limited = select(magnitude > 10.0f, broadcast(10.0f), magnitude);  // tanh(10) rounds to 1; NaN stays
  Vector t = exponentialMinusOne(2.0f * limited);
  return withSignOf(t / (t + 2.0f), x);
}

/// The error function. Polynomials after N. Juffa: below 0.93 in x, above through exp of a polynomial.
INLINE Vector errorFunction(Vector x) {
  Vector magnitude = absolute(x);
  Vector t = select(magnitude > 10.0f, broadcast(10.0f), magnitude);
  Vector square = x * x;
  Vector large = polynomial(t, {-1.72853470e-5f, 3.83197126e-4f, -3.88396438e-3f, 2.42546219e-2f, -1.06777877e-1f,
                                -6.34846687e-1f, -1.28717512e-1f});
  large = 1.0f - exponential(multiplyAdd(large, t, -t));
  Vector small = polynomial(square, {-5.96761703e-4f, 4.99119423e-3f, -2.67681349e-2f, 1.12819925e-1f, -3.76125336e-1f,
                                     1.28379166e-1f});
  return select(magnitude > 0.927734375f, withSignOf(large, x), multiplyAdd(small, x, x));
}

/// x Φ(x), the exact GELU: x / 2 (1 + erf(x / √2)).
INLINE Vector gelu(Vector x) { return 0.5f * x * (1.0f + errorFunction(x * 0.70710678118654752f)); }

/// x sigmoid(x).
INLINE Vector silu(Vector x) { return x * sigmoid(x); }

/// log(1 + e^x), without overflow.
INLINE Vector softplus(Vector x) {
  Vector positive = select((x > 0.0f) | (x != x), x, Vector{});
  return positive + logarithmOnePlus(exponential(fromBits(bitsOf(x) | static_cast<int32_t>(0x80000000))));
}

/// Sine and cosine share a reduction to |r| <= π/4; `quadrantShift` 0 gives the sine, 1 the cosine.
/// Arguments beyond 8192 lose the reduction's exactness and go through double precision, one by one.
INLINE Vector sineOfQuadrant(Vector x, int quadrantShift) {
  const float roundToInteger = 12582912.0f;
  Vector shifted = x * 0.636619772f + roundToInteger;
  IntVector quadrant = bitsOf(shifted) + quadrantShift;
  Vector turns = shifted - roundToInteger;
  // π/2 in three parts; products with the first two are exact.
  Vector r = ((x - turns * 1.5703125f) - turns * 4.837512969970703125e-4f) - turns * 7.54978995489188216e-8f;
  Vector square = r * r;
  Vector sine = polynomial(square, {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f}) * square * r + r;
  Vector cosine = polynomial(square, {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f});
  cosine = cosine * square * square - 0.5f * square + 1.0f;
  Vector result = select((quadrant & 1) != 0, cosine, sine);
  result = fromBits(bitsOf(result) ^ ((quadrant & 2) << 30));
  const IntVector far = absolute(x) > 8192.0f;
  if (__builtin_expect(anyLane(far), 0)) {
    for (int i = 0; i < lanes; i++) {
      const double argument = x[i];
      if (far[i]) result[i] = static_cast<float>(quadrantShift == 0 ? __builtin_sin(argument) : __builtin_cos(argument));
    }
  }
  // sin(±0) = ±0, and NaN (which compares false with everything) passes.
  return x != x ? x : result;
}

INLINE Vector sine(Vector x) { return select(x == 0.0f, x, sineOfQuadrant(x, 0)); }
INLINE Vector cosine(Vector x) { return sineOfQuadrant(x, 1); }

/// The slope of gelu: Φ(x) + x φ(x).
INLINE Vector geluSlope(Vector x) {
  const Vector density = exponential(-0.5f * x * x) * 0.39894228040143268f;
  return 0.5f * (1.0f + errorFunction(x * 0.70710678118654752f)) + x * density;
}

/// The slope of silu: σ(x) (1 + x (1 - σ(x))).
INLINE Vector siluSlope(Vector x) {
  const Vector s = sigmoid(x);
  return s * (1.0f + x * (1.0f - s));
}

/// a to the power b, one by one through the C library; the common exponents directly.
INLINE Vector power(Vector a, Vector b) {
  if (!anyLane(b != 2.0f)) return a * a;
  if (!anyLane(b != 3.0f)) return a * a * a;
  if (!anyLane(b != 1.0f)) return a;
  if (!anyLane(b != -1.0f)) return 1.0f / a;
  for (int i = 0; i < lanes; i++) a[i] = __builtin_powf(a[i], b[i]);
  return a;
}

/// To the nearest integer, halves to the even one. Beyond 2^23 every float is an integer.
INLINE Vector roundToEven(Vector x) {
  const Vector magnitude = absolute(x);
  const Vector rounded = (magnitude + 8388608.0f) - 8388608.0f;
  return select(magnitude < 8388608.0f, withSignOf(rounded, x), x);
}

/// The largest integer not above x.
INLINE Vector roundDown(Vector x) {
  const Vector nearest = roundToEven(x);
  return withSignOf(select(nearest > x, nearest - 1.0f, nearest), x);
}

}  // namespace
