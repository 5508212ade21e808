/*
 * sfdfa_cortex_m0.h: what sfdfa_cortex_m0.S and sfdfa_cortex_m0_walk.S compute, for networks of 8-bit weights.
 */
#ifndef SFDFA_CORTEX_M0_H
#define SFDFA_CORTEX_M0_H

#include "sfdfa_internal.h"

/* With more rows the sums of a kernel could leave their lanes. */
#define SFDFA_M0_MOST_ROWS 255

/* The inputs of a layer in one tick, section 5. */
typedef struct {
    const sfdfa_index_t *input;
    const sfdfa_index_t *end;
    uint32_t row;            /* bytes */
    const int8_t *weights;   /* of the layer */
    int32_t *current;        /* X of each neuron, to be written: of SFDFA_M0_NEURONS at least */
    int32_t *current_end;
    uint32_t shift;          /* X is shifted left, */
    uint32_t offset;         /* and this is added */
    uint32_t alignment;      /* a multiple of 4, or at least even, if all rows begin at such addresses */
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

/* Step one neuron or more, with inputs in this tick or without. */
void sfdfa_m0_integrate(sfdfa_m0_integrate_t *layer);
void sfdfa_m0_integrate_inputs(sfdfa_m0_integrate_t *layer);

/* The same for narrow states, with the currents in 2^-12 and 2047 in them. */
void sfdfa_m0_integrate_narrow(sfdfa_m0_integrate_t *layer);
void sfdfa_m0_integrate_inputs_narrow(sfdfa_m0_integrate_t *layer);

/* Walk down from a spike, of which gamma is already in s, and change every input's weight. Changes s, spikes, spikes_left and the saturations. */
void sfdfa_m0_walk(sfdfa_walker_t *walker, int32_t gamma);

#endif
