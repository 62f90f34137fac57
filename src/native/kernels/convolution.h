// Convolution, direct: the innermost kernel multiplies a panel of weights with vectors of neighbouring positions, read
// from a patch of the image that stays in the nearest cache. No matrix of windows is ever written out.
//
// The gradient at the input is the same work on the gradient of the output, with the weights transposed; for a stride of
// s it falls apart into s x s such convolutions, one for each phase of the input.
#pragma once

#include "core.h"
#include "patch.h"
#include "tile.h"

namespace {

using namespace cellgrad;

/// The sizes of a convolution: x [batch, channels, height, width], weight [outputs, channels / groups, kernelRows,
/// kernelColumns], y [batch, outputs, rows, columns].
struct ConvolutionSizes {
  long batch, channels, height, width, outputs, rows, columns;
  int kernelRows, kernelColumns;
  long strideRows, strideColumns, paddingRows, paddingColumns, dilationRows, dilationColumns, groups;

  /// ints: from slot 1 on, in the order of the fields.
  explicit ConvolutionSizes(const int32_t* i)
      : batch(i[1]), channels(i[2]), height(i[3]), width(i[4]), outputs(i[5]), rows(i[6]), columns(i[7]),
        kernelRows(i[8]), kernelColumns(i[9]), strideRows(i[10]), strideColumns(i[11]), paddingRows(i[12]),
        paddingColumns(i[13]), dilationRows(i[14]), dilationColumns(i[15]), groups(i[16]) {}
};

// What a task keeps in its scratch, in floats: offsets of the taps, packed weights, a patch.
constexpr long maxDepth = 8192;  // taps times channels at a time
constexpr long weightsInScratch = 256 * 1024;
constexpr long patchInScratch = 128 * 1024;  // also in src/native/native-convolution.ts
static_assert(maxDepth + weightsInScratch + patchInScratch + patchSlack <= gemmScratch, "fits the scratch memory");

/// out[m, position] = bias[m] + Σ weight[m, k] patch[k, position] for a batch of images in groups of channels.
struct Correlation {
  Axis rowAxis, columnAxis;
  long batch, groups;
  long channels, outputs;  // of a group
  const float* image;
  long imageSample, imagePlane, imageRow;
  const float* weight;
  long weightGroup, weightOutput, weightChannel, weightRow;  // strides; taps of a row stand side by side
  const float* bias;                                         // or null
  float* out;
  long outSample, outPlane, outRow, outColumn;  // strides
  long outRows, outColumns;

