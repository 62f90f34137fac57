// Operations on each element: out = f(a), out = f(a, b), out = condition ? a : b, over views of any strides.
//
// An operation is written once, on one vector. A kernel runs it along elements that stand side by side (an input may also
// repeat one element); the driver cuts strided views into such runs, gathering what stands apart, and shares the runs
// among threads.
#pragma once

#include "opcodes.h"
#include "vector-math.h"
#include "walk.h"

namespace {

/// Runs along `count` elements. operand[0] is the output; repeats[i] says that input i is one element for all.
typedef void (*RunKernel)(char* const* operand, const bool* repeats, long count);

// ---- The operations.

struct UnaryOperations {
#define CELLGRAD_UNARY_OPERATION(name, expression) \
  struct name##_ {                                 \
    static INLINE_MEMBER Vector apply(Vector x) { return expression; } \
  };

  CELLGRAD_UNARY_OPERATION(neg, -x)
  CELLGRAD_UNARY_OPERATION(abs, absolute(x))
  CELLGRAD_UNARY_OPERATION(sign, select(x > 0.0f, broadcast(1.0f), select(x < 0.0f, broadcast(-1.0f), x)))
  CELLGRAD_UNARY_OPERATION(exp, exponential(x))
  CELLGRAD_UNARY_OPERATION(expm1, exponentialMinusOne(x))
  CELLGRAD_UNARY_OPERATION(log, logarithm(x))
  CELLGRAD_UNARY_OPERATION(log1p, logarithmOnePlus(x))
  CELLGRAD_UNARY_OPERATION(log2, logarithmBaseTwo(x))
  CELLGRAD_UNARY_OPERATION(sqrt, squareRoot(x))
  CELLGRAD_UNARY_OPERATION(rsqrt, 1.0f / squareRoot(x))
  CELLGRAD_UNARY_OPERATION(square, x * x)
  CELLGRAD_UNARY_OPERATION(reciprocal, 1.0f / x)
  CELLGRAD_UNARY_OPERATION(sin, sine(x))
  CELLGRAD_UNARY_OPERATION(cos, cosine(x))
  CELLGRAD_UNARY_OPERATION(tanh, hyperbolicTangent(x))
  CELLGRAD_UNARY_OPERATION(sigmoid, sigmoid(x))
  CELLGRAD_UNARY_OPERATION(relu, select(x <= 0.0f, Vector{}, x))
  CELLGRAD_UNARY_OPERATION(erf, errorFunction(x))
  CELLGRAD_UNARY_OPERATION(gelu, gelu(x))
  CELLGRAD_UNARY_OPERATION(silu, silu(x))
  CELLGRAD_UNARY_OPERATION(softplus, softplus(x))
  CELLGRAD_UNARY_OPERATION(floor, roundDown(x))
  CELLGRAD_UNARY_OPERATION(ceil, -roundDown(-x))
  CELLGRAD_UNARY_OPERATION(round, roundToEven(x))
  CELLGRAD_UNARY_OPERATION(trunc, withSignOf(roundDown(absolute(x)), x))
#undef CELLGRAD_UNARY_OPERATION
};

struct BinaryOperations {
#define CELLGRAD_BINARY_OPERATION(name, expression) \
  struct name##_ {                                  \
    static INLINE_MEMBER Vector apply(Vector a, Vector b) { return expression; } \
  };
  CELLGRAD_BINARY_OPERATION(add, a + b)
  CELLGRAD_BINARY_OPERATION(sub, a - b)
  CELLGRAD_BINARY_OPERATION(mul, a* b)
  CELLGRAD_BINARY_OPERATION(div, a / b)
  CELLGRAD_BINARY_OPERATION(pow, power(a, b))
  CELLGRAD_BINARY_OPERATION(maximum, maximum(a, b))
  CELLGRAD_BINARY_OPERATION(minimum, minimum(a, b))
  // a is the gradient of the activation's output; b its output y (relu, sigmoid, tanh) or its input x (gelu, silu).
  CELLGRAD_BINARY_OPERATION(reluBackward, select(b <= 0.0f, Vector{}, a))
  CELLGRAD_BINARY_OPERATION(sigmoidBackward, a* b*(1.0f - b))
  CELLGRAD_BINARY_OPERATION(tanhBackward, a*(1.0f - b * b))
  CELLGRAD_BINARY_OPERATION(geluBackward, a* geluSlope(b))
  CELLGRAD_BINARY_OPERATION(siluBackward, a* siluSlope(b))
#undef CELLGRAD_BINARY_OPERATION
};

