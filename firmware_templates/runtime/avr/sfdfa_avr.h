/*
 * sfdfa_avr.h: what sfdfa_avr.S and the files beside it compute, for networks of weights of 8 bits.
 */
#ifndef SFDFA_AVR_KERNELS_H
#define SFDFA_AVR_KERNELS_H

#include "core/sfdfa_internal.h"

/* With more rows the sums of a kernel could leave their 16 bits. */
#define SFDFA_AVR_MOST_ROWS 255

/* Of X, to the left: as a product with a byte. */
#define SFDFA_AVR_LARGEST_SHIFT 7

/* What a decay leaves of a state, in 2^-16: less than 1. */
#define SFDFA_AVR_KEPT(decay) ((uint16_t)(16 * (4096 - (decay))))

/* Some rows of weights, at least one. */
typedef struct {
    const sfdfa_index_t *input; /* of each row */
    const sfdfa_weight_t *weights; /* of the first input of all; moves on */
    int32_t *sums; /* of each neuron, to be written, a multiple of SFDFA_AVR_CELLS of them; moves on */
    uint16_t row; /* bytes */
    uint8_t count; /* of rows */
    uint8_t groups; /* of SFDFA_AVR_CELLS neurons; 0 at the end */
} sfdfa_avr_sum_t;

/* Their sums, which fit 16 bits. */
void sfdfa_avr_sum(sfdfa_avr_sum_t *rows);

/* Neurons of narrow states in one tick, at least one. */
typedef struct {
    sfdfa_membrane_t *membrane; /* of the first neuron */
    const sfdfa_membrane_t *end; /* of the membranes */
    const int32_t *current; /* X of each, of 16 bits */
    sfdfa_index_t *list; /* where those go that reach their threshold */
    uint16_t kept_s; /* what a decay leaves of A, in 2^-16 */
    uint16_t kept; /* of B */
    int32_t threshold; /* c, in 2^-F_a */
    uint8_t factor; /* of X; 0 without inputs */
} sfdfa_avr_integrate_t;

/* Step them. Returns where the list ends. */
sfdfa_index_t *sfdfa_avr_integrate(const sfdfa_avr_integrate_t *layer);

#if SFDFA_LEARNS

/* A neuron on its way from one of its spikes down to the one before. */
typedef struct {
    uint32_t u; /* of section 8, of 24 bits */
    uint32_t v; /* the same */
    const uint32_t *input; /* the first input of the tick at hand */
    const uint32_t *const *input_end; /* of that tick's inputs, as sfdfa_walk_t has them */
    const uint8_t *spikes; /* the byte of the tick that has the neuron's bit, */
    uint8_t bit; /* which is this one */
    uint8_t left; /* ticks below the one at hand */
    uint16_t kept_s; /* what a decay leaves of u, in 2^-16 */
    uint16_t kept; /* of v */
    uint16_t step; /* its size */
    uint16_t rounding; /* of the size of D, so that D is rounded half up */
    uint16_t largest; /* size of D */
    sfdfa_weight_t *column; /* the neuron's weight in the first row */
    uint8_t mask; /* makes of the draw of an input its dither, or the dither's complement */
    int8_t direction; /* of the updates, 1 or -1 */
    int8_t limit; /* of a weight in that direction */
    uint8_t eligibility_saturations; /* added up */
    uint8_t update_saturations; /* the same of D */
} sfdfa_avr_walk_t;

/*
 * Change the weights of the inputs of the tick at hand and of those below it, down to where the neuron spiked before:
 * then that tick is at hand, with its inputs still to come. Returns whether there was such a spike.
 */
bool sfdfa_avr_walk(sfdfa_avr_walk_t *walk);

/* x of 15 bits after some decays, at least one, each of which leaves `kept`, in 2^-16. */
uint16_t sfdfa_avr_decay(uint16_t x, uint16_t kept, uint8_t times);

#endif

#if SFDFA_INTEGRATES

#if SFDFA_DECIDE_MARGIN > 0

/* sums[o] += factor of_tick[o], of each output; of_tick[o] fits 16 bits. */
void sfdfa_avr_add_scaled(int32_t *sums, const int32_t *of_tick, uint8_t factor);

#else

/* sums[o] += kappa row[o], of each output. */
void sfdfa_avr_add_row(int32_t *sums, const sfdfa_weight_t *row, uint16_t kappa);

#endif

/* The weights of an input with this kappa and draw. */
void sfdfa_avr_change_row(sfdfa_weight_t *row, const sfdfa_output_update_t *update, uint16_t kappa, uint8_t draw);

#endif

#endif
