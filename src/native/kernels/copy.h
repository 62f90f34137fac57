// Filling and copying views of any strides, with conversion between element types.
#pragma once

#include "pack.h"
#include "walk.h"

namespace {

/// The element types, numbered as in src/native/descriptor.ts.
enum class Element : int { float32, float64, int32, boolean };

struct CopyJob {
  char* out;
  const char* x;
  Walk<2> walk;
  long rowsPerTask, rows;
};

/// Copies rows of elements of one type, or converts them, `To(x)`.
template <class To, class From>
void copyRows(void* argument, long task, float*) {
  const CopyJob& job = *static_cast<const CopyJob*>(argument);
  const int last = job.walk.rank - 1;
  const long length = job.walk.size[last], toStride = job.walk.stride[0][last], fromStride = job.walk.stride[1][last];
  const long end = atMost((task + 1) * job.rowsPerTask, job.rows);
  for (long row = task * job.rowsPerTask; row < end; row++) {
    long offset[2];
    rowOffsets(job.walk, row, offset);
    To* to = reinterpret_cast<To*>(job.out) + offset[0];
    const From* from = reinterpret_cast<const From*>(job.x) + offset[1];
    if (toStride == 1 && fromStride == 1) {
      for (long i = 0; i < length; i++) to[i] = static_cast<To>(from[i]);
    } else {
      for (long i = 0; i < length; i++) to[i * toStride] = static_cast<To>(from[i * fromStride]);
    }
  }
}

/// The last two dimensions are a transpose: out[i, j] = x[j, i] with unit strides along j and i. Works through it in
/// squares, so that every line of memory that is read or written is used whole. A task is a band of `lanes` rows of out.
void copyTransposed(void* argument, long task, float*) {
  const CopyJob& job = *static_cast<const CopyJob*>(argument);
  const Walk<2>& walk = job.walk;
  const int last = walk.rank - 1;
  const long height = walk.size[last - 1], width = walk.size[last];
  const long toStride = walk.stride[0][last - 1], fromStride = walk.stride[1][last];
  const long bands = (height + lanes - 1) / lanes;
  const long end = atMost((task + 1) * job.rowsPerTask, job.rows);
  for (long band = task * job.rowsPerTask; band < end; band++) {
    long offset[2];
    rowOffsets(walk, band / bands * height, offset);  // the matrix's first row
    const long i0 = band % bands * lanes;
    float* to = reinterpret_cast<float*>(job.out) + offset[0] + i0 * toStride;
    const float* from = reinterpret_cast<const float*>(job.x) + offset[1] + i0;
    const long rows = atMost(height - i0, lanes);
    long j = 0;
    if (rows == lanes) {
      for (; j + lanes <= width; j += lanes) transposeBlock(from + j * fromStride, fromStride, to + j, toStride, lanes);
    }
    for (; j < width; j++) {
      for (long i = 0; i < rows; i++) to[i * toStride + j] = from[j * fromStride + i];
    }
  }
}

/// ints[1] = type of out * 4 + type of x; a walk of (out, x); numbers: addresses of out and x. False for a pair of types
/// that is left to the reference.
bool callCopy(const Descriptor& call) {
  CopyJob job;
  job.out = call.elements<char>(0);
  job.x = call.elements<char>(1);
  Walk<2>& walk = job.walk;
  readWalk(call, walk);
  walk.followOutput();
  walk.simplify();
  if (walk.rank == 0) {
    walk.rank = 1;
    walk.size[0] = walk.stride[0][0] = walk.stride[1][0] = 1;
  }
  const long count = walk.count();
  if (count == 0) return true;
  const int last = walk.rank - 1;
  const Element to = static_cast<Element>(call.ints[1] / 4), from = static_cast<Element>(call.ints[1] % 4);
  const bool fourBytes = to == from && (to == Element::float32 || to == Element::int32);

  TaskBody body;
  if (fourBytes) body = copyRows<int32_t, int32_t>;
  else if (to == Element::boolean && from == Element::boolean) body = copyRows<uint8_t, uint8_t>;
  else if (to == Element::float64 && from == Element::float64) body = copyRows<double, double>;
  else if (to == Element::float32 && from == Element::boolean) body = copyRows<float, uint8_t>;
  else if (to == Element::float32 && from == Element::int32) body = copyRows<float, int32_t>;
  else if (to == Element::float32 && from == Element::float64) body = copyRows<float, double>;
  else if (to == Element::float64 && from == Element::float32) body = copyRows<double, float>;
  else if (to == Element::int32 && from == Element::boolean) body = copyRows<int32_t, uint8_t>;
  else return false;

  long rowLength = walk.size[last];
  job.rows = count / rowLength;
  if (fourBytes && walk.rank >= 2 && walk.stride[0][last] == 1 && walk.stride[1][last] != 1) {
    for (int d = 0; d < last; d++) {
      if (walk.stride[1][d] != 1 || walk.size[d] < lanes || walk.size[last] < lanes) continue;
      walk.moveDimension(d, last - 1);
      const long bands = (walk.size[last - 1] + lanes - 1) / lanes;
      job.rows = count / (walk.size[last - 1] * walk.size[last]) * bands;
      rowLength = walk.size[last] * lanes;
      body = copyTransposed;
      break;
    }
  }
  constexpr long grain = 65536;
  if (job.rows == 1 && rowLength >= 2 * grain && threadCount() > 1) {
    // One long row: cut it into rows of a task each; the remainder is a row of its own.
    const long whole = rowLength / grain, rest = rowLength % grain;
    const long toStride = walk.stride[0][0], fromStride = walk.stride[1][0];
    walk = {2, {whole, grain}, {{grain * toStride, toStride}, {grain * fromStride, fromStride}}};
    job.rows = whole;
    job.rowsPerTask = 1;
    runTasks(whole, body, &job);
    if (rest > 0) {
      const long bytesTo = to == Element::float64 ? 8 : to == Element::boolean ? 1 : 4;
      const long bytesFrom = from == Element::float64 ? 8 : from == Element::boolean ? 1 : 4;
      job.out += whole * grain * toStride * bytesTo;
      job.x += whole * grain * fromStride * bytesFrom;
      walk = {1, {rest}, {{toStride}, {fromStride}}};
      job.rows = 1;
      body(&job, 0, nullptr);
    }
    return true;
  }
  job.rowsPerTask = rowLength >= grain ? 1 : (grain + rowLength - 1) / rowLength;
  runTasks((job.rows + job.rowsPerTask - 1) / job.rowsPerTask, body, &job);
  return true;
}

/// numbers: address, count, value; float32, side by side.
void callFill(const Descriptor& call) {
  float* out = call.floats(0);
  const long count = static_cast<long>(call.numbers[1]);
  const Vector value = broadcast(static_cast<float>(call.numbers[2]));
  long i = 0;
  for (; i + lanes <= count; i += lanes) store(out + i, value);
  if (i < count) storeFirst(out + i, value, count - i);
}

}  // namespace
