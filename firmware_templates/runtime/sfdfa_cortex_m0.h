/*
 * sfdfa_cortex_m0.h: what sfdfa_cortex_m0.S computes, for networks of 8-bit weights.
 */
#ifndef SFDFA_CORTEX_M0_H
#define SFDFA_CORTEX_M0_H

#include "sfdfa.h"

/* A neuron on its way through the ticks, section 8; the kernel knows where each member lies. */
typedef struct {
    int32_t u;
    int32_t v;
    const uint16_t *count; /* inputs of the next tick; the ticks go down */
    const uint16_t *stop;  /* those of the first tick that is not walked */
    const uint32_t *input; /* the next of the list: in the upper 24 bits where its row begins, in the lower 8 its draw */
    int8_t *column;        /* the neuron's weight in the first row */
    uint32_t draw;
    int32_t step;
    int32_t decay_s;
    int32_t decay;
    uint32_t eligibility_saturations; /* what E and D add to the counts */
    uint32_t update_saturations;
} sfdfa_m0_walk_t;

/* Walk at least one tick, with every input's update. Changes u, v, count, input and the saturations. */
void sfdfa_m0_walk(sfdfa_m0_walk_t *walk);

#endif
