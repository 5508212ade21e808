/*
 * sfdfa_tick_learning.h: a network that does not learn wants nothing more of a tick.
 */
#ifndef SFDFA_TICK_LEARNING_H
#define SFDFA_TICK_LEARNING_H

#include "frozen/sfdfa_eligibility.h"

static inline void sfdfa_begin_learning(sfdfa_t *net)
{
    (void)net;
}

static inline void sfdfa_learn_tick(sfdfa_t *net)
{
    (void)net;
}

/* A tick that is not run, after the sample was decided. */
static inline void sfdfa_learn_no_tick(sfdfa_t *net)
{
    (void)net;
}

static inline void sfdfa_learn_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer_index, (void)inputs;
}

static inline void sfdfa_learn_grades(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer_index, (void)inputs;
}

static inline void sfdfa_learn_hidden_spikes(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t *spikes)
{
    (void)net, (void)layer_index, (void)spikes;
}

static inline void sfdfa_learn_output_spikes(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    (void)net, (void)spikes;
}

#endif