struct Comparisons {
#define CELLGRAD_COMPARISON_OPERATION(name, expression) \
  struct name##_ {                                      \
    static INLINE_MEMBER IntVector apply(Vector a, Vector b) { return expression; } \
  };
  CELLGRAD_COMPARISON_OPERATION(eq, a == b)
  CELLGRAD_COMPARISON_OPERATION(ne, a != b)
  CELLGRAD_COMPARISON_OPERATION(lt, a < b)
  CELLGRAD_COMPARISON_OPERATION(le, a <= b)
  CELLGRAD_COMPARISON_OPERATION(gt, a > b)
  CELLGRAD_COMPARISON_OPERATION(ge, a >= b)
#undef CELLGRAD_COMPARISON_OPERATION
};

// ---- The kernels.

template <class Operation>
void runUnary(char* const* operand, const bool*, long count) {
  float* out = reinterpret_cast<float*>(operand[0]);
  const float* x = reinterpret_cast<const float*>(operand[1]);
  long i = 0;
  for (; i + lanes <= count; i += lanes) store(out + i, Operation::apply(load(x + i)));
  // The rest goes through the same vector operation, so that an element's value does not depend on where it stands.
  if (i < count) storeFirst(out + i, Operation::apply(loadFirst(x + i, count - i)), count - i);
}

INLINE void storeResult(char* out, long i, Vector x) { store(reinterpret_cast<float*>(out) + i, x); }
INLINE void storeResult(char* out, long i, Vector x, long count) {
  storeFirst(reinterpret_cast<float*>(out) + i, x, count);
}

typedef uint8_t ByteVector __attribute__((vector_size(lanes)));
INLINE void storeResult(char* out, long i, IntVector mask) {
  const ByteVector bytes = __builtin_convertvector(mask & 1, ByteVector);
  memcpy(out + i, &bytes, sizeof bytes);
}
INLINE void storeResult(char* out, long i, IntVector mask, long count) {
  for (long j = 0; j < count; j++) out[i + j] = static_cast<char>(mask[j] & 1);
}

template <class Operation>
void runBinary(char* const* operand, const bool* repeats, long count) {
  char* out = operand[0];
  const float* a = reinterpret_cast<const float*>(operand[1]);
  const float* b = reinterpret_cast<const float*>(operand[2]);
  long i = 0;
  if (repeats[2]) {
    const Vector y = broadcast(*b);
    for (; i + lanes <= count; i += lanes) storeResult(out, i, Operation::apply(load(a + i), y));
    if (i < count) storeResult(out, i, Operation::apply(loadFirst(a + i, count - i), y), count - i);
  } else if (repeats[1]) {
    const Vector x = broadcast(*a);
    for (; i + lanes <= count; i += lanes) storeResult(out, i, Operation::apply(x, load(b + i)));
    if (i < count) storeResult(out, i, Operation::apply(x, loadFirst(b + i, count - i)), count - i);
  } else {
    for (; i + lanes <= count; i += lanes) storeResult(out, i, Operation::apply(load(a + i), load(b + i)));
    if (i < count) {
      const long rest = count - i;
      storeResult(out, i, Operation::apply(loadFirst(a + i, rest), loadFirst(b + i, rest)), rest);
    }
  }
}

void runWhere(char* const* operand, const bool*, long count) {
  float* out = reinterpret_cast<float*>(operand[0]);
  const char* condition = operand[1];
  const float* a = reinterpret_cast<const float*>(operand[2]);
  const float* b = reinterpret_cast<const float*>(operand[3]);
  for (long i = 0; i < count; i++) {
    const float x = a[i], y = b[i];
    out[i] = condition[i] != 0 ? x : y;
  }
}

#define CELLGRAD_UNARY_KERNEL(name) runUnary<UnaryOperations::name##_>,
const RunKernel unaryKernels[] = {CELLGRAD_UNARY(CELLGRAD_UNARY_KERNEL)};
#undef CELLGRAD_UNARY_KERNEL
#define CELLGRAD_BINARY_KERNEL(name) runBinary<BinaryOperations::name##_>,
#define CELLGRAD_COMPARISON_KERNEL(name) runBinary<Comparisons::name##_>,
const RunKernel binaryKernels[] = {CELLGRAD_BINARY(CELLGRAD_BINARY_KERNEL)
                                       CELLGRAD_COMPARISON(CELLGRAD_COMPARISON_KERNEL)};
#undef CELLGRAD_BINARY_KERNEL
#undef CELLGRAD_COMPARISON_KERNEL

constexpr bool isComparison(int op) { return op >= static_cast<int>(Binary::eq); }

// How many elements make a task. Where memory is the limit a thread must have much to do before a second one helps.
constexpr long cheapGrain = 32768, costlyGrain = 4096;

long unaryGrain(int op) {
  switch (static_cast<Unary>(op)) {
    case Unary::neg: case Unary::abs: case Unary::sign: case Unary::square: case Unary::relu: case Unary::floor:
    case Unary::ceil: case Unary::round: case Unary::trunc: return cheapGrain;
    default: return costlyGrain;
  }
}

