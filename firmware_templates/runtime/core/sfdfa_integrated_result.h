/*
 * sfdfa_integrated_result.h: what a sample gave, where outputs integrate: section 5a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_RESULT_H
#define SFDFA_RESULT_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_readout.h"
#include SFDFA_DECISION

/* What became of the sample, besides its prediction. */
static inline sfdfa_outcome_t sfdfa_outcome_of(const sfdfa_result_t *result)
{
    return (sfdfa_outcome_t){
        .outputs = result->probabilities,
        .ticks_run = result->ticks_run,
        .learned = result->learned,
        .asks = result->asks,
        .certain = result->certain,
    };
}

static SFDFA_OWN_FRAME void sfdfa_put_result(const sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    const sfdfa_activity_t *probability = net->sample.readout.output;
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t error = sfdfa_readout_error(net, o, (uint16_t)label);
        result->probabilities[o] = (uint8_t)(probability[o] - (probability[o] >> 8)); /* at most 255 */
        sum += (uint32_t)(error * error);
    }
    result->squared_error = label == SFDFA_NO_LABEL ? 0 : sum;
    result->certain = probability[result->prediction] > 255;
    result->ticks_run = sfdfa_ticks_run(&net->sample);
    result->learned = false;
    result->asks = false;
}

/* Learn a sample, unless it is known already. Returns whether it was learned. */
static inline bool sfdfa_learn_run(sfdfa_t *net, uint16_t label)
{
    if (sfdfa_readout_knows(net, label)) {
        net->learned.samples++;
        return false;
    }
    sfdfa_learn_sample(net, label);
    return true;
}

static inline void sfdfa_learn_result(sfdfa_t *net, uint16_t label, sfdfa_result_t *result)
{
    result->learned = sfdfa_learn_run(net, label);
}

/* What follows from a sample without a label: whether it asks for one, and is then kept until it comes. */
static inline void sfdfa_ask(sfdfa_t *net, sfdfa_result_t *result)
{
    if (SFDFA_ASK_DOWN > 0) {
        result->asks = sfdfa_readout_asks(net);
        if (SFDFA_RING_SLOTS > 0 && result->asks) {
            sfdfa_ring_store(net, SFDFA_NO_LABEL);
        }
    }
}

/* e of an output, section 5a. */
static inline int16_t sfdfa_output_error(const sfdfa_t *net, const uint8_t *counts, uint16_t o, uint16_t label)
{
    (void)counts;
    return sfdfa_readout_error(net, o, label);
}

/* After the hidden layers. */
static inline void sfdfa_learn_readout(sfdfa_t *net)
{
    sfdfa_readout_learn(net);
}

#endif
