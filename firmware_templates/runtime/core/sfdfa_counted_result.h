/*
 * sfdfa_counted_result.h: what a sample gave, where the spikes of outputs count: sections 5 and 6 of
 * docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RESULT_H
#define SFDFA_RESULT_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"

/* What became of the sample, besides its prediction. */
static inline sfdfa_outcome_t sfdfa_outcome_of(const sfdfa_result_t *result)
{
    return (sfdfa_outcome_t){.outputs = result->counts, .ticks_run = SFDFA_TICKS};
}

static inline uint32_t sfdfa_squared(int32_t error)
{
    return (uint32_t)(error * error);
}

/*
 * As if no output were the label's, then corrected for the one that is: a comparison for each would make time depend on
 * the label.
 */
static SFDFA_OWN_FRAME uint32_t sfdfa_squared_error(const sfdfa_result_t *result, int32_t label)
{
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += sfdfa_squared(SFDFA_TARGET_FALSE - (int32_t)result->counts[o]);
    }
    const int32_t count = result->counts[label];
    return sum + sfdfa_squared(SFDFA_TARGET_TRUE - count) - sfdfa_squared(SFDFA_TARGET_FALSE - count);
}

static inline void sfdfa_put_result(const sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        result->counts[o] = net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron + o];
    }
    result->squared_error = label == SFDFA_NO_LABEL ? 0 : sfdfa_squared_error(result, label);
}

/* Learn a sample. Returns that it was learned: spike counts know none already. */
static inline bool sfdfa_learn_run(sfdfa_t *net, uint16_t label)
{
    sfdfa_learn_sample(net, label);
    return true;
}

static inline void sfdfa_learn_result(sfdfa_t *net, uint16_t label, sfdfa_result_t *result)
{
    (void)result;
    (void)sfdfa_learn_run(net, label);
}

/* A sample without a label teaches nothing. */
static inline void sfdfa_ask(sfdfa_t *net, sfdfa_result_t *result)
{
    (void)net, (void)result;
}

/*
 * e of section 6, from the counts of the outputs. Without a branch, since the loop over few outputs is unrolled and
 * would ask each copy.
 */
static inline int16_t sfdfa_output_error(const sfdfa_t *net, const uint8_t *counts, uint16_t o, uint16_t label)
{
    (void)net;
    const int32_t is_true = sfdfa_sign_mask((int32_t)(o ^ label) - 1);
    const int32_t error = SFDFA_TARGET_FALSE + ((SFDFA_TARGET_TRUE - SFDFA_TARGET_FALSE) & is_true) - counts[o];
    if (!SFDFA_ONE_SIDED_ERROR) {
        return (int16_t)error;
    }
    const int32_t is_false = ~is_true;
    return (int16_t)((sfdfa_larger((error ^ is_false) - is_false, 0) ^ is_false) - is_false);
}

/* Outputs that spike have learned as the other layers have. */
static inline void sfdfa_learn_readout(sfdfa_t *net)
{
    (void)net;
}

#endif
