// The Node-API side: gives JavaScript the call descriptor's memory and the function that executes it.
#include <node_api.h>

#include "core.h"
#include "opcodes.h"
#include "system.h"

namespace cellgrad {
namespace {

#if defined(__x86_64__)
void cpuid(unsigned leaf, unsigned subleaf, unsigned (&registers)[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]), "=d"(registers[3])
                   : "a"(leaf), "c"(subleaf));
}

bool bit(unsigned word, int number) { return (word >> number & 1) != 0; }

/// 0 SSE2, 1 AVX2 with FMA, 2 AVX-512 (F, BW, DQ, VL), 3 AMX for bfloat16 with them: what the processor has and the operating
/// system saves.
int supportedLevel() {
  unsigned registers[4];
  cpuid(0, 0, registers);
  if (registers[0] < 7) return 0;
  cpuid(1, 0, registers);
  const bool fma = bit(registers[2], 12), xsave = bit(registers[2], 27), avx = bit(registers[2], 28);
  if (!fma || !xsave || !avx) return 0;
  unsigned saved, high;
  __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  cpuid(7, 0, registers);
  const unsigned features = registers[1], tiles = registers[3];
  if ((saved & 0x6) != 0x6 || !bit(features, 5)) return 0;
  const bool avx512 = bit(features, 16) && bit(features, 17) && bit(features, 30) && bit(features, 31);
  if (!avx512 || (saved & 0xe6) != 0xe6) return 1;
  const bool amx = bit(tiles, 22) && bit(tiles, 24) && (saved & 0x60000) == 0x60000;
  return amx && allowTileRegisters() ? 3 : 2;
}

bool equalButForCase(const char* a, const char* b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c; };
  for (; *a != 0 && lower(*a) == lower(*b); a++, b++) {}
  return lower(*a) == lower(*b);
}

/// The best kernels, or those that CELLGRAD_ISA names if the processor has them.
const Kernels* pickKernels() {
  const Kernels* const byLevel[] = {&kernelsSse2, &kernelsAvx2, &kernelsAvx512, &kernelsAmx};
  const int supported = supportedLevel();
  char buffer[16];
  const char* wanted = environmentVariable("CELLGRAD_ISA", buffer, sizeof buffer);
  for (int level = supported; wanted != nullptr && level >= 0; level--) {
    if (equalButForCase(wanted, byLevel[level]->name)) return byLevel[level];
  }
  return byLevel[supported];
}
#elif defined(__aarch64__)
const Kernels* pickKernels() { return &kernelsNeon; }
#else
const Kernels* pickKernels() { return &kernelsPortable; }
#endif

/// One environment's (main thread's or worker's) descriptor. Its memory belongs to two array buffers that the exports
/// keep, and that `references` keep should a user drop the exports.
struct Environment {
  Descriptor descriptor;
  const Kernels* kernels;
  napi_ref references[2];
  // Weak references to the arrays that JavaScript has watched, by their numbers; null where there is none.
  napi_ref* watched;
  size_t watchedCapacity;
};

/// The environment that a function was made for, and its arguments; false, with an exception, if there are too few.
bool readCall(napi_env env, napi_callback_info info, size_t wanted, napi_value* arguments, Environment** environment) {
  size_t count = wanted;
  void* data;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  *environment = static_cast<Environment*>(data);
  if (count >= wanted) return true;
  napi_throw_type_error(env, nullptr, "cellgrad: too few arguments");
  return false;
}

napi_value callRun(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  const Environment* environment = static_cast<const Environment*>(data);
  if (!environment->kernels->run(environment->descriptor)) {
    napi_throw_error(env, nullptr, "cellgrad: the native kernels do not know this call");
  }
  return nullptr;
}

/// addressOf(typedArray): where its elements stand. JavaScript asks once for each array, before a kernel first writes there.
napi_value callAddressOf(napi_env env, napi_callback_info info) {
  napi_value array, result = nullptr;
  size_t count = 1, length = 0;
  napi_typedarray_type type;
  void* memory = nullptr;
  napi_get_cb_info(env, info, &count, &array, nullptr, nullptr);
  if (count != 1 || napi_get_typedarray_info(env, array, &type, &length, &memory, nullptr, nullptr) != napi_ok) {
    napi_throw_type_error(env, nullptr, "addressOf takes a typed array");
    return nullptr;
  }
  useLargePages(memory, length * (type == napi_float64_array ? 8 : type == napi_uint8_array ? 1 : 4));
  napi_create_double(env, static_cast<double>(reinterpret_cast<uintptr_t>(memory)), &result);
  return result;
}

