// A persistent pool of threads. Tasks are claimed from a shared counter rather than dealt out, so that a thread which
// lost its core to another process does not hold up the others.
#include "atomic.h"
#include "core.h"
#include "system.h"

namespace cellgrad {
namespace {

constexpr int maxThreads = 64;
// Looks for new work this often before going to sleep: some 50 µs, so that a training step's kernels find the pool awake.
constexpr int spinsBeforeSleep = 2000;

// Everything is static and trivially destructible: threads may still look at it while the process exits.
Atomic<int> wantedThreads{1};
// Workers beyond these were started for a larger count that no longer holds; they sit out.
Atomic<int> activeWorkers{0};
int startedWorkers = 0;
size_t scratchBytes = 0;

// The job under way. `ticket` carries the job's number and the next task, so that a late thread cannot claim a task of a
// job that replaced the one it saw.
struct Job {
  TaskBody body;
  void* argument;
};
Job job;
Atomic<long> jobCount{0};
alignas(64) Atomic<uint32_t> generation{0};
alignas(64) Atomic<uint64_t> ticket{0};
alignas(64) Atomic<long> finished{0};
alignas(64) Atomic<bool> busy{false};
Atomic<int> sleepers{0};

float* scratch() { return static_cast<float*>(threadMemory(scratchBytes)); }

void pauseBriefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Claims and runs tasks of job `number` until none is left. The job cannot be replaced while a claimed task runs,
/// because runTasks waits for all of them.
void work(uint32_t number) {
  for (;;) {
    uint64_t seen = ticket.loadAcquire();
    if (static_cast<uint32_t>(seen >> 32) != number) return;
    const long index = static_cast<uint32_t>(seen);
    if (index >= jobCount.loadRelaxed()) return;
    if (!ticket.replace(seen, seen + 1)) continue;
    job.body(job.argument, index, scratch());
    finished.add(1);
  }
}

void workerLoop(intptr_t index) {
  uint32_t seen = 0;
  for (;;) {
    uint32_t now;
    int spins = 0;
    while ((now = generation.loadAcquire()) == seen) {
      if (++spins < spinsBeforeSleep) {
        pauseBriefly();
        continue;
      }
      // Either this thread sees the new generation before it sleeps, or runTasks sees the sleeper.
      sleepers.add(1);
      while (generation.load() == seen) sleepWhileEqual(generation.address(), seen);
      sleepers.add(-1);
    }
    seen = now;
    if (index < activeWorkers.loadRelaxed()) work(now);
  }
}

void startWorkers() {
  while (startedWorkers < wantedThreads.load() - 1) {
    if (!startThread(workerLoop, startedWorkers)) break;
    startedWorkers++;
  }
}

void runAlone(long count, TaskBody body, void* argument) {
  float* memory = scratch();
  for (long i = 0; i < count; i++) body(argument, i, memory);
}

}  // namespace

void runTasks(long count, TaskBody body, void* argument) {
  // Busy is a pool that serves another JavaScript thread, or of which a task has parallel work itself: do it here.
  if (count <= 1 || wantedThreads.loadRelaxed() <= 1 || count > 0x7fffffff || busy.exchange(true)) {
    runAlone(count, body, argument);
    return;
  }
  startWorkers();
  // Until the new ticket stands, late threads find the old one: exhausted, or of another number.
  const uint32_t number = generation.loadRelaxed() + 1;
  ticket.store(static_cast<uint64_t>(number - 1) << 32 | 0xffffffffu);
  job = {body, argument};
  jobCount.storeRelaxed(count);
  finished.storeRelaxed(0);
  ticket.storeRelease(static_cast<uint64_t>(number) << 32);
  generation.store(number);
  if (sleepers.load() > 0) wakeSleepers(generation.address());
  work(number);
  // A thread with a task may have lost its core to another process, which could be waiting for ours.
  for (int spins = 0; finished.loadAcquire() < count; spins++) {
    if (spins < spinsBeforeSleep) pauseBriefly();
    else giveWay();
  }
  busy.storeRelease(false);
}

int threadCount() { return wantedThreads.loadRelaxed(); }

void setThreadCount(int count) {
  wantedThreads.store(count < 1 ? 1 : count > maxThreads ? maxThreads : count);
  activeWorkers.store(wantedThreads.load() - 1);
}

float* callerScratch() { return scratch(); }

void setScratchFloats(long floats) { scratchBytes = static_cast<size_t>(floats) * sizeof(float); }

}  // namespace cellgrad
