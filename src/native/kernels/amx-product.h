// How a matrix product is cut up for tile registers: one operand is packed whole, as far as it fits into the second cache, and
// stays; of the other a group of lines at a time is packed and multiplied by all that stays. Tasks share the groups.
//
// Every element of C takes its products in the order of k, whatever the cut: C carries the sums from one block of depth to the
// next. So neither threads nor cuts change a bit of the result.
#pragma once

#include "amx.h"
#include "atomic.h"
#include "gemm.h"
#include "product.h"

#if defined(__AMX_BF16__)

namespace {

constexpr long stayGroups = 16;                      // at most
constexpr long stayFloats = 256 << 10;               // of the packed operand that stays: half of a second cache
constexpr long moveGroups = 4;                       // of the other operand packed at a time, at most
constexpr long moveFloats = groupFloats(1024);
constexpr long tilesScratch = stayFloats + moveFloats;
constexpr double tileWorkPerTask = 500e3;            // multiply-adds: about 2 µs; below twice that, waking a thread does not pay

/// One block of depth of a product, and of the operand that stays.
struct BlockOnTiles {
  Product p;
  bool rowsStay;  // A stays, else B
  float* stay;
  long groupsPerTask;
  bool last;  // of the depth: C is finished
  Finish finish;
  long firstColumn;  // of C, for the bias
  mutable Atomic<bool> splits{true};

