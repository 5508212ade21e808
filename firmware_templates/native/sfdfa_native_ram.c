/*
 * sfdfa_native_ram.c: the RAM that the network takes on a processor without vectors. The library of a host itself takes
 * more, to be quick.
 */
#define SFDFA_LAYOUT_OF_WORDS

#include "sfdfa_native.h"

void sfdfa_native_ram(sfdfa_native_ram_t *ram)
{
    ram->total = sizeof(sfdfa_t);
    ram->weights = sizeof(((sfdfa_t *)0)->learned.weights);
    ram->learning = (uint32_t)(sizeof(sfdfa_t) - ram->weights - sizeof(sfdfa_sample_t) - sizeof(sfdfa_membranes_t));
}
