// Gathering and scattering rows by number.
#pragma once

#include "core.h"
#include "vector.h"

namespace {

// numbers: out, x, index, outer count, rows named by index, rows of the indexed tensor, elements of a row; side by side.
struct RowsByIndex {
  float* out;
  const float* x;
  const int32_t* index;
  long outer, count, length, inner;

  explicit RowsByIndex(const Descriptor& call)
      : out(call.floats(0)),
        x(call.floats(1)),
        index(call.elements<int32_t>(2)),
        outer(static_cast<long>(call.numbers[3])),
        count(static_cast<long>(call.numbers[4])),
        length(static_cast<long>(call.numbers[5])),
        inner(static_cast<long>(call.numbers[6])) {}
};

/// out[o, i] = x[o, index[i]]. Copies 4-byte elements of any type.
void callIndexSelect(const Descriptor& call) {
  const RowsByIndex rows(call);
  for (long o = 0; o < rows.outer; o++) {
    for (long i = 0; i < rows.count; i++) {
      memcpy(rows.out + (o * rows.count + i) * rows.inner, rows.x + (o * rows.length + rows.index[i]) * rows.inner,
             static_cast<size_t>(rows.inner) * sizeof(float));
    }
  }
}

/// out[o, index[i]] += x[o, i], in order: indices may repeat.
void callIndexAdd(const Descriptor& call) {
  const RowsByIndex rows(call);
  for (long o = 0; o < rows.outer; o++) {
    for (long i = 0; i < rows.count; i++) {
      float* to = rows.out + (o * rows.length + rows.index[i]) * rows.inner;
      const float* from = rows.x + (o * rows.count + i) * rows.inner;
      for (long j = 0; j < rows.inner; j++) to[j] += from[j];
    }
  }
}

}  // namespace