  long stayLines() const { return rowsStay ? p.rows : p.columns; }
  long moveLines() const { return rowsStay ? p.columns : p.rows; }
};

constexpr long groupsOf(long lines) { return (lines + groupLines - 1) / groupLines; }

/// Packs some groups of the operand that stays.
void packStayTask(void* argument, long index, float*) {
  const BlockOnTiles& block = *static_cast<const BlockOnTiles*>(argument);
  const Product& p = block.p;
  const long line = index * block.groupsPerTask * groupLines;
  const long count = atMost(block.stayLines() - line, block.groupsPerTask * groupLines);
  float* to = block.stay + line / groupLines * groupFloats(p.depth);
  const bool splits = block.rowsStay ? packLines<true>({p.a + line * p.aRow, p.aRow, p.aColumn}, count, p.depth, to)
                                     : packLines<false>({p.b + line * p.bColumn, p.bColumn, p.bRow}, count, p.depth, to);
  if (!splits) block.splits.storeRelaxed(false);
}

/// The part of a product that some of the lines that move make.
INLINE Product partOf(const BlockOnTiles& block, long first, long count) {
  Product p = block.p;
  if (block.rowsStay) {
    p.columns = count;
    p.b += first * p.bColumn;
    p.c += first;
  } else {
    p.rows = count;
    p.a += first * p.aRow;
    p.c += first * p.cRow;
  }
  return p;
}

/// Multiplies some groups of the operand that moves by all that stays, some depth of them at a time.
void multiplyMoving(const BlockOnTiles& block, long line, long count, float* scratch) {
  float* const moving = scratch + stayFloats;
  const long whole = block.p.depth, step = moveFloats / (groupsOf(count) * slabFloats) * slabDepth;
  Product p = partOf(block, line, count);
  for (long k = 0; k < whole; k += step) {
    p.depth = atMost(whole - k, step);
    const bool splits =
        block.splits.loadRelaxed() && (block.rowsStay ? packLines<false>({p.b, p.bColumn, p.bRow}, count, p.depth, moving)
                                                      : packLines<true>({p.a, p.aRow, p.aColumn}, count, p.depth, moving));
    const float* stay = block.stay + k / slabDepth * slabFloats;
    const long slabs = slabsOf(p.depth), stayGroup = groupFloats(whole), movingGroup = groupFloats(p.depth);
    if (!splits) multiply(p, false, scratch + tilesScratch);  // infinities and NaN: by the product that takes them
    for (long i = 0; splits && i < p.rows; i += groupLines) {
      const float* a = block.rowsStay ? stay + i / groupLines * stayGroup : moving + i / groupLines * movingGroup;
      for (long j = 0; j < p.columns; j += groupLines) {
        const float* b = block.rowsStay ? moving + j / groupLines * movingGroup : stay + j / groupLines * stayGroup;
        float* c = p.c + i * p.cRow + j;
        const float* next = j + groupLines < p.columns ? c + groupLines : p.c + (i + groupLines) * p.cRow;
        multiplyGroups(slabs, a, b, c, next, p.cRow, atMost(p.rows - i, groupLines), atMost(p.columns - j, groupLines),
                       p.accumulate);
      }
    }
    p.a += step * p.aColumn;
    p.b += step * p.bRow;
    p.accumulate = true;
  }
  p.depth = whole;
  if (block.last) block.finish(p, block.firstColumn + (block.rowsStay ? line : 0));
}

void multiplyMovingTask(void* argument, long index, float* scratch) {
  const BlockOnTiles& block = *static_cast<const BlockOnTiles*>(argument);
  const TileRegisters registers;
  const long begin = index * block.groupsPerTask * groupLines;
  const long end = atMost(begin + block.groupsPerTask * groupLines, block.moveLines());
  for (long line = begin; line < end; line += moveGroups * groupLines) {
    multiplyMoving(block, line, atMost(end - line, moveGroups * groupLines), scratch);
  }
}

/// Runs `body` for all groups, on all threads if there is enough to do.
void shareGroups(BlockOnTiles& block, long groups, bool isLarge, TaskBody body, float* scratch) {
  block.groupsPerTask = isLarge ? (groups + 4 * threadCount() - 1) / (4 * threadCount()) : groups;
  const long tasks = (groups + block.groupsPerTask - 1) / block.groupsPerTask;
  if (tasks == 1) body(&block, 0, scratch);
  else runTasks(tasks, body, &block);
}

/// A product on tile registers; on all threads, unless this is a task already.
void multiplyOnTiles(const Product& p, const Finish& finish, float* scratch) {
  const bool isLarge = threadCount() > 1 && static_cast<double>(p.rows) * p.columns * p.depth >= 2 * tileWorkPerTask;
  const bool rowsStay = groupsOf(p.rows) < groupsOf(p.columns);
  const long stayLines = rowsStay ? p.rows : p.columns;
  const long blocks = (groupsOf(stayLines) + stayGroups - 1) / stayGroups;
  const long linesPerBlock = (groupsOf(stayLines) + blocks - 1) / blocks * groupLines;
  // As deep as there is room for what stays.
  const long slabs = stayFloats / (linesPerBlock / groupLines * slabFloats);
  const long depthBlocks = (slabsOf(p.depth) + slabs - 1) / slabs;
  const long depthPerBlock = (slabsOf(p.depth) + depthBlocks - 1) / depthBlocks * slabDepth;
  for (long line = 0; line < stayLines; line += linesPerBlock) {
    const long count = atMost(stayLines - line, linesPerBlock);
    for (long k = 0; k < p.depth; k += depthPerBlock) {
      BlockOnTiles block = {p, rowsStay, scratch, 0, k + depthPerBlock >= p.depth, finish, rowsStay ? 0 : line};
      block.p.depth = atMost(p.depth - k, depthPerBlock);
      block.p.accumulate = p.accumulate || k > 0;
      block.p.a += k * p.aColumn + (rowsStay ? line * p.aRow : 0);
      block.p.b += k * p.bRow + (rowsStay ? 0 : line * p.bColumn);
      block.p.c += rowsStay ? line * p.cRow : line;
      (rowsStay ? block.p.rows : block.p.columns) = count;
      shareGroups(block, groupsOf(count), isLarge, packStayTask, scratch);
      shareGroups(block, groupsOf(block.moveLines()), isLarge, multiplyMovingTask, scratch);
    }
  }
}

/// Whether tile registers make a product sooner than vectors. Both packs of 16 lines and of 32 k are computed in full.
bool suitsTiles(const Product& p) {
  const auto whole = [](long count, long unit) { return static_cast<double>((count + unit - 1) / unit * unit); };
  const double onTiles = whole(p.rows, tileLines) * whole(p.columns, tileLines) * whole(p.depth, slabDepth) / 60;
  const double packing = static_cast<double>(p.rows + p.columns) * p.depth;
  const double onVectors = static_cast<double>(p.rows) * p.columns * p.depth / 22;
  return 1.3 * (onTiles + 1.2 * packing + 3000) < onVectors;
}

}  // namespace

#endif
