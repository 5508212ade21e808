/*
 * sfdfa_spiking_outputs.h: outputs that spike, and are counted, section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUTS_H
#define SFDFA_OUTPUTS_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "ticks/sfdfa_step.h"

static inline void sfdfa_begin_outputs(sfdfa_t *net)
{
    (void)net;
}

/* One tick of the outputs. */
static void step_outputs(sfdfa_t *net, sfdfa_inputs_t inputs)
{
    sfdfa_index_t *list = spike_list(net, SFDFA_LAYERS - 1);
    const bool learns = SFDFA_LEARNS && net->sample.learns;
    const bool active = has_had_inputs(net, SFDFA_LAYERS - 1, inputs);
    if (!active && !(SFDFA_RECORDS_EVERY_TICK && learns)) {
        return;
    }
    const uint16_t count = step_neurons(net, SFDFA_LAYERS - 1, inputs, list);
    if (learns) {
        sfdfa_learn_output_spikes(net, (sfdfa_inputs_t){.index = list, .grades = NULL, .count = count});
    }
}

/* B - A of a neuron, numbered over all layers. */
static int32_t potential(const sfdfa_t *net, uint16_t neuron)
{
    return SFDFA_STORED((int32_t)SFDFA_B(net, neuron) - SFDFA_A(net, neuron));
}

/*
 * The output with the largest score wins, the lowest number among equals. Count, then potential: potentials differ by
 * less than 2^25, counts are below 32.
 */
static int32_t score(const sfdfa_t *net, uint16_t neuron)
{
    return net->sample.counts[neuron] * (INT32_C(1) << 25) + potential(net, neuron);
}

uint16_t sfdfa_forward_end(sfdfa_t *net)
{
    const uint16_t first = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    int32_t best = 0;
    int32_t best_score = score(net, first);
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        const int32_t other = score(net, (uint16_t)(first + o));
        const int32_t better = sfdfa_sign_mask(best_score - other);
        best += (o - best) & better;
        best_score += (other - best_score) & better;
    }
    return (uint16_t)best;
}

#endif
