/*
 * sfdfa_tick_learning.h: what learning wants of each tick: grades, section 5 of docs/ARITHMETIC.md, and what each kind
 * of eligibility notes.
 */
#ifndef SFDFA_TICK_LEARNING_H
#define SFDFA_TICK_LEARNING_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)
#include SFDFA_GRADES

static void sfdfa_begin_learning(sfdfa_t *net)
{
    sfdfa_learning_t *learning = &net->learning;
    learning->sample_key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
    sfdfa_draw_neurons(net);
    for (uint16_t o = 0; o < SFDFA_RECORDS; o++) {
        /* As without inputs in tick 0. */
        learning->record[o] = (sfdfa_record_t){.potential = 0, .current = 0, .tick = 0};
    }
    sfdfa_begin_grades(learning);
    sfdfa_eligibility_begin(net);
}

static inline void sfdfa_learn_tick(sfdfa_t *net)
{
    sfdfa_eligibility_tick(net);
}

/* A tick that is not run, after the sample was decided. */
static inline void sfdfa_learn_no_tick(sfdfa_t *net)
{
    sfdfa_eligibility_skip(net);
}

static inline void sfdfa_learn_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    sfdfa_eligibility_inputs(net, layer_index, inputs);
}

/* Before the neurons of a layer are stepped. */
static inline void sfdfa_learn_grades(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    if (inputs.count > 0 && inputs.grades != NULL) {
        sfdfa_sum_grades(net, &sfdfa_layers[layer_index], inputs);
    }
}

/* The spikes of a hidden layer, one or more, after they have been counted; what they send comes with them. */
static inline void sfdfa_learn_hidden_spikes(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t *spikes)
{
    sfdfa_eligibility_spikes(net, layer_index, spikes->index, spikes->count);
    spikes->grades = sfdfa_send_grades(net, layer_index, *spikes);
}

/* The spikes of the outputs, after they have been counted. */
static inline void sfdfa_learn_output_spikes(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    if (spikes.count > 0) {
        sfdfa_eligibility_spikes(net, SFDFA_LAYERS - 1, spikes.index, spikes.count);
        sfdfa_add_output_grades(net, spikes);
    }
    sfdfa_eligibility_record(net, spikes.index, spikes.count);
}

#endif
