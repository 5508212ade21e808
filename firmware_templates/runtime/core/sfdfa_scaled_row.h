/*
 * sfdfa_scaled_row.h: one row of weights of outputs that integrate, section 5a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_SCALED_ROW_H
#define SFDFA_SCALED_ROW_H

#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"

/* sums[o] += row[o] * factor */
static inline void add_scaled_row(sfdfa_activity_t *restrict sums, const sfdfa_weight_t *restrict row, int32_t factor)
{
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sums[o] += sfdfa_weight(row, o) * factor;
    }
}

#endif
