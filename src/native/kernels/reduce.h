// Sums and extremes over any dimensions. Sums add a limited number of float32 values in each lane and gather those in
// float64, so that the error stays a few units in the last place however many elements there are. The order of additions
// depends on shapes alone, never on the number of threads.
#pragma once

#include "opcodes.h"
#include "vector.h"
#include "walk.h"

namespace {

struct Sum {
  typedef double Total;
  static constexpr bool isSum = true;
  static constexpr float start = 0.0f;
  static INLINE_MEMBER Vector combine(Vector a, Vector b) { return a + b; }
  static INLINE_MEMBER double combine(double a, double b) { return a + b; }
  static INLINE_MEMBER float overLanes(Vector x) { return sumOfLanes(x); }
};

struct Max {
  typedef float Total;
  static constexpr bool isSum = false;
  static constexpr float start = -__builtin_inff();
  static INLINE_MEMBER Vector combine(Vector a, Vector b) { return maximum(a, b); }
  static INLINE_MEMBER float combine(float a, float b) { return a > b || a != a ? a : b; }
  static INLINE_MEMBER float overLanes(Vector x) { return largestLane(x); }
};

struct Min {
  typedef float Total;
  static constexpr bool isSum = false;
  static constexpr float start = __builtin_inff();
  static INLINE_MEMBER Vector combine(Vector a, Vector b) { return minimum(a, b); }
  static INLINE_MEMBER float combine(float a, float b) { return a < b || a != a ? a : b; }
  static INLINE_MEMBER float overLanes(Vector x) { return smallestLane(x); }
};

/// One float64 for each lane: where float32 sums go after a few additions.
typedef double WideVector __attribute__((vector_size(lanes * 8)));

/// Vectors that are added in float32 before the sum moves on to float64.
constexpr long vectorsPerSum = 32;

/// Reduces `count` elements that stand side by side.
template <class Reducer>
typename Reducer::Total reduceRun(const float* x, long count) {
  WideVector wide = {};
  Vector part[4];
  UNROLL for (int q = 0; q < 4; q++) part[q] = broadcast(Reducer::start);
  long i = 0;
  while (i + 4 * lanes <= count) {
    const long end = atMost(count, i + vectorsPerSum * lanes);
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
      UNROLL for (int q = 0; q < 4; q++) part[q] = Reducer::combine(part[q], load(x + i + q * lanes));
    }
    if (Reducer::isSum) {
      wide += __builtin_convertvector((part[0] + part[1]) + (part[2] + part[3]), WideVector);
      UNROLL for (int q = 0; q < 4; q++) part[q] = Vector{};
    }
  }
  for (; i + lanes <= count; i += lanes) part[0] = Reducer::combine(part[0], load(x + i));
  typename Reducer::Total total =
      Reducer::overLanes(Reducer::combine(Reducer::combine(part[0], part[1]), Reducer::combine(part[2], part[3])));
  for (; i < count; i++) total = Reducer::combine(total, static_cast<typename Reducer::Total>(x[i]));
  return Reducer::isSum ? static_cast<typename Reducer::Total>(total + sumOfLanes(wide)) : total;
}

template <class Reducer>
typename Reducer::Total reduceStrided(const float* x, long count, long stride) {
  typename Reducer::Total total = Reducer::start;
  for (long i = 0; i < count; i++) total = Reducer::combine(total, static_cast<typename Reducer::Total>(x[i * stride]));
  return total;
}

/// Dimensions that stay and dimensions that go, each with its strides; the last of `gone` is walked innermost.
struct ReduceJob {
  float* out;
  const float* x;
  int keptRank, goneRank;
  long keptSize[maxRank], keptOut[maxRank], keptX[maxRank];
  long goneSize[maxRank], goneX[maxRank];
  long results, outerGone;  // products of kept sizes, and of gone sizes but the last
  long perTask;
  // Of a reduction to one number in chunks.
  long chunk, count;
  double partial[256];
};

INLINE long offsetIn(long index, int rank, const long* size, const long* stride) {
  long offset = 0;
  for (int d = rank - 1; d >= 0; d--) {
    offset += index % size[d] * stride[d];
    index /= size[d];
  }
  return offset;
}

/// Each result is a reduction along elements: for a unit stride in the innermost of the gone dimensions.
template <class Reducer>
void reduceAlong(void* argument, long task, float*) {
  const ReduceJob& job = *static_cast<const ReduceJob*>(argument);
  const int inner = job.goneRank - 1;
  const long length = job.goneSize[inner], stride = job.goneX[inner];
  const long end = atMost((task + 1) * job.perTask, job.results);
  for (long i = task * job.perTask; i < end; i++) {
    const float* x = job.x + offsetIn(i, job.keptRank, job.keptSize, job.keptX);
    typename Reducer::Total total = Reducer::start;
    for (long outer = 0; outer < job.outerGone; outer++) {
      const float* from = x + (job.outerGone == 1 ? 0 : offsetIn(outer, inner, job.goneSize, job.goneX));
      total = Reducer::combine(total, stride == 1 ? reduceRun<Reducer>(from, length)
                                                  : reduceStrided<Reducer>(from, length, stride));
    }
    job.out[offsetIn(i, job.keptRank, job.keptSize, job.keptOut)] = static_cast<float>(total);
  }
}

