/*
 * sfdfa_integrating_outputs.h: outputs that integrate, section 5a of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUTS_H
#define SFDFA_OUTPUTS_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_readout.h"

#if SFDFA_HIDDEN == 0

/* Let the outputs have the events of the sample, each channel's together. */
static void integrate_events(sfdfa_t *net)
{
    uint16_t *kappa = net->sample.readout.kappa;
    uint16_t k = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        for (; k < net->sample.tick_end[t]; k++) {
            kappa[net->sample.event[k]] = (uint16_t)(kappa[net->sample.event[k]] + SFDFA_TICKS - t);
        }
    }
    for (uint16_t j = 0; j < SFDFA_CHANNELS; j++) {
        if (kappa[j] > 0) {
            sfdfa_readout_add(net, j, kappa[j]);
        }
    }
}

#endif

static inline void begin_outputs(sfdfa_t *net)
{
    sfdfa_readout_begin(net);
#if SFDFA_HIDDEN == 0
    integrate_events(net);
#endif
}

/* They have no ticks. */
static inline void run_output(sfdfa_t *net, uint16_t o)
{
    (void)net, (void)o;
}

/* Let the outputs have what a neuron of the last hidden layer sends in the whole sample. */
static inline void add_kappa(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t kappa)
{
    if (layer_index + 2 == SFDFA_LAYERS && kappa > 0) {
        sfdfa_readout_add(net, i, kappa);
    }
}

/* The prediction. */
static inline uint16_t end_outputs(sfdfa_t *net)
{
    return sfdfa_readout_end(net);
}

#endif
