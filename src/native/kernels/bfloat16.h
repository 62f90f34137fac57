// float32 matrices as sums of three bfloat16 matrices, in the order in which AMX reads them.
//
// A float32 has 24 significant bits, a bfloat16 has 8 and the same exponents: x = high + middle + low, exactly, unless x is
// below 2^-103, where what is lost is below the smallest normal number. This is how a unit that multiplies bfloat16 and adds
// float32 makes products of float32 (Henry, Tang and Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype For
// Higher-Precision Computations", 2019): of the nine partial products the three smallest lie below float32's rounding.
#pragma once

#include "pack.h"

#if defined(__AMX_BF16__)

namespace {

constexpr int pieces = 3;                         // high, middle, low
constexpr int tileLines = 16;                     // rows of A, or columns of B, in one tile
constexpr int slabDepth = 32;                     // k in one tile
constexpr int tileFloats = 256;                   // a tile's memory: 16 lines of 16 pairs
constexpr int groupLines = 2 * tileLines;         // rows of A, or columns of B, that are multiplied at once
constexpr int slabFloats = 2 * pieces * tileFloats;  // of a group: its two tiles of each piece

/// How many slabs `depth` takes.
constexpr long slabsOf(long depth) { return (depth + slabDepth - 1) / slabDepth; }

/// The memory of a packed group of up to groupLines lines, in floats.
constexpr long groupFloats(long depth) { return slabsOf(depth) * slabFloats; }

/// The same for as many groups as `lines` take.
constexpr long packedFloats(long lines, long depth) { return (lines + groupLines - 1) / groupLines * groupFloats(depth); }

/// The nearest bfloat16, in the upper half of each lane.
INLINE IntVector roundToUpperHalf(Vector x) { return (bitsOf(x) + 0x8000) & static_cast<int32_t>(0xffff0000); }

/// The pieces of two vectors: x's in the lower, y's in the upper half of each lane.
INLINE void split(Vector x, Vector y, IntVector (&piece)[pieces]) {
  UNROLL for (int p = 0; p < pieces; p++) {
    const IntVector a = p < pieces - 1 ? roundToUpperHalf(x) : bitsOf(x), b = p < pieces - 1 ? roundToUpperHalf(y) : bitsOf(y);
    piece[p] = (IntVector)_mm512_srli_epi32((__m512i)a, 16) | (b & static_cast<int32_t>(0xffff0000));
    x -= fromBits(a);
    y -= fromBits(b);
  }
}

/// What does not split: infinities, NaN, and what would be rounded to an infinity.
INLINE IntVector unsplittable(Vector x) { return (bitsOf(x) & 0x7fffffff) > 0x7f7f7fff; }

/// Where an operand's lines (A's rows or B's columns) stand.
struct Lines {
  const float* data;
  long stride, depthStride;
};

/// Packs one tile of each piece, 16 lines by slabDepth; `lines` and `depth` say how much of it there is, the rest is 0.
/// ByLines: a tile's row holds the pairs of one line, as A has it; else one pair of every line, as B has it. False if
/// something does not split.
template <bool ByLines>
INLINE bool packTile(const Lines& from, long lines, long depth, float* to) {
  alignas(64) float turned[pieces * tileFloats];
  const bool alongDepth = from.depthStride == 1, turns = alongDepth != ByLines;
  const long pieceStride = turns ? tileFloats : 2 * tileFloats;
  float* const out = turns ? turned : to;
  IntVector bad = {};
  for (int i = 0; i < tileLines; i++) {
    Vector x = {}, y = {};
    if (alongDepth) {
      const float* line = from.data + i * from.stride;
      if (i < lines) {
        x = depth >= lanes ? load(line) : loadFirst(line, depth);
        if (depth > lanes) y = depth >= 2 * lanes ? load(line + lanes) : loadFirst(line + lanes, depth - lanes);
      }
    } else if (from.stride == 1) {
      if (i < depth) x = loadFirst(from.data + i * from.depthStride, lines);
      if (i + lanes < depth) y = loadFirst(from.data + (i + lanes) * from.depthStride, lines);
    } else {
      for (int line = 0; line < lines; line++) {
        const float* element = from.data + line * from.stride;
        if (i < depth) x[line] = element[i * from.depthStride];
        if (i + lanes < depth) y[line] = element[(i + lanes) * from.depthStride];
      }
    }
    bad |= unsplittable(x) | unsplittable(y);
    IntVector piece[pieces];
    split(x, y, piece);
    UNROLL for (int p = 0; p < pieces; p++) store(out + p * pieceStride + i * lanes, fromBits(piece[p]));
  }
  if (turns) {
    UNROLL for (int p = 0; p < pieces; p++) {
      transposeBlock(turned + p * tileFloats, lanes, to + p * 2 * tileFloats, lanes, tileLines);
    }
  }
  return !anyLane(bad);
}

/// Packs lines into groups; a group holds for each slab the two tiles of the high, the middle and the low piece. False if
/// something does not split.
template <bool ByLines>
bool packLines(const Lines& from, long lines, long depth, float* to) {
  bool splits = true;
  // All lines of a slab before the next: where lines stand side by side, so are they read.
  for (long k = 0; k < depth; k += slabDepth, to += slabFloats) {
    for (long first = 0; first < lines; first += tileLines) {
      const Lines part = {from.data + first * from.stride + k * from.depthStride, from.stride, from.depthStride};
      float* tile = to + first / groupLines * groupFloats(depth) + first % groupLines / tileLines * tileFloats;
      splits &= packTile<ByLines>(part, atMost(lines - first, tileLines), atMost(depth - k, slabDepth), tile);
    }
  }
  return splits;
}

}  // namespace

#endif
