// The kernels of one instruction set: compiled once for each, with its compiler flags and -DCELLGRAD_ISA=Avx512 etc.
// Everything included here has internal linkage, so that code for different instruction sets never mixes.
#include "attention.h"
#include "batched-product.h"
#include "cells.h"
#include "convolution-weight.h"
#include "convolution.h"
#include "copy.h"
#include "core.h"
#include "elementwise.h"
#include "indexing.h"
#include "layer-norm.h"
#include "opcodes.h"
#include "optimizer.h"
#include "pooling.h"
#include "recurrent.h"
#include "reduce.h"
#include "softmax.h"

namespace {

/// numbers: out, a, b. ints: accumulate, M, N, K, a's row and column stride, b's, out's row stride, batch rank; then each
/// batch dimension's size and its strides in a, b and out.
void callMatmul(const Descriptor& call) {
  const int32_t* i = call.ints;
  BatchedProduct all;
  all.first = {i[2], i[3], i[4], call.floats(1), i[5], i[6], call.floats(2), i[7], i[8], call.floats(0), i[9], i[1] != 0};
  all.finish = {nullptr, Activation::none};
  all.dimensions = i[10];
  for (int d = 0; d < all.dimensions; d++) {
    all.size[d] = i[11 + 4 * d];
    all.aStride[d] = i[12 + 4 * d];
    all.bStride[d] = i[13 + 4 * d];
    all.cStride[d] = i[14 + 4 * d];
  }
  multiplyAll(all);
}

/// numbers: out, x, weight, bias (0 for none). ints: activation, M, N, K, x's row and column stride, weight's, out's row
/// stride.
void callLinear(const Descriptor& call) {
  const int32_t* i = call.ints;
  BatchedProduct all;
  all.first = {i[2], i[3], i[4], call.floats(1), i[5], i[6], call.floats(2), i[8], i[7], call.floats(0), i[9], false};
  all.finish = {call.numbers[3] == 0 ? nullptr : call.floats(3), static_cast<Activation>(i[1])};
  all.dimensions = 0;
  multiplyAll(all);
}

/// Keeps the optimiser from seeing through a value.
INLINE void keepInRegister(Vector& x) {
#if defined(__x86_64__)
  __asm__ volatile("" : "+x"(x));
#elif defined(__aarch64__)
  __asm__ volatile("" : "+w"(x));
#endif
}

constexpr int peakChains = 12;  // that do not wait for each other: more than the machine has under way at once

/// As many multiply-adds as the machine can start, on registers alone; `job` points at how often and at a place for what
/// comes out, one number for each task.
void peakTask(void* job, long task, float*) {
  double* numbers = static_cast<double*>(job);
  const long times = static_cast<long>(numbers[0]);
  Vector sum[peakChains];
  UNROLL for (int i = 0; i < peakChains; i++) sum[i] = broadcast(static_cast<float>(i));
  const Vector a = broadcast(0.999f), b = broadcast(1e-3f);
  for (long t = 0; t < times; t++) {
    UNROLL for (int i = 0; i < peakChains; i++) {
      sum[i] = multiplyAdd(sum[i], a, b);
      keepInRegister(sum[i]);
    }
  }
  Vector total = sum[0];
  UNROLL for (int i = 1; i < peakChains; i++) total += sum[i];
  numbers[1 + task] = total[0];
}

/// numbers[0] in: how often each thread; out: floating-point operations done by all of them. What the benchmark holds the
/// matrix product against.
void callPeak(const Descriptor& call) {
  const int threads = static_cast<int>(atMost(threadCount(), descriptorNumbers - 1));
  runTasks(threads, peakTask, call.numbers);
  call.numbers[0] *= 2.0 * peakChains * lanes * threads;
}

bool run(const Descriptor& call) {
  switch (static_cast<Kernel>(call.ints[0])) {
    case Kernel::fill: callFill(call); return true;
    case Kernel::copy: return callCopy(call);
    case Kernel::unary: callUnary(call); return true;
    case Kernel::unaryStrided: callUnaryStrided(call); return true;
    case Kernel::binary: callBinary(call); return true;
    case Kernel::binaryStrided: callBinaryStrided(call); return true;
    case Kernel::binaryScalar: callBinaryScalar(call); return true;
    case Kernel::where: callWhere(call); return true;
    case Kernel::reduce: callReduce(call); return true;
    case Kernel::argReduce: callArgReduce(call); return true;
    case Kernel::matmul: callMatmul(call); return true;
    case Kernel::linear: callLinear(call); return true;
    case Kernel::softmax: callSoftmax(call); return true;
    case Kernel::softmaxBackward: callSoftmaxBackward(call); return true;
    case Kernel::crossEntropy: callCrossEntropy(call); return true;
    case Kernel::crossEntropyBackward: callCrossEntropyBackward(call); return true;
    case Kernel::squaredError: callSquaredError(call); return true;
    case Kernel::squaredErrorBackward: callSquaredErrorBackward(call); return true;
    case Kernel::indexSelect: callIndexSelect(call); return true;
    case Kernel::indexAdd: callIndexAdd(call); return true;
    case Kernel::adam: callOptimizer(call, adamStep); return true;
    case Kernel::sgd: callOptimizer(call, sgdStep); return true;
    case Kernel::rmsprop: callOptimizer(call, rmspropStep); return true;
    case Kernel::peak: callPeak(call); return true;
    case Kernel::convolution: callConvolution(call); return true;
    case Kernel::convolutionInput: callConvolutionInput(call); return true;
    case Kernel::convolutionWeight: callConvolutionWeight(call); return true;
    case Kernel::maxPool: callMaxPool(call); return true;
    case Kernel::maxPoolBackward: callMaxPoolBackward(call); return true;
    case Kernel::averagePool: callAveragePool(call); return true;
    case Kernel::averagePoolBackward: callAveragePoolBackward(call); return true;
    case Kernel::recurrent: callRecurrent(call); return true;
    case Kernel::recurrentBackward: callRecurrentBackward(call); return true;
    case Kernel::attention: callAttention(call); return true;
    case Kernel::attentionBackward: callAttentionBackward(call); return true;
    case Kernel::layerNorm: callLayerNorm(call); return true;
    case Kernel::layerNormBackward: callLayerNormBackward(call); return true;
    case Kernel::geluWithSlope: callGeluWithSlope(call); return true;
    case Kernel::countLines: callCountLines(call); return true;
    case Kernel::readCells: callReadCells(call); return true;
    case Kernel::columnsToRows: callColumnsToRows(call); return true;
  }
  return false;
}

}  // namespace

#define CELLGRAD_JOIN_(a, b) a##b
#define CELLGRAD_JOIN(a, b) CELLGRAD_JOIN_(a, b)
#define CELLGRAD_TEXT_(a) #a
#define CELLGRAD_TEXT(a) CELLGRAD_TEXT_(a)

namespace cellgrad {
#if defined(__AMX_BF16__)
constexpr long scratchFloats = tilesScratch + gemmScratch;
#else
constexpr long scratchFloats = gemmScratch;
#endif
extern const Kernels CELLGRAD_JOIN(kernels, CELLGRAD_ISA);
const Kernels CELLGRAD_JOIN(kernels, CELLGRAD_ISA) = {CELLGRAD_TEXT(CELLGRAD_ISA), lanes, scratchFloats, run};
}  // namespace cellgrad
