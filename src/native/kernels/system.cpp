#include "system.h"

// ---- Windows

#if defined(_WIN32)

extern "C" {
#define IMPORT __declspec(dllimport)
IMPORT void* CreateThread(void*, size_t, unsigned long (*)(void*), void*, unsigned long, unsigned long*);
IMPORT int CloseHandle(void*);
IMPORT int SwitchToThread(void);
IMPORT void* VirtualAlloc(void*, size_t, unsigned long, unsigned long);
IMPORT int VirtualFree(void*, size_t, unsigned long);
IMPORT unsigned long FlsAlloc(void (*)(void*));
IMPORT void* FlsGetValue(unsigned long);
IMPORT int FlsSetValue(unsigned long, void*);
IMPORT unsigned long GetEnvironmentVariableA(const char*, char*, unsigned long);
IMPORT int GetModuleHandleExA(unsigned long, const char*, void**);
IMPORT void* LoadLibraryA(const char*);
IMPORT void* GetProcAddress(void*, const char*);
IMPORT void Sleep(unsigned long);
#undef IMPORT

// What the compiler itself asks for where there is no C library.
int _fltused = 0;
static unsigned long memorySlot;
static void freeMemory(void* memory) {
  if (memory != nullptr) VirtualFree(memory, 0, 0x8000 /* MEM_RELEASE */);
}
int DllMainCRTStartup(void*, unsigned long reason, void*) {
  if (reason == 1 /* DLL_PROCESS_ATTACH */) memorySlot = FlsAlloc(freeMemory);
  return 1;
}
}

namespace cellgrad {
namespace {

struct Start {
  void (*body)(intptr_t);
  intptr_t argument;
};

unsigned long threadMain(void* start) {
  const Start copy = *static_cast<Start*>(start);
  giveMemoryBack(start);
  copy.body(copy.argument);
  return 0;
}

// Since Windows 8; before that, threads look again after a while.
typedef int (*Wait)(const volatile void*, const void*, size_t, unsigned long);
typedef void (*Wake)(const void*);
template <class Function>
Function synchronization(const char* name) {
  void* const library = LoadLibraryA("api-ms-win-core-synch-l1-2-0.dll");
  return library == nullptr ? nullptr : reinterpret_cast<Function>(GetProcAddress(library, name));
}

}  // namespace

bool startThread(void (*body)(intptr_t), intptr_t argument) {
  Start* start = static_cast<Start*>(takeMemory(sizeof(Start)));
  *start = {body, argument};
  void* thread = CreateThread(nullptr, 0, threadMain, start, 0, nullptr);
  if (thread == nullptr) {
    giveMemoryBack(start);
    return false;
  }
  CloseHandle(thread);
  return true;
}

void sleepWhileEqual(const uint32_t* word, uint32_t value) {
  static const Wait wait = synchronization<Wait>("WaitOnAddress");
  if (wait != nullptr) wait(word, &value, sizeof value, 0xffffffff);
  else Sleep(1);
}

void wakeSleepers(uint32_t* word) {
  static const Wake wake = synchronization<Wake>("WakeByAddressAll");
  if (wake != nullptr) wake(word);
}

void giveWay() { SwitchToThread(); }

void* takeMemory(size_t bytes) {
  void* memory = VirtualAlloc(nullptr, bytes, 0x3000 /* MEM_COMMIT | MEM_RESERVE */, 4 /* PAGE_READWRITE */);
  if (memory == nullptr) __builtin_trap();
  return memory;
}

void giveMemoryBack(void* memory) { freeMemory(memory); }

void useLargePages(void*, size_t) {}

void* threadMemory(size_t bytes) {
  void* memory = FlsGetValue(memorySlot);
  if (memory == nullptr) FlsSetValue(memorySlot, memory = takeMemory(bytes));
  return memory;
}

const char* environmentVariable(const char* name, char* buffer, size_t size) {
  const unsigned long length = GetEnvironmentVariableA(name, buffer, static_cast<unsigned long>(size));
  return length == 0 || length >= size ? nullptr : buffer;
}

bool allowTileRegisters() { return false; }

void stayLoaded(const void* address) {
  void* module;
  GetModuleHandleExA(5 /* FROM_ADDRESS | PIN */, static_cast<const char*>(address), &module);
}

}  // namespace cellgrad

#else

// ---- Linux and macOS

