// Matrix product: C = A B (+ C), float32, by the scheme of Goto and van de Geijn: blocks of A and B are packed so that
// the innermost kernel reads them in order from the nearest cache, and holds a tile of C in registers all the while.
//
// Transposed operands are only other strides; packing reads them where they stand. Every element of C is a sum over k in
// an order that depends on the depth alone, so neither threads nor tiling change a bit of the result.
#pragma once

#include "core.h"
#include "vector-math.h"

namespace {

using namespace cellgrad;

/// An activation applied to the finished product.
enum class Activation { none, relu, sigmoid, tanh };

/// C[rows, columns] = A[rows, depth] B[depth, columns]; C's columns stand next to each other.
struct Product {
  long rows, columns, depth;
  const float* a;
  long aRow, aColumn;
  const float* b;
  long bRow, bColumn;
  float* c;
  long cRow;
  bool accumulate;
};

// The tile of C in registers: tileRows x (tileVectors * lanes). Sized so that it, one row of B and one broadcast element
// of A fill the register file: 32 registers for AVX-512 and NEON, 16 for AVX2 and SSE.
#if defined(__AVX512F__)
constexpr int tileRows = 9, tileVectors = 3;
#elif defined(__aarch64__)
constexpr int tileRows = 8, tileVectors = 3;
#else
constexpr int tileRows = 6, tileVectors = 2;
#endif

constexpr int blockDepth = 256;             // of A and B packed at a time: a panel of A stays in L1
constexpr int blockRows = tileRows * 36;    // of A packed at a time: stays in L2
constexpr int blockColumns = 2016;          // of B packed at a time: a multiple of every tile width
// A panel of A keeps its rows (when A's rows are contiguous) or its columns (when A's columns are). The padding keeps
// rows of a panel out of each other's cache sets.
constexpr int panelRowStride = blockDepth + 16;
constexpr int panelColumnStride = (tileRows + lanes - 1) / lanes * lanes;
constexpr int panelSize = tileRows * panelRowStride > blockDepth * panelColumnStride ? tileRows * panelRowStride
                                                                                      : blockDepth * panelColumnStride;
constexpr long gemmScratch = blockRows / tileRows * panelSize + blockDepth * blockColumns;

// ---- The innermost kernel.

typedef void (*TileKernel)(long depth, const float* a, const float* b, long bRow, float* c, long cRow, bool accumulate,
                           int lastLanes);

/// Rows x Vectors of C. ByColumns: A's panel holds columns. Partial: the last vector of each row holds `lastLanes`
/// elements.
template <int Rows, int Vectors, bool ByColumns, bool Partial>
__attribute__((noinline)) void tileKernel(long depth, const float* __restrict a, const float* __restrict b, long bRow,
                                          float* __restrict c, long cRow, bool accumulate, int lastLanes) {
  Vector sum[Rows][Vectors];
  UNROLL for (int i = 0; i < Rows; i++) {
    __builtin_prefetch(c + i * cRow, 1);
    if (Vectors * lanes > 16) __builtin_prefetch(c + i * cRow + Vectors * lanes - 1, 1);
    UNROLL for (int j = 0; j < Vectors; j++) sum[i][j] = Vector{};
  }
  for (long k = 0; k < depth; k++) {
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

// ---- Packing.

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

// ---- Few rows: every element of C is a dot product, and packing B would cost more than the product.

template <int Rows>
void dotProducts(const Product& p) {
  constexpr int columnsAtOnce = 4;
  for (long j = 0; j < p.columns; j += columnsAtOnce) {
    int count = static_cast<int>(atMost(p.columns - j, columnsAtOnce));
    const float* column[columnsAtOnce];
    Vector sum[Rows][columnsAtOnce];
    UNROLL for (int q = 0; q < columnsAtOnce; q++) {
      column[q] = p.b + (j + (q < count ? q : 0)) * p.bColumn;
      UNROLL for (int i = 0; i < Rows; i++) sum[i][q] = Vector{};
    }
    long k = 0;
    for (; k + lanes <= p.depth; k += lanes) {
      Vector x[columnsAtOnce];
      UNROLL for (int q = 0; q < columnsAtOnce; q++) x[q] = load(column[q] + k);
      UNROLL for (int i = 0; i < Rows; i++) {
        Vector y = load(p.a + i * p.aRow + k);
        UNROLL for (int q = 0; q < columnsAtOnce; q++) sum[i][q] = multiplyAdd(y, x[q], sum[i][q]);
      }
    }
    if (k < p.depth) {
      long rest = p.depth - k;
      Vector x[columnsAtOnce];
      UNROLL for (int q = 0; q < columnsAtOnce; q++) x[q] = loadFirst(column[q] + k, rest);
      UNROLL for (int i = 0; i < Rows; i++) {
        Vector y = loadFirst(p.a + i * p.aRow + k, rest);
        UNROLL for (int q = 0; q < columnsAtOnce; q++) sum[i][q] = multiplyAdd(y, x[q], sum[i][q]);
      }
    }
    for (int i = 0; i < Rows; i++) {
      for (int q = 0; q < count; q++) {
        float* to = p.c + i * p.cRow + j + q;
        float total = sumOfLanes(sum[i][q]);
        *to = p.accumulate ? *to + total : total;
      }
    }
  }
}

/// Whether the product runs as dot products: decided for the whole product, so that splitting it changes nothing.
bool suitsDotProducts(const Product& p) {
  return p.rows <= 4 && p.bRow == 1 && p.bColumn != 1 && p.aColumn == 1 && p.depth >= lanes;
}

// ---- One thread's product.

void multiply(const Product& p, bool asDotProducts, float* scratch) {
  if (p.rows <= 0 || p.columns <= 0) return;
  if (p.depth <= 0) {
    if (p.accumulate) return;
    for (long i = 0; i < p.rows; i++) memset(p.c + i * p.cRow, 0, static_cast<size_t>(p.columns) * sizeof(float));
    return;
  }
  if (asDotProducts) {
    switch (p.rows) {
      case 1: return dotProducts<1>(p);
      case 2: return dotProducts<2>(p);
      case 3: return dotProducts<3>(p);
      default: return dotProducts<4>(p);
    }
  }
  float* packedA = scratch;
  float* packedB = scratch + blockRows / tileRows * panelSize;
  const bool byColumns = p.aColumn != 1;
  // Rows of B that already stand well are read in place unless they are used often enough to repay packing, or lie so
  // far apart (a power of two) that they evict each other.
  const bool packsB = p.bColumn != 1 || (p.rows >= 8 * tileRows && (p.columns * p.depth > 131072 || p.bRow % 1024 == 0));
  // Equal steps through k, at most blockDepth each.
  const long depthBlocks = (p.depth + blockDepth - 1) / blockDepth;
  const long depthStep = ((p.depth + depthBlocks - 1) / depthBlocks + lanes - 1) / lanes * lanes;

  for (long column0 = 0; column0 < p.columns; column0 += blockColumns) {
    const long columns = atMost(p.columns - column0, blockColumns);
    const long vectors = (columns + lanes - 1) / lanes;
    const long panels = (vectors + tileVectors - 1) / tileVectors;
    // Panels of equal width, in whole vectors: panel q starts at column panelStart(q).
    auto panelStart = [&](long q) { return q < panels ? vectors * q / panels * lanes : columns; };

    for (long k0 = 0; k0 < p.depth; k0 += depthStep) {
      const long depth = atMost(p.depth - k0, depthStep);
      const bool accumulate = p.accumulate || k0 > 0;
      if (packsB) {
        for (long q = 0; q < panels; q++) {
          const long j = panelStart(q), width = panelStart(q + 1) - j;
          packB(p.b + k0 * p.bRow + (column0 + j) * p.bColumn, p.bRow, p.bColumn, depth, static_cast<int>(width),
                packedB + j * depth, static_cast<int>((width + lanes - 1) / lanes * lanes));
        }
      }
      for (long row0 = 0; row0 < p.rows; row0 += blockRows) {
        const long rows = atMost(p.rows - row0, blockRows);
        const long rowPanels = (rows + tileRows - 1) / tileRows;
        const long rowStep = (rows + rowPanels - 1) / rowPanels;
        for (long i = 0; i < rows; i += rowStep) {
          packA(p.a + (row0 + i) * p.aRow + k0 * p.aColumn, p.aRow, p.aColumn, depth,
                static_cast<int>(atMost(rows - i, rowStep)), byColumns, packedA + i / rowStep * panelSize);
        }
        for (long q = 0; q < panels; q++) {
          const long j = panelStart(q), width = panelStart(q + 1) - j;
          const int panelVectors = static_cast<int>((width + lanes - 1) / lanes);
          const int lastLanes = static_cast<int>(width - (panelVectors - 1) * lanes);
          const float* b = packsB ? packedB + j * depth : p.b + k0 * p.bRow + column0 + j;
          const long bRow = packsB ? panelVectors * lanes : p.bRow;
          TileKernel kernel = pickKernel(static_cast<int>(rowStep), panelVectors, byColumns, lastLanes < lanes);
          for (long i = 0; i < rows; i += rowStep) {
            if (rows - i < rowStep) {
              kernel = pickKernel(static_cast<int>(rows - i), panelVectors, byColumns, lastLanes < lanes);
            }
            kernel(depth, packedA + i / rowStep * panelSize, b, bRow, p.c + (row0 + i) * p.cRow + column0 + j, p.cRow,
                   accumulate, lastLanes);
          }
        }
      }
    }
  }
}

// ---- Bias and activation on the finished product.

template <Activation Act>
INLINE Vector activate(Vector x) {
  if (Act == Activation::relu) return select(x <= 0.0f, Vector{}, x);  // NaN stays NaN
  if (Act == Activation::sigmoid) return sigmoid(x);
  if (Act == Activation::tanh) return hyperbolicTangent(x);
  return x;
}

/// c = activation(c + bias), row by row; biasStride 0 adds the same number everywhere; bias may be null.
template <Activation Act>
void finishRows(float* c, long rows, long columns, long cRow, const float* bias, long biasStride) {
  if (cRow == columns && (bias == nullptr || biasStride == 0)) {
    columns *= rows;
    rows = 1;
  }
  for (long i = 0; i < rows; i++, c += cRow) {
    for (long j = 0; j < columns; j += lanes) {
      const long count = atMost(columns - j, lanes);
      Vector x = loadFirst(c + j, count);
      if (bias != nullptr) x += biasStride == 0 ? broadcast(*bias) : loadFirst(bias + j, count);
      storeFirst(c + j, activate<Act>(x), count);
    }
  }
}

void finish(Activation activation, float* c, long rows, long columns, long cRow, const float* bias, long biasStride) {
  switch (activation) {
    case Activation::none:
      if (bias != nullptr) finishRows<Activation::none>(c, rows, columns, cRow, bias, biasStride);
      return;
    case Activation::relu: return finishRows<Activation::relu>(c, rows, columns, cRow, bias, biasStride);
    case Activation::sigmoid: return finishRows<Activation::sigmoid>(c, rows, columns, cRow, bias, biasStride);
    case Activation::tanh: return finishRows<Activation::tanh>(c, rows, columns, cRow, bias, biasStride);
  }
}

// ---- All threads' product.

constexpr int maxBatchDimensions = 6;

/// Equal products over batch dimensions (innermost last), each with its strides through A, B and C.
struct BatchedProduct {
  Product first;
  const float* bias;
  Activation activation;
  int dimensions;
  long size[maxBatchDimensions];
  long aStride[maxBatchDimensions], bStride[maxBatchDimensions], cStride[maxBatchDimensions];

  // How it is cut: every task is one tile of a rowTiles x columnTiles grid, of `batchesPerTask` products.
  bool asDotProducts;
  long batches, batchesPerTask;
  long rowTiles, columnTiles, tileHeight, tileWidth;
};

void runTile(void* job, long index, float* scratch) {
  const BatchedProduct& all = *static_cast<const BatchedProduct*>(job);
  const long tiles = all.rowTiles * all.columnTiles;
  const long tile = index % tiles;
  const long row0 = tile / all.columnTiles * all.tileHeight, column0 = tile % all.columnTiles * all.tileWidth;
  const long firstBatch = index / tiles * all.batchesPerTask;
  const long lastBatch = atMost(firstBatch + all.batchesPerTask, all.batches);
  for (long batch = firstBatch; batch < lastBatch; batch++) {
    Product p = all.first;
    long rest = batch;
    for (int d = all.dimensions - 1; d >= 0; d--) {
      const long at = rest % all.size[d];
      rest /= all.size[d];
      p.a += at * all.aStride[d];
      p.b += at * all.bStride[d];
      p.c += at * all.cStride[d];
    }
    p.a += row0 * p.aRow;
    p.b += column0 * p.bColumn;
    p.c += row0 * p.cRow + column0;
    p.rows = atMost(p.rows - row0, all.tileHeight);
    p.columns = atMost(p.columns - column0, all.tileWidth);
    if (p.rows <= 0 || p.columns <= 0) continue;
    multiply(p, all.asDotProducts, scratch);
    finish(all.activation, p.c, p.rows, p.columns, p.cRow, all.bias == nullptr ? nullptr : all.bias + column0, 1);
  }
}

/// A batch dimension through which B stands still continues A's rows when the strides fit: one larger product.
void mergeBatchesIntoRows(BatchedProduct& all) {
  while (all.dimensions > 0) {
    const int d = all.dimensions - 1;
    Product& p = all.first;
    if (all.size[d] != 1) {
      const bool fits = all.bStride[d] == 0 && all.aStride[d] == p.rows * p.aRow && all.cStride[d] == p.rows * p.cRow;
      if (!fits) return;
      p.rows *= all.size[d];
    }
    all.dimensions--;
  }
}

void multiplyAll(BatchedProduct& all) {
  mergeBatchesIntoRows(all);
  Product& p = all.first;
  all.batches = 1;
  for (int d = 0; d < all.dimensions; d++) all.batches *= all.size[d];
  if (all.batches == 0 || p.rows == 0 || p.columns == 0) return;

  if (p.columns == 1 && p.rows > 1 && p.cRow == 1 && all.dimensions == 0) {
    // One column: the same numbers as one row, Cᵀ = Bᵀ Aᵀ, which dot products do well.
    const Product column = p;
    p = {1, column.rows, column.depth, column.b, 0, column.bRow, column.a, column.aColumn, column.aRow, column.c,
         column.rows, column.accumulate};
    const float* bias = all.bias;
    const Activation activation = all.activation;
    all.bias = nullptr;
    all.activation = Activation::none;
    multiplyAll(all);
    finish(activation, column.c, 1, column.rows, column.rows, bias, 0);
    return;
  }

  all.asDotProducts = suitsDotProducts(p);
  all.rowTiles = all.columnTiles = 1;
  all.tileHeight = p.rows;
  all.tileWidth = p.columns;
  all.batchesPerTask = all.batches;
  const double work = static_cast<double>(p.rows) * p.columns * p.depth;
  constexpr double workPerTask = 250e3;  // multiply-adds: about 4 µs; below twice that, waking a thread does not pay
  const int threads = threadCount();
  if (threads > 1 && work * all.batches >= 2 * workPerTask) {
    // More tasks than threads, so that a thread that lost its core for a while does not hold up the rest.
    double wanted = work * all.batches / workPerTask;
    if (wanted > 4 * threads) wanted = 4 * threads;
    if (all.batches >= wanted) {
      all.batchesPerTask = static_cast<long>(all.batches / wanted);
    } else {
      all.batchesPerTask = 1;
      double tiles = wanted / all.batches;
      while (all.rowTiles * all.columnTiles < tiles) {
        // Cut the longer side; a column tile of B costs packing again, a row tile repacks all of B.
        const long nextHeight = p.rows / (all.rowTiles * 2), nextWidth = p.columns / (all.columnTiles * 2);
        const bool canCutRows = nextHeight >= 2 * tileRows && !all.asDotProducts, canCutColumns = nextWidth >= 2 * lanes;
        if (!canCutRows && !canCutColumns) break;
        if (canCutRows && (!canCutColumns || nextHeight > nextWidth)) all.rowTiles *= 2;
        else all.columnTiles *= 2;
      }
      const long rowUnit = all.asDotProducts ? 1 : tileRows, columnUnit = tileVectors * lanes;
      const long rowUnits = (p.rows + rowUnit - 1) / rowUnit;
      all.tileHeight = (rowUnits + all.rowTiles - 1) / all.rowTiles * rowUnit;
      const long unit = p.columns / all.columnTiles >= 4 * columnUnit ? columnUnit : lanes;
      const long columnUnits = (p.columns + unit - 1) / unit;
      all.tileWidth = (columnUnits + all.columnTiles - 1) / all.columnTiles * unit;
      all.rowTiles = (p.rows + all.tileHeight - 1) / all.tileHeight;
      all.columnTiles = (p.columns + all.tileWidth - 1) / all.tileWidth;
    }
  }
  const long batchTasks = (all.batches + all.batchesPerTask - 1) / all.batchesPerTask;
  const long tasks = batchTasks * all.rowTiles * all.columnTiles;
  if (tasks == 1) runTile(&all, 0, callerScratch());
  else runTasks(tasks, runTile, &all);
}

}  // namespace
