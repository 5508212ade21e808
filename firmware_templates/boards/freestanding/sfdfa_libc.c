/*
 * sfdfa_libc.c: the two functions that a C compiler may call even without a library, for the linker to find.
 */
#include <stddef.h>

void *memset(void *target, int value, size_t size);
void *memcpy(void *restrict target, const void *restrict source, size_t size);

/* Without these attributes a compiler may turn each loop into a call of the function that it is. */
#if defined(__GNUC__) && !defined(__clang__)
#define PLAIN_LOOP __attribute__((optimize("no-tree-loop-distribute-patterns")))
#else
#define PLAIN_LOOP __attribute__((no_builtin))
#endif

PLAIN_LOOP void *memset(void *target, int value, size_t size)
{
    unsigned char *to = target;
    while (size-- > 0) {
        *to++ = (unsigned char)value;
    }
    return target;
}

PLAIN_LOOP void *memcpy(void *restrict target, const void *restrict source, size_t size)
{
    unsigned char *to = target;
    const unsigned char *from = source;
    while (size-- > 0) {
        *to++ = *from++;
    }
    return target;
}
