// Pooling over windows of images. Plain windows go through patches (patch.h), so that neighbouring windows are neighbouring
// lanes; windows that share the image out evenly differ in size and are walked one by one.
#pragma once

#include "core.h"
#include "patch.h"
#include "softmax.h"
#include "tile.h"

namespace {

using namespace cellgrad;

/// A pooling of `planes` planes [height, width] to [rows, columns].
struct Pooling {
  long planes, height, width, rows, columns;
  long kernelRows, kernelColumns, strideRows, strideColumns, paddingRows, paddingColumns, dilationRows, dilationColumns;
  bool adaptive, includePadding;
  float divisor;  // 0: the number of elements
  float *out, *in;
  int32_t* indices;
  Axis rowAxis, columnAxis;
  long planesPerTask;

  /// ints: from slot 1 on, in the order of the fields.
  explicit Pooling(const int32_t* i)
      : planes(i[1]), height(i[2]), width(i[3]), rows(i[4]), columns(i[5]), kernelRows(i[6]), kernelColumns(i[7]),
        strideRows(i[8]), strideColumns(i[9]), paddingRows(i[10]), paddingColumns(i[11]), dilationRows(i[12]),
        dilationColumns(i[13]), adaptive(i[14] != 0), includePadding(i[15] != 0), divisor(static_cast<float>(i[16])) {}
};

/// The elements of one dimension that a window takes, and how many there would be with those in the padding.
struct Span {
  long first, count, step, padded;
};

Span spanOf(bool adaptive, long position, long size, long outSize, long kernel, long stride, long padding, long dilation) {
  if (adaptive) {
    const long first = position * size / outSize, end = ((position + 1) * size + outSize - 1) / outSize;
    return {first, end - first, 1, end - first};
  }
  const long begin = position * stride - padding;
  const long skipped = begin < 0 ? (-begin + dilation - 1) / dilation : 0;
  const long first = begin + skipped * dilation;
  const long inside = first < size ? (size - first + dilation - 1) / dilation : 0;
  const long count = atMost(kernel - skipped, inside);
  return {first, count < 0 ? 0 : count, dilation, atMost(begin + kernel, size + padding) - begin};
}

Span rowSpan(const Pooling& p, long y) {
  return spanOf(p.adaptive, y, p.height, p.rows, p.kernelRows, p.strideRows, p.paddingRows, p.dilationRows);
}
Span columnSpan(const Pooling& p, long x) {
  return spanOf(p.adaptive, x, p.width, p.columns, p.kernelColumns, p.strideColumns, p.paddingColumns, p.dilationColumns);
}

template <void Plane(const Pooling& p, long plane, float* scratch)>
void poolTask(void* job, long task, float* scratch) {
  const Pooling& p = *static_cast<const Pooling*>(job);
  const long end = atMost((task + 1) * p.planesPerTask, p.planes);
  for (long plane = task * p.planesPerTask; plane < end; plane++) Plane(p, plane, scratch);
}

/// Shares the planes among the threads.
template <void Plane(const Pooling& p, long plane, float* scratch)>
void sharePlanes(Pooling& p) {
  if (p.planes == 0) return;
  constexpr long elementsPerTask = 16384;
  p.planesPerTask = elementsPerTask / (p.height * p.width + 1) + 1;
  const long tasks = (p.planes + p.planesPerTask - 1) / p.planesPerTask;
  if (tasks < 4) for (long i = 0; i < tasks; i++) poolTask<Plane>(&p, i, callerScratch());
  else runTasks(tasks, poolTask<Plane>, &p);
}

// ---- The largest

void maxPoolWindow(const Pooling& p, const float* in, long y, long x, float* out, int32_t* index) {
  const Span rows = rowSpan(p, y), columns = columnSpan(p, x);
  float best = -__builtin_inff();
  long at = rows.first * p.width + columns.first;
  for (long i = 0; i < rows.count; i++) {
    for (long j = 0; j < columns.count; j++) {
      const long place = (rows.first + i * rows.step) * p.width + columns.first + j * columns.step;
      const float value = in[place];
      if (value > best || value != value) {
        best = value;
        at = place;
      }
    }
  }
  *out = best;
  *index = static_cast<int32_t>(at);
}

/// Windows of 2 x 2 side by side, by far the most common: straight from the image.
void maxPoolPairs(const Pooling& p, const float* in, float* out, int32_t* indices) {
  const int32_t width = static_cast<int32_t>(p.width);
  const IntVector steps = laneNumbers() * 2;
  for (long y = 0; y < p.rows; y++) {
    const float* top = in + 2 * y * p.width;
    for (long x = 0; x < p.columns; x += lanes) {
      const long n = atMost(p.columns - x, lanes);
      const long first = atMost(2 * n, lanes), second = 2 * n - first;
      const auto pair = [&](const float* row, Vector& even, Vector& odd) {
        const Vector low = loadFirst(row, first), high = second > 0 ? loadFirst(row + lanes, second) : Vector{};
        even = evenLanes(low, high);
        odd = oddLanes(low, high);
      };
      Vector a, b, c, d;
      pair(top + 2 * x, a, b);
      pair(top + p.width + 2 * x, c, d);
      Vector best = a;
      IntVector at = steps + static_cast<int32_t>(2 * y * p.width + 2 * x);
      const IntVector corner = at;
      const auto take = [&](Vector value, int32_t offset) {
        const IntVector wins = (value > best) | (value != value);
        best = select(wins, value, best);
        at = wins ? corner + offset : at;
      };
      take(b, 1);
      take(c, width);
      take(d, width + 1);
      storeFirst(out, best, n);
      storeFirst(reinterpret_cast<float*>(indices), fromBits(at), n);
      out += n;
      indices += n;
    }
  }
}

/// Neighbouring windows, a vector of them at a time.
void maxPoolPlane(const Pooling& p, long plane, float* scratch) {
  const float* in = p.in + plane * p.height * p.width;
  float* out = p.out + plane * p.rows * p.columns;
  int32_t* indices = p.indices + plane * p.rows * p.columns;
  const bool pairs = !p.adaptive && p.kernelRows == 2 && p.kernelColumns == 2 && p.strideRows == 2 && p.strideColumns == 2 &&
                     p.paddingRows == 0 && p.paddingColumns == 0 && p.dilationRows == 1 && p.dilationColumns == 1 &&
                     2 * p.rows <= p.height && 2 * p.columns <= p.width;  // with ceil mode a window may be cut off
  if (pairs) return maxPoolPairs(p, in, out, indices);
  const bool fits = !p.adaptive && p.kernelRows <= maxTaps && p.kernelColumns <= maxTaps &&
                    (p.columns + p.columnAxis.reach) * p.columnAxis.phases * (1 + p.rowAxis.reach) * p.rowAxis.phases +
                            patchSlack <= gemmScratch;
  if (!fits) {
    for (long y = 0; y < p.rows; y++) {
      for (long x = 0; x < p.columns; x++) maxPoolWindow(p, in, y, x, out + y * p.columns + x, indices + y * p.columns + x);
    }
    return;
  }
  const long rowFloats = (p.columns + p.columnAxis.reach) * p.columnAxis.phases * p.rowAxis.phases;
  const long bandRows = atMost(p.rows, (gemmScratch - patchSlack) / rowFloats - p.rowAxis.reach);
  const IntVector lane = laneNumbers();
  for (long y0 = 0; y0 < p.rows; y0 += bandRows) {
    const Band band = {y0, atMost(p.rows - y0, bandRows), 0, p.columns};
    const PatchLayout layout(p.rowAxis, p.columnAxis, band);
    fillPatch(in, p.width, p.rowAxis, p.columnAxis, band, -__builtin_inff(), scratch);
    for (long y = 0; y < band.rows; y++) {
      const Span rows = rowSpan(p, y0 + y);
      for (long x = 0; x < p.columns; x += lanes) {
        const long count = atMost(p.columns - x, lanes);
        // Where the window of each lane begins; windows that begin in the padding start with their first element.
        const IntVector left = (lane + static_cast<int32_t>(x)) * static_cast<int32_t>(p.strideColumns) -
                               static_cast<int32_t>(p.paddingColumns);
        const long top = (y0 + y) * p.strideRows - p.paddingRows;
        IntVector skipped = {};
        if (p.paddingColumns > 0) {
          for (int i = 0; i < lanes; i++) {
            skipped[i] = static_cast<int32_t>(columnSpan(p, x + i).first) - left[i];
          }
        }
        Vector best = broadcast(-__builtin_inff());
        IntVector at = left + skipped + static_cast<int32_t>(rows.first * p.width);
        for (int i = 0; i < p.rowAxis.taps; i++) {
          for (int j = 0; j < p.columnAxis.taps; j++) {
            const Vector value = load(scratch + layout.offset(p.rowAxis, p.columnAxis, i, j) + y * layout.width + x);
            const IntVector wins = (value > best) | (value != value);
            const long place = (top + i * p.dilationRows) * p.width + j * p.dilationColumns;
            best = select(wins, value, best);
            at = wins ? left + static_cast<int32_t>(place) : at;
          }
        }
        const long to = y * p.columns + x;
        storeFirst(out + y0 * p.columns + to, best, count);
        storeFirst(reinterpret_cast<float*>(indices + y0 * p.columns + to), fromBits(at), count);
      }
    }
  }
}

void maxPoolBackwardPlane(const Pooling& p, long plane, float*) {
  float* to = p.out + plane * p.height * p.width;
  const float* dy = p.in + plane * p.rows * p.columns;
  const int32_t* indices = p.indices + plane * p.rows * p.columns;
  fillRun(to, 0.0f, p.height * p.width);
  // A dilated window can step over the whole image; what it names lies outside and gets nothing.
  const long size = p.height * p.width;
  for (long i = 0; i < p.rows * p.columns; i++) {
    if (indices[i] >= 0 && indices[i] < size) to[indices[i]] += dy[i];
  }
}

// ---- The mean

float shareOf(const Pooling& p, const Span& rows, const Span& columns) {
  if (p.divisor != 0) return 1.0f / p.divisor;
  const long count = p.includePadding ? rows.padded * columns.padded : rows.count * columns.count;
  return 1.0f / static_cast<float>(count);
}

void averagePoolPlane(const Pooling& p, long plane, float*) {
  const float* in = p.in + plane * p.height * p.width;
  float* out = p.out + plane * p.rows * p.columns;
  for (long y = 0; y < p.rows; y++) {
    const Span rows = rowSpan(p, y);
    for (long x = 0; x < p.columns; x++) {
      const Span columns = columnSpan(p, x);
      const float share = shareOf(p, rows, columns);
      double sum = 0;
      for (long i = 0; i < rows.count; i++) {
        const float* row = in + (rows.first + i * rows.step) * p.width + columns.first;
        for (long j = 0; j < columns.count; j++) sum += row[j * columns.step];
      }
      *out++ = rows.count * columns.count == 0 ? 0.0f : static_cast<float>(sum * share);
    }
  }
}

void averagePoolBackwardPlane(const Pooling& p, long plane, float*) {
  float* to = p.out + plane * p.height * p.width;
  const float* dy = p.in + plane * p.rows * p.columns;
  fillRun(to, 0.0f, p.height * p.width);
  for (long y = 0; y < p.rows; y++) {
    const Span rows = rowSpan(p, y);
    for (long x = 0; x < p.columns; x++) {
      const Span columns = columnSpan(p, x);
      const float share = *dy++ * shareOf(p, rows, columns);
      for (long i = 0; i < rows.count; i++) {
        float* row = to + (rows.first + i * rows.step) * p.width + columns.first;
        for (long j = 0; j < columns.count; j++) row[j * columns.step] += share;
      }
    }
  }
}

// ---- The calls. ints: the sizes; numbers: out, in, indices.

/// indices[i] is where the largest of window i stands in its plane.
void callMaxPool(const Descriptor& call) {
  Pooling p(call.ints);
  p.out = call.floats(0);
  p.in = call.floats(1);
  p.indices = call.elements<int32_t>(2);
  if (!p.adaptive && p.kernelRows <= maxTaps && p.kernelColumns <= maxTaps) {
    p.rowAxis.slide(p.height, static_cast<int>(p.kernelRows), p.strideRows, p.dilationRows, p.paddingRows);
    p.columnAxis.slide(p.width, static_cast<int>(p.kernelColumns), p.strideColumns, p.dilationColumns, p.paddingColumns);
  }
  sharePlanes<maxPoolPlane>(p);
}

/// in: the gradient of the output.
void callMaxPoolBackward(const Descriptor& call) {
  Pooling p(call.ints);
  p.out = call.floats(0);
  p.in = call.floats(1);
  p.indices = call.elements<int32_t>(2);
  sharePlanes<maxPoolBackwardPlane>(p);
}

void callAveragePool(const Descriptor& call) {
  Pooling p(call.ints);
  p.out = call.floats(0);
  p.in = call.floats(1);
  sharePlanes<averagePoolPlane>(p);
}

/// in: the gradient of the output.
void callAveragePoolBackward(const Descriptor& call) {
  Pooling p(call.ints);
  p.out = call.floats(0);
  p.in = call.floats(1);
  sharePlanes<averagePoolBackwardPlane>(p);
}

}  // namespace
