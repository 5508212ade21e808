/*
 * sfdfa_cortex_m4.h: what sfdfa_cortex_m4.S and sfdfa_cortex_m4_walk.S compute.
 */
#ifndef SFDFA_CORTEX_M4_H
#define SFDFA_CORTEX_M4_H

#include "sfdfa_internal.h"

#if SFDFA_CORTEX_M4

#if SFDFA_LEARNS && !SFDFA_TRACES

/* Walk down from a spike, of which gamma is already in s, and change every input's weight. Changes spikes_left and the saturations. */
void sfdfa_m4_walk(sfdfa_walker_t *walker, int32_t gamma);

#endif

#endif
#endif
