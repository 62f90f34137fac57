// What the kernels use of <string.h>, for targets whose C library is not at hand when they are compiled: the compiler
// knows these by itself.
#pragma once

#include <stddef.h>

#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset
