// Recurrent layers over whole sequences. The samples of a batch do not see each other, so every task takes some of them
// through all steps, without waiting for the others; the weights are packed once for all steps.
#pragma once

#include "core.h"
#include "packed-matrix.h"
#include "vector-math.h"

namespace {

using namespace cellgrad;

enum class Recurrence : int { lstm, gru, tanh, relu };

/// What both ways share.
struct RecurrentJob {
  Recurrence mode;
  long steps, samples, size, width;  // width: of all gates
  bool reverse;
  const int32_t* batchSizes;
  long rows;  // of all steps
  long samplesPerTask;
  PackedMatrix weight;
  float* gates;     // [rows, width]
  float* previous;  // [rows, size]
  float* memory;    // [rows, size]
  // Forward.
  const float* bias;
  float *hidden, *cell, *y;
  // Backward.
  const float* dy;
  float *dHidden, *dCell, *dGates, *dRecurrent;

  /// ints: mode, steps, samples, size, whether the last step comes first.
  explicit RecurrentJob(const int32_t* i, const int32_t* sizes)
      : mode(static_cast<Recurrence>(i[1])), steps(i[2]), samples(i[3]), size(i[4]), reverse(i[5] != 0), batchSizes(sizes) {
    width = size * (mode == Recurrence::lstm ? 4 : mode == Recurrence::gru ? 3 : 1);
    rows = 0;
    for (long t = 0; t < steps; t++) rows += sizes[t];
    // Two tasks for each thread, for one that is held up; but enough samples that packed weights are read for two tiles of
    // the product at a time, if there are as many.
    const long parts = threadCount(), share = (samples + parts - 1) / parts;
    samplesPerTask = (samples + 2 * parts - 1) / (2 * parts);
    if (samplesPerTask < 16) samplesPerTask = share < 16 ? share : 16;
    if (samplesPerTask < 8) samplesPerTask = 8;
    if (samplesPerTask > maxSamples) samplesPerTask = maxSamples;
  }

