// Patches: a part of an image laid out so that what each element of a sliding window covers, for neighbouring positions
// of the window, stands side by side. Convolutions and poolings read vectors from there, whatever the padding, stride
// and dilation.
//
// With a stride of s, the image is dealt out to s phases (every s-th row or column), within which the window moves one
// step at a time. The padding is written out.
#pragma once

#include "vector.h"

namespace {

constexpr int maxTaps = 256;  // of a window along one dimension; also in src/native/native-convolution.ts

/// How a window lies on one dimension of an image. Tap t of the window at position p covers the element
/// `origin + (p + shift[t]) stride + phase[t]`.
struct Axis {
  long size;  // of the image
  long stride, origin;
  int taps;
  long phases;  // that any tap uses
  long reach;   // the largest shift
  int32_t shift[maxTaps], phase[maxTaps];
  int32_t index[maxTaps];  // which element of the kernel the tap is

  /// The window of a kernel of `taps` elements.
  void slide(long imageSize, int kernel, long step, long dilation, long padding) {
    size = imageSize;
    stride = step;
    origin = -padding;
    taps = kernel;
    phases = 1;
    reach = 0;
    for (int t = 0; t < kernel; t++) {
      index[t] = t;
      shift[t] = static_cast<int32_t>(t * dilation / step);
      phase[t] = static_cast<int32_t>(t * dilation % step);
      if (shift[t] > reach) reach = shift[t];
      if (phase[t] + 1 > phases) phases = phase[t] + 1;
    }
  }
};

/// The part of the positions for which a patch is made.
struct Band {
  long firstRow, rows, firstColumn, columns;
};

/// The layout of a patch: per phase a plane of `planeRows` rows, `width` apart.
struct PatchLayout {
  long width, planeRows, plane;

  PatchLayout(const Axis& rows, const Axis& columns, const Band& band)
      : width(band.columns + columns.reach),
        planeRows(band.rows + rows.reach),
        plane(width * planeRows * rows.phases * columns.phases) {}

  /// Where the tap (i, j) reads for the band's first position.
  long offset(const Axis& rows, const Axis& columns, int i, int j) const {
    return ((rows.phase[i] * columns.phases + columns.phase[j]) * planeRows + rows.shift[i]) * width + columns.shift[j];
  }
};

/// Vectors at the end of a row may read beyond the patch, this far at most.
constexpr long patchSlack = 2 * lanes;

/// The even lanes of two vectors that follow each other, and the odd ones.
INLINE Vector evenLanes(Vector low, Vector high) {
#if defined(__AVX512F__)
  return __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
#elif defined(__AVX2__)
  return __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
#else
  return __builtin_shufflevector(low, high, 0, 2, 4, 6);
#endif
}
INLINE Vector oddLanes(Vector low, Vector high) {
#if defined(__AVX512F__)
  return __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#elif defined(__AVX2__)
  return __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
#else
  return __builtin_shufflevector(low, high, 1, 3, 5, 7);
#endif
}

/// to[i] = from[i * stride] for i < count.
INLINE void copyRun(const float* from, long stride, float* to, long count) {
  if (stride == 1) {
    for (long i = 0; i < count; i += lanes) {
      const long n = atMost(count - i, lanes);
      storeFirst(to + i, loadFirst(from + i, n), n);
    }
    return;
  }
  long i = 0;
  if (stride == 2) {
    for (; i < count; i += lanes) {
      const long n = atMost(count - i, lanes), read = 2 * n - 1;  // the last odd element may lie outside
      const Vector low = loadFirst(from + 2 * i, atMost(read, lanes));
      const Vector high = read > lanes ? loadFirst(from + 2 * i + lanes, read - lanes) : Vector{};
      storeFirst(to + i, evenLanes(low, high), n);
    }
  }
  for (; i < count; i++) to[i] = from[i * stride];
}

/// Lays out one plane of an image, whose rows stand `imageRow` apart; `padding` stands for what lies outside.
void fillPatch(const float* image, long imageRow, const Axis& rows, const Axis& columns, const Band& band, float padding,
               float* to) {
  const PatchLayout layout(rows, columns, band);
  for (long fx = 0; fx < columns.phases; fx++) {
    // The patch's columns [left, right) lie inside the image.
    const long first = columns.origin + band.firstColumn * columns.stride + fx;
    long left = first >= 0 ? 0 : (-first + columns.stride - 1) / columns.stride;
    long right = first >= columns.size ? 0 : (columns.size - 1 - first) / columns.stride + 1;
    if (left > layout.width) left = layout.width;
    if (right > layout.width) right = layout.width;
    if (right < left) right = left;
    for (long fy = 0; fy < rows.phases; fy++) {
      float* row = to + (fy * columns.phases + fx) * layout.planeRows * layout.width;
      for (long q = 0; q < layout.planeRows; q++, row += layout.width) {
        const long at = rows.origin + (band.firstRow + q) * rows.stride + fy;
        if (at < 0 || at >= rows.size) {
          fillRun(row, padding, layout.width);
          continue;
        }
        if (left > 0) fillRun(row, padding, left);
        copyRun(image + at * imageRow + first + left * columns.stride, columns.stride, row + left, right - left);
        if (right < layout.width) fillRun(row + right, padding, layout.width - right);
      }
    }
  }
}

}  // namespace
