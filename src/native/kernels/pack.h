// Packing: copies blocks of A and B into the order in which the tile kernel reads them.
#pragma once

#include "tile.h"

namespace {

/// to[k * toStride + i] = from[i * fromStride + k] for i < count (0 beyond) and k < lanes: log2(lanes) rounds of
/// interleaving the first half of the vectors with the second.
INLINE void transposeBlock(const float* from, long fromStride, float* to, long toStride, int count) {
  Vector v[lanes], t[lanes];
  UNROLL for (int i = 0; i < lanes; i++) v[i] = i < count ? load(from + i * fromStride) : Vector{};
  UNROLL for (int round = 1; round < lanes; round *= 2) {
    UNROLL for (int i = 0; i < lanes / 2; i++) {
#if defined(__AVX512F__)
      t[2 * i] = __builtin_shufflevector(v[i], v[i + lanes / 2], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      t[2 * i + 1] =
          __builtin_shufflevector(v[i], v[i + lanes / 2], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif defined(__AVX2__)
      t[2 * i] = __builtin_shufflevector(v[i], v[i + lanes / 2], 0, 8, 1, 9, 2, 10, 3, 11);
      t[2 * i + 1] = __builtin_shufflevector(v[i], v[i + lanes / 2], 4, 12, 5, 13, 6, 14, 7, 15);
#else
      t[2 * i] = __builtin_shufflevector(v[i], v[i + lanes / 2], 0, 4, 1, 5);
      t[2 * i + 1] = __builtin_shufflevector(v[i], v[i + lanes / 2], 2, 6, 3, 7);
#endif
    }
    UNROLL for (int i = 0; i < lanes; i++) v[i] = t[i];
  }
  UNROLL for (int i = 0; i < lanes; i++) store(to + i * toStride, v[i]);
}

/// Packs B[depth, columns] as rows of `width` (a multiple of lanes, at least columns), padded with zeros.
void packB(const float* b, long bRow, long bColumn, long depth, int columns, float* to, int width) {
  if (bColumn == 1) {
    for (long k = 0; k < depth; k++, to += width, b += bRow) {
      int j = 0;
      for (; j + lanes <= columns; j += lanes) store(to + j, load(b + j));
      if (j < columns) store(to + j, loadFirst(b + j, columns - j));
    }
    return;
  }
  for (int j = 0; j < width; j += lanes) {
    int count = columns - j < lanes ? columns - j : lanes;
    const float* from = b + j * bColumn;
    long k = 0;
    if (bRow == 1) {
      if (count == lanes) {
        for (; k + lanes <= depth; k += lanes) transposeBlock(from + k, bColumn, to + k * width + j, width, lanes);
      } else {
        for (; k + lanes <= depth; k += lanes) transposeBlock(from + k, bColumn, to + k * width + j, width, count);
      }
    }
    for (; k < depth; k++) {
      for (int i = 0; i < lanes; i++) to[k * width + j + i] = i < count ? from[i * bColumn + k * bRow] : 0.0f;
    }
  }
}

/// Packs up to tileRows rows of A, by rows or by columns.
void packA(const float* a, long aRow, long aColumn, long depth, int rows, bool byColumns, float* to) {
  if (!byColumns) {
    for (int i = 0; i < rows; i++, a += aRow, to += panelRowStride) {
      long k = 0;
      for (; k + lanes <= depth; k += lanes) store(to + k, load(a + k));
      if (k < depth) storeFirst(to + k, loadFirst(a + k, depth - k), depth - k);
    }
  } else if (aRow == 1) {
    for (long k = 0; k < depth; k++, a += aColumn, to += panelColumnStride) {
      UNROLL for (int i = 0; i < panelColumnStride; i += lanes) {
        if (i < rows) store(to + i, rows - i >= lanes ? load(a + i) : loadFirst(a + i, rows - i));
      }
    }
  } else {
    for (long k = 0; k < depth; k++, to += panelColumnStride) {
      for (int i = 0; i < rows; i++) to[i] = a[i * aRow + k * aColumn];
    }
  }
}

}  // namespace
