// Layer normalisation over rows that stand side by side: one pass over each row while it is in the nearest cache.
#pragma once

#include "core.h"
#include "softmax.h"

namespace {

using namespace cellgrad;

constexpr long normParts = 16;  // of the rows, summed one by one; also in src/native/native-layer-norm.ts

struct LayerNormJob {
  const float *x, *weight, *bias, *dy;
  float *out, *means, *inverses;
  float* partial;  // [normParts, 2, length]: the gradients of weight and bias, or null
  long rows, length;
  double eps;
};

/// out = (x - mean) / √(variance + eps) · weight + bias.
void layerNormRow(const LayerNormJob& job, long row) {
  const float* x = job.x + row * job.length;
  float* out = job.out + row * job.length;
  // The mean of what the elements differ from the first: sums of numbers far from 0 would lose what tells them apart.
  const Vector first = broadcast(x[0]);
  const double apart = sumOverRow(job.length, [&](long j, long n) { return keepFirst(loadFirst(x + j, n) - first, n); });
  const double mean = x[0] + apart / job.length;
  const Vector middle = broadcast(static_cast<float>(mean));
  const double squares = sumOverRow(job.length, [&](long j, long n) {
    const Vector d = keepFirst(loadFirst(x + j, n) - middle, n);
    return d * d;
  });
  const float inverse = static_cast<float>(1.0 / __builtin_sqrt(squares / job.length + job.eps));
  const Vector r = broadcast(inverse);
  forEachVector(job.length, [&](long j, long n) {
    Vector y = (loadFirst(x + j, n) - middle) * r;
    if (job.weight != nullptr) y *= loadFirst(job.weight + j, n);
    if (job.bias != nullptr) y += loadFirst(job.bias + j, n);
    storeFirst(out + j, y, n);
  });
  job.means[row] = static_cast<float>(mean);
  job.inverses[row] = inverse;
}

/// dx = (g - mean(g) - x̂ mean(g x̂)) / √(variance + eps), where g = dy · weight and x̂ is the row before the weight; the
/// rows' gradients of weight (dy x̂) and bias (dy) are summed on the way.
void layerNormBackwardRow(const LayerNormJob& job, long row, float* dWeight, float* dBias) {
  const float *x = job.x + row * job.length, *dy = job.dy + row * job.length;
  const Vector middle = broadcast(job.means[row]), r = broadcast(job.inverses[row]);
  WideVector sum = {}, product = {};
  for (long first = 0; first < job.length; first += vectorsPerSum * lanes) {
    const long end = atMost(job.length, first + vectorsPerSum * lanes);
    Vector s = {}, p = {};
    for (long j = first; j < end; j += lanes) {
      const long n = atMost(end - j, lanes);
      const Vector d = loadFirst(dy + j, n);
      const Vector standard = keepFirst((loadFirst(x + j, n) - middle) * r, n);
      const Vector g = job.weight == nullptr ? d : d * loadFirst(job.weight + j, n);
      s += g;
      p += g * standard;
      if (dWeight != nullptr) {
        storeFirst(dWeight + j, loadFirst(dWeight + j, n) + d * standard, n);
        storeFirst(dBias + j, loadFirst(dBias + j, n) + d, n);
      }
    }
    sum += __builtin_convertvector(s, WideVector);
    product += __builtin_convertvector(p, WideVector);
  }
  const Vector meanOfG = broadcast(static_cast<float>(sumOfLanes(sum) / job.length));
  const Vector meanOfProduct = broadcast(static_cast<float>(sumOfLanes(product) / job.length));
  float* out = job.out + row * job.length;
  forEachVector(job.length, [&](long j, long n) {
    const Vector standard = (loadFirst(x + j, n) - middle) * r;
    Vector g = loadFirst(dy + j, n);
    if (job.weight != nullptr) g *= loadFirst(job.weight + j, n);
    storeFirst(out + j, (g - meanOfG - standard * meanOfProduct) * r, n);
  });
}

void layerNormTask(void* argument, long part, float*) {
  const LayerNormJob& job = *static_cast<const LayerNormJob*>(argument);
  for (long row = job.rows * part / normParts; row < job.rows * (part + 1) / normParts; row++) layerNormRow(job, row);
}

void layerNormBackwardTask(void* argument, long part, float*) {
  const LayerNormJob& job = *static_cast<const LayerNormJob*>(argument);
  float* dWeight = job.partial == nullptr ? nullptr : job.partial + part * 2 * job.length;
  if (dWeight != nullptr) fillRun(dWeight, 0.0f, 2 * job.length);
  for (long row = job.rows * part / normParts; row < job.rows * (part + 1) / normParts; row++) {
    layerNormBackwardRow(job, row, dWeight, dWeight == nullptr ? nullptr : dWeight + job.length);
  }
}

void shareNormRows(LayerNormJob& job, TaskBody body) {
  if (job.rows * job.length < 16384) for (long part = 0; part < normParts; part++) body(&job, part, callerScratch());
  else runTasks(normParts, body, &job);
}

/// numbers: out, x, weight, rows, length, bias, means, inverses, eps (weight and bias may be 0).
void callLayerNorm(const Descriptor& call) {
  LayerNormJob job = {};
  job.out = call.floats(0);
  job.x = call.floats(1);
  job.weight = call.numbers[2] == 0 ? nullptr : call.floats(2);
  job.rows = static_cast<long>(call.numbers[3]);
  job.length = static_cast<long>(call.numbers[4]);
  job.bias = call.numbers[5] == 0 ? nullptr : call.floats(5);
  job.means = call.floats(6);
  job.inverses = call.floats(7);
  job.eps = call.numbers[8];
  shareNormRows(job, layerNormTask);
}

/// numbers: out (the gradient of x), x, weight, rows, length, dy, means, inverses, the gradients of weight and bias one
/// after the other, space for the sums of the parts (both 0 where they are not wanted).
void callLayerNormBackward(const Descriptor& call) {
  LayerNormJob job = {};
  job.out = call.floats(0);
  job.x = call.floats(1);
  job.weight = call.numbers[2] == 0 ? nullptr : call.floats(2);
  job.rows = static_cast<long>(call.numbers[3]);
  job.length = static_cast<long>(call.numbers[4]);
  job.dy = call.floats(5);
  job.means = call.floats(6);
  job.inverses = call.floats(7);
  job.partial = call.numbers[9] == 0 ? nullptr : call.floats(9);
  shareNormRows(job, layerNormBackwardTask);
  if (job.partial == nullptr) return;
  float* sums = call.floats(8);
  for (long j = 0; j < 2 * job.length; j += lanes) {
    const long n = atMost(2 * job.length - j, lanes);
    Vector sum = {};
    for (long part = 0; part < normParts; part++) sum += loadFirst(job.partial + part * 2 * job.length + j, n);
    storeFirst(sums + j, sum, n);
  }
}

}  // namespace
