/*
 * sfdfa_fixed_feedback.h: feedback that is not learned.
 */
#ifndef SFDFA_FEEDBACK_H
#define SFDFA_FEEDBACK_H

#include "core/sfdfa_internal.h"

static inline void begin_feedback(sfdfa_t *net)
{
    (void)net;
}

static inline void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    (void)net, (void)layer, (void)i, (void)neuron_draw;
}

#endif
