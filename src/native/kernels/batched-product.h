// Matrix products over batches and threads: how they are cut into tasks, and which way each of them is computed.
#pragma once

#include "amx-product.h"
#include "gemm.h"

namespace {

using namespace cellgrad;

constexpr int maxBatchDimensions = 6;

/// Equal products over batch dimensions (innermost last), each with its strides through A, B and C.
struct BatchedProduct {
  Product first;
  Finish finish;
  int dimensions;
  long size[maxBatchDimensions];
  long aStride[maxBatchDimensions], bStride[maxBatchDimensions], cStride[maxBatchDimensions];

  // How it is cut: every task is one tile of a rowTiles x columnTiles grid, of `batchesPerTask` products.
  bool asDotProducts;
  long batches, batchesPerTask;
  long rowTiles, columnTiles, tileHeight, tileWidth;
};

/// The product of one batch.
Product productOf(const BatchedProduct& all, long batch) {
  Product p = all.first;
  for (int d = all.dimensions - 1; d >= 0; d--) {
    const long at = batch % all.size[d];
    batch /= all.size[d];
    p.a += at * all.aStride[d];
    p.b += at * all.bStride[d];
    p.c += at * all.cStride[d];
  }
  return p;
}

void runTile(void* job, long index, float* scratch) {
  const BatchedProduct& all = *static_cast<const BatchedProduct*>(job);
  const long tiles = all.rowTiles * all.columnTiles;
  const long tile = index % tiles;
  const long row0 = tile / all.columnTiles * all.tileHeight, column0 = tile % all.columnTiles * all.tileWidth;
  const long firstBatch = index / tiles * all.batchesPerTask;
  const long lastBatch = atMost(firstBatch + all.batchesPerTask, all.batches);
  for (long batch = firstBatch; batch < lastBatch; batch++) {
    Product p = productOf(all, batch);
    p.a += row0 * p.aRow;
    p.b += column0 * p.bColumn;
    p.c += row0 * p.cRow + column0;
    p.rows = atMost(p.rows - row0, all.tileHeight);
    p.columns = atMost(p.columns - column0, all.tileWidth);
    if (p.rows <= 0 || p.columns <= 0) continue;
    multiply(p, all.asDotProducts, scratch);
    all.finish(p, column0);
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

#if defined(__AMX_BF16__)
void batchesOnTilesTask(void* job, long index, float* scratch) {
  const BatchedProduct& all = *static_cast<const BatchedProduct*>(job);
  const long first = index * all.batchesPerTask, last = atMost(first + all.batchesPerTask, all.batches);
  for (long batch = first; batch < last; batch++) multiplyOnTiles(productOf(all, batch), all.finish, scratch);
}

/// A few products are computed one after the other, each by all threads; of many each thread takes some.
void multiplyBatchesOnTiles(BatchedProduct& all) {
  const Product& p = all.first;
  const int threads = threadCount();
  const double work = static_cast<double>(p.rows) * p.columns * p.depth * all.batches;
  const bool few = all.batches < 2 * threads || work < 2 * tileWorkPerTask;
  all.batchesPerTask = few || threads == 1 ? all.batches : (all.batches + 4 * threads - 1) / (4 * threads);
  const long tasks = (all.batches + all.batchesPerTask - 1) / all.batchesPerTask;
  if (tasks == 1) batchesOnTilesTask(&all, 0, callerScratch());
  else runTasks(tasks, batchesOnTilesTask, &all);
}
#endif

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
    const Finish after = all.finish;
    all.finish = {nullptr, Activation::none};
    multiplyAll(all);
    finish(after.activation, column.c, 1, column.rows, column.rows, after.bias, 0);
    return;
  }

  all.asDotProducts = suitsDotProducts(p);
#if defined(__AMX_BF16__)
  if (!all.asDotProducts && suitsTiles(p)) return multiplyBatchesOnTiles(all);
#endif
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