/// watch(array, number): remembers an array under a number, without keeping it alive.
napi_value callWatch(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Environment* environment;
  if (!readCall(env, info, 2, arguments, &environment)) return nullptr;
  uint32_t number = 0;
  if (napi_get_value_uint32(env, arguments[1], &number) != napi_ok) return nullptr;
  if (number >= environment->watchedCapacity) {
    const size_t capacity = 2 * static_cast<size_t>(number) + 64;
    napi_ref* larger = static_cast<napi_ref*>(takeMemory(capacity * sizeof(napi_ref)));
    for (size_t i = 0; i < capacity; i++) {
      larger[i] = i < environment->watchedCapacity ? environment->watched[i] : nullptr;
    }
    if (environment->watched != nullptr) giveMemoryBack(environment->watched);
    environment->watched = larger;
    environment->watchedCapacity = capacity;
  }
  napi_ref& reference = environment->watched[number];
  if (reference != nullptr) napi_delete_reference(env, reference);
  if (napi_create_reference(env, arguments[0], 0, &reference) != napi_ok) reference = nullptr;
  return nullptr;
}

/// gone(numbers): fills an Int32Array with the numbers of watched arrays that the garbage collector has taken, as many as
/// it has room for, forgets these, and returns how many there are.
napi_value callGone(napi_env env, napi_callback_info info) {
  napi_value array, result = nullptr;
  Environment* environment;
  if (!readCall(env, info, 1, &array, &environment)) return nullptr;
  napi_typedarray_type type;
  size_t room = 0;
  void* memory = nullptr;
  if (napi_get_typedarray_info(env, array, &type, &room, &memory, nullptr, nullptr) != napi_ok) return nullptr;
  int32_t* numbers = static_cast<int32_t*>(memory);
  uint32_t found = 0;
  for (size_t number = 0; number < environment->watchedCapacity && found < room; number++) {
    napi_ref& reference = environment->watched[number];
    if (reference == nullptr) continue;
    napi_handle_scope scope;
    napi_value alive = nullptr;
    napi_open_handle_scope(env, &scope);
    napi_get_reference_value(env, reference, &alive);
    napi_close_handle_scope(env, scope);
    if (alive != nullptr) continue;
    napi_delete_reference(env, reference);
    reference = nullptr;
    numbers[found++] = static_cast<int32_t>(number);
  }
  napi_create_uint32(env, found, &result);
  return result;
}

/// Node deletes the references themselves.
void endEnvironment(void* data) {
  Environment* environment = static_cast<Environment*>(data);
  if (environment->watched != nullptr) giveMemoryBack(environment->watched);
  giveMemoryBack(environment);
}

/// setThreads(count): how many threads kernels may use from now on; returns the number that it took.
napi_value callSetThreads(napi_env env, napi_callback_info info) {
  napi_value argument, result = nullptr;
  size_t count = 1;
  int32_t threads = 1;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (count == 1) napi_get_value_int32(env, argument, &threads);
  setThreadCount(threads);
  napi_create_int32(env, threadCount(), &result);
  return result;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

void setFunction(napi_env env, napi_value object, const char* name, napi_callback callback, void* data) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function);
  set(env, object, name, function);
}

/// A typed array on memory of its own, kept for the environment's life.
void* addMemory(napi_env env, napi_value exports, const char* name, napi_typedarray_type type, size_t length,
                size_t elementBytes, napi_ref* reference) {
  napi_value buffer, array;
  void* memory;
  napi_create_arraybuffer(env, length * elementBytes, &memory, &buffer);
  napi_create_typedarray(env, type, length, buffer, 0, &array);
  napi_create_reference(env, buffer, 1, reference);
  set(env, exports, name, array);
  return memory;
}

}  // namespace
}  // namespace cellgrad

NAPI_MODULE_INIT() {
  using namespace cellgrad;
  const Kernels* const kernels = pickKernels();
  setScratchFloats(kernels->scratchFloats);
  stayLoaded(reinterpret_cast<const void*>(&callRun));

  Environment* environment = static_cast<Environment*>(takeMemory(sizeof(Environment)));
  environment->kernels = kernels;
  environment->watched = nullptr;
  environment->watchedCapacity = 0;
  environment->descriptor.ints = static_cast<int32_t*>(
      addMemory(env, exports, "ints", napi_int32_array, descriptorInts, 4, &environment->references[0]));
  environment->descriptor.numbers = static_cast<double*>(
      addMemory(env, exports, "numbers", napi_float64_array, descriptorNumbers, 8, &environment->references[1]));
  napi_add_env_cleanup_hook(env, endEnvironment, environment);

  setFunction(env, exports, "run", callRun, environment);
  setFunction(env, exports, "addressOf", callAddressOf, nullptr);
  setFunction(env, exports, "watch", callWatch, environment);
  setFunction(env, exports, "gone", callGone, environment);
  setFunction(env, exports, "setThreads", callSetThreads, nullptr);

  napi_value value;
  napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &value);
  set(env, exports, "instructionSet", value);
  napi_create_string_utf8(env, signature, NAPI_AUTO_LENGTH, &value);
  set(env, exports, "signature", value);
  napi_create_int32(env, kernels->lanes, &value);
  set(env, exports, "lanes", value);
  return exports;
}
