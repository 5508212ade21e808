/*
 * sfdfa_readout_labels.h: whether a label teaches outputs that integrate anything, and whether one is wanted.
 */
#ifndef SFDFA_READOUT_LABELS_H
#define SFDFA_READOUT_LABELS_H

#include "sfdfa_readout.h"

#include "sfdfa_fixed.h"
#include "sfdfa_random.h"
#include "sfdfa_softmax.h"

bool sfdfa_readout_knows(const sfdfa_t *net, uint16_t label)
{
#if SFDFA_LEARN_BELOW > 256
    (void)net, (void)label;
    return false;
#else
    return net->sample.readout.output[label] >= SFDFA_LEARN_BELOW;
#endif
}

#if SFDFA_ASK_DOWN > 0

#define RANDOM_QUESTIONS 655 /* of 65536 samples */

bool sfdfa_readout_asks(sfdfa_t *net)
{
    const bool drawn = sfdfa_extra_draw(net->learning.sample_key, 1) >> 16 < RANDOM_QUESTIONS;
    const int32_t bound = net->learned.ask_bound;
    const bool asks = (net->sample.readout.lead < bound) | drawn;
    const int32_t moved = asks ? bound - SFDFA_ASK_DOWN : bound + SFDFA_ASK_UP;
    net->learned.ask_bound = (uint16_t)sfdfa_clamp(moved, 0, DISTANCE_MAX);
    return asks;
}

#endif

#endif
