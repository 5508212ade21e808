/*
 * sfdfa_find_residual.h: the loop over the neurons of one hidden layer that finds its residual, for any processor.
 */
#ifndef SFDFA_FIND_RESIDUAL_H
#define SFDFA_FIND_RESIDUAL_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)
#include SFDFA_OUTPUT_ROWS

static inline void find_residual(sfdfa_t *net)
{
    sfdfa_layer_table_t *outputs = &sfdfa_layers[1];
    const uint8_t *counts = &net->sample.counts[sfdfa_layers[0].first_neuron];
    const int8_t *feedback = net->learned.feedback;
    const sfdfa_weight_t *row = &net->learned.weights[outputs->first_weight];
    differences_t differences;
    net->learning.turn = 0;
    begin_differences(&differences, net->learning.residual);
    for (uint16_t i = 0; i < SFDFA_HIDDEN; i++) {
        if (counts[i] > 0) {
            add_difference(&differences, row, feedback, sfdfa_drawn(net, 0, i), outputs->weight_fraction_bits);
        }
        row += outputs->row;
        feedback += SFDFA_OUTPUTS;
    }
    end_differences(&differences);
}

#endif
