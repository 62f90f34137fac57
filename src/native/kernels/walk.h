// Walking over several strided views of one shape at once: what elementwise kernels, copies and reductions share.
#pragma once

#include "core.h"
#include "vector.h"

namespace {

using namespace cellgrad;

constexpr int maxRank = 8;  // also in src/native/descriptor.ts

/// One shape and, for each operand, its strides in elements. Operand 0 is the output.
template <int Operands>
struct Walk {
  int rank;
  long size[maxRank];
  long stride[Operands][maxRank];

  /// The number of elements.
  long count() const {
    long product = 1;
    for (int d = 0; d < rank; d++) product *= size[d];
    return product;
  }

  void moveDimension(int from, int to) {
    const long movedSize = size[from];
    long movedStride[Operands];
    for (int o = 0; o < Operands; o++) movedStride[o] = stride[o][from];
    const int step = from < to ? 1 : -1;
    for (int d = from; d != to; d += step) {
      size[d] = size[d + step];
      for (int o = 0; o < Operands; o++) stride[o][d] = stride[o][d + step];
    }
    size[to] = movedSize;
    for (int o = 0; o < Operands; o++) stride[o][to] = movedStride[o];
  }

  /// Drops dimensions of size 1 and merges neighbours that every operand walks through as one.
  void simplify() {
    int kept = 0;
    for (int d = 0; d < rank; d++) {
      if (size[d] == 1) continue;
      bool merges = kept > 0;
      for (int o = 0; merges && o < Operands; o++) merges = stride[o][kept - 1] == stride[o][d] * size[d];
      const int to = merges ? kept - 1 : kept++;
      size[to] = merges ? size[to] * size[d] : size[d];
      for (int o = 0; o < Operands; o++) stride[o][to] = stride[o][d];
    }
    rank = kept;
  }

  /// Puts the output's dimensions in the order in which they lie in memory; the order of an elementwise walk is free.
  void followOutput() {
    for (int d = 1; d < rank; d++) {
      int to = d;
      while (to > 0 && stride[0][to - 1] < stride[0][d]) to--;
      if (to != d) moveDimension(d, to);
    }
  }
};

/// Reads a walk: ints[2] is the rank, then come the sizes, and each operand's strides, maxRank slots apart.
template <int Operands>
INLINE void readWalk(const Descriptor& call, Walk<Operands>& walk) {
  const int32_t* ints = call.ints + 3;
  walk.rank = call.ints[2];
  for (int d = 0; d < walk.rank; d++) {
    walk.size[d] = ints[d];
    for (int o = 0; o < Operands; o++) walk.stride[o][d] = ints[(o + 1) * maxRank + d];
  }
}

/// Where each operand's row `row` begins, in elements; rows are all dimensions but the last.
template <int Operands>
INLINE void rowOffsets(const Walk<Operands>& walk, long row, long (&offset)[Operands]) {
  for (int o = 0; o < Operands; o++) offset[o] = 0;
  for (int d = walk.rank - 2; d >= 0; d--) {
    const long at = row % walk.size[d];
    row /= walk.size[d];
    for (int o = 0; o < Operands; o++) offset[o] += at * walk.stride[o][d];
  }
}

}  // namespace
