/*
 * sfdfa_readout.c: the output layer that integrates, section 5a of docs/ARITHMETIC.md: from the spikes of its inputs to
 * probabilities, errors and output weights. A file for each phase of that; this one has probabilities.
 *
 * What its loops take depends only on how many inputs have spiked in the sample (`kappa` above 0): each costs a row of
 * weights, once after the last tick and, where the sample is learned, once more and a draw. With SFDFA_DECIDE_MARGIN a
 * row is added for each spike instead, and those of a tick are scaled together. Softmax and errors take the same time
 * for all values.
 */
#include "sfdfa_readout.h"

#include "sfdfa_divide.h"
#include "sfdfa_readout_error.h"
#include "sfdfa_readout_inputs.h"
#include "sfdfa_readout_labels.h"
#include "sfdfa_readout_leaders.h"
#include "sfdfa_readout_rows.h"
#include "sfdfa_softmax.h"
#include SFDFA_KAPPA
#include SFDFA_FIRST_LEADS
#include SFDFA_OUTPUT_ROWS
#if SFDFA_LEARNS
#include "sfdfa_readout_learn.h"
#endif

void sfdfa_readout_begin(sfdfa_t *net)
{
    sfdfa_readout_t *readout = &net->sample.readout;
#if SFDFA_KAPPAS > 0
    if (SFDFA_KEEPS_KAPPA(net)) {
        for (uint16_t j = 0; j < SFDFA_KAPPAS; j++) {
            readout->kappa[j] = 0;
        }
    }
#endif
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        readout->output[o] = 0;
    }
}

#if SFDFA_DECIDE_MARGIN > 0

bool sfdfa_readout_decides(const sfdfa_t *net)
{
    const uint8_t ticks = (uint8_t)(net->sample.tick + 1);
    if (ticks % 4 != 0 || ticks == SFDFA_TICKS || SFDFA_OUTPUTS < 2) {
        return false;
    }
    return find_lead(&net->sample.readout) >= SFDFA_DECIDE_MARGIN;
}

#endif

/* Put p in the place of the sums. */
static SFDFA_OWN_FRAME void soften(sfdfa_readout_t *readout, int32_t first)
{
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint16_t x = exponential(distance(first, scaled_activity(readout->output[o])));
        readout->output[o] = x;
        sum += x;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        readout->output[o] =
            (sfdfa_activity_t)sfdfa_divide(256 * (uint32_t)readout->output[o] + sum / 2, sum, PROBABILITY_BITS);
    }
}

uint16_t sfdfa_readout_end(sfdfa_t *net)
{
    sfdfa_readout_t *readout = &net->sample.readout;
#if !SFDFA_COMPACT && SFDFA_DECIDE_MARGIN == 0
    add_scaled_rows(readout->output, readout->kappa, output_row(net, 0), output_layer());
#endif
    const leaders_t leaders = find_leaders(readout);
#if SFDFA_ASK_DOWN > 0
    readout->lead = SFDFA_OUTPUTS > 1 ? (uint16_t)distance(leaders.first, leaders.second) : 0;
#endif
    soften(readout, leaders.first);
    return leaders.output;
}
