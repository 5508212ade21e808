/*
 * sfdfa_layout.h: what lies in an sfdfa_t. It depends on the network and on whose kernels it has; nothing in it is for
 * callers.
 */
#ifndef SFDFA_LAYOUT_H
#define SFDFA_LAYOUT_H

#include "sfdfa.h"

#include "core/sfdfa_types.h"
#include "core/sfdfa_frontend_types.h"
#include SFDFA_CORE(sfdfa_core.h)
#include SFDFA_LEARNING(sfdfa_learning.h)

/* What learning changes, section 3: written by sfdfa_state.c at the start, then as each field says. */
typedef struct {
    sfdfa_weight_t weights[SFDFA_WEIGHT_CELLS + SFDFA_WEIGHT_MARGIN]; /* in cells: SFDFA_CELL_FLIP */
#if SFDFA_LEARNS
    /* Of hidden neurons, in 1/64: read by their steps, and changed where the rule is sfdfa. */
    int8_t feedback[SFDFA_FEEDBACK_PLACES + SFDFA_VECTOR_LANES - 1];
    int32_t mean_delta[SFDFA_NEURONS]; /* q, in 2^-16; by the normaliser */
    uint16_t mean_rate[SFDFA_HIDDEN_PLACES]; /* m, spikes in 1/2048; by the regulariser */
#endif
    uint32_t samples; /* shown to be learned, wraps; the key of their draws */
    uint16_t rate_scale; /* of the learning rate, in 1/4096; by sfdfa_set_rate_scale */
    SFDFA_LEARNED_OF_QUESTIONS
    SFDFA_LEARNED_OF_RING
} sfdfa_learned_t;

struct sfdfa {
    sfdfa_sample_t sample; /* the running sample */
    sfdfa_saturations_t saturations; /* counted since sfdfa_init */
    sfdfa_scratch_t scratch; /* nothing that outlives a call */
#if SFDFA_LEARNS
    sfdfa_learning_t learning; /* what the sample leaves to be learned from */
#endif
#if SFDFA_AXES > 0
    sfdfa_frontend_t frontend; /* of the recording that is heard */
#endif
    bool accepted; /* false from the first sfdfa_state_write until sfdfa_state_accept */
    sfdfa_learned_t learned; /* all that outlives a sample: what the CRC covers */
};

/* Here, whichever of both headers comes first, the compiler knows how large it is. */
static inline int sfdfa_init(sfdfa_t *net)
{
    return SFDFA_CHECKED_INIT(net, sizeof(sfdfa_t));
}

#endif
