// The WebAssembly side: what addon.cpp and pool.cpp are to the native binaries. One thread, and a memory that belongs to
// src/native/wasm-memory.ts; the kernels themselves allocate nothing.
#include "core.h"
#include "opcodes.h"

extern "C" unsigned char __heap_base;  // where the linker's own data ends

namespace cellgrad {
namespace {

int32_t ints[descriptorInts];
double numbers[descriptorNumbers];
const Descriptor descriptor = {ints, numbers};

constexpr uintptr_t alignment = 64;
uintptr_t alignedUp(uintptr_t address) { return (address + alignment - 1) / alignment * alignment; }

}  // namespace

float* callerScratch() { return reinterpret_cast<float*>(alignedUp(reinterpret_cast<uintptr_t>(&__heap_base))); }

void runTasks(long count, TaskBody body, void* job) {
  for (long i = 0; i < count; i++) body(job, i, callerScratch());
}

int threadCount() { return 1; }

}  // namespace cellgrad

#define CELLGRAD_EXPORT(name) extern "C" __attribute__((export_name(name)))

CELLGRAD_EXPORT("ints") int32_t* exportedInts() { return cellgrad::ints; }
CELLGRAD_EXPORT("numbers") double* exportedNumbers() { return cellgrad::numbers; }
CELLGRAD_EXPORT("signature") const char* exportedSignature() { return cellgrad::signature; }
CELLGRAD_EXPORT("lanes") int exportedLanes() { return cellgrad::kernelsWasm.lanes; }

/// From here on the memory is free for tensors: the kernels' scratch ends here.
CELLGRAD_EXPORT("heapStart") uintptr_t heapStart() {
  return cellgrad::alignedUp(reinterpret_cast<uintptr_t>(cellgrad::callerScratch() + cellgrad::kernelsWasm.scratchFloats));
}

/// Executes the call that the descriptor holds; false if it does not know the kernel.
CELLGRAD_EXPORT("run") bool run() { return cellgrad::kernelsWasm.run(cellgrad::descriptor); }
