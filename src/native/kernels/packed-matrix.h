// A matrix that is packed once and then multiplied by few rows at a time, many times over.
#pragma once

#include "amx.h"
#include "pack.h"
#include "tile.h"

namespace {

/// A matrix packed for products with few rows: blocks of depth, in each panels of columns.
struct PackedMatrix {
  const float* data;
  long depth, columns;
  bool onTiles = false;  // packed for tile registers: panels are groups

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

  /// The same for products with about `rows` rows by `multiply` only: for tile registers where they are faster. Takes
  /// depth * columns * 3 / 2 floats, both rounded up to 32.
  static PackedMatrix packFor(long rows, const float* b, long bRow, long bColumn, long depth, long columns, float* to) {
#if defined(__AMX_BF16__)
    const bool large = rows >= 12 && columns >= groupLines && depth >= slabDepth;
    if (large && packLines<false>({b, bColumn, bRow}, columns, depth, to)) return {to, depth, columns, true};
#else
    (void)rows;
#endif
    return pack(b, bRow, bColumn, depth, columns, to);
  }

  /// c[rows, columns] = a[rows, depth] B (+ c). a's columns stand side by side. On tile registers an infinity in `a` gives
  /// NaN.
  void multiply(const float* a, long aRow, long rows, float* c, long cRow, bool accumulate, float* scratch) const {
#if defined(__AMX_BF16__)
    if (onTiles) return multiplyOnTiles(a, aRow, rows, c, cRow, accumulate, scratch);
#endif
    multiplyPart(a, aRow, rows, depth, columns, c, cRow, accumulate, scratch);
  }

#if defined(__AMX_BF16__)
  void multiplyOnTiles(const float* a, long aRow, long rows, float* c, long cRow, bool accumulate, float* scratch) const {
    constexpr long depthAtOnce = 1024;
    static_assert(groupFloats(depthAtOnce) <= 16 * panelSize, "fits where packed rows do");
    const TileRegisters registers;
    for (long k = 0; k < depth; k += depthAtOnce) {
      const long block = atMost(depth - k, depthAtOnce), slabs = slabsOf(block);
      for (long i = 0; i < rows; i += groupLines) {
        const long count = atMost(rows - i, groupLines);
        packLines<true>({a + i * aRow + k, aRow, 1}, count, block, scratch);
        const float* group = data + k / slabDepth * slabFloats;
        long j = 0;
        for (; count == tileLines && j + 2 * groupLines <= columns; j += 2 * groupLines, group += 2 * groupFloats(depth)) {
          multiplyRowTile(slabs, scratch, group, groupFloats(depth), c + i * cRow + j, cRow, accumulate || k > 0);
        }
        for (; j < columns; j += groupLines, group += groupFloats(depth)) {
          float* to = c + i * cRow + j;
          multiplyGroups(slabs, scratch, group, to, to + groupLines, cRow, count, atMost(columns - j, groupLines),
                         accumulate || k > 0);
        }
      }
    }
  }
#endif

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
