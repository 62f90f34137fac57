// What the native binaries need of the operating system, on Linux, macOS and Windows. system.cpp declares the few calls
// that it takes by hand, so that one compiler builds the binaries of every system without their headers.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace cellgrad {

/// Starts a thread that nobody waits for; false if the system gives none.
bool startThread(void (*body)(intptr_t), intptr_t argument);

/// Sleeps until `word` is woken, unless it differs from `value` already. May return early.
void sleepWhileEqual(const uint32_t* word, uint32_t value);

/// Wakes every thread that sleeps on `word`.
void wakeSleepers(uint32_t* word);

/// Lets another thread have the core.
void giveWay();

/// Memory that starts on a cache line, and large blocks on large pages where the system has them. Ends the process if there
/// is none.
void* takeMemory(size_t bytes);
void giveMemoryBack(void* memory);

/// Asks for large pages behind a large block: its first write then costs a page fault for every 2 MB instead of every 4 KB.
void useLargePages(void* memory, size_t bytes);

/// A block of takeMemory for each thread, of the size that its first call asks for; given back when the thread ends.
void* threadMemory(size_t bytes);

/// The value of an environment variable as it was at the start of the process, or null. `buffer` may hold it.
const char* environmentVariable(const char* name, char* buffer, size_t size);

/// Asks for AMX's tile registers, for all threads of the process; false if the system does not give them.
bool allowTileRegisters();

/// Keeps the binary that holds `address` in memory for good: a worker that ends would unload it under the pool's threads.
void stayLoaded(const void* address);

}  // namespace cellgrad
