// The innermost kernel of the matrix product: a tile of C held in registers while k runs. And the sizes of all blocks.
#pragma once

#include "vector.h"

namespace {

// The tile of C in registers: tileRows x (tileVectors * lanes). Sized so that it, one row of B and one broadcast element
// of A fill the register file: 32 registers for AVX-512 and NEON, 16 for AVX2 and SSE.
#if defined(__AVX512F__)
constexpr int tileRows = 9, tileVectors = 3;
#elif defined(__aarch64__)
constexpr int tileRows = 8, tileVectors = 3;
#else
constexpr int tileRows = 6, tileVectors = 2;
#endif

constexpr int blockDepth = 384;             // of A and B packed at a time: a panel of A stays in L1
constexpr int blockRows = tileRows * 36;    // of A packed at a time: stays in L2
constexpr int blockColumns = 2016;          // of B packed at a time: a multiple of every tile width
// A panel of A keeps its rows (when A's rows are contiguous) or its columns (when A's columns are). The padding keeps
// rows of a panel out of each other's cache sets.
constexpr int panelRowStride = blockDepth + 16;
constexpr int panelColumnStride = (tileRows + lanes - 1) / lanes * lanes;
constexpr int panelSize = tileRows * panelRowStride > blockDepth * panelColumnStride ? tileRows * panelRowStride
                                                                                      : blockDepth * panelColumnStride;
constexpr long gemmScratch = blockRows / tileRows * panelSize + blockDepth * blockColumns;

typedef void (*TileKernel)(long depth, const float* a, const float* b, long bRow, float* c, long cRow, bool accumulate,
                           int lastLanes);

/// Rows x Vectors of C. ByColumns: A's panel holds columns. Partial: the last vector of each row holds `lastLanes`
/// elements.
template <int Rows, int Vectors, bool ByColumns, bool Partial>
__attribute__((noinline)) void tileKernel(long depth, const float* __restrict a, const float* __restrict b, long bRow,
                                          float* __restrict c, long cRow, bool accumulate, int lastLanes) {
  Vector sum[Rows][Vectors];
  UNROLL for (int i = 0; i < Rows; i++) {
    UNROLL for (int j = 0; j < Vectors; j++) sum[i][j] = Vector{};
  }
  // C's lines are asked for a row at a time: all at once they would hold up the loads of A and B. Few steps wait for none.
  const bool atOnce = depth < 128;
  const long step = atOnce ? depth : depth / (Rows + 2);
  const float* next = c;
  int asked = 0;
  for (long k = 0; k < depth;) {
    do {
      if (asked == Rows) break;
      UNROLL for (int j = 0; j < Vectors * lanes; j += 16) __builtin_prefetch(next + j, 1);
      __builtin_prefetch(next + Vectors * lanes - 1, 1);
      next += cRow;
      asked++;
    } while (atOnce);
    const long end = asked < Rows ? atMost(depth, k + step) : depth;
    for (; k < end; k++) {
      Vector row[Vectors];
      UNROLL for (int j = 0; j < Vectors; j++) {
        row[j] = Partial && j == Vectors - 1 ? loadFirst(b + j * lanes, lastLanes) : load(b + j * lanes);
      }
      UNROLL for (int i = 0; i < Rows; i++) {
        Vector element = broadcast(ByColumns ? a[i] : a[i * panelRowStride]);
        UNROLL for (int j = 0; j < Vectors; j++) sum[i][j] = multiplyAdd(element, row[j], sum[i][j]);
      }
      b += bRow;
      a += ByColumns ? panelColumnStride : 1;
    }
  }
  UNROLL for (int i = 0; i < Rows; i++) {
    UNROLL for (int j = 0; j < Vectors; j++) {
      float* to = c + i * cRow + j * lanes;
      if (Partial && j == Vectors - 1) {
        storeFirst(to, accumulate ? loadFirst(to, lastLanes) + sum[i][j] : sum[i][j], lastLanes);
      } else {
        store(to, accumulate ? load(to) + sum[i][j] : sum[i][j]);
      }
    }
  }
}

/// The kernels of one width for 1 to tileRows rows.
template <int Vectors, bool ByColumns, bool Partial>
TileKernel kernelForRows(int rows) {
  switch (rows) {
    case 1: return tileKernel<1, Vectors, ByColumns, Partial>;
    case 2: return tileKernel<2, Vectors, ByColumns, Partial>;
    case 3: return tileKernel<3, Vectors, ByColumns, Partial>;
    case 4: return tileKernel<4, Vectors, ByColumns, Partial>;
    case 5: return tileKernel<5, Vectors, ByColumns, Partial>;
    case 6: return tileKernel<6, Vectors, ByColumns, Partial>;
    case 7: return tileKernel<(7 <= tileRows ? 7 : 1), Vectors, ByColumns, Partial>;
    case 8: return tileKernel<(8 <= tileRows ? 8 : 1), Vectors, ByColumns, Partial>;
    default: return tileKernel<(9 <= tileRows ? 9 : 1), Vectors, ByColumns, Partial>;
  }
}

template <bool ByColumns, bool Partial>
TileKernel kernelForVectors(int rows, int vectors) {
  if (vectors == 1) return kernelForRows<1, ByColumns, Partial>(rows);
  if (vectors == 2) return kernelForRows<2, ByColumns, Partial>(rows);
  return kernelForRows<(tileVectors >= 3 ? 3 : 1), ByColumns, Partial>(rows);
}

TileKernel pickKernel(int rows, int vectors, bool byColumns, bool partial) {
  if (byColumns) {
    return partial ? kernelForVectors<true, true>(rows, vectors) : kernelForVectors<true, false>(rows, vectors);
  }
  return partial ? kernelForVectors<false, true>(rows, vectors) : kernelForVectors<false, false>(rows, vectors);
}

}  // namespace
