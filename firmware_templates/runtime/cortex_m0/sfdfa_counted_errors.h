/*
 * sfdfa_counted_errors.h: the errors of outputs that spike, for the kernel that finds hidden neurons.
 */
#ifndef SFDFA_COUNTED_ERRORS_H
#define SFDFA_COUNTED_ERRORS_H

#include "sfdfa_cortex_m0.h"

/* They are listed already. */
typedef struct {
    uint8_t none; /* nothing: the list of erring outputs has all */
} sfdfa_errors_t;

static inline void find_errors(const sfdfa_t *net, sfdfa_errors_t *errors, sfdfa_m0_hidden_t *hidden)
{
    (void)errors;
    hidden->error = net->learning.erring;
    hidden->error_end = &net->learning.erring[net->learning.errors];
}

#endif
