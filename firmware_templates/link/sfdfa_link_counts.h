/*
 * sfdfa_link_counts.h: the outputs of a RESULT, where they spike.
 */
#ifndef SFDFA_LINK_COUNTS_H
#define SFDFA_LINK_COUNTS_H

#include "sfdfa.h"

/* What else there is to know of the sample: nothing. */
static inline uint8_t sfdfa_link_outcome(const sfdfa_result_t *result)
{
    (void)result;
    return 0;
}

static inline uint8_t *sfdfa_link_put_outputs(uint8_t *put, const sfdfa_result_t *result)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        *put++ = result->counts[o];
    }
    return put;
}

#endif
