/*
 * sfdfa_scaled_rows.h: the activity of outputs that integrate, section 5a of docs/ARITHMETIC.md, for any processor.
 */
#ifndef SFDFA_SCALED_ROWS_H
#define SFDFA_SCALED_ROWS_H

#include "sfdfa_scaled_row.h"

#if !SFDFA_COMPACT && SFDFA_DECIDE_MARGIN == 0

/* The sum of each output over all of its inputs, of which the first has the weights `row`. */
static inline void add_scaled_rows(sfdfa_activity_t *restrict sums, const uint16_t *restrict kappa,
                                   const sfdfa_weight_t *row, sfdfa_layer_table_t *layer)
{
    const uint16_t inputs = layer->inputs;
    const uint16_t cells = layer->row;
    for (uint16_t j = 0; j < inputs; j++) {
        if (kappa[j] > 0) {
            add_scaled_row(sums, row, kappa[j]);
        }
        row += cells;
    }
}

#endif
#endif
