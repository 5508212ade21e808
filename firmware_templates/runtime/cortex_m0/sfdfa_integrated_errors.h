/*
 * sfdfa_integrated_errors.h: the errors of outputs that integrate, for the kernel that finds hidden neurons.
 */
#ifndef SFDFA_INTEGRATED_ERRORS_H
#define SFDFA_INTEGRATED_ERRORS_H

#include "sfdfa_cortex_m0.h"

/* In words, as the kernel wants them: few are 0. */
typedef struct {
    int32_t error[SFDFA_OUTPUTS]; /* e of each output, in words */
} sfdfa_errors_t;

static inline void find_errors(const sfdfa_t *net, sfdfa_errors_t *errors, sfdfa_m0_hidden_t *hidden)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        errors->error[o] = net->learning.error[o];
    }
    hidden->error = errors->error;
    hidden->error_end = &errors->error[SFDFA_OUTPUTS];
}

#endif