long binaryGrain(int op) {
  switch (static_cast<Binary>(op)) {
    case Binary::pow: case Binary::geluBackward: case Binary::siluBackward: return costlyGrain;
    default: return cheapGrain;
  }
}

// ---- The driver.

template <int Operands>
struct ElementwiseJob {
  RunKernel kernel;
  char* operand[Operands];
  long bytes[Operands];  // of an element
  bool mayRepeat;        // whether the kernel takes one repeated input
  Walk<Operands> walk;
  long piece, piecesPerRow;  // a run is at most `piece` elements of a row
  long piecesPerTask, pieces;
};

constexpr long gatherLength = 256;

/// One run along a row whose operands step by `stride` elements.
template <int Operands>
void runStrided(const ElementwiseJob<Operands>& job, char* const* start, const long* stride, long count) {
  bool repeats[Operands], gathered[Operands];
  bool anyGathered = false;
  int repeating = 0;
  for (int o = 0; o < Operands; o++) {
    repeats[o] = o > 0 && stride[o] == 0 && job.mayRepeat && ++repeating == 1;
    gathered[o] = stride[o] != 1 && !repeats[o] && count > 1;
    anyGathered |= gathered[o];
  }
  if (!anyGathered) {
    job.kernel(start, repeats, count);
    return;
  }
  alignas(64) char buffer[Operands][gatherLength * 4];
  for (long i = 0; i < count; i += gatherLength) {
    const long n = atMost(count - i, gatherLength);
    char* operand[Operands];
    for (int o = 0; o < Operands; o++) {
      char* from = start[o] + (repeats[o] ? 0 : i * stride[o] * job.bytes[o]);
      operand[o] = gathered[o] ? buffer[o] : from;
      if (!gathered[o] || o == 0) continue;
      if (job.bytes[o] == 4) {
        int32_t* to = reinterpret_cast<int32_t*>(buffer[o]);
        for (long j = 0; j < n; j++) memcpy(to + j, from + j * stride[o] * 4, 4);
      } else {
        for (long j = 0; j < n; j++) buffer[o][j] = from[j * stride[o]];
      }
    }
    job.kernel(operand, repeats, n);
    if (gathered[0]) {
      char* to = start[0] + i * stride[0] * job.bytes[0];
      for (long j = 0; j < n; j++) memcpy(to + j * stride[0] * job.bytes[0], buffer[0] + j * job.bytes[0], job.bytes[0]);
    }
  }
}

template <int Operands>
void runPieces(void* argument, long task, float*) {
  const ElementwiseJob<Operands>& job = *static_cast<const ElementwiseJob<Operands>*>(argument);
  const int last = job.walk.rank - 1;
  long stride[Operands];
  for (int o = 0; o < Operands; o++) stride[o] = job.walk.stride[o][last];
  const long end = atMost((task + 1) * job.piecesPerTask, job.pieces);
  for (long piece = task * job.piecesPerTask; piece < end; piece++) {
    const long first = piece % job.piecesPerRow * job.piece;
    long offset[Operands];
    rowOffsets(job.walk, piece / job.piecesPerRow, offset);
    char* start[Operands];
    for (int o = 0; o < Operands; o++) start[o] = job.operand[o] + (offset[o] + first * stride[o]) * job.bytes[o];
    runStrided(job, start, stride, atMost(job.walk.size[last] - first, job.piece));
  }
}

/// Runs a job whose kernel, operands and walk are set.
template <int Operands>
void runElementwise(ElementwiseJob<Operands>& job, long grain) {
  job.walk.followOutput();
  job.walk.simplify();
  if (job.walk.rank == 0) {
    job.walk.rank = 1;
    job.walk.size[0] = 1;
    for (int o = 0; o < Operands; o++) job.walk.stride[o][0] = 1;
  }
  const long rowLength = job.walk.size[job.walk.rank - 1];
  const long count = job.walk.count();
  if (count == 0) return;
  const bool alone = threadCount() == 1 || count < 2 * grain;
  job.piece = alone ? rowLength : grain;
  job.piecesPerRow = (rowLength + job.piece - 1) / job.piece;
  job.pieces = count / rowLength * job.piecesPerRow;
  job.piecesPerTask = alone ? job.pieces : rowLength < grain ? grain / rowLength : 1;
  runTasks((job.pieces + job.piecesPerTask - 1) / job.piecesPerTask, runPieces<Operands>, &job);
}

/// Operands whose elements all stand side by side, apart from repeated ones.
struct ContiguousJob {
  RunKernel kernel;
  char* operand[3];
  long bytes[3];
  bool repeats[3];
  long count, grain;
};

