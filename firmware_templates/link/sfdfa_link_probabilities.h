/*
 * sfdfa_link_probabilities.h: the outputs of a RESULT, where they integrate.
 */
#ifndef SFDFA_LINK_PROBABILITIES_H
#define SFDFA_LINK_PROBABILITIES_H

#include "sfdfa_protocol.h"

/* What else there is to know of the sample, beside the bits of what was clamped. */
static inline uint8_t sfdfa_link_outcome(const sfdfa_result_t *result)
{
    return (uint8_t)(result->learned << SFDFA_LEARNED_BIT | result->asks << 6 | result->certain << 7);
}

static inline uint8_t *sfdfa_link_put_outputs(uint8_t *put, const sfdfa_result_t *result)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        *put++ = result->probabilities[o];
    }
    *put++ = result->ticks_run;
    return put;
}

#endif
