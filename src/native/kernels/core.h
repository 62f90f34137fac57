// What the addon and the kernels of each instruction set share. Plain C types only: this header is compiled with and
// without AVX, and an inline function of the standard library compiled with AVX could be linked into the baseline code.
#pragma once

#include <stdint.h>

namespace cellgrad {

/// The call: a number that says which kernel, then its integers and floating-point numbers. Addresses travel as doubles
/// (exact below 2^53). JavaScript writes the slots, `run` reads them; src/native/descriptor.ts names the same slots.
struct Descriptor {
  const int32_t* ints;
  double* numbers;

  /// The elements that number slot `slot` points at.
  float* floats(int slot) const { return reinterpret_cast<float*>(static_cast<uintptr_t>(numbers[slot])); }
  template <class Element>
  Element* elements(int slot) const {
    return reinterpret_cast<Element*>(static_cast<uintptr_t>(numbers[slot]));
  }
};

/// Descriptor sizes, also in src/native/descriptor.ts.
constexpr int descriptorInts = 320;
constexpr int descriptorNumbers = 320;

/// One unit of parallel work: `index` counts from 0, `scratch` is memory of the executing thread (Kernels::scratchFloats).
typedef void (*TaskBody)(void* job, long index, float* scratch);

/// Runs `count` tasks on the pool and on the calling thread, and returns when all are done. Which thread runs a task
/// never changes what it computes.
void runTasks(long count, TaskBody body, void* job);

/// How many threads runTasks may use.
int threadCount();
void setThreadCount(int count);

/// Scratch memory of the calling thread, at least the largest scratchFloats of the chosen kernels; 64-byte aligned.
float* callerScratch();

/// Must be called once with Kernels::scratchFloats before anything runs.
void setScratchFloats(long floats);

/// The kernels compiled for one instruction set.
struct Kernels {
  const char* name;
  int lanes;
  long scratchFloats;
  /// Executes the call that the descriptor holds; false if it does not know the kernel.
  bool (*run)(const Descriptor& call);
};

#if defined(__x86_64__) || defined(_M_X64)
extern const Kernels kernelsAmx, kernelsAvx512, kernelsAvx2, kernelsSse2;
#elif defined(__aarch64__)
extern const Kernels kernelsNeon;
#elif defined(__wasm__)
extern const Kernels kernelsWasm;
#else
extern const Kernels kernelsPortable;
#endif

}  // namespace cellgrad
