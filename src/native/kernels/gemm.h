// Matrix product: C = A B (+ C), float32, by the scheme of Goto and van de Geijn: blocks of A and B are packed so that
// the innermost kernel reads them in order from the nearest cache, and holds a tile of C in registers all the while.
//
// Transposed operands are only other strides; packing reads them where they stand. Every element of C is a sum over k in
// an order that depends on the whole product alone, so neither threads nor tiling change a bit of the result.
#pragma once

#include "core.h"
#include "pack.h"
#include "product.h"
#include "tile.h"

namespace {

using namespace cellgrad;

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

}  // namespace
