// The vector type of the instruction set being compiled, and how to load and store it. Everything else is written in
// terms of these, so a new instruction set needs a width here and nothing more.
#pragma once

#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define INLINE_MEMBER inline __attribute__((always_inline))
// Loops over lanes or registers of known length; they must disappear, or vectors would live in memory.
#define UNROLL _Pragma("GCC unroll 16")

namespace {

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX2__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif

typedef float Vector __attribute__((vector_size(lanes * 4)));
typedef int32_t IntVector __attribute__((vector_size(lanes * 4)));
// The same in memory: any alignment, may alias other types.
typedef float VectorInMemory __attribute__((vector_size(lanes * 4), aligned(4), may_alias));

INLINE Vector load(const float* from) { return *reinterpret_cast<const VectorInMemory*>(from); }
INLINE void store(float* to, Vector x) { *reinterpret_cast<VectorInMemory*>(to) = x; }

/// Every lane x. (`x - zero` and not `zero + x`: only the former keeps -0.)
INLINE Vector broadcast(float x) { return x - Vector{}; }

// The first `count` lanes (1 <= count <= lanes); the others read as 0 and are not written.
#if defined(__AVX512F__)
INLINE __mmask16 firstLanes(long count) { return static_cast<__mmask16>((1u << count) - 1); }
INLINE Vector loadFirst(const float* from, long count) { return (Vector)_mm512_maskz_loadu_ps(firstLanes(count), from); }
INLINE void storeFirst(float* to, Vector x, long count) { _mm512_mask_storeu_ps(to, firstLanes(count), (__m512)x); }
#elif defined(__AVX2__)
INLINE __m256i firstLanes(long count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE Vector loadFirst(const float* from, long count) { return (Vector)_mm256_maskload_ps(from, firstLanes(count)); }
INLINE void storeFirst(float* to, Vector x, long count) { _mm256_maskstore_ps(to, firstLanes(count), (__m256)x); }
#else
INLINE Vector loadFirst(const float* from, long count) {
  Vector x = {};
  UNROLL for (int i = 0; i < lanes; i++) {
    if (i < count) x[i] = from[i];
  }
  return x;
}
INLINE void storeFirst(float* to, Vector x, long count) {
  UNROLL for (int i = 0; i < lanes; i++) {
    if (i < count) to[i] = x[i];
  }
}
#endif

INLINE IntVector bitsOf(Vector x) { return (IntVector)x; }
INLINE Vector fromBits(IntVector x) { return (Vector)x; }
INLINE Vector toFloat(IntVector x) { return __builtin_convertvector(x, Vector); }

/// a * b + c, in one rounding where the machine has such an instruction (the compiler contracts it).
INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return a * b + c; }

/// What rounding the product of a and b lost; 0 where the machine cannot tell.
INLINE Vector productError(Vector a, Vector b, Vector product) {
#if defined(__AVX512F__)
  return (Vector)_mm512_fmsub_ps((__m512)a, (__m512)b, (__m512)product);
#elif defined(__AVX2__)
  return (Vector)_mm256_fmsub_ps((__m256)a, (__m256)b, (__m256)product);
#elif defined(__aarch64__)
  return (Vector)vfmaq_f32((float32x4_t)-product, (float32x4_t)a, (float32x4_t)b);
#else
  return Vector{};
#endif
}

/// mask lanes are all ones or all zeros, as comparisons give them.
INLINE Vector select(IntVector mask, Vector a, Vector b) { return mask ? a : b; }

/// Whether any lane of the mask is set.
INLINE bool anyLane(IntVector mask) {
  uint64_t words[lanes / 2];
  memcpy(words, &mask, sizeof mask);
  uint64_t any = 0;
  UNROLL for (int i = 0; i < lanes / 2; i++) any |= words[i];
  return any != 0;
}

INLINE Vector absolute(Vector x) { return fromBits(bitsOf(x) & 0x7fffffff); }
INLINE Vector withSignOf(Vector magnitude, Vector sign) {
  return fromBits((bitsOf(magnitude) & 0x7fffffff) | (bitsOf(sign) & static_cast<int32_t>(0x80000000)));
}

/// The larger of both; NaN if either is NaN.
INLINE Vector maximum(Vector a, Vector b) { return select((a > b) | (a != a), a, b); }
/// The smaller of both; NaN if either is NaN.
INLINE Vector minimum(Vector a, Vector b) { return select((a < b) | (a != a), a, b); }

/// Limits x to [lowest, highest]. NaN, which compares false, stays.
INLINE Vector limit(Vector x, float lowest, float highest) {
#if defined(__AVX512F__)
  const __m512 above = _mm512_max_ps((__m512)broadcast(lowest), (__m512)x);  // the second operand where one is NaN
  return (Vector)_mm512_min_ps((__m512)broadcast(highest), above);
#elif defined(__AVX2__)
  const __m256 above = _mm256_max_ps((__m256)broadcast(lowest), (__m256)x);
  return (Vector)_mm256_min_ps((__m256)broadcast(highest), above);
#else
  x = select(x < lowest, broadcast(lowest), x);
  return select(x > highest, broadcast(highest), x);
#endif
}

/// The square root of each lane. (A loop over lanes: compilers turn it into the vector instruction.)
INLINE Vector squareRoot(Vector x) {
#if defined(__AVX512F__)
  return (Vector)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
  return (Vector)_mm256_sqrt_ps((__m256)x);
#else
  UNROLL for (int i = 0; i < lanes; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

/// The first and the second half of a vector of any type.
template <class V>
INLINE auto lowerHalf(V x) {
  constexpr int count = sizeof(V) / sizeof(x[0]);
  if constexpr (count == 16) return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
  else if constexpr (count == 8) return __builtin_shufflevector(x, x, 0, 1, 2, 3);
  else return __builtin_shufflevector(x, x, 0, 1);
}
template <class V>
INLINE auto upperHalf(V x) {
  constexpr int count = sizeof(V) / sizeof(x[0]);
  if constexpr (count == 16) return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
  else if constexpr (count == 8) return __builtin_shufflevector(x, x, 4, 5, 6, 7);
  else return __builtin_shufflevector(x, x, 2, 3);
}

/// Makes one number of all lanes: combine(first half, second half), until one is left.
template <class V, class Combine>
INLINE auto foldLanes(V x, Combine combine) {
  if constexpr (sizeof(V) / sizeof(x[0]) == 2) return combine(x[0], x[1]);
  else return foldLanes(combine(lowerHalf(x), upperHalf(x)), combine);
}

/// The sum of all lanes, added in pairs.
template <class V>
INLINE auto sumOfLanes(V x) {
  return foldLanes(x, [](auto a, auto b) { return a + b; });
}

/// The largest and the smallest lane; NaN if there is one.
INLINE float largestLane(Vector x) {
  return foldLanes(x, [](auto a, auto b) { return ((a > b) | (a != a)) ? a : b; });
}
INLINE float smallestLane(Vector x) {
  return foldLanes(x, [](auto a, auto b) { return ((a < b) | (a != a)) ? a : b; });
}

/// How many of the remaining elements the next vector holds.
INLINE long atMost(long count, long limit) { return count < limit ? count : limit; }

/// to[i] = value for i < count.
INLINE void fillRun(float* to, float value, long count) {
  const Vector x = broadcast(value);
  for (long i = 0; i < count; i += lanes) storeFirst(to + i, x, atMost(count - i, lanes));
}

}  // namespace
