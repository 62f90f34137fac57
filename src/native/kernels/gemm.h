// Matrix product: C = A B (+ C), float32, by the scheme of Goto and van de Geijn: blocks of A and B are packed so that
// the innermost kernel reads them in order from the nearest cache, and holds a tile of C in registers all the while.
//
// Transposed operands are only other strides; packing reads them where they stand. Every element of C is a sum over k in
// an order that depends on the whole product alone, so neither threads nor tiling change a bit of the result.
#pragma once

#include "core.h"
#include "pack.h"
#include "tile.h"
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
  const bool packsB = p.bColumn != 1 || (p.rows >= 16 * tileRows && (p.columns * p.depth > 131072 || p.bRow % 1024 == 0));
  // Equal steps through k, at most blockDepth each.
  const long depthBlocks = (p.depth + blockDepth - 1) / blockDepth;
  const long depthStep = ((p.depth + depthBlocks - 1) / depthBlocks + lanes - 1) / lanes * lanes;

  // Likewise through the columns, so that no narrow rest makes A be packed once more.
  const long panelWidth = tileVectors * lanes;
  const long columnBlocks = (p.columns + blockColumns - 1) / blockColumns;
  const long columnStep = ((p.columns + columnBlocks - 1) / columnBlocks + panelWidth - 1) / panelWidth * panelWidth;

  for (long column0 = 0; column0 < p.columns; column0 += columnStep) {
    const long columns = atMost(p.columns - column0, columnStep);
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
        // Columns of A that lie apart are read a few at a time for all panels, so that no line is fetched for each anew.
        const long packStep = byColumns ? 16 : depth;
        for (long k = 0; k < depth; k += packStep) {
          for (long i = 0; i < rows; i += rowStep) {
            packA(p.a + (row0 + i) * p.aRow + (k0 + k) * p.aColumn, p.aRow, p.aColumn, atMost(depth - k, packStep),
                  static_cast<int>(atMost(rows - i, rowStep)), byColumns,
                  packedA + i / rowStep * panelSize + k * panelColumnStride);
          }
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
      const bool rowsFirst = p.aColumn != 1 && p.bColumn == 1;
      while (all.rowTiles * all.columnTiles < tiles) {
        // Cut the longer side: a column tile packs all of A again, a row tile all of B. Where B is read in place and A
        // lies across, rows come first.
        const long nextHeight = p.rows / (all.rowTiles * 2), nextWidth = p.columns / (all.columnTiles * 2);
        const bool canCutRows = nextHeight >= 2 * tileRows && !all.asDotProducts, canCutColumns = nextWidth >= 2 * lanes;
        if (!canCutRows && !canCutColumns) break;
        if (canCutRows && (!canCutColumns || rowsFirst || nextHeight > nextWidth)) all.rowTiles *= 2;
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
