/*
 * sfdfa_native_ram.c: the RAM that the network takes on a processor without vectors. The library of a host itself takes
 * more, to be quick.
 */
#define SFDFA_LAYOUT_OF_WORDS

#include "sfdfa_native.h"

#if SFDFA_AXES > 0
#define FRONTEND_BYTES ((uint32_t)sizeof(sfdfa_frontend_t))
#else
#define FRONTEND_BYTES 0U
#endif

void sfdfa_native_ram(sfdfa_native_ram_t *ram)
{
    ram->total = sizeof(sfdfa_t);
    ram->weights = sizeof(((sfdfa_t *)0)->learned.weights);
    const uint32_t predicting = (uint32_t)(sizeof(sfdfa_sample_t) + sizeof(sfdfa_membranes_t)) + FRONTEND_BYTES;
    ram->learning = ram->total - ram->weights - predicting;
}
