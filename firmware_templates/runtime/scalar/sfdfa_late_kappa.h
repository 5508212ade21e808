/*
 * sfdfa_late_kappa.h: kappa of section 5a of docs/ARITHMETIC.md, where only learning asks for it: from the spikes that
 * replay has noted.
 */
#ifndef SFDFA_KAPPA_H
#define SFDFA_KAPPA_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_remember.h"

/* Whether it is kept while a sample runs. */
#define SFDFA_KEEPS_KAPPA(net) false

/* Before it is asked for to learn. */
static inline void sfdfa_find_kappa(sfdfa_t *net)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[SFDFA_LAYERS - 2];
    const uint32_t *words = spike_words(net, layer, 0);
    const uint16_t count = word_count(layer);
    for (uint16_t j = 0; j < SFDFA_KAPPAS; j++) {
        net->sample.readout.kappa[j] = 0;
    }
    for (uint16_t ticks_left = SFDFA_TICKS; ticks_left > 0; ticks_left--) {
        uint16_t *kappa = net->sample.readout.kappa;
        for (uint16_t k = 0; k < count; k++) {
            for (uint32_t left = words[k]; left != 0; left = sfdfa_without_lowest_bit(left)) {
                const uint8_t place = sfdfa_lowest_bit(left);
                kappa[place] = (uint16_t)(kappa[place] + ticks_left);
            }
            kappa += 32;
        }
        words += SFDFA_SPIKE_WORDS;
    }
}

#endif
