// Softmax and what is built on it, over rows that stand side by side. The largest element of a row is taken off first, so
// that no exponential overflows.
#pragma once

#include "reduce.h"
#include "vector-math.h"

namespace {

/// Visits a row a vector at a time: body(position, number of lanes).
template <class Body>
INLINE void forEachVector(long count, Body body) {
  long i = 0;
  for (; i + lanes <= count; i += lanes) body(i, static_cast<long>(lanes));
  if (i < count) body(i, count - i);
}

/// Sums a vector expression over a row, float32 for a few vectors, then float64. `term` gives 0 in lanes beyond `count`.
template <class Term>
INLINE double sumOverRow(long length, Term term) {
  WideVector wide = {};
  for (long first = 0; first < length; first += vectorsPerSum * lanes) {
    const long end = atMost(length, first + vectorsPerSum * lanes);
    Vector sum = {};
    long i = first;
    for (; i + lanes <= end; i += lanes) sum += term(i, static_cast<long>(lanes));
    if (i < end) sum += term(i, end - i);
    wide += __builtin_convertvector(sum, WideVector);
  }
  return sumOfLanes(wide);
}

INLINE IntVector laneNumbers() {
  IntVector numbers;
  UNROLL for (int i = 0; i < lanes; i++) numbers[i] = i;
  return numbers;
}

/// x in the first `count` lanes, 0 beyond.
INLINE Vector keepFirst(Vector x, long count) {
  return count == lanes ? x : select(laneNumbers() < static_cast<int32_t>(count), x, Vector{});
}

INLINE float logarithmOf(double x) { return logarithm(broadcast(static_cast<float>(x)))[0]; }

/// out = e^(x - largest); returns the sum.
INLINE double exponentials(const float* x, float* out, long length, float largest) {
  const Vector shift = broadcast(largest);
  return sumOverRow(length, [&](long i, long count) {
    const Vector e = keepFirst(exponential(loadFirst(x + i, count) - shift), count);
    if (out != nullptr) storeFirst(out + i, e, count);
    return e;
  });
}

INLINE void scaleRow(float* x, long length, float factor) {
  const Vector f = broadcast(factor);
  forEachVector(length, [&](long i, long count) { storeFirst(x + i, loadFirst(x + i, count) * f, count); });
}

struct RowsJob {
  const float *x, *dy;
  float *out, *losses;
  const int32_t* targets;
  long rows, length, rowsPerTask, dyStride;
  int32_t ignore;
  bool log;
  float factor;
  void (*row)(const RowsJob& job, long row);
};

void runRows(void* argument, long task, float*) {
  const RowsJob& job = *static_cast<const RowsJob*>(argument);
  const long end = atMost((task + 1) * job.rowsPerTask, job.rows);
  for (long row = task * job.rowsPerTask; row < end; row++) job.row(job, row);
}

void shareRows(RowsJob& job) {
  if (job.rows == 0 || job.length == 0) return;
  constexpr long elementsPerTask = 8192;
  job.rowsPerTask = elementsPerTask / job.length + 1;
  runTasks((job.rows + job.rowsPerTask - 1) / job.rowsPerTask, runRows, &job);
}

void softmaxRow(const RowsJob& job, long row) {
  const float* x = job.x + row * job.length;
  float* out = job.out + row * job.length;
  const float largest = reduceRun<Max>(x, job.length);
  if (!job.log) {
    const double sum = exponentials(x, out, job.length, largest);
    scaleRow(out, job.length, static_cast<float>(1.0 / sum));
    return;
  }
  const Vector shift = broadcast(largest), logSum = broadcast(logarithmOf(exponentials(x, nullptr, job.length, largest)));
  forEachVector(job.length, [&](long i, long count) {
    storeFirst(out + i, (loadFirst(x + i, count) - shift) - logSum, count);
  });
}

/// softmax: dx = y (dy - Σ dy y); log-softmax: dx = dy - e^y Σ dy. x is the output y.
void softmaxBackwardRow(const RowsJob& job, long row) {
  const float* y = job.x + row * job.length;
  const float* dy = job.dy + row * job.length;
  float* out = job.out + row * job.length;
  const double total = sumOverRow(job.length, [&](long i, long count) {
    const Vector d = loadFirst(dy + i, count);
    return job.log ? d : d * loadFirst(y + i, count);
  });
  const Vector sum = broadcast(static_cast<float>(total));
  forEachVector(job.length, [&](long i, long count) {
    const Vector d = loadFirst(dy + i, count), value = loadFirst(y + i, count);
    storeFirst(out + i, job.log ? d - exponential(value) * sum : value * (d - sum), count);
  });
}

/// out = softmax(x); loss = log Σ e^x - x[target].
void crossEntropyRow(const RowsJob& job, long row) {
  const float* x = job.x + row * job.length;
  float* out = job.out + row * job.length;
  const int32_t target = job.targets[row];
  const float largest = reduceRun<Max>(x, job.length);
  const float atTarget = target >= 0 && target < job.length ? x[target] : 0.0f;  // `ignore` may lie outside
  const double sum = exponentials(x, out, job.length, largest);
  scaleRow(out, job.length, static_cast<float>(1.0 / sum));
  job.losses[row] = target == job.ignore ? 0.0f : logarithmOf(sum) + (largest - atTarget);
}

/// out = (probabilities - one-hot target) dy[row] factor.
void crossEntropyBackwardRow(const RowsJob& job, long row) {
  const float* p = job.x + row * job.length;
  float* out = job.out + row * job.length;
  const int32_t target = job.targets[row];
  const float scale = target == job.ignore ? 0.0f : job.dy[row * job.dyStride] * job.factor;
  const bool hasTarget = target >= 0 && target < job.length;
  const float atTarget = hasTarget ? p[target] : 0.0f;
  const Vector f = broadcast(scale);
  forEachVector(job.length, [&](long i, long count) { storeFirst(out + i, loadFirst(p + i, count) * f, count); });
  if (hasTarget) out[target] = (atTarget - 1.0f) * scale;
}

// The calls. ints[1]: whether of the logarithm; numbers: addresses as named, then rows and their length.

void callSoftmax(const Descriptor& call) {
  RowsJob job = {};
  job.out = call.floats(0);
  job.x = call.floats(1);
  job.rows = static_cast<long>(call.numbers[3]);
  job.length = static_cast<long>(call.numbers[4]);
  job.log = call.ints[1] != 0;
  job.row = softmaxRow;
  shareRows(job);
}

void callSoftmaxBackward(const Descriptor& call) {
  RowsJob job = {};
  job.out = call.floats(0);
  job.x = call.floats(1);
  job.dy = call.floats(2);
  job.rows = static_cast<long>(call.numbers[3]);
  job.length = static_cast<long>(call.numbers[4]);
  job.log = call.ints[1] != 0;
  job.row = softmaxBackwardRow;
  shareRows(job);
}

/// numbers: probabilities, logits, losses, rows, length, targets; ints[1]: the target to ignore.
void callCrossEntropy(const Descriptor& call) {
  RowsJob job = {};
  job.out = call.floats(0);
  job.x = call.floats(1);
  job.losses = call.floats(2);
  job.rows = static_cast<long>(call.numbers[3]);
  job.length = static_cast<long>(call.numbers[4]);
  job.targets = call.elements<int32_t>(5);
  job.ignore = call.ints[1];
  job.row = crossEntropyRow;
  shareRows(job);
}

/// numbers: out, probabilities, dy, rows, length, targets, factor; ints from 1: the target to ignore, the stride of dy.
void callCrossEntropyBackward(const Descriptor& call) {
  RowsJob job = {};
  job.out = call.floats(0);
  job.x = call.floats(1);
  job.dy = call.floats(2);
  job.rows = static_cast<long>(call.numbers[3]);
  job.length = static_cast<long>(call.numbers[4]);
  job.targets = call.elements<int32_t>(5);
  job.factor = static_cast<float>(call.numbers[6]);
  job.ignore = call.ints[1];
  job.dyStride = call.ints[2];
  job.row = crossEntropyBackwardRow;
  shareRows(job);
}

// ---- The mean squared error's two halves.

/// numbers: out, a, b, count, factor: out = factor Σ (a - b)².
void callSquaredError(const Descriptor& call) {
  const float *a = call.floats(1), *b = call.floats(2);
  const double sum = sumOverRow(static_cast<long>(call.numbers[3]), [&](long i, long count) {
    const Vector d = loadFirst(a + i, count) - loadFirst(b + i, count);
    return d * d;
  });
  *call.floats(0) = static_cast<float>(sum * call.numbers[4]);
}

/// numbers: out, a, b, count, factor, dy: out = factor (a - b) dy.
void callSquaredErrorBackward(const Descriptor& call) {
  float* out = call.floats(0);
  const float *a = call.floats(1), *b = call.floats(2);
  const Vector scale = broadcast(static_cast<float>(call.numbers[4] * *call.floats(5)));
  forEachVector(static_cast<long>(call.numbers[3]), [&](long i, long count) {
    storeFirst(out + i, scale * (loadFirst(a + i, count) - loadFirst(b + i, count)), count);
  });
}

}  // namespace
