/*
 * sfdfa_cortex_m0.h: what sfdfa_cortex_m0.S computes, for networks of 8-bit weights.
 */
#ifndef SFDFA_CORTEX_M0_H
#define SFDFA_CORTEX_M0_H

#include "sfdfa.h"

/* With more rows the sums of a kernel could leave their lanes. */
#define SFDFA_M0_MOST_ROWS 255

/* The inputs of a layer in one tick, section 5. */
typedef struct {
    const sfdfa_index_t *input;
    const sfdfa_index_t *end;
    uint32_t row;            /* bytes, a multiple of 4 */
    const int8_t *weights;   /* of the layer, from a word on */
    int32_t *current;        /* X of each neuron, to be written */
    int32_t *current_end;
} sfdfa_m0_sum_t;

/* X of all neurons of a layer, from 1 to SFDFA_M0_MOST_ROWS inputs. */
void sfdfa_m0_sum(const sfdfa_m0_sum_t *sum);

/* The neurons of a layer in one tick. */
typedef struct {
    sfdfa_membrane_t *membrane;
    const int32_t *current; /* X of each, to be shifted left */
    sfdfa_membrane_t *end;
    uint32_t input_shift;
    int32_t threshold;
    int32_t decay_s;
    int32_t decay;
    sfdfa_index_t *list; /* of those that reach their threshold; moves on */
    int32_t limit;
    uint32_t saturations; /* to be written */
} sfdfa_m0_integrate_t;

/* Step all neurons of a layer, with inputs in this tick or without, and with a limit to their states or proven to need none. */
void sfdfa_m0_integrate(sfdfa_m0_integrate_t *layer);
void sfdfa_m0_integrate_limited(sfdfa_m0_integrate_t *layer);
void sfdfa_m0_integrate_inputs(sfdfa_m0_integrate_t *layer);
void sfdfa_m0_integrate_inputs_limited(sfdfa_m0_integrate_t *layer);

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
