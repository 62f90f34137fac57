// A matrix that is packed once and then multiplied by few rows at a time, many times over.
#pragma once

#include "pack.h"
#include "tile.h"

namespace {

/// A matrix packed for products with few rows: blocks of depth, in each panels of columns.
struct PackedMatrix {
  const float* data;
  long depth, columns;

  static constexpr long panelWidth = tileVectors * lanes;
  static long width(long columns) { return (columns + lanes - 1) / lanes * lanes; }

  /// Packs B[depth, columns] into `to`, depth * width(columns) floats.
  static PackedMatrix pack(const float* b, long bRow, long bColumn, long depth, long columns, float* to) {
    for (long k0 = 0; k0 < depth; k0 += blockDepth) {
      const long block = atMost(depth - k0, blockDepth);
      float* panels = to + k0 * width(columns);
      for (long j = 0; j < columns; j += panelWidth) {
        const int count = static_cast<int>(atMost(columns - j, panelWidth));
        packB(b + k0 * bRow + j * bColumn, bRow, bColumn, block, count, panels + j * block,
              static_cast<int>(width(count)));
      }
    }
    return {to, depth, columns};
  }

  /// c[rows, columns] = a[rows, depth] B (+ c). a's columns stand side by side.
  void multiply(const float* a, long aRow, long rows, float* c, long cRow, bool accumulate, float* scratch) const {
    multiplyPart(a, aRow, rows, depth, columns, c, cRow, accumulate, scratch);
  }

  /// The same for the first columns only, at least; up to the end of a panel more may be written. Of a's columns, those
  /// from `reach` on count as 0.
  void multiplyPart(const float* a, long aRow, long rows, long reach, long wanted, float* c, long cRow, bool accumulate,
                    float* scratch) const {
    const long panels = (rows + tileRows - 1) / tileRows;
    const long rowStep = (rows + panels - 1) / panels;
    for (long k0 = 0; k0 < reach; k0 += blockDepth) {
      const long block = atMost(depth - k0, blockDepth), used = atMost(reach - k0, blockDepth);
      for (long i = 0; i < rows; i += rowStep) {
        packA(a + i * aRow + k0, aRow, 1, used, static_cast<int>(atMost(rows - i, rowStep)), false,
              scratch + i / rowStep * panelSize);
      }
      for (long j = 0; j < wanted; j += panelWidth) {
        const long count = atMost(columns - j, panelWidth);
        const int vectors = static_cast<int>((count + lanes - 1) / lanes);
        const int lastLanes = static_cast<int>(count - (vectors - 1) * lanes);
        const float* panel = data + k0 * width(columns) + j * block;
        for (long i = 0; i < rows; i += rowStep) {
          pickKernel(static_cast<int>(atMost(rows - i, rowStep)), vectors, false, lastLanes < lanes)(
              used, scratch + i / rowStep * panelSize, panel, vectors * lanes, c + i * cRow + j, cRow,
              accumulate || k0 > 0, lastLanes);
        }
      }
    }
  }
};

}  // namespace
