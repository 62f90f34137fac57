// The double nearest to a decimal number, from its digits. src/native/decimal.ts does the same for the reference.
#pragma once

#include "core.h"
#include "vector.h"

namespace {

/// 10^i for those that a double holds exactly.
constexpr double powersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int largestPower = 22;
constexpr int mostDigits = 19;  // that 64 bits hold, whatever they are
constexpr uint64_t exactIntegers = 1ull << 53;

/// 1 / 5^k as `value` · 2^-(63 + bits), rounded down, for 0 < k <= largestPower.
struct Reciprocals {
  uint64_t value[largestPower + 1];
  int bits[largestPower + 1];
};

constexpr Reciprocals reciprocalsOfFive() {
  Reciprocals found = {};
  uint64_t power = 1;
  for (int k = 1; k <= largestPower; k++) {
    power *= 5;
    int bits = 0;
    while (power >> bits != 0) bits++;
    // Long division of 2^(63 + bits) by the power.
    uint64_t rest = 1, quotient = 0;
    for (int i = 0; i < 63 + bits; i++) {
      rest *= 2;
      quotient *= 2;
      if (rest >= power) {
        rest -= power;
        quotient++;
      }
    }
    found.value[k] = quotient;
    found.bits[k] = bits;
  }
  return found;
}

constexpr Reciprocals reciprocals = reciprocalsOfFive();

/// The upper and the lower half of a · b.
INLINE void multiplyWide(uint64_t a, uint64_t b, uint64_t& high, uint64_t& low) {
  const uint64_t aHigh = a >> 32, aLow = a & 0xffffffffu, bHigh = b >> 32, bLow = b & 0xffffffffu;
  const uint64_t lowest = aLow * bLow;
  const uint64_t middle = aHigh * bLow + (lowest >> 32);
  const uint64_t other = aLow * bHigh + (middle & 0xffffffffu);
  high = aHigh * bHigh + (middle >> 32) + (other >> 32);
  low = other << 32 | (lowest & 0xffffffffu);
}

/// The double nearest to digits / 10^scale, for 0 < scale <= largestPower and digits > 0; false where the product with a
/// rounded reciprocal cannot tell which of two neighbours is nearer.
INLINE bool divideWide(uint64_t digits, int scale, double& out) {
  const int shift = __builtin_clzll(digits);
  uint64_t high, low;
  multiplyWide(digits << shift, reciprocals.value[scale], high, low);
  int exponent = 12 - reciprocals.bits[scale] - shift - scale;
  if (high >> 63 == 0) {
    high = high << 1 | low >> 63;
    exponent--;
  }
  // The exact product lies less than 3 above `high`; its upper 53 bits are the mantissa, the other 11 say how to round.
  constexpr uint64_t half = 1 << 10;
  const uint64_t rest = high & (2 * half - 1);
  if (rest + 3 >= half && rest <= half) return false;
  uint64_t mantissa = (high >> 11) + (rest > half ? 1 : 0);
  if (mantissa == exactIntegers) {
    mantissa /= 2;
    exponent++;
  }
  const uint64_t bits = static_cast<uint64_t>(exponent + 52 + 1023) << 52 | (mantissa & (exactIntegers / 2 - 1));
  memcpy(&out, &bits, sizeof out);
  return true;
}

/// The double nearest to digits / 10^scale; false where that takes more than this does.
INLINE bool scaleDigits(uint64_t digits, int64_t scale, double& out) {
  if (digits < exactIntegers && scale >= -largestPower && scale <= largestPower) {
    // One operation on exact numbers: rounded once.
    const double value = static_cast<double>(static_cast<int64_t>(digits));
    out = scale >= 0 ? value / powersOfTen[scale] : value * powersOfTen[-scale];
    return true;
  }
  if (scale == 0) {
    out = static_cast<double>(digits);
    return true;
  }
  return scale > 0 && scale <= largestPower && divideWide(digits, static_cast<int>(scale), out);
}

/// Up to eight digits at once: how many of the bytes from `from` on are digits before the first that is none, and the number
/// that these are. Eight bytes are read.
INLINE int readDigits(const uint8_t* from, uint64_t& number) {
  uint64_t word;
  memcpy(&word, from, sizeof word);
  const uint64_t digits = word ^ 0x3030303030303030ull;
  // The upper bit of each byte above 9; a carry spoils bytes behind the first such only.
  const uint64_t others = ((digits + 0x7676767676767676ull) | digits) & 0x8080808080808080ull;
  const int count = others == 0 ? 8 : __builtin_ctzll(others) >> 3;
  if (count == 0) return 0;
  // The last digit in the uppermost byte, zeros before the first; then pairs, fours and all eight in three products.
  const uint64_t aligned = digits << (64 - 8 * count);
  const uint64_t pairs = aligned * 10 + (aligned >> 8);
  constexpr uint64_t everyFourth = 0x000000ff000000ffull;
  number = ((pairs & everyFourth) * (100 + (1000000ull << 32)) + ((pairs >> 16) & everyFourth) * (1 + (10000ull << 32))) >> 32;
  return count;
}

constexpr uint64_t integerPowers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

}  // namespace
