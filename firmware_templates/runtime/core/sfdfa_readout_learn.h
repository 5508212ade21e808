/*
 * sfdfa_readout_learn.h: weights of outputs that integrate, by the errors of a sample.
 */
#ifndef SFDFA_READOUT_LEARN_H
#define SFDFA_READOUT_LEARN_H

#include "sfdfa_readout.h"

#include "sfdfa_fixed.h"
#include "sfdfa_random.h"
#include "sfdfa_readout_rows.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)
#include SFDFA_KAPPA
#include SFDFA_OUTPUT_ROWS

#if SFDFA_KAPPAS > 0
#define KAPPA_OF(net, input) ((net)->sample.readout.kappa[input])
#else
#define KAPPA_OF(net, input) kappa_from_spikes(net, input)

/* kappa of a neuron of the last hidden layer, from the bits of its spikes. */
static SFDFA_OWN_FRAME uint16_t kappa_from_spikes(const sfdfa_t *net, uint16_t i)
{
    const uint16_t neuron = (uint16_t)(sfdfa_layers[SFDFA_LAYERS - 2].first_neuron + i);
    uint16_t kappa = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const uint16_t spiked = (uint16_t)(net->sample.spikes[t][neuron / 8] >> neuron % 8 & 1);
        kappa = (uint16_t)(kappa + ((SFDFA_TICKS - t) & -spiked));
    }
    return kappa;
}

#endif

/* What the update of an output's weights takes of the output: r' e, and its draw. */
static inline void find_output_steps(sfdfa_t *net)
{
    sfdfa_output_update_t *update = &net->scratch.output_update;
    const int32_t rate = sfdfa_round_shift((int32_t)SFDFA_OUTPUT_RATE * net->learned.rate_scale, 12);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        update->step[o] = row_step(rate * net->learning.error[o]);
        update->draw[o] = sfdfa_weight_draw(sfdfa_drawn(net, SFDFA_LAYERS - 1, o), output_layer()->dither_bits);
    }
}

/* The weights from one input. */
static inline void update_output_row(sfdfa_t *net, uint16_t input, int32_t kappa)
{
    const uint8_t bits = output_layer()->dither_bits;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, SFDFA_LAYERS - 1, SFDFA_NO_TICK, input);
    change_row(output_row(net, input), &net->scratch.output_update, kappa, sfdfa_weight_draw(event_draw, bits), bits);
}

void sfdfa_readout_learn(sfdfa_t *net)
{
    find_output_steps(net);
    sfdfa_find_kappa(net);
    const uint16_t inputs = output_layer()->inputs;
    for (uint16_t j = 0; j < inputs; j++) {
        const uint16_t kappa = KAPPA_OF(net, j);
        if (kappa > 0) {
            update_output_row(net, j, kappa);
        }
    }
}

#endif
