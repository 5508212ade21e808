/*
 * sfdfa_learn_layer.h: a layer learns, sections 6 and 7 of docs/ARITHMETIC.md, with little on the stack.
 */
#ifndef SFDFA_LEARN_LAYER_H
#define SFDFA_LEARN_LAYER_H

#include "core/sfdfa_projection.h"
#include "core/sfdfa_steps.h"

/* Outputs with an error are not listed. */
static inline void begin_erring(sfdfa_learning_t *learning)
{
    (void)learning;
}

static inline void note_erring(sfdfa_learning_t *learning, uint16_t o)
{
    (void)learning;
    (void)o;
}

/* The error as a hidden neuron's feedback sees it. */
static SFDFA_OWN_FRAME int32_t project_error(const sfdfa_learning_t *learning, const int8_t *feedback)
{
    int32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += feedback[o] * (int32_t)learning->error[o];
    }
    return sum;
}

/* The delta of a hidden neuron, whose running means move on. */
static SFDFA_OWN_FRAME int32_t find_delta(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
    const uint32_t place = SFDFA_FEEDBACK_CELLS > 0 ? layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS : 0;
    const int8_t *feedback = &net->learned.feedback[place];
    const int32_t regular = regulate(&net->learned.mean_rate[neuron], net->sample.counts[neuron]);
    const int32_t projected = SFDFA_INTEGRATES ? project_on(net, layer, i) : project_error(&net->learning, feedback);
    const int32_t delta = limit_delta(regular + projected, &net->saturations.update);
    move_mean(&net->learned.mean_delta[neuron], delta);
    return delta;
}

/* With as few variables that live through an iteration as can be. */
static inline void learn_neurons(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    for (uint16_t i = 0; i < layer->neurons; i++) {
        const bool hidden = SFDFA_INTEGRATES || layer_index != SFDFA_LAYERS - 1;
        const int32_t delta = hidden ? find_delta(net, layer, i) : find_output_delta(net, layer, i);
        if (sfdfa_is_eligible(net, layer_index, i)) {
            learn_neuron(net, layer_index, i, delta);
        }
    }
}

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_eligibility_begin_layer(net, layer_index);
    learn_neurons(net, layer_index);
    sfdfa_eligibility_end_layer(net, layer_index);
}

#endif