void runContiguousTask(void* argument, long task, float*) {
  const ContiguousJob& job = *static_cast<const ContiguousJob*>(argument);
  const long first = task * job.grain;
  char* operand[3];
  for (int o = 0; o < 3; o++) operand[o] = job.operand[o] + (job.repeats[o] ? 0 : first * job.bytes[o]);
  job.kernel(operand, job.repeats, atMost(job.count - first, job.grain));
}

void runContiguous(ContiguousJob& job) {
  if (job.count < 2 * job.grain || threadCount() == 1) job.kernel(job.operand, job.repeats, job.count);
  else runTasks((job.count + job.grain - 1) / job.grain, runContiguousTask, &job);
}

// ---- The calls. ints[1] is the operation; numbers hold addresses: out, a, b, and the count of a contiguous call.

void callUnary(const Descriptor& call) {
  const int op = call.ints[1];
  ContiguousJob job = {unaryKernels[op],
                       {call.elements<char>(0), call.elements<char>(1), nullptr},
                       {4, 4, 0},
                       {false, false, false},
                       static_cast<long>(call.numbers[3]),
                       unaryGrain(op)};
  runContiguous(job);
}

void callBinary(const Descriptor& call) {
  const int op = call.ints[1];
  ContiguousJob job = {binaryKernels[op],
                       {call.elements<char>(0), call.elements<char>(1), call.elements<char>(2)},
                       {isComparison(op) ? 1 : 4, 4, 4},
                       {false, false, false},
                       static_cast<long>(call.numbers[3]),
                       binaryGrain(op)};
  runContiguous(job);
}

/// numbers[4] is the scalar; ints[2] says that it is the left operand.
void callBinaryScalar(const Descriptor& call) {
  const int op = call.ints[1];
  const bool reversed = call.ints[2] != 0;
  float scalar = static_cast<float>(call.numbers[4]);
  char* x = call.elements<char>(1);
  char* number = reinterpret_cast<char*>(&scalar);
  ContiguousJob job = {binaryKernels[op],
                       {call.elements<char>(0), reversed ? number : x, reversed ? x : number},
                       {isComparison(op) ? 1 : 4, 4, 4},
                       {false, reversed, !reversed},
                       static_cast<long>(call.numbers[3]),
                       binaryGrain(op)};
  runContiguous(job);
}

void callUnaryStrided(const Descriptor& call) {
  const int op = call.ints[1];
  ElementwiseJob<2> job = {unaryKernels[op], {call.elements<char>(0), call.elements<char>(1)}, {4, 4}, false, {}, 0, 0, 0, 0};
  readWalk(call, job.walk);
  runElementwise(job, unaryGrain(op));
}

void callBinaryStrided(const Descriptor& call) {
  const int op = call.ints[1];
  ElementwiseJob<3> job = {binaryKernels[op],
                           {call.elements<char>(0), call.elements<char>(1), call.elements<char>(2)},
                           {isComparison(op) ? 1 : 4, 4, 4},
                           true,
                           {},
                           0,
                           0,
                           0,
                           0};
  readWalk(call, job.walk);
  runElementwise(job, binaryGrain(op));
}

void callWhere(const Descriptor& call) {
  ElementwiseJob<4> job = {
      runWhere,
      {call.elements<char>(0), call.elements<char>(1), call.elements<char>(2), call.elements<char>(3)},
      {4, 1, 4, 4},
      false,
      {},
      0,
      0,
      0,
      0};
  readWalk(call, job.walk);
  runElementwise(job, cheapGrain);
}

// ---- GELU with its slope, for the way back.

struct GeluJob {
  const float* x;
  float *out, *slope;
  long count;
};

void geluTask(void* argument, long task, float*) {
  const GeluJob& job = *static_cast<const GeluJob*>(argument);
  const long end = atMost((task + 1) * costlyGrain, job.count);
  long i = task * costlyGrain;
  for (; i + lanes <= end; i += lanes) {
    const GeluWithSlope both = geluWithSlope(load(job.x + i));
    store(job.out + i, both.value);
    store(job.slope + i, both.slope);
  }
  if (i < end) {
    const GeluWithSlope both = geluWithSlope(loadFirst(job.x + i, end - i));
    storeFirst(job.out + i, both.value, end - i);
    storeFirst(job.slope + i, both.slope, end - i);
  }
}

/// numbers: out, slope, x, count.
void callGeluWithSlope(const Descriptor& call) {
  GeluJob job = {call.floats(2), call.floats(0), call.floats(1), static_cast<long>(call.numbers[3])};
  const long tasks = (job.count + costlyGrain - 1) / costlyGrain;
  if (tasks < 4) for (long i = 0; i < tasks; i++) geluTask(&job, i, callerScratch());
  else runTasks(tasks, geluTask, &job);
}

}  // namespace
