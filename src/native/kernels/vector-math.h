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

/// 1 / x to about one unit in the last place, for normal numbers: a division takes the time of four multiplications more.
INLINE Vector quickReciprocal(Vector x) {
#if defined(__AVX512F__)
  const Vector guess = (Vector)_mm512_rcp14_ps((__m512)x);
  return guess * multiplyAdd(-x, guess, broadcast(2.0f));
#else
  return 1.0f / x;
#endif
}

/// x / divisor, the divisor not negative, to about one unit in the last place. What has no normal reciprocal counts as the
/// largest number that has one.
INLINE Vector quickQuotient(Vector x, Vector divisor) {
#if defined(__AVX512F__)
  return x * quickReciprocal(limit(divisor, 0.0f, 8.5e37f));
#else
  return x / divisor;
#endif
}

/// 2^n for lanes -126 <= n <= 127.
INLINE Vector powerOfTwo(IntVector n) { return fromBits((n + 127) << 23); }

/// x = n ln 2 + remainder, |remainder| <= ln 2 / 2; `whole` is n as a floating-point number.
struct SplitByLogTwo {
  IntVector n;
  Vector whole, remainder;
};

/// Splits x + low, where `low` is far below x.
INLINE SplitByLogTwo splitByLogTwo(Vector x, Vector low = Vector{}) {
  // Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the mantissa.
  const float roundToInteger = 12582912.0f;
  Vector shifted = (x + low) * 1.44269504f + roundToInteger;
  IntVector n = bitsOf(shifted) - 0x4b400000;
  Vector whole = shifted - roundToInteger;
  // ln 2 in two parts; the first has so few bits that its product with `whole` is exact.
  Vector remainder = x - whole * 0.693359375f;
  return {n, whole, remainder - (whole * -2.12194440e-4f - low)};
}

/// e^x as (high + low) 2^n, high in [0.7, 1.42): `low` is what rounding `high` lost, so that what is computed further can
/// start from more than 24 bits.
struct ExponentialParts {
  Vector high, low;
  IntVector n;
  Vector whole;  // the same number

  /// high times 2^n, in two factors: n reaches further than one float's exponent does.
  INLINE_MEMBER Vector scaled(Vector x) const {
#if defined(__AVX512F__)
    return (Vector)_mm512_scalef_ps((__m512)x, (__m512)whole);
#else
    const IntVector half = n >> 1;
    return x * powerOfTwo(half) * powerOfTwo(n - half);
#endif
  }
};

/// The parts of e^(n ln 2 + remainder).
INLINE ExponentialParts exponentialParts(SplitByLogTwo split) {
  const Vector r = split.remainder;
  Vector p = polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                            5.0000001201e-1f});
  p = multiplyAdd(p, r * r, r);
  const Vector high = 1.0f + p;
  return {high, p - (high - 1.0f), split.n, split.whole};
}

