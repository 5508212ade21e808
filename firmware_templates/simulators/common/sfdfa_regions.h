/*
 * sfdfa_regions.h: for simulators, cycles by region of the code, without a change of the code.
 *
 * A file of 16-bit numbers, one for each two bytes of the address space from 0, tells the region of an instruction; 0
 * is code that serves whatever called it, and counts for the region before. Another file holds the cycles of each
 * region so far, 64 bits each, and can be read by anyone at any time.
 */
#ifndef SFDFA_REGIONS_H
#define SFDFA_REGIONS_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    const uint16_t *region; /* number of each place of the code, or 0 */
    size_t places; /* instructions of two bytes */
    uint64_t *cycles; /* spent in each region, counted here */
    uint16_t current; /* the region that the last instruction with one was in */
} sfdfa_regions_t;

/* Map a whole file into memory. Returns a null pointer on failure. */
static inline void *sfdfa_map_file(const char *path, int writable, size_t *size)
{
    struct stat status;
    const int file = open(path, writable ? O_RDWR : O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) {
        return NULL;
    }
    void *memory =
        mmap(NULL, (size_t)status.st_size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
    close(file);
    *size = (size_t)status.st_size;
    return memory == MAP_FAILED ? NULL : memory;
}

/* Count from now on. Returns whether both files could be opened. */
static inline int sfdfa_regions_open(sfdfa_regions_t *regions, const char *regions_path, const char *cycles_path)
{
    size_t size = 0;
    regions->region = (const uint16_t *)sfdfa_map_file(regions_path, 0, &size);
    regions->places = size / sizeof(uint16_t);
    regions->cycles = (uint64_t *)sfdfa_map_file(cycles_path, 1, &size);
    return regions->region != NULL && regions->cycles != NULL;
}

/* An instruction at `address` took some cycles. */
static inline void sfdfa_regions_count(sfdfa_regions_t *regions, uint32_t address, uint64_t cycles)
{
    const uint32_t place = address / 2;
    const uint16_t region = place < regions->places ? regions->region[place] : 0;
    regions->current = region != 0 ? region : regions->current;
    regions->cycles[regions->current] += cycles;
}

#endif