constexpr int columnVectors = 4;
constexpr long columnBlock = columnVectors * lanes;
constexpr long rowsPerSum = 32;  // rows that are added in float32 before the sum moves on to float64

/// Results stand side by side in x: whole vectors of them are reduced at once. A task is one block of columns.
template <class Reducer>
void reduceColumns(void* argument, long task, float*) {
  const ReduceJob& job = *static_cast<const ReduceJob*>(argument);
  const int columnDim = job.keptRank - 1, inner = job.goneRank - 1;
  const long columns = job.keptSize[columnDim];
  const long blocks = (columns + columnBlock - 1) / columnBlock;
  const long end = atMost((task + 1) * job.perTask, job.results);
  const long length = job.goneSize[inner], stride = job.goneX[inner];
  for (long block = task * job.perTask; block < end; block++) {
    const long outerKept = block / blocks, column = block % blocks * columnBlock;
    const float* x = job.x + offsetIn(outerKept, columnDim, job.keptSize, job.keptX) + column;
    float* out = job.out + offsetIn(outerKept, columnDim, job.keptSize, job.keptOut) + column * job.keptOut[columnDim];
    const long width = atMost(columns - column, columnBlock);
    const int vectors = static_cast<int>((width + lanes - 1) / lanes);
    const long lastLanes = width - (vectors - 1) * lanes;

    typename Reducer::Total total[columnBlock];
    for (long j = 0; j < columnBlock; j++) total[j] = Reducer::start;
    for (long outer = 0; outer < job.outerGone; outer++) {
      const float* from = x + (job.outerGone == 1 ? 0 : offsetIn(outer, inner, job.goneSize, job.goneX));
      for (long row0 = 0; row0 < length; row0 += rowsPerSum) {
        const long rows = atMost(length - row0, rowsPerSum);
        Vector part[columnVectors];
        UNROLL for (int q = 0; q < columnVectors; q++) part[q] = broadcast(Reducer::start);
        if (vectors == columnVectors && lastLanes == lanes) {
          // Four rows at a time, added in pairs: shorter chains of additions are both faster and more exact.
          long row = 0;
          for (; row + 4 <= rows; row += 4) {
            const float* at = from + (row0 + row) * stride;
            UNROLL for (int q = 0; q < columnVectors; q++) {
              const float* element = at + q * lanes;
              const Vector first = Reducer::combine(load(element), load(element + stride));
              const Vector second = Reducer::combine(load(element + 2 * stride), load(element + 3 * stride));
              part[q] = Reducer::combine(part[q], Reducer::combine(first, second));
            }
          }
          for (; row < rows; row++) {
            const float* at = from + (row0 + row) * stride;
            UNROLL for (int q = 0; q < columnVectors; q++) part[q] = Reducer::combine(part[q], load(at + q * lanes));
          }
        } else {
          for (int q = 0; q < vectors; q++) {
            const long count = q == vectors - 1 ? lastLanes : lanes;
            Vector sum = broadcast(Reducer::start);
            for (long row = 0; row < rows; row++) {
              sum = Reducer::combine(sum, loadFirst(from + (row0 + row) * stride + q * lanes, count));
            }
            part[q] = sum;
          }
        }
        float flat[columnBlock];
        memcpy(flat, part, sizeof flat);
        for (long j = 0; j < columnBlock; j++) {
          total[j] = Reducer::combine(total[j], static_cast<typename Reducer::Total>(flat[j]));
        }
      }
    }
    for (long j = 0; j < width; j++) out[j * job.keptOut[columnDim]] = static_cast<float>(total[j]);
  }
}

/// One chunk of a reduction of everything to one number.
template <class Reducer>
void reduceChunk(void* argument, long task, float*) {
  ReduceJob& job = *static_cast<ReduceJob*>(argument);
  const long first = task * job.chunk;
  job.partial[task] = static_cast<double>(reduceRun<Reducer>(job.x + first, atMost(job.count - first, job.chunk)));
}