extern "C" {
int pthread_create(void** thread, const void* attributes, void* (*body)(void*), void* argument);
int pthread_detach(void* thread);
int sched_yield(void);
int posix_memalign(void** memory, size_t alignment, size_t bytes);
void free(void* memory);
void abort(void) __attribute__((noreturn));
char* getenv(const char* name);
void* dlopen(const char* path, int mode);
struct SymbolInfo {
  const char* file;
  void* base;
  const char* symbol;
  void* address;
};
int dladdr(const void* address, SymbolInfo* info);
#if defined(__APPLE__)
typedef unsigned long ThreadKey;
int __ulock_wait(uint32_t operation, void* address, uint64_t value, uint32_t microseconds);
int __ulock_wake(uint32_t operation, void* address, uint64_t value);
#else
typedef unsigned int ThreadKey;
long syscall(long number, ...);
int madvise(void* address, size_t bytes, int advice);
#endif
int pthread_key_create(ThreadKey* key, void (*destructor)(void*));
void* pthread_getspecific(ThreadKey key);
int pthread_setspecific(ThreadKey key, const void* value);
}

namespace cellgrad {
namespace {

struct Start {
  void (*body)(intptr_t);
  intptr_t argument;
};

void* threadMain(void* start) {
  const Start copy = *static_cast<Start*>(start);
  free(start);
  copy.body(copy.argument);
  return nullptr;
}

constexpr size_t pageBytes = 2 << 20;

ThreadKey memoryKey;
__attribute__((constructor)) void makeMemoryKey() { pthread_key_create(&memoryKey, free); }

#if defined(__APPLE__)
constexpr int stayInMemory = 0x2 | 0x80;  // RTLD_NOW | RTLD_NODELETE
constexpr uint32_t compareAndWait = 1, wakeAll = 0x100;
#else
constexpr int stayInMemory = 0x2 | 0x1000;
#if defined(__x86_64__)
constexpr long futexCall = 202;
#else
constexpr long futexCall = 98;
#endif
constexpr int futexWait = 0 | 128, futexWake = 1 | 128;  // private to the process
#endif

}  // namespace

bool startThread(void (*body)(intptr_t), intptr_t argument) {
  void* start = nullptr;
  if (posix_memalign(&start, sizeof(void*), sizeof(Start)) != 0) return false;
  *static_cast<Start*>(start) = {body, argument};
  void* thread;
  if (pthread_create(&thread, nullptr, threadMain, start) != 0) {
    free(start);
    return false;
  }
  pthread_detach(thread);
  return true;
}

void sleepWhileEqual(const uint32_t* word, uint32_t value) {
#if defined(__APPLE__)
  __ulock_wait(compareAndWait, const_cast<uint32_t*>(word), value, 0);
#else
  syscall(futexCall, word, futexWait, value, nullptr, nullptr, 0);
#endif
}

void wakeSleepers(uint32_t* word) {
#if defined(__APPLE__)
  __ulock_wake(compareAndWait | wakeAll, word, 0);
#else
  syscall(futexCall, word, futexWake, 0x7fffffff, nullptr, nullptr, 0);
#endif
}

void giveWay() { sched_yield(); }

void* takeMemory(size_t bytes) {
  constexpr size_t lineBytes = 64;
  const bool large = bytes >= pageBytes;
  if (large) bytes = (bytes + pageBytes - 1) / pageBytes * pageBytes;
  void* memory = nullptr;
  if (posix_memalign(&memory, large ? pageBytes : lineBytes, bytes) != 0) abort();
  useLargePages(memory, bytes);
  return memory;
}

void useLargePages(void* memory, size_t bytes) {
#if defined(__APPLE__)
  (void)memory;
  (void)bytes;
#else
  const uintptr_t first = (reinterpret_cast<uintptr_t>(memory) + pageBytes - 1) / pageBytes * pageBytes;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(memory) + bytes) / pageBytes * pageBytes;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, 14 /* MADV_HUGEPAGE */);
#endif
}

void giveMemoryBack(void* memory) { free(memory); }

void* threadMemory(size_t bytes) {
  void* memory = pthread_getspecific(memoryKey);
  if (memory == nullptr) pthread_setspecific(memoryKey, memory = takeMemory(bytes));
  return memory;
}

const char* environmentVariable(const char* name, char*, size_t) { return getenv(name); }

bool allowTileRegisters() {
#if defined(__linux__) && defined(__x86_64__)
  constexpr long processorStateCall = 158, requestPermission = 0x1023, tileData = 18;
  return syscall(processorStateCall, requestPermission, tileData) == 0;
#else
  return false;
#endif
}

void stayLoaded(const void* address) {
  SymbolInfo info;
  if (dladdr(address, &info) != 0 && info.file != nullptr) dlopen(info.file, stayInMemory);
}

}  // namespace cellgrad

#endif
