/*
 * sfdfa_cortex_m4.h: what sfdfa_cortex_m4.S and sfdfa_cortex_m4_walk.S compute.
 */
#ifndef SFDFA_CORTEX_M4_H
#define SFDFA_CORTEX_M4_H

#include "sfdfa_internal.h"

#if SFDFA_CORTEX_M4

/* With more rows the sums could leave their lanes of 16 bits. */
#define SFDFA_M4_MOST_ROWS 255

/* The inputs of a layer in one tick, section 5. */
typedef struct {
    const sfdfa_index_t *input;
    uint32_t row;          /* bytes, and from bit 16 on inputs less 1 */
    uint32_t *lanes;       /* to be written: of four neurons the sums of the first and the third, then of the second and the fourth */
    uint32_t words;        /* of a row, the last of which may reach past it by three bytes */
    const int8_t *weights; /* of the layer */
} sfdfa_m4_sum_t;

/* X of all neurons of a layer, from 1 to SFDFA_M4_MOST_ROWS inputs. */
void sfdfa_m4_sum(const sfdfa_m4_sum_t *sum);

/* The neurons of a layer in one tick. */
typedef struct {
    sfdfa_membrane_t *membrane;
    const uint32_t *lanes; /* X of each */
    int32_t threshold;
    int32_t decay_s; /* times 2^20 */
    int32_t decay;   /* times 2^20 */
    uint32_t scale;  /* in its lower half, what X is multiplied by, negated; else 0 */
    uint32_t neurons;
    sfdfa_index_t *list; /* of those that reach their threshold; moves on */
    int32_t limit;
    uint32_t saturations; /* to be written */
} sfdfa_m4_integrate_t;

/* Step all neurons of a layer, with inputs in this tick or without. */
void sfdfa_m4_integrate(sfdfa_m4_integrate_t *layer);
void sfdfa_m4_integrate_inputs(sfdfa_m4_integrate_t *layer);

/* The same for states that may come to their limit. */
void sfdfa_m4_integrate_limited(sfdfa_m4_integrate_t *layer);
void sfdfa_m4_integrate_inputs_limited(sfdfa_m4_integrate_t *layer);

/* What sfdfa_coast_on does. */
bool sfdfa_m4_coast(sfdfa_coasting_t *list);

#if SFDFA_LEARNS && !SFDFA_TRACES

/* Walk down from a spike, of which gamma is already in s, and change every input's weight. Changes spikes_left and the saturations. */
void sfdfa_m4_walk(sfdfa_walker_t *walker, int32_t gamma);

#endif

#endif
#endif