/// e^x.
INLINE Vector exponential(Vector x) {
  const ExponentialParts e = exponentialParts(splitByLogTwo(limit(x, -104.5f, 89.0f)));
  return e.scaled(e.high);
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

/// log(1 + x + low), exact near 0, where `low` is far below x. The error of rounding 1 + x, which is known exactly, goes
/// into the logarithm as log(u + error) = log(u) + error / u.
INLINE Vector logarithmOnePlus(Vector x, Vector low) {
  const Vector u = 1.0f + x;
  const Vector error = select(x < 1.0f, x - (u - 1.0f), 1.0f - (u - x)) + low;
  const LogParts parts = logParts(u);
  const Vector small = parts.small - parts.exponent * 2.12194440e-4f + error / u;
  const Vector result = logSpecialCases(u, parts.exponent * 0.693359375f + (parts.large + small));
  // Where 1 + x rounds to 1, the answer is x; there -0 and subnormals survive.
  return select(u == 1.0f, x, result);
}

/// log(1 + x), exact near 0.
INLINE Vector logarithmOnePlus(Vector x) { return logarithmOnePlus(x, Vector{}); }

/// The logistic function as (high + low) 2^n: apart, because a product with it may be a normal number where it alone is none.
struct SigmoidParts {
  Vector high, low;
  ExponentialParts exponential;
  IntVector negative;

  INLINE_MEMBER Vector scaled(Vector x) const { return select(negative, exponential.scaled(x), x); }
};

INLINE SigmoidParts sigmoidParts(Vector x) {
  const IntVector negative = x < 0.0f;
  // e = e^-|x|; the answer is 1 / (1 + e), or e / (1 + e) for negative x.
  const Vector argument = limit(fromBits(bitsOf(x) | static_cast<int32_t>(0x80000000)), -110.0f, 0.0f);
  const ExponentialParts parts = exponentialParts(splitByLogTwo(argument));
  const Vector e = parts.scaled(parts.high);
  const Vector divisor = 1.0f + e;
  const Vector error = (1.0f - divisor) + e + parts.scaled(parts.low);  // of the divisor, exactly
  const Vector dividend = select(negative, parts.high, broadcast(1.0f));
  const Vector quotient = dividend / divisor;
  // What the division left over, and one step of correction; its factor 1 / divisor needs few digits: it is
  // σ(|x|) = 1 - σ(-|x|).
  const Vector inverse = select(negative, 1.0f - parts.scaled(quotient), quotient);
  const Vector rest = (dividend - quotient * divisor) - quotient * error + select(negative, parts.low, Vector{});
  return {quotient, rest * inverse, parts, negative};
}

/// The logistic function 1 / (1 + e^-x), exact in both tails.
INLINE Vector sigmoid(Vector x) {
  const SigmoidParts parts = sigmoidParts(x);
  return parts.scaled(parts.high + parts.low);
}

/// The hyperbolic tangent where it is nearly x.
INLINE Vector hyperbolicTangentNearZero(Vector x) {
  const Vector square = x * x;
  const Vector p = polynomial(square, {-5.70495753e-3f, 2.06390582e-2f, -5.37397042e-2f, 1.33314416e-1f,
                                       -3.33332807e-1f});
  return multiplyAdd(p * square, x, x);
}

/// The hyperbolic tangent: a polynomial in x² where it is nearly x, else 1 - 2 / (e^2|x| + 1).
INLINE Vector hyperbolicTangent(Vector x) {
  const Vector magnitude = absolute(x);
  const Vector large = 1.0f - 2.0f / (exponential(2.0f * limit(magnitude, 0.0f, 10.0f)) + 1.0f);  // tanh(10) rounds to 1
  return select(magnitude < 0.625f, hyperbolicTangentNearZero(x), withSignOf(large, x));
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

/// |x| Φ(-|x|) for |x| >= 0.6, the part of GELU that falls off: e^(-x²/2) h P(q) with h = x / (x + k) and a polynomial P in
/// q = 2h - 1, which stands for (x + k) e^(x²/2) erfc(x / √2) / 2. To keep its digits, x² is split: the square of x's
/// upper 12 bits is exact.
struct GeluTail {
  Vector value;
  /// Φ(-|x|), which is the value divided by |x|, and e^(-x²/2).
  Vector share, bell;
};
INLINE GeluTail geluTail(Vector x) {
  const float k = 1.5625f;
  const Vector magnitude = limit(absolute(x), 0.0f, 14.4f);  // there it is 0
  const Vector upper = fromBits(bitsOf(magnitude) & static_cast<int32_t>(0xfffff000));
  const Vector rest = -0.5f * (magnitude - upper) * (magnitude + upper);
  const ExponentialParts parts = exponentialParts(splitByLogTwo(-0.5f * upper * upper, rest));
  const Vector divisor = magnitude + k, h = magnitude / divisor;
  const Vector error = magnitude - (divisor - k);  // of the divisor
  const Vector inverse = (1.0f - h) * (1.0f / k);  // 1 / divisor
  const Vector hLow = ((magnitude - h * divisor) - h * error) * inverse;  // what the division left over
  const Vector p = polynomial(multiplyAdd(h, broadcast(2.0f), broadcast(-1.0f)), {1.30152947e-3f, -7.72945699e-4f, -2.80197547e-3f, -3.08547006e-3f, 1.98344328e-3f, 1.66005753e-2f, 2.29825843e-2f, -4.89769131e-2f, -2.14140937e-1f, 6.25853658e-1f});
  const Vector factor = p * h;
  const Vector factorLow = p * hLow + productError(p, h, factor);
  const Vector value =
      parts.scaled(multiplyAdd(factor, parts.high, multiplyAdd(factor, parts.low, factorLow * parts.high)));
  const Vector bell = parts.scaled(parts.high);
  return {value, p * inverse * bell, bell};
}

/// The products x Φ(x) and x σ(x) go to -0 on the left; at -Inf itself they are NaN (-Inf times 0), as in PyTorch.
INLINE Vector undefinedAtMinusInfinity(Vector x, Vector y) {
  return select(x == -__builtin_inff(), broadcast(__builtin_nanf("")), y);
}

/// Φ(x) within |x| < 0.6.
INLINE Vector normalShareNearZero(Vector x) {
  const Vector slope = polynomial(x * x, {1.05994768e-4f, -1.18376547e-3f, 9.97295789e-3f, -6.64903373e-2f,
                                          3.98942292e-1f});
  return multiplyAdd(slope, x, broadcast(0.5f));
}

INLINE Vector geluOf(Vector x, Vector tail, Vector nearShare) {
  const Vector large = select(x > 0.0f, x - tail, withSignOf(tail, x));
  return select(absolute(x) < 0.6f, x * nearShare, undefinedAtMinusInfinity(x, large));
}

/// x Φ(x), the exact GELU: x / 2 (1 + erf(x / √2)), without the cancellation that this has on the left.
INLINE Vector gelu(Vector x) { return geluOf(x, geluTail(x).value, normalShareNearZero(x)); }

/// x sigmoid(x).
INLINE Vector silu(Vector x) {
  const SigmoidParts parts = sigmoidParts(x);
  // Beyond, the answer is x or -0, which products with all of x or of nothing would miss.
  const Vector near = limit(x, -110.0f, 110.0f);
  const Vector high = select(x < 0.0f, near, x) * parts.high;
  return undefinedAtMinusInfinity(x, parts.scaled(multiplyAdd(near, parts.low, high)));
}

/// log(1 + e^x), without overflow.
INLINE Vector softplus(Vector x) {
  const Vector positive = select((x > 0.0f) | (x != x), x, Vector{});
  const Vector argument = limit(fromBits(bitsOf(x) | static_cast<int32_t>(0x80000000)), -104.5f, 0.0f);
  const ExponentialParts e = exponentialParts(splitByLogTwo(argument));
  return positive + logarithmOnePlus(e.scaled(e.high), e.scaled(e.low));
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

/// GELU and its slope at once, Φ(x) + x φ(x).
struct GeluWithSlope {
  Vector value, slope;
};
INLINE GeluWithSlope geluWithSlope(Vector x) {
  const GeluTail tail = geluTail(x);
  const Vector near = normalShareNearZero(x);
  const Vector far = select(x > 0.0f, 1.0f - tail.share, tail.share);
  const Vector share = select(absolute(x) < 0.6f, near, far);
  // Where the tail ends, this is 0; an infinite x makes it NaN, as in PyTorch.
  const Vector bell = tail.bell * 0.39894228040143268f;
  return {geluOf(x, tail.value, near), multiplyAdd(x, bell, share)};
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
