// A persistent pool of threads. Tasks are claimed from a shared counter rather than dealt out, so that a thread which
// lost its core to another process does not hold up the others.
#include <atomic>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core.h"

namespace cellgrad {
namespace {

constexpr int maxThreads = 64;
// Looks for new work this often before going to sleep: some 50 µs, so that a training step's kernels find the pool awake.
constexpr int spinsBeforeSleep = 2000;

// Everything is static and trivially destructible: threads may still look at it while the process exits.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
std::atomic<int> wantedThreads{1};
// Workers beyond these were started for a larger count that no longer holds; they sit out.
std::atomic<int> activeWorkers{0};
int startedWorkers = 0;
long scratchFloats = 0;

// The job under way. `ticket` carries the job's number and the next task, so that a late thread cannot claim a task of a
// job that replaced the one it saw.
struct Job {
  TaskBody body;
  void* argument;
};
Job job;
std::atomic<long> jobCount{0};
alignas(64) std::atomic<uint32_t> generation{0};
alignas(64) std::atomic<uint64_t> ticket{0};
alignas(64) std::atomic<long> finished{0};
alignas(64) std::atomic<bool> busy{false};
std::atomic<int> sleepers{0};

void pauseBriefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Scratch memory of one thread, freed when the thread ends.
struct Scratch {
  float* memory = nullptr;
  ~Scratch() { free(memory); }
  float* get() {
    if (memory == nullptr) {
      // Large pages where the system has them: packed matrices are read across many small ones otherwise.
      constexpr size_t pageBytes = 2 << 20;
      const size_t bytes = (static_cast<size_t>(scratchFloats) * sizeof(float) + pageBytes - 1) / pageBytes * pageBytes;
      void* fresh = nullptr;
      if (posix_memalign(&fresh, pageBytes, bytes) != 0) abort();
#if defined(MADV_HUGEPAGE)
      madvise(fresh, bytes, MADV_HUGEPAGE);
#endif
      memory = static_cast<float*>(fresh);
    }
    return memory;
  }
};
thread_local Scratch scratch;
thread_local bool insideTask = false;

/// Claims and runs tasks of job `number` until none is left. The job cannot be replaced while a claimed task runs,
/// because runTasks waits for all of them.
void work(uint32_t number) {
  for (;;) {
    uint64_t seen = ticket.load(std::memory_order_acquire);
    if (static_cast<uint32_t>(seen >> 32) != number) return;
    const long index = static_cast<uint32_t>(seen);
    if (index >= jobCount.load(std::memory_order_relaxed)) return;
    if (!ticket.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) continue;
    job.body(job.argument, index, scratch.get());
    finished.fetch_add(1, std::memory_order_release);
  }
}

void* workerLoop(void* argument) {
  const int index = static_cast<int>(reinterpret_cast<intptr_t>(argument));
  insideTask = true;
  uint32_t seen = 0;
  for (;;) {
    uint32_t now;
    int spins = 0;
    while ((now = generation.load(std::memory_order_acquire)) == seen) {
      if (++spins < spinsBeforeSleep) {
        pauseBriefly();
        continue;
      }
      pthread_mutex_lock(&mutex);
      sleepers.fetch_add(1);
      while (generation.load() == seen) pthread_cond_wait(&wake, &mutex);
      sleepers.fetch_sub(1);
      pthread_mutex_unlock(&mutex);
    }
    seen = now;
    if (index < activeWorkers.load(std::memory_order_relaxed)) work(now);
  }
  return nullptr;
}

/// A forked child has none of the threads, and must start its own.
void forgetWorkers() {
  startedWorkers = 0;
  sleepers.store(0);
  busy.store(false);
  pthread_mutex_init(&mutex, nullptr);
  pthread_cond_init(&wake, nullptr);
}

void startWorkers() {
  static bool forkHandled = false;
  if (!forkHandled) {
    forkHandled = true;
    pthread_atfork(nullptr, nullptr, forgetWorkers);
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  while (startedWorkers < wantedThreads - 1) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, workerLoop, reinterpret_cast<void*>(static_cast<intptr_t>(startedWorkers))) != 0) break;
    startedWorkers++;
  }
  pthread_attr_destroy(&attributes);
}

void runAlone(long count, TaskBody body, void* argument) {
  float* memory = scratch.get();
  for (long i = 0; i < count; i++) body(argument, i, memory);
}

}  // namespace

void runTasks(long count, TaskBody body, void* argument) {
  // A pool that serves another JavaScript thread, or a task that has parallel work itself: do it here.
  if (count <= 1 || wantedThreads <= 1 || insideTask || count > 0x7fffffff || busy.exchange(true)) {
    runAlone(count, body, argument);
    return;
  }
  if (startedWorkers < wantedThreads - 1) startWorkers();
  // Until the new ticket stands, late threads find the old one: exhausted, or of another number.
  const uint32_t number = generation.load(std::memory_order_relaxed) + 1;
  ticket.store(static_cast<uint64_t>(number - 1) << 32 | 0xffffffffu, std::memory_order_seq_cst);
  job = {body, argument};
  jobCount.store(count, std::memory_order_relaxed);
  finished.store(0, std::memory_order_relaxed);
  ticket.store(static_cast<uint64_t>(number) << 32, std::memory_order_release);
  generation.store(number, std::memory_order_seq_cst);
  if (sleepers.load() > 0) {
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&mutex);
  }
  insideTask = true;
  work(number);
  insideTask = false;
  // A thread with a task may have lost its core to another process, which could be waiting for ours.
  for (int spins = 0; finished.load(std::memory_order_acquire) < count; spins++) {
    if (spins < spinsBeforeSleep) pauseBriefly();
    else sched_yield();
  }
  busy.store(false, std::memory_order_release);
}

int threadCount() { return wantedThreads; }

void setThreadCount(int count) {
  wantedThreads = count < 1 ? 1 : count > maxThreads ? maxThreads : count;
  activeWorkers = wantedThreads - 1;
}

float* callerScratch() { return scratch.get(); }

void setScratchFloats(long floats) { scratchFloats = floats; }

}  // namespace cellgrad