  // How it is cut: a task is some samples of one group on one band of positions.
  long samplesPerTask, sampleParts, bandRows, bandColumns, rowBands, columnBands;
  long channelsAtOnce, outputsAtOnce;
};

/// Rows x Vectors of the result: sum over k of a[k, row] times the vectors at b[j] + offset[k].
template <int Rows, int Vectors>
__attribute__((noinline)) void tapKernel(long depth, const float* __restrict a, const int32_t* __restrict offset,
                                         const float* const* b, float* const* c, long cRow, const int* count,
                                         bool accumulate, const float* bias) {
  const float* from[Vectors];
  Vector sum[Rows][Vectors];
  UNROLL for (int j = 0; j < Vectors; j++) from[j] = b[j];
  UNROLL for (int i = 0; i < Rows; i++) {
    const Vector first = bias == nullptr ? Vector{} : broadcast(bias[i]);
    UNROLL for (int j = 0; j < Vectors; j++) sum[i][j] = first;
  }
  for (long k = 0; k < depth; k++, a += Rows) {
    const long at = offset[k];
    Vector row[Vectors];
    UNROLL for (int j = 0; j < Vectors; j++) row[j] = load(from[j] + at);
    UNROLL for (int i = 0; i < Rows; i++) {
      const Vector element = broadcast(a[i]);
      UNROLL for (int j = 0; j < Vectors; j++) sum[i][j] = multiplyAdd(element, row[j], sum[i][j]);
    }
  }
  UNROLL for (int i = 0; i < Rows; i++) {
    UNROLL for (int j = 0; j < Vectors; j++) {
      float* to = c[j] + i * cRow;
      if (count[j] == lanes) store(to, accumulate ? load(to) + sum[i][j] : sum[i][j]);
      else storeFirst(to, accumulate ? loadFirst(to, count[j]) + sum[i][j] : sum[i][j], count[j]);
    }
  }
}

typedef void (*TapKernel)(long depth, const float* a, const int32_t* offset, const float* const* b, float* const* c,
                          long cRow, const int* count, bool accumulate, const float* bias);

template <int Vectors>
TapKernel tapKernelForRows(int rows) {
  switch (rows) {
    case 1: return tapKernel<1, Vectors>;
    case 2: return tapKernel<2, Vectors>;
    case 3: return tapKernel<3, Vectors>;
    case 4: return tapKernel<4, Vectors>;
    case 5: return tapKernel<5, Vectors>;
    case 6: return tapKernel<6, Vectors>;
    case 7: return tapKernel<(7 <= tileRows ? 7 : 1), Vectors>;
    case 8: return tapKernel<(8 <= tileRows ? 8 : 1), Vectors>;
    default: return tapKernel<(9 <= tileRows ? 9 : 1), Vectors>;
  }
}

TapKernel pickTapKernel(int rows, int vectors) {
  if (vectors == 1) return tapKernelForRows<1>(rows);
  if (vectors == 2) return tapKernelForRows<2>(rows);
  return tapKernelForRows<(tileVectors >= 3 ? 3 : 1)>(rows);
}

/// Packs the weights of some outputs and channels: panels of rows, in each all k, in each all rows of the panel.
void packWeights(const Correlation& all, const float* weight, long outputs, long rowStep, long channels, float* to) {
  for (long m = 0; m < outputs; m += rowStep) {
    const long rows = atMost(outputs - m, rowStep);
    for (long c = 0; c < channels; c++) {
      for (int i = 0; i < all.rowAxis.taps; i++) {
        const float* from = weight + m * all.weightOutput + c * all.weightChannel + all.rowAxis.index[i] * all.weightRow;
        for (int j = 0; j < all.columnAxis.taps; j++, to += rows) {
          const float* tap = from + all.columnAxis.index[j];
          for (long r = 0; r < rows; r++) to[r] = tap[r * all.weightOutput];
        }
      }
    }
  }
}

/// The offsets of all taps of `channels` channels in their patches, which stand one after the other.
long tapOffsets(const Axis& rows, const Axis& columns, const PatchLayout& layout, long channels, int32_t* to) {
  long depth = 0;
  for (long c = 0; c < channels; c++) {
    for (int i = 0; i < rows.taps; i++) {
      for (int j = 0; j < columns.taps; j++) {
        to[depth++] = static_cast<int32_t>(c * layout.plane + layout.offset(rows, columns, i, j));
      }
    }
  }
  return depth;
}

/// The positions of a band that do not stand in whole vectors side by side in the output: computed into a tile, then dealt
/// out. `first` counts positions through the patch's rows, which are wider than the band's.
void dealOut(const float* tile, long rows, long first, long count, const Band& band, long width, float* out,
             const Correlation& all, bool accumulate) {
  constexpr long tileWidth = tileVectors * lanes;
  for (long at = 0; at < count;) {
    const long row = (first + at) / width, column = (first + at) % width;
    if (row >= band.rows) return;
    const long run = atMost(count - at, width - column);
    const long inside = column >= band.columns ? 0 : atMost(run, band.columns - column);
    for (long r = 0; r < rows; r++) {
      const float* from = tile + r * tileWidth + at;
      float* to = out + r * all.outPlane + row * all.outRow + column * all.outColumn;
      if (accumulate) {
        for (long x = 0; x < inside; x++) to[x * all.outColumn] += from[x];
      } else {
        for (long x = 0; x < inside; x++) to[x * all.outColumn] = from[x];
      }
    }
    at += run;
  }
}

/// All positions of a band for some outputs, from the patches of some channels of one sample.
void correlateBand(const Correlation& all, const Band& band, const PatchLayout& layout, const float* patch, long depth,
                   const int32_t* offsets, const float* weights, long outputs, long rowStep, float* out,
                   bool accumulate, const float* bias) {
  constexpr long tileWidth = tileVectors * lanes;
  float tile[tileRows * tileWidth];
  float* inTile[tileVectors];
  int wholeVectors[tileVectors];
  for (int j = 0; j < tileVectors; j++) {
    inTile[j] = tile + j * lanes;
    wholeVectors[j] = lanes;
  }
  // Row by row, or straight through all rows and what stands between them, whichever takes fewer vectors.
  const long vectorsOfRow = (band.columns + lanes - 1) / lanes;
  const long positions = (band.rows - 1) * layout.width + band.columns;
  const long throughVectors = (positions + lanes - 1) / lanes;
  const bool rowByRow = all.outColumn == 1 && band.rows * vectorsOfRow * 10 <= throughVectors * 11;
  const long vectors = rowByRow ? band.rows * vectorsOfRow : throughVectors;

  for (long m = 0; m < outputs; m += rowStep) {
    const int rows = static_cast<int>(atMost(outputs - m, rowStep));
    const float* a = weights + m * depth;
    const float* first = bias == nullptr ? nullptr : bias + m;
    float* plane = out + m * all.outPlane;
    for (long v = 0; v < vectors; v += tileVectors) {
      const int count = static_cast<int>(atMost(vectors - v, tileVectors));
      const float* from[tileVectors];
      const TapKernel kernel = pickTapKernel(rows, count);
      if (rowByRow) {
        float* to[tileVectors];
        int used[tileVectors];
        for (int j = 0; j < count; j++) {
          const long row = (v + j) / vectorsOfRow, column = (v + j) % vectorsOfRow * lanes;
          from[j] = patch + row * layout.width + column;
          to[j] = plane + row * all.outRow + column;
          used[j] = static_cast<int>(atMost(band.columns - column, lanes));
        }
        kernel(depth, a, offsets, from, to, all.outPlane, used, accumulate, first);
      } else {
        for (int j = 0; j < count; j++) from[j] = patch + (v + j) * lanes;
        kernel(depth, a, offsets, from, inTile, tileWidth, wholeVectors, false, first);
        dealOut(tile, rows, v * lanes, count * lanes, band, layout.width, plane, all, accumulate);
      }
    }
  }
}

void correlateTask(void* job, long index, float* scratch) {
  const Correlation& all = *static_cast<const Correlation*>(job);
  int32_t* offsets = reinterpret_cast<int32_t*>(scratch);
  float* weights = scratch + maxDepth;
  float* patch = weights + weightsInScratch;

  const long columnBand = index % all.columnBands;
  const long rowBand = index / all.columnBands % all.rowBands;
  const long group = index / (all.columnBands * all.rowBands) % all.groups;
  const long firstSample = index / (all.columnBands * all.rowBands * all.groups) * all.samplesPerTask;
  const long lastSample = atMost(firstSample + all.samplesPerTask, all.batch);
  const Band band = {rowBand * all.bandRows, atMost(all.outRows - rowBand * all.bandRows, all.bandRows),
                     columnBand * all.bandColumns, atMost(all.outColumns - columnBand * all.bandColumns, all.bandColumns)};
  const PatchLayout layout(all.rowAxis, all.columnAxis, band);

  for (long m0 = 0; m0 < all.outputs; m0 += all.outputsAtOnce) {
    const long outputs = atMost(all.outputs - m0, all.outputsAtOnce);
    const long panels = (outputs + tileRows - 1) / tileRows;
    const long rowStep = (outputs + panels - 1) / panels;
    for (long c0 = 0; c0 < all.channels; c0 += all.channelsAtOnce) {
      const long channels = atMost(all.channels - c0, all.channelsAtOnce);
      const long depth = tapOffsets(all.rowAxis, all.columnAxis, layout, channels, offsets);
      packWeights(all, all.weight + group * all.weightGroup + m0 * all.weightOutput + c0 * all.weightChannel, outputs,
                  rowStep, channels, weights);
      for (long n = firstSample; n < lastSample; n++) {
        const float* image = all.image + n * all.imageSample + (group * all.channels + c0) * all.imagePlane;
        for (long c = 0; c < channels; c++) {
          fillPatch(image + c * all.imagePlane, all.imageRow, all.rowAxis, all.columnAxis, band, 0.0f,
                    patch + c * layout.plane);
        }
        const long firstOutput = group * all.outputs + m0;
        float* out = all.out + n * all.outSample + firstOutput * all.outPlane + band.firstRow * all.outRow +
                     band.firstColumn * all.outColumn;
        const float* bias = all.bias == nullptr || c0 > 0 ? nullptr : all.bias + firstOutput;
        correlateBand(all, band, layout, patch, depth, offsets, weights, outputs, rowStep, out, c0 > 0, bias);
      }
    }
  }
}

/// Cuts the positions into bands whose patches fit the scratch memory, and the samples into tasks.
void cutIntoBands(const Axis& rows, const Axis& columns, long outRows, long outColumns, long wantedTasks,
                  long& bandRows, long& bandColumns, long& channelsAtOnce, long channels) {
  constexpr long depthAtOnce = 512;  // a panel of weights stays in L1
  const long taps = static_cast<long>(rows.taps) * columns.taps;
  const long phases = rows.phases * columns.phases;
  bandColumns = outColumns <= 1536 ? outColumns : 1024;
  while (bandColumns > lanes && (1 + rows.reach) * (bandColumns + columns.reach) * phases > patchInScratch) bandColumns /= 2;
  const long rowFloats = (bandColumns + columns.reach) * phases;
  channelsAtOnce = atMost(channels, depthAtOnce / taps > 1 ? depthAtOnce / taps : 1);
  // Rather fewer channels than bands of a few rows, whose patches would be mostly the rows around them.
  const long fewRows = atMost(outRows, 2 * rows.reach + 4);
  while (channelsAtOnce > 1 && channelsAtOnce * (fewRows + rows.reach) * rowFloats > patchInScratch) channelsAtOnce /= 2;
  bandRows = patchInScratch / (channelsAtOnce * rowFloats) - rows.reach;
  const long rowsForTasks = (outRows + wantedTasks - 1) / wantedTasks;
  if (bandRows > rowsForTasks) bandRows = rowsForTasks > fewRows ? rowsForTasks : fewRows;
  if (bandRows > outRows) bandRows = outRows;
  if (bandRows < 1) bandRows = 1;
}

void correlate(Correlation& all) {
  if (all.batch == 0 || all.outputs == 0 || all.outRows <= 0 || all.outColumns <= 0) return;
  constexpr long tasks = 16;  // however many threads there are
  const long own = all.batch * all.groups;
  cutIntoBands(all.rowAxis, all.columnAxis, all.outRows, all.outColumns, own >= tasks ? 1 : (tasks + own - 1) / own,
               all.bandRows, all.bandColumns, all.channelsAtOnce, all.channels);
  all.rowBands = (all.outRows + all.bandRows - 1) / all.bandRows;
  all.columnBands = (all.outColumns + all.bandColumns - 1) / all.bandColumns;
  const long taps = static_cast<long>(all.rowAxis.taps) * all.columnAxis.taps;
  all.outputsAtOnce = weightsInScratch / (all.channelsAtOnce * taps);
  if (all.outputsAtOnce > all.outputs) all.outputsAtOnce = all.outputs;
  const long others = all.groups * all.rowBands * all.columnBands;
  all.samplesPerTask = all.batch * others / tasks;
  if (all.samplesPerTask < 1) all.samplesPerTask = 1;
  if (all.samplesPerTask > all.batch) all.samplesPerTask = all.batch;
  all.sampleParts = (all.batch + all.samplesPerTask - 1) / all.samplesPerTask;
  const long count = all.sampleParts * others;
  const double work = static_cast<double>(all.batch) * all.groups * all.outputs * all.channels * taps * all.outRows * all.outColumns;
  constexpr double workForThreads = 500e3;  // multiply-adds; below, waking a thread does not pay
  if (work >= workForThreads) runTasks(count, correlateTask, &all);
  else for (long i = 0; i < count; i++) correlateTask(&all, i, callerScratch());
}

/// Part of a tensor that no tap reaches: zero, or the bias.
void fillPlanes(float* out, long planes, long plane, const float* bias, long biasCount) {
  for (long p = 0; p < planes; p++) fillRun(out + p * plane, bias == nullptr ? 0.0f : bias[p % biasCount], plane);
}

/// numbers: out, x, weight, bias (0 for none). ints: the sizes.
void callConvolution(const Descriptor& call) {
  const ConvolutionSizes s(call.ints);
  Correlation all;
  all.rowAxis.slide(s.height, s.kernelRows, s.strideRows, s.dilationRows, s.paddingRows);
  all.columnAxis.slide(s.width, s.kernelColumns, s.strideColumns, s.dilationColumns, s.paddingColumns);
  all.batch = s.batch;
  all.groups = s.groups;
  all.channels = s.channels / s.groups;
  all.outputs = s.outputs / s.groups;
  all.image = call.floats(1);
  all.imageRow = s.width;
  all.imagePlane = s.height * s.width;
  all.imageSample = s.channels * all.imagePlane;
  all.weight = call.floats(2);
  all.weightRow = s.kernelColumns;
  all.weightChannel = static_cast<long>(s.kernelRows) * s.kernelColumns;
  all.weightOutput = all.channels * all.weightChannel;
  all.weightGroup = all.outputs * all.weightOutput;
  all.bias = call.numbers[3] == 0 ? nullptr : call.floats(3);
  all.out = call.floats(0);
  all.outColumn = 1;
  all.outRow = s.columns;
  all.outPlane = s.rows * s.columns;
  all.outSample = s.outputs * all.outPlane;
  all.outRows = s.rows;
  all.outColumns = s.columns;
  if (all.channels == 0) return fillPlanes(all.out, s.batch * s.outputs, all.outPlane, all.bias, s.outputs);
  correlate(all);
}

/// The taps that reach one phase of the input: positions p of that phase lie at `phase - padding + p stride`, and the tap t
/// brings there what stands at p - t dilation / stride in the output's gradient. Returns where the first position lies in
/// the input; `count` is how many there are.
long gatherAxis(Axis& axis, long outSize, long phase, long inputSize, int kernel, long stride, long dilation, long padding,
                long& count) {
  const long before = padding - phase;
  const long first = before > 0 ? (before + stride - 1) / stride : -(-before / stride);
  const long start = first * stride - before;
  count = start >= inputSize ? 0 : (inputSize - 1 - start) / stride + 1;
  axis.size = outSize;
  axis.stride = 1;
  axis.phases = 1;
  axis.taps = 0;
  long most = 0;
  for (int t = 0; t < kernel; t++) {
    if (t * dilation % stride != phase) continue;
    axis.index[axis.taps] = t;
    axis.phase[axis.taps] = 0;
    axis.shift[axis.taps++] = static_cast<int32_t>(t * dilation / stride);
    if (t * dilation / stride > most) most = t * dilation / stride;
  }
  for (int t = 0; t < axis.taps; t++) axis.shift[t] = static_cast<int32_t>(most - axis.shift[t]);
  axis.reach = 0;
  for (int t = 0; t < axis.taps; t++) {
    if (axis.shift[t] > axis.reach) axis.reach = axis.shift[t];
  }
  axis.origin = first - most;
  return start;
}

/// numbers: out (the gradient at the input), dy, weight. ints: the sizes.
void callConvolutionInput(const Descriptor& call) {
  const ConvolutionSizes s(call.ints);
  float* out = call.floats(0);
  Correlation all;
  all.batch = s.batch;
  all.groups = s.groups;
  all.channels = s.outputs / s.groups;
  all.outputs = s.channels / s.groups;
  all.image = call.floats(1);
  all.imageRow = s.columns;
  all.imagePlane = s.rows * s.columns;
  all.imageSample = s.outputs * all.imagePlane;
  all.weight = call.floats(2);
  all.weightRow = s.kernelColumns;
  all.weightOutput = static_cast<long>(s.kernelRows) * s.kernelColumns;
  all.weightChannel = all.outputs * all.weightOutput;
  all.weightGroup = all.channels * all.weightChannel;
  all.bias = nullptr;
  all.outColumn = s.strideColumns;
  all.outRow = s.strideRows * s.width;
  all.outPlane = s.height * s.width;
  all.outSample = s.channels * all.outPlane;
  bool reachesAll = all.channels > 0;
  for (long f = 0; f < s.strideRows * s.strideColumns; f++) {
    const long fy = f / s.strideColumns, fx = f % s.strideColumns;
    bool rowReached = false, columnReached = false;
    for (int t = 0; t < s.kernelRows; t++) rowReached |= t * s.dilationRows % s.strideRows == fy;
    for (int t = 0; t < s.kernelColumns; t++) columnReached |= t * s.dilationColumns % s.strideColumns == fx;
    reachesAll &= rowReached && columnReached;
  }
  if (!reachesAll) fillPlanes(out, s.batch * s.channels, all.outPlane, nullptr, 1);
  if (all.channels == 0) return;
  for (long fy = 0; fy < s.strideRows; fy++) {
    const long top = gatherAxis(all.rowAxis, s.rows, fy, s.height, s.kernelRows, s.strideRows, s.dilationRows,
                                s.paddingRows, all.outRows);
    if (all.rowAxis.taps == 0) continue;
    for (long fx = 0; fx < s.strideColumns; fx++) {
      const long left = gatherAxis(all.columnAxis, s.columns, fx, s.width, s.kernelColumns, s.strideColumns,
                                   s.dilationColumns, s.paddingColumns, all.outColumns);
      if (all.columnAxis.taps == 0) continue;
      all.out = out + top * s.width + left;
      correlate(all);
    }
  }
}

}  // namespace