template <class Reducer>
void reduceAll(ReduceJob& job) {
  constexpr long grain = 65536;
  const bool oneRun = job.results == 1 && job.outerGone == 1 && job.goneX[job.goneRank - 1] == 1;
  if (oneRun) {
    job.count = job.goneSize[job.goneRank - 1];
    if (job.count >= 2 * grain) {
      job.chunk = grain;
      while (job.count > 256 * job.chunk) job.chunk *= 2;
      const long chunks = (job.count + job.chunk - 1) / job.chunk;
      runTasks(chunks, reduceChunk<Reducer>, &job);
      typename Reducer::Total total = Reducer::start;
      for (long i = 0; i < chunks; i++) {
        total = Reducer::combine(total, static_cast<typename Reducer::Total>(job.partial[i]));
      }
      *job.out = static_cast<float>(total);
      return;
    }
  }
  const bool byColumns = job.keptRank > 0 && job.keptX[job.keptRank - 1] == 1 && job.goneX[job.goneRank - 1] != 1;
  const long perResult = job.outerGone * job.goneSize[job.goneRank - 1];
  if (byColumns) {
    const long columns = job.keptSize[job.keptRank - 1];
    job.results = job.results / columns * ((columns + columnBlock - 1) / columnBlock);
    job.perTask = grain / ((perResult + 1) * columnBlock) + 1;
    runTasks((job.results + job.perTask - 1) / job.perTask, reduceColumns<Reducer>, &job);
  } else {
    job.perTask = grain / (perResult + 1) + 1;
    runTasks((job.results + job.perTask - 1) / job.perTask, reduceAlong<Reducer>, &job);
  }
}

/// ints[1] is the reduction; a walk of (out, x), in which out's stride is 0 along the dimensions that go.
void callReduce(const Descriptor& call) {
  Walk<2> walk;
  readWalk(call, walk);
  walk.simplify();
  ReduceJob job;
  job.out = call.floats(0);
  job.x = call.floats(1);
  job.keptRank = job.goneRank = 0;
  job.results = job.outerGone = 1;
  for (int d = 0; d < walk.rank; d++) {
    if (walk.stride[0][d] == 0) {
      job.goneSize[job.goneRank] = walk.size[d];
      job.goneX[job.goneRank++] = walk.stride[1][d];
    } else {
      job.keptSize[job.keptRank] = walk.size[d];
      job.keptOut[job.keptRank] = walk.stride[0][d];
      job.keptX[job.keptRank++] = walk.stride[1][d];
      job.results *= walk.size[d];
    }
  }
  if (job.results == 0) return;
  if (job.goneRank == 0) {
    job.goneSize[0] = job.goneX[0] = 1;
    job.goneRank = 1;
  }
  // Walk innermost what has unit stride: a gone dimension, or else a kept one.
  for (int d = 0; d < job.goneRank - 1; d++) {
    if (job.goneX[d] != 1) continue;
    const int last = job.goneRank - 1;
    const long size = job.goneSize[d], stride = job.goneX[d];
    job.goneSize[d] = job.goneSize[last];
    job.goneX[d] = job.goneX[last];
    job.goneSize[last] = size;
    job.goneX[last] = stride;
    break;
  }
  for (int d = 0; d < job.keptRank - 1; d++) {
    if (job.keptX[d] != 1) continue;
    const int last = job.keptRank - 1;
    const long size = job.keptSize[d], out = job.keptOut[d], stride = job.keptX[d];
    job.keptSize[d] = job.keptSize[last];
    job.keptOut[d] = job.keptOut[last];
    job.keptX[d] = job.keptX[last];
    job.keptSize[last] = size;
    job.keptOut[last] = out;
    job.keptX[last] = stride;
    break;
  }
  for (int d = 0; d < job.goneRank - 1; d++) job.outerGone *= job.goneSize[d];
  switch (static_cast<Reduction>(call.ints[1])) {
    case Reduction::sum: return reduceAll<Sum>(job);
    case Reduction::max: return reduceAll<Max>(job);
    case Reduction::min: return reduceAll<Min>(job);
  }
}

/// The first index of the extreme along one dimension; the first NaN counts as the extreme. ints: op (0 max, 1 min),
/// length; numbers: out, x, outer count, inner count. Both stand side by side.
void callArgReduce(const Descriptor& call) {
  int32_t* out = call.elements<int32_t>(0);
  const float* x = call.floats(1);
  const bool smallest = call.ints[1] != 0;
  const long length = call.ints[2];
  const long outer = static_cast<long>(call.numbers[2]), inner = static_cast<long>(call.numbers[3]);
  for (long i = 0; i < outer; i++, x += length * inner) {
    for (long j = 0; j < inner; j++) {
      float best = x[j];
      int32_t at = 0;
      for (long k = 1; k < length && best == best; k++) {
        const float candidate = x[k * inner + j];
        if (candidate != candidate || (smallest ? candidate < best : candidate > best)) {
          best = candidate;
          at = static_cast<int32_t>(k);
        }
      }
      *out++ = at;
    }
  }
}

}  // namespace