  // What the scratch memory has room for: packed rows of the product, and the recurrent part of the gates beside them.
  static constexpr long maxSamples = 8 * tileRows;
  float* space(float* scratch) const { return scratch + 16 * panelSize; }
};

/// The sigmoid and the hyperbolic tangent of a gate, to a few units in the last place. (Those of vector-math.h keep their
/// digits in the far tails too.)
INLINE Vector gateSigmoid(Vector x) { return quickReciprocal(1.0f + exponential(limit(-x, -87.0f, 87.0f))); }
INLINE Vector gateTangent(Vector x) {
  const Vector magnitude = absolute(x);
  const Vector far = 1.0f - 2.0f * quickReciprocal(exponential(2.0f * limit(magnitude, 0.0f, 10.0f)) + 1.0f);
  return select(magnitude < 0.625f, hyperbolicTangentNearZero(x), withSignOf(far, x));
}

/// Visits the elements of a row a vector at a time: body(position, how many lanes count).
template <class Body>
INLINE void acrossRow(long size, Body body) {
  for (long j = 0; j < size; j += lanes) body(j, atMost(size - j, lanes));
}

/// Takes the samples [first, last) of a step through its gates. `part` is the recurrent part of a GRU's gates.
void recurrentGates(const RecurrentJob& job, long row, long sample, const float* part) {
  const long size = job.size;
  float* gate = job.gates + row * job.width;
  float* h = job.hidden + sample * size;
  float* y = job.y + row * size;
  float* before = job.previous + row * size;
  switch (job.mode) {
    case Recurrence::lstm: {
      float* c = job.cell + sample * size;
      float* kept = job.memory + row * size;
      acrossRow(size, [&](long j, long n) {
        const Vector i = gateSigmoid(loadFirst(gate + j, n)), f = gateSigmoid(loadFirst(gate + size + j, n));
        const Vector g = gateTangent(loadFirst(gate + 2 * size + j, n));
        const Vector o = gateSigmoid(loadFirst(gate + 3 * size + j, n));
        const Vector oldCell = loadFirst(c + j, n);
        const Vector newCell = multiplyAdd(f, oldCell, i * g);
        const Vector state = o * gateTangent(newCell);
        storeFirst(gate + j, i, n);
        storeFirst(gate + size + j, f, n);
        storeFirst(gate + 2 * size + j, g, n);
        storeFirst(gate + 3 * size + j, o, n);
        storeFirst(kept + j, oldCell, n);
        storeFirst(c + j, newCell, n);
        storeFirst(before + j, loadFirst(h + j, n), n);
        storeFirst(h + j, state, n);
        storeFirst(y + j, state, n);
      });
      return;
    }
    case Recurrence::gru: {
      float* kept = job.memory + row * size;
      const float* bias = job.bias;
      acrossRow(size, [&](long j, long n) {
        const auto recurrent = [&](long k) {
          const Vector x = loadFirst(part + k * size + j, n);
          return bias == nullptr ? x : x + loadFirst(bias + k * size + j, n);
        };
        const Vector r = gateSigmoid(loadFirst(gate + j, n) + recurrent(0));
        const Vector z = gateSigmoid(loadFirst(gate + size + j, n) + recurrent(1));
        const Vector through = recurrent(2);
        const Vector fresh = gateTangent(multiplyAdd(r, through, loadFirst(gate + 2 * size + j, n)));
        const Vector old = loadFirst(h + j, n);
        const Vector state = multiplyAdd(z, old - fresh, fresh);
        storeFirst(gate + j, r, n);
        storeFirst(gate + size + j, z, n);
        storeFirst(gate + 2 * size + j, fresh, n);
        storeFirst(kept + j, through, n);
        storeFirst(before + j, old, n);
        storeFirst(h + j, state, n);
        storeFirst(y + j, state, n);
      });
      return;
    }
    case Recurrence::tanh:
    case Recurrence::relu:
      acrossRow(size, [&](long j, long n) {
        const Vector x = loadFirst(gate + j, n);
        const Vector state = job.mode == Recurrence::tanh ? gateTangent(x) : select(x <= 0.0f, Vector{}, x);
        storeFirst(before + j, loadFirst(h + j, n), n);
        storeFirst(gate + j, state, n);
        storeFirst(h + j, state, n);
        storeFirst(y + j, state, n);
      });
  }
}

void recurrentTask(void* argument, long index, float* scratch) {
  const RecurrentJob& job = *static_cast<const RecurrentJob*>(argument);
  const long first = index * job.samplesPerTask, end = atMost(first + job.samplesPerTask, job.samples);
  long row = job.reverse ? job.rows : 0;
  for (long s = 0; s < job.steps; s++) {
    const long taking = job.batchSizes[job.reverse ? job.steps - 1 - s : s];
    if (job.reverse) row -= taking;
    const long count = atMost(taking, end) - first;
    if (count > 0) {
      const float* h = job.hidden + first * job.size;
      if (job.mode == Recurrence::gru) {
        // A few samples at a time, so that their recurrent parts fit beside the packed rows.
        for (long i = 0; i < count; i += tileRows) {
          const long few = atMost(count - i, tileRows);
          float* part = job.space(scratch);
          job.weight.multiply(h + i * job.size, job.size, few, part, job.width, false, scratch);
          for (long n = 0; n < few; n++) recurrentGates(job, row + first + i + n, first + i + n, part + n * job.width);
        }
      } else {
        job.weight.multiply(h, job.size, count, job.gates + (row + first) * job.width, job.width, true, scratch);
        for (long n = 0; n < count; n++) recurrentGates(job, row + first + n, first + n, nullptr);
      }
    }
    if (!job.reverse) row += taking;
  }
}

/// From the gradient of a state (and of the cell) to that of what went into the gates. Leaves in dHidden what does not go
/// through the gates, and in dCell the gradient of the cell before the step.
void recurrentGateGradients(const RecurrentJob& job, long row, long sample) {
  const long size = job.size;
  const float* gate = job.gates + row * job.width;
  const float* dy = job.dy + row * size;
  const float* kept = job.memory + row * size;
  float* dh = job.dHidden + sample * size;
  float* to = job.dGates + row * job.width;
  switch (job.mode) {
    case Recurrence::lstm: {
      float* dc = job.dCell + sample * size;
      acrossRow(size, [&](long j, long n) {
        const Vector i = loadFirst(gate + j, n), f = loadFirst(gate + size + j, n);
        const Vector g = loadFirst(gate + 2 * size + j, n), o = loadFirst(gate + 3 * size + j, n);
        const Vector oldCell = loadFirst(kept + j, n);
        const Vector shown = gateTangent(multiplyAdd(f, oldCell, i * g));
        const Vector dState = loadFirst(dh + j, n) + loadFirst(dy + j, n);
        const Vector dNew = loadFirst(dc + j, n) + dState * o * (1.0f - shown * shown);
        storeFirst(to + j, dNew * g * i * (1.0f - i), n);
        storeFirst(to + size + j, dNew * oldCell * f * (1.0f - f), n);
        storeFirst(to + 2 * size + j, dNew * i * (1.0f - g * g), n);
        storeFirst(to + 3 * size + j, dState * shown * o * (1.0f - o), n);
        storeFirst(dc + j, dNew * f, n);
      });
      return;
    }
    case Recurrence::gru: {
      const float* before = job.previous + row * size;
      float* towardsState = job.dRecurrent + row * job.width;
      acrossRow(size, [&](long j, long n) {
        const Vector r = loadFirst(gate + j, n), z = loadFirst(gate + size + j, n);
        const Vector fresh = loadFirst(gate + 2 * size + j, n), through = loadFirst(kept + j, n);
        const Vector dState = loadFirst(dh + j, n) + loadFirst(dy + j, n);
        const Vector dFresh = dState * (1.0f - z) * (1.0f - fresh * fresh);
        const Vector dReset = dFresh * through * r * (1.0f - r);
        const Vector dUpdate = dState * (loadFirst(before + j, n) - fresh) * z * (1.0f - z);
        storeFirst(to + j, dReset, n);
        storeFirst(to + size + j, dUpdate, n);
        storeFirst(to + 2 * size + j, dFresh, n);
        storeFirst(towardsState + j, dReset, n);
        storeFirst(towardsState + size + j, dUpdate, n);
        storeFirst(towardsState + 2 * size + j, dFresh * r, n);
        storeFirst(dh + j, dState * z, n);
      });
      return;
    }
    case Recurrence::tanh:
    case Recurrence::relu:
      acrossRow(size, [&](long j, long n) {
        const Vector y = loadFirst(gate + j, n), dState = loadFirst(dh + j, n) + loadFirst(dy + j, n);
        const Vector through =
            job.mode == Recurrence::tanh ? dState * (1.0f - y * y) : select(y <= 0.0f, Vector{}, dState);
        storeFirst(to + j, through, n);
      });
  }
}

void recurrentBackwardTask(void* argument, long index, float* scratch) {
  const RecurrentJob& job = *static_cast<const RecurrentJob*>(argument);
  const long first = index * job.samplesPerTask, end = atMost(first + job.samplesPerTask, job.samples);
  const bool fromEnd = !job.reverse;
  const bool direct = job.mode == Recurrence::gru;  // part of the gradient does not go through the gates
  const float* towardsState = direct ? job.dRecurrent : job.dGates;
  long row = fromEnd ? job.rows : 0;
  for (long s = 0; s < job.steps; s++) {
    const long taking = job.batchSizes[fromEnd ? job.steps - 1 - s : s];
    if (fromEnd) row -= taking;
    const long count = atMost(taking, end) - first;
    if (count > 0) {
      for (long n = 0; n < count; n++) recurrentGateGradients(job, row + first + n, first + n);
      job.weight.multiply(towardsState + (row + first) * job.width, job.width, count, job.dHidden + first * job.size,
                          job.size, direct, scratch);
    }
    if (!fromEnd) row += taking;
  }
}

void shareSamples(RecurrentJob& job, TaskBody body) {
  const long tasks = (job.samples + job.samplesPerTask - 1) / job.samplesPerTask;
  if (tasks == 1) body(&job, 0, callerScratch());
  else runTasks(tasks, body, &job);
}

/// numbers: gates, weight, bias, hidden, cell, y, previous, memory, batch sizes, space for the packed weights.
void callRecurrent(const Descriptor& call) {
  RecurrentJob job(call.ints, call.elements<int32_t>(8));
  if (job.samples == 0 || job.rows == 0) return;
  job.gates = call.floats(0);
  job.bias = call.numbers[2] == 0 ? nullptr : call.floats(2);
  job.hidden = call.floats(3);
  job.cell = call.floats(4);
  job.y = call.floats(5);
  job.previous = call.floats(6);
  job.memory = call.floats(7);
  job.weight = PackedMatrix::packFor(job.samples, call.floats(1), 1, job.size, job.size, job.width, call.floats(9));
  shareSamples(job, recurrentTask);
}

/// numbers: gates, weight, previous, memory, dy, dHidden, dCell, dGates, batch sizes, space for the packed weights,
/// dRecurrent.
void callRecurrentBackward(const Descriptor& call) {
  RecurrentJob job(call.ints, call.elements<int32_t>(8));
  if (job.samples == 0 || job.rows == 0) return;
  job.gates = call.floats(0);
  job.previous = call.floats(2);
  job.memory = call.floats(3);
  job.dy = call.floats(4);
  job.dHidden = call.floats(5);
  job.dCell = call.floats(6);
  job.dGates = call.floats(7);
  job.dRecurrent = call.floats(10);
  job.weight = PackedMatrix::packFor(job.samples, call.floats(1), job.size, 1, job.width, job.size, call.floats(9));
  shareSamples(job, recurrentBackwardTask);
}

}  // namespace
