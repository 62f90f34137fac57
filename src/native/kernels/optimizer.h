// Optimizer steps over a list of parameters in one call: all of a network's small tensors cost one crossing from
// JavaScript, and large ones are shared among threads.
#pragma once

#include "core.h"
#include "softmax.h"

namespace {

// The call: ints[1] is the number of tensors; numbers[0..15] the options; then for each tensor its count and addresses.
constexpr int optionSlots = 16, slotsPerTensor = 6, maxTensors = 48;  // also in src/native/descriptor.ts

struct OptimizerJob {
  const double* options;
  const double* tensors;
  int count;
  long firstTask[maxTensors + 1];
  void (*step)(const OptimizerJob& job, const double* tensor, long first, long count);
};

constexpr long elementsPerStep = 16384;

/// The elements from `first` of the tensor's buffer `slot`.
INLINE float* bufferOf(const double* tensor, int slot, long first) {
  return reinterpret_cast<float*>(static_cast<uintptr_t>(tensor[1 + slot])) + first;
}

/// While it lives, numbers below the normal ones count as 0. The running means of a unit whose gradient has become 0 shrink
/// to such numbers and stay there, which no result shows; but a processor may take a hundred times as long for them, and a
/// training that has converged would run at half its speed.
class WithoutSubnormals {
#if defined(__SSE2__)
  const unsigned before = __builtin_ia32_stmxcsr();

 public:
  WithoutSubnormals() { __builtin_ia32_ldmxcsr(before | 0x8040); }  // flush to zero, denormals are zero
  ~WithoutSubnormals() { __builtin_ia32_ldmxcsr(before); }
#else
 public:
  WithoutSubnormals() {}
#endif
};

void runOptimizerTask(void* argument, long task, float*) {
  const WithoutSubnormals withoutSubnormals;
  const OptimizerJob& job = *static_cast<const OptimizerJob*>(argument);
  int i = 0;
  while (job.firstTask[i + 1] <= task) i++;
  const double* tensor = job.tensors + i * slotsPerTensor;
  const long first = (task - job.firstTask[i]) * elementsPerStep;
  job.step(job, tensor, first, atMost(static_cast<long>(tensor[0]) - first, elementsPerStep));
}

void callOptimizer(const Descriptor& call, void (*step)(const OptimizerJob&, const double*, long, long)) {
  OptimizerJob job;
  job.options = call.numbers;
  job.tensors = call.numbers + optionSlots;
  job.count = call.ints[1];
  job.step = step;
  long tasks = 0, elements = 0;
  for (int i = 0; i < job.count; i++) {
    const long count = static_cast<long>(job.tensors[i * slotsPerTensor]);
    job.firstTask[i] = tasks;
    tasks += (count + elementsPerStep - 1) / elementsPerStep;
    elements += count;
  }
  job.firstTask[job.count] = tasks;
  if (elements >= 2 * elementsPerStep) {
    runTasks(tasks, runOptimizerTask, &job);
  } else {
    for (long task = 0; task < tasks; task++) runOptimizerTask(&job, task, nullptr);
  }
}

/// options: lr / (1 - β₁ᵗ), β₁, β₂, ε, weight decay on the gradient, √(1 - β₂ᵗ), factor on the weights.
/// Buffers: parameter, gradient, mean, mean square.
void adamStep(const OptimizerJob& job, const double* tensor, long first, long count) {
  float *p = bufferOf(tensor, 0, first), *g = bufferOf(tensor, 1, first);
  float *m = bufferOf(tensor, 2, first), *v = bufferOf(tensor, 3, first);
  const double* o = job.options;
  const float stepSize = static_cast<float>(o[0]), forget1 = static_cast<float>(1 - o[1]);
  const float beta2 = static_cast<float>(o[2]), forget2 = static_cast<float>(1 - o[2]), epsilon = static_cast<float>(o[3]);
  const float decay = static_cast<float>(o[4]), correction = static_cast<float>(1 / o[5]);
  const float shrink = static_cast<float>(o[6]);
  forEachVector(count, [&](long i, long n) {
    Vector weight = loadFirst(p + i, n), mean = loadFirst(m + i, n), square = loadFirst(v + i, n);
    const Vector gradient = loadFirst(g + i, n) + decay * weight;
    weight *= shrink;
    mean += forget1 * (gradient - mean);
    square = beta2 * square + forget2 * gradient * gradient;
    storeFirst(m + i, mean, n);
    storeFirst(v + i, square, n);
    storeFirst(p + i, weight - quickQuotient(stepSize * mean, squareRoot(square) * correction + epsilon), n);
  });
}

/// options: lr, momentum, 1 - dampening, weight decay, whether nesterov, whether first. Buffers: parameter, gradient,
/// momentum (when momentum is not 0).
void sgdStep(const OptimizerJob& job, const double* tensor, long first, long count) {
  float *p = bufferOf(tensor, 0, first), *g = bufferOf(tensor, 1, first);
  const double* o = job.options;
  const float lr = static_cast<float>(o[0]), momentum = static_cast<float>(o[1]), take = static_cast<float>(o[2]);
  const float decay = static_cast<float>(o[3]);
  const bool nesterov = o[4] != 0, isFirst = o[5] != 0, hasMomentum = o[1] != 0;
  float* b = hasMomentum ? bufferOf(tensor, 2, first) : nullptr;
  forEachVector(count, [&](long i, long n) {
    const Vector weight = loadFirst(p + i, n);
    Vector gradient = loadFirst(g + i, n) + decay * weight;
    if (hasMomentum) {
      const Vector averaged = isFirst ? gradient : momentum * loadFirst(b + i, n) + take * gradient;
      storeFirst(b + i, averaged, n);
      gradient = nesterov ? gradient + momentum * averaged : averaged;
    }
    storeFirst(p + i, weight - lr * gradient, n);
  });
}

/// options: lr, α, ε, weight decay, momentum, whether centered. Buffers: parameter, gradient, mean square, momentum,
/// mean gradient (the last two when used).
void rmspropStep(const OptimizerJob& job, const double* tensor, long first, long count) {
  float *p = bufferOf(tensor, 0, first), *g = bufferOf(tensor, 1, first), *s = bufferOf(tensor, 2, first);
  const double* o = job.options;
  const float lr = static_cast<float>(o[0]), alpha = static_cast<float>(o[1]), forget = static_cast<float>(1 - o[1]);
  const float epsilon = static_cast<float>(o[2]), decay = static_cast<float>(o[3]), momentum = static_cast<float>(o[4]);
  const bool hasMomentum = o[4] != 0, centered = o[5] != 0;
  float* b = hasMomentum ? bufferOf(tensor, 3, first) : nullptr;
  float* m = centered ? bufferOf(tensor, 4, first) : nullptr;
  forEachVector(count, [&](long i, long n) {
    const Vector weight = loadFirst(p + i, n);
    const Vector gradient = loadFirst(g + i, n) + decay * weight;
    Vector square = alpha * loadFirst(s + i, n) + forget * gradient * gradient;
    storeFirst(s + i, square, n);
    if (centered) {
      Vector mean = loadFirst(m + i, n);
      mean += forget * (gradient - mean);
      storeFirst(m + i, mean, n);
      square -= mean * mean;
    }
    Vector update = quickQuotient(gradient, squareRoot(square) + epsilon);
    if (hasMomentum) {
      update += momentum * loadFirst(b + i, n);
      storeFirst(b + i, update, n);
    }
    storeFirst(p + i, weight - lr * update, n);
  });
}

}  // namespace
