// Matrix product on AMX's tile registers: eight of 16 x 64 bytes, and one instruction that multiplies two tiles of bfloat16
// and adds the products to a tile of float32. See bfloat16.h for how that makes a product of float32.
#pragma once

#include "bfloat16.h"

#if defined(__AMX_BF16__)

namespace {

/// What tile registers are set up with: all eight of full size.
alignas(64) const struct {
  uint8_t palette = 1, startRow = 0, reserved[14] = {};
  uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
} tileConfiguration;

/// The calling thread's tile registers, for as long as this lives.
class TileRegisters {
 public:
  TileRegisters() { _tile_loadconfig(&tileConfiguration); }
  ~TileRegisters() { _tile_release(); }
};

/// Compilers do not all know that loading a tile reads memory: what was written before stands there from here on.
INLINE void finishWrites() { __asm__ volatile("" ::: "memory"); }

// Tiles 0 to 3 hold C (0 and 1 its upper rows), 4 and 5 two tiles of A, 6 and 7 two of B.

template <int RowTiles>
INLINE void loadA(const float* slab, int piece) {
  _tile_loadd(4, slab + 2 * piece * tileFloats, 64);
  if constexpr (RowTiles == 2) _tile_loadd(5, slab + (2 * piece + 1) * tileFloats, 64);
}

template <int ColumnTiles>
INLINE void loadB(const float* slab, int piece) {
  _tile_loadd(6, slab + 2 * piece * tileFloats, 64);
  if constexpr (ColumnTiles == 2) _tile_loadd(7, slab + (2 * piece + 1) * tileFloats, 64);
}

template <int RowTiles, int ColumnTiles>
INLINE void multiplyTiles() {
  _tile_dpbf16ps(0, 4, 6);
  if constexpr (ColumnTiles == 2) _tile_dpbf16ps(1, 4, 7);
  if constexpr (RowTiles == 2) _tile_dpbf16ps(2, 5, 6);
  if constexpr (RowTiles == 2 && ColumnTiles == 2) _tile_dpbf16ps(3, 5, 7);
}

template <int RowTiles, int ColumnTiles>
INLINE void loadC(const float* c, long row) {
  _tile_loadd(0, c, row * 4);
  if constexpr (ColumnTiles == 2) _tile_loadd(1, c + tileLines, row * 4);
  if constexpr (RowTiles == 2) _tile_loadd(2, c + tileLines * row, row * 4);
  if constexpr (RowTiles == 2 && ColumnTiles == 2) _tile_loadd(3, c + tileLines * row + tileLines, row * 4);
}

template <int RowTiles, int ColumnTiles>
INLINE void storeC(float* c, long row) {
  _tile_stored(0, c, row * 4);
  if constexpr (ColumnTiles == 2) _tile_stored(1, c + tileLines, row * 4);
  if constexpr (RowTiles == 2) _tile_stored(2, c + tileLines * row, row * 4);
  if constexpr (RowTiles == 2 && ColumnTiles == 2) _tile_stored(3, c + tileLines * row + tileLines, row * 4);
}

/// Asks for the two tiles of a piece.
INLINE void prefetchPiece(const float* slab, int piece) {
  const float* tiles = slab + 2 * piece * tileFloats;
  UNROLL for (int line = 0; line < 2 * tileFloats; line += lanes) __builtin_prefetch(tiles + line);
}

/// A group of A times a group of B, (+)= the block of C that both make; all of it is written. `next` is where C goes on.
template <int RowTiles, int ColumnTiles>
INLINE void multiplyWholeGroups(long slabs, const float* a, const float* b, float* c, const float* next, long cRow,
                                bool accumulate) {
  constexpr int high = 0, middle = 1, low = 2;
  finishWrites();
  if (accumulate) {
    loadC<RowTiles, ColumnTiles>(c, cRow);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  // The next lines of C are asked for a few rows at a time, the next slab's tiles a piece at a time: all at once would hold
  // up loads.
  const float* asked = next;
  const auto askForC = [&] {
    if (asked == next + RowTiles * tileLines * cRow) return;
    UNROLL for (int i = 0; i < 4; i++, asked += cRow) {
      __builtin_prefetch(asked, 1);
      if constexpr (ColumnTiles == 2) __builtin_prefetch(asked + tileLines, 1);
    }
  };
  for (long s = 0; s < slabs; s++, a += slabFloats, b += slabFloats) {
    const float *nextA = a + slabFloats, *nextB = b + slabFloats;
    loadA<RowTiles>(a, low);
    loadB<ColumnTiles>(b, high);
    multiplyTiles<RowTiles, ColumnTiles>();
    prefetchPiece(nextA, low);
    loadA<RowTiles>(a, middle);
    multiplyTiles<RowTiles, ColumnTiles>();
    prefetchPiece(nextB, high);
    askForC();
    loadB<ColumnTiles>(b, middle);
    multiplyTiles<RowTiles, ColumnTiles>();
    prefetchPiece(nextA, middle);
    loadA<RowTiles>(a, high);
    multiplyTiles<RowTiles, ColumnTiles>();
    prefetchPiece(nextB, middle);
    askForC();
    loadB<ColumnTiles>(b, low);
    multiplyTiles<RowTiles, ColumnTiles>();
    prefetchPiece(nextA, high);
    loadB<ColumnTiles>(b, high);
    multiplyTiles<RowTiles, ColumnTiles>();
    prefetchPiece(nextB, low);
  }
  storeC<RowTiles, ColumnTiles>(c, cRow);
}

// Loads a tile of B and multiplies it by one piece of A (4 high, 5 middle, 6 low) or by two. Macros, since tile registers are
// named by literals.
#define CELLGRAD_TIMES_ONE(c, a, b)  \
  _tile_loadd(7, b, 64);             \
  _tile_dpbf16ps(c, a, 7)
#define CELLGRAD_TIMES_TWO(c, a1, a2, b) \
  CELLGRAD_TIMES_ONE(c, a1, b);          \
  _tile_dpbf16ps(c, a2, 7)

/// One tile of rows times two groups of B: four sums that do not wait for each other. Every element of C takes its products
/// in the order of multiplyWholeGroups.
void multiplyRowTile(long slabs, const float* a, const float* b, long groupB, float* c, long cRow, bool accumulate) {
  constexpr int high = 0, middle = 1, low = 2;
  constexpr long ofMiddle = 2 * middle * tileFloats, ofLow = 2 * low * tileFloats;
  finishWrites();
  if (accumulate) {
    _tile_loadd(0, c, cRow * 4);
    _tile_loadd(1, c + tileLines, cRow * 4);
    _tile_loadd(2, c + 2 * tileLines, cRow * 4);
    _tile_loadd(3, c + 3 * tileLines, cRow * 4);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (long s = 0; s < slabs; s++, a += slabFloats, b += slabFloats) {
    // A's pieces in 4, 5 and 6, one tile of B after the other in 7; the next slab of B is asked for meanwhile.
    _tile_loadd(4, a, 64);
    _tile_loadd(5, a + ofMiddle, 64);
    _tile_loadd(6, a + ofLow, 64);
    const float *b2 = b + groupB, *next = b + slabFloats, *next2 = b2 + slabFloats;
    CELLGRAD_TIMES_TWO(0, 6, 5, b);
    CELLGRAD_TIMES_TWO(1, 6, 5, b + tileFloats);
    prefetchPiece(next, high);
    CELLGRAD_TIMES_TWO(2, 6, 5, b2);
    CELLGRAD_TIMES_TWO(3, 6, 5, b2 + tileFloats);
    prefetchPiece(next2, high);
    CELLGRAD_TIMES_TWO(0, 5, 4, b + ofMiddle);
    CELLGRAD_TIMES_TWO(1, 5, 4, b + tileFloats + ofMiddle);
    prefetchPiece(next, middle);
    CELLGRAD_TIMES_TWO(2, 5, 4, b2 + ofMiddle);
    CELLGRAD_TIMES_TWO(3, 5, 4, b2 + tileFloats + ofMiddle);
    prefetchPiece(next2, middle);
    CELLGRAD_TIMES_ONE(0, 4, b + ofLow);
    CELLGRAD_TIMES_ONE(1, 4, b + tileFloats + ofLow);
    prefetchPiece(next, low);
    CELLGRAD_TIMES_ONE(2, 4, b2 + ofLow);
    CELLGRAD_TIMES_ONE(3, 4, b2 + tileFloats + ofLow);
    prefetchPiece(next2, low);
    CELLGRAD_TIMES_ONE(0, 4, b);
    CELLGRAD_TIMES_ONE(1, 4, b + tileFloats);
    CELLGRAD_TIMES_ONE(2, 4, b2);
    CELLGRAD_TIMES_ONE(3, 4, b2 + tileFloats);
  }
  _tile_stored(0, c, cRow * 4);
  _tile_stored(1, c + tileLines, cRow * 4);
  _tile_stored(2, c + 2 * tileLines, cRow * 4);
  _tile_stored(3, c + 3 * tileLines, cRow * 4);
}
#undef CELLGRAD_TIMES_ONE
#undef CELLGRAD_TIMES_TWO

template <int RowTiles, int ColumnTiles>
void multiplyGroupsOf(long slabs, const float* a, const float* b, float* c, const float* next, long cRow, long rows,
                      long columns, bool accumulate) {
  if (rows == RowTiles * tileLines && columns == ColumnTiles * tileLines) {
    return multiplyWholeGroups<RowTiles, ColumnTiles>(slabs, a, b, c, next, cRow, accumulate);
  }
  alignas(64) float block[groupLines * groupLines];
  for (long i = 0; accumulate && i < rows; i++) {
    for (long j = 0; j < columns; j += lanes) {
      store(block + i * groupLines + j, loadFirst(c + i * cRow + j, atMost(columns - j, lanes)));
    }
  }
  multiplyWholeGroups<RowTiles, ColumnTiles>(slabs, a, b, block, block, groupLines, accumulate);
  for (long i = 0; i < rows; i++) {
    for (long j = 0; j < columns; j += lanes) {
      storeFirst(c + i * cRow + j, load(block + i * groupLines + j), atMost(columns - j, lanes));
    }
  }
}

/// C[rows, columns] (+)= a packed group of rows times a packed group of columns; `next` is the part of C after it.
void multiplyGroups(long slabs, const float* a, const float* b, float* c, const float* next, long cRow, long rows,
                    long columns, bool accumulate) {
  const bool high = rows > tileLines, wide = columns > tileLines;
  if (high && wide) multiplyGroupsOf<2, 2>(slabs, a, b, c, next, cRow, rows, columns, accumulate);
  else if (high) multiplyGroupsOf<2, 1>(slabs, a, b, c, next, cRow, rows, columns, accumulate);
  else if (wide) multiplyGroupsOf<1, 2>(slabs, a, b, c, next, cRow, rows, columns, accumulate);
  else multiplyGroupsOf<1, 1>(slabs, a, b, c, next, cRow, rows, columns, accumulate);
}

}  // namespace

#endif
