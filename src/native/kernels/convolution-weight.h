// The gradient of a convolution at its weight: every weight is a sum over all positions of all samples. The innermost
// kernel holds a tile of weights in registers, taps by output channels, while it walks over the positions: one element
// of the patch for each tap, times a vector of output channels. For that the gradient of the output is transposed, so
// that the channels of a position stand side by side.
#pragma once

#include "convolution.h"
#include "pack.h"

namespace {

using namespace cellgrad;

constexpr long sumsInScratch = 128 * 1024;
constexpr long gradientsInScratch = 128 * 1024;
static_assert(maxDepth + sumsInScratch + gradientsInScratch + patchInScratch + patchSlack <= gemmScratch, "fits the scratch memory");

struct WeightGradient {
  ConvolutionSizes sizes;
  Axis rowAxis, columnAxis;
  const float *x, *dy;
  float* out;
  float* partial;  // one sum for each part of the samples; the output itself if there is one part only
  long parts;
  long channels, outputs, taps;  // of a group
  long channelsAtOnce, outputsAtOnce, channelBlocks, outputBlocks;
  long bandRows, bandColumns, rowBands, columnBands;
};

/// Adds to a tile of sums, taps by channels, what the positions of a band give, summed by itself first for accuracy. `gradients` holds the channels of each
/// position side by side, `channels` apart.
template <int Taps, int Vectors>
__attribute__((noinline)) void weightKernel(const float* __restrict patch, const int32_t* offset, long width, long rows,
                                            long columns, const float* __restrict gradients, long channels,
                                            float* __restrict sums) {
  const float* tap[Taps];
  Vector sum[Taps][Vectors];
  UNROLL for (int i = 0; i < Taps; i++) {
    tap[i] = patch + offset[i];
    UNROLL for (int j = 0; j < Vectors; j++) sum[i][j] = Vector{};
  }
  for (long y = 0; y < rows; y++) {
    for (long x = 0; x < columns; x++, gradients += channels) {
      Vector d[Vectors];
      UNROLL for (int j = 0; j < Vectors; j++) d[j] = load(gradients + j * lanes);
      UNROLL for (int i = 0; i < Taps; i++) {
        const Vector element = broadcast(tap[i][x]);
        UNROLL for (int j = 0; j < Vectors; j++) sum[i][j] = multiplyAdd(element, d[j], sum[i][j]);
      }
    }
    UNROLL for (int i = 0; i < Taps; i++) tap[i] += width;
  }
  UNROLL for (int i = 0; i < Taps; i++) {
    UNROLL for (int j = 0; j < Vectors; j++) {
      float* to = sums + i * channels + j * lanes;
      store(to, load(to) + sum[i][j]);
    }
  }
}

typedef void (*WeightKernel)(const float* patch, const int32_t* offset, long width, long rows, long columns,
                             const float* gradients, long channels, float* sums);

template <int Vectors>
WeightKernel weightKernelForTaps(int taps) {
  switch (taps) {
    case 1: return weightKernel<1, Vectors>;
    case 2: return weightKernel<2, Vectors>;
    case 3: return weightKernel<3, Vectors>;
    case 4: return weightKernel<4, Vectors>;
    case 5: return weightKernel<5, Vectors>;
    case 6: return weightKernel<6, Vectors>;
    case 7: return weightKernel<(7 <= tileRows ? 7 : 1), Vectors>;
    case 8: return weightKernel<(8 <= tileRows ? 8 : 1), Vectors>;
    default: return weightKernel<(9 <= tileRows ? 9 : 1), Vectors>;
  }
}

WeightKernel pickWeightKernel(int taps, int vectors) {
  if (vectors == 1) return weightKernelForTaps<1>(taps);
  if (vectors == 2) return weightKernelForTaps<2>(taps);
  return weightKernelForTaps<(tileVectors >= 3 ? 3 : 1)>(taps);
}

/// to[position * width + o] = planes[o][position], for a run of positions; channels beyond `outputs` are zero.
void transposeGradients(const float* planes, long plane, long outputs, long count, float* to, long width) {
  for (long o = 0; o < width; o += lanes) {
    const int channels = outputs - o < 0 ? 0 : static_cast<int>(atMost(outputs - o, lanes));
    const float* from = planes + o * plane;
    long p = 0;
    if (channels == lanes) {
      for (; p + lanes <= count; p += lanes) transposeBlock(from + p, plane, to + p * width + o, width, lanes);
    } else {
      for (; p + lanes <= count; p += lanes) transposeBlock(from + p, plane, to + p * width + o, width, channels);
    }
    for (; p < count; p++) {
      for (int i = 0; i < lanes; i++) to[p * width + o + i] = i < channels ? from[i * plane + p] : 0.0f;
    }
  }
}

void weightTask(void* job, long index, float* scratch) {
  const WeightGradient& all = *static_cast<const WeightGradient*>(job);
  const ConvolutionSizes& s = all.sizes;
  int32_t* offsets = reinterpret_cast<int32_t*>(scratch);
  float* sums = scratch + maxDepth;
  float* gradients = sums + sumsInScratch;
  float* patch = gradients + gradientsInScratch;

  const long outputBlock = index % all.outputBlocks;
  const long channelBlock = index / all.outputBlocks % all.channelBlocks;
  const long group = index / (all.outputBlocks * all.channelBlocks) % s.groups;
  const long part = index / (all.outputBlocks * all.channelBlocks * s.groups);
  const long o0 = outputBlock * all.outputsAtOnce, outputs = atMost(all.outputs - o0, all.outputsAtOnce);
  const long c0 = channelBlock * all.channelsAtOnce, channels = atMost(all.channels - c0, all.channelsAtOnce);
  const long width = (outputs + lanes - 1) / lanes * lanes;
  const long depth = channels * all.taps;
  fillRun(sums, 0.0f, depth * width);

  const long plane = s.rows * s.columns, imagePlane = s.height * s.width;
  const long bands = all.rowBands * all.columnBands;
  const long units = s.batch * bands;
  const long panels = (depth + tileRows - 1) / tileRows;
  for (long unit = units * part / all.parts; unit < units * (part + 1) / all.parts; unit++) {
    const long n = unit / bands, rowBand = unit % bands / all.columnBands, columnBand = unit % all.columnBands;
    const Band band = {rowBand * all.bandRows, atMost(s.rows - rowBand * all.bandRows, all.bandRows),
                       columnBand * all.bandColumns, atMost(s.columns - columnBand * all.bandColumns, all.bandColumns)};
    const PatchLayout layout(all.rowAxis, all.columnAxis, band);
    tapOffsets(all.rowAxis, all.columnAxis, layout, channels, offsets);
    const float* image = all.x + (n * s.channels + group * all.channels + c0) * imagePlane;
    for (long c = 0; c < channels; c++) {
      fillPatch(image + c * imagePlane, s.width, all.rowAxis, all.columnAxis, band, 0.0f, patch + c * layout.plane);
    }
    const float* planes = all.dy + (n * s.outputs + group * all.outputs + o0) * plane + band.firstRow * s.columns + band.firstColumn;
    if (band.columns == s.columns) {
      transposeGradients(planes, plane, outputs, band.rows * band.columns, gradients, width);
    } else {
      for (long y = 0; y < band.rows; y++) {
        transposeGradients(planes + y * s.columns, plane, outputs, band.columns, gradients + y * band.columns * width, width);
      }
    }
    for (long q = 0; q < panels; q++) {
      const long k = depth * q / panels, taps = depth * (q + 1) / panels - k;
      for (long o = 0; o < width; o += tileVectors * lanes) {
        const int vectors = static_cast<int>(atMost((width - o) / lanes, tileVectors));
        pickWeightKernel(static_cast<int>(taps), vectors)(patch, offsets + k, layout.width, band.rows, band.columns,
                                                          gradients + o, width, sums + k * width + o);
      }
    }
  }

  const long weightOutput = all.channels * all.taps;
  float* out = all.partial + part * s.outputs * weightOutput + (group * all.outputs + o0) * weightOutput + c0 * all.taps;
  for (long o = 0; o < outputs; o++) {
    for (long k = 0; k < depth; k++) out[o * weightOutput + k] = sums[k * width + o];
  }
}

/// out = the sum of the parts, element by element, always in the same order.
void addParts(const WeightGradient& all, long count) {
  for (long i = 0; i < count; i += lanes) {
    const long n = atMost(count - i, lanes);
    Vector sum = loadFirst(all.partial + i, n);
    for (long part = 1; part < all.parts; part++) sum += loadFirst(all.partial + part * count + i, n);
    storeFirst(all.out + i, sum, n);
  }
}

/// numbers: out (the gradient at the weight), x, dy, space for the sums of the parts (0 for one part), parts. ints: the
/// sizes.
void callConvolutionWeight(const Descriptor& call) {
  WeightGradient all = {ConvolutionSizes(call.ints)};
  const ConvolutionSizes& s = all.sizes;
  all.rowAxis.slide(s.height, s.kernelRows, s.strideRows, s.dilationRows, s.paddingRows);
  all.columnAxis.slide(s.width, s.kernelColumns, s.strideColumns, s.dilationColumns, s.paddingColumns);
  all.out = call.floats(0);
  all.x = call.floats(1);
  all.dy = call.floats(2);
  all.parts = static_cast<long>(call.numbers[4]);
  all.partial = all.parts > 1 ? call.floats(3) : all.out;
  all.channels = s.channels / s.groups;
  all.outputs = s.outputs / s.groups;
  all.taps = static_cast<long>(s.kernelRows) * s.kernelColumns;
  const long count = s.outputs * all.channels * all.taps;
  if (count == 0) return;
  if (s.batch == 0 || s.rows <= 0 || s.columns <= 0) return fillRun(all.out, 0.0f, count);

  cutIntoBands(all.rowAxis, all.columnAxis, s.rows, s.columns, 1, all.bandRows, all.bandColumns, all.channelsAtOnce,
               all.channels);
  long most = sumsInScratch / (all.channelsAtOnce * all.taps) / lanes * lanes;
  if (most > 128) most = 128;
  all.outputsAtOnce = all.outputs < most ? (all.outputs + lanes - 1) / lanes * lanes : most;
  // Bands are also what is summed by itself, so they must not be too long.
  constexpr long positionsAtOnce = 2048;
  const long fits = atMost(positionsAtOnce, gradientsInScratch / all.outputsAtOnce);
  while (all.bandRows > 1 && all.bandRows * all.bandColumns > fits) all.bandRows = (all.bandRows + 1) / 2;
  while (all.bandColumns > lanes && all.bandRows * all.bandColumns > fits) all.bandColumns = (all.bandColumns + 1) / 2;
  all.rowBands = (s.rows + all.bandRows - 1) / all.bandRows;
  all.columnBands = (s.columns + all.bandColumns - 1) / all.bandColumns;
  all.channelBlocks = (all.channels + all.channelsAtOnce - 1) / all.channelsAtOnce;
  all.outputBlocks = (all.outputs + all.outputsAtOnce - 1) / all.outputsAtOnce;
  const long tasks = all.parts * s.groups * all.channelBlocks * all.outputBlocks;
  if (tasks == 1) weightTask(&all, 0, callerScratch());
  else runTasks(tasks, weightTask, &all);
  if (all.parts > 1) addParts(all, count);
}

}  // namespace
