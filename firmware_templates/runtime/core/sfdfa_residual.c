/*
 * sfdfa_residual.c: feedback weights that learn by the residual, section 7a of docs/ARITHMETIC.md.
 *
 * What its loops take depends on the layer whose turn it is, and on how many neurons have spiked: each in that layer
 * and in those after it costs a row of weights, each in that layer two rows of feedback more.
 */
#include "sfdfa_residual.h"

#if SFDFA_RESIDUAL_FEEDBACK

#include "sfdfa_divide.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)
#include SFDFA_OUTPUT_ROWS

/*
 * Whether there is one hidden layer, and all of its grades together cannot reach the limit of what an output gets. 14
 * less the most bits of a dither is the least of the weights' fraction bits.
 */
#define SFDFA_SIMPLE_RESIDUAL \
    (SFDFA_LAYERS == 2 && \
     SFDFA_HIDDEN * ((INT32_C(64) << (SFDFA_WEIGHT_BITS - 1) >> (14 - SFDFA_DITHER_BITS)) + 1) <= INT16_MAX)

#if SFDFA_LAYERS > 2

/* The time of a division of 32 bits may depend on what is divided. */
static inline uint8_t turn_of(uint32_t samples)
{
    return (uint8_t)sfdfa_remainder(samples, SFDFA_LAYERS - 1);
}

#elif !SFDFA_SIMPLE_RESIDUAL

static inline uint8_t turn_of(uint32_t samples)
{
    (void)samples;
    return 0;
}

#endif

static inline const uint8_t *counts_of(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return &net->sample.counts[layer->first_neuron];
}

#if SFDFA_SIMPLE_RESIDUAL

/* One pass over the neurons that have spiked: what the outputs get cannot be clamped. */
void sfdfa_residual_find(sfdfa_t *net)
{
    sfdfa_layer_table_t *outputs = &sfdfa_layers[1];
    const uint8_t *counts = counts_of(net, &sfdfa_layers[0]);
    const int8_t *feedback = net->learned.feedback;
    const sfdfa_weight_t *row = &net->learned.weights[outputs->first_weight];
    differences_t differences;
    net->learning.turn = 0;
    begin_differences(&differences, net->learning.residual);
    for (uint16_t i = 0; i < SFDFA_HIDDEN; i++) {
        if (counts[i] > 0) {
            add_difference(&differences, row, feedback, sfdfa_drawn(net, 0, i), outputs->weight_fraction_bits);
        }
        row += outputs->row;
        feedback += SFDFA_OUTPUTS;
    }
    end_differences(&differences);
}

#else

/* The grades of the layer whose turn it is: its directions. */
static SFDFA_OWN_FRAME void begin_directions(sfdfa_t *net, uint8_t turn)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[turn];
    const uint8_t *counts = counts_of(net, layer);
    int16_t *grade = net->scratch.residual.grade;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        grade[i] = counts[i] > 0 ? (int16_t)(64 * sfdfa_direction(sfdfa_drawn(net, turn, i))) : 0;
    }
}

/* Sum what a layer gets from the one before, neuron by neuron. */
static SFDFA_OWN_FRAME void pass_grades(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = counts_of(net, &sfdfa_layers[layer_index - 1]);
    const sfdfa_weight_t *row = &net->learned.weights[layer->first_weight];
    sfdfa_residual_t *residual = &net->scratch.residual;
    for (uint16_t k = 0; k < layer->neurons; k++) {
        residual->sum[k] = 0;
    }
    for (uint16_t i = 0; i < layer->inputs; i++) {
        if (counts[i] > 0) {
            sfdfa_add_graded_row(residual->sum, row, residual->grade[i], layer->weight_fraction_bits, layer->neurons);
        }
        row += layer->row;
    }
}

#if SFDFA_LAYERS > 2

/* The grades that a hidden layer sends on. */
static void limit_grades(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = counts_of(net, layer);
    sfdfa_residual_t *residual = &net->scratch.residual;
    for (uint16_t k = 0; k < layer->neurons; k++) {
        if (counts[k] > 0) {
            residual->grade[k] = (int16_t)sfdfa_saturate(residual->sum[k], INT16_MAX, &net->saturations.grades);
        }
    }
}

#endif

/* Take away from what the outputs got what the feedback of the layer accounts for. */
static SFDFA_OWN_FRAME void subtract_feedback(sfdfa_t *net, uint8_t turn)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[turn];
    const uint8_t *counts = counts_of(net, layer);
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback];
    sfdfa_lacking_t *restrict residual = net->learning.residual;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        if (counts[i] > 0) {
            const int32_t direction = sfdfa_direction(sfdfa_drawn(net, turn, i));
            for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
                residual[o] = (sfdfa_lacking_t)(residual[o] - direction * feedback[o]);
            }
        }
        feedback += SFDFA_OUTPUTS;
    }
}

void sfdfa_residual_find(sfdfa_t *net)
{
    const uint8_t turn = turn_of(net->learned.samples);
    net->learning.turn = turn;
    begin_directions(net, turn);
#if SFDFA_LAYERS > 2
    for (uint8_t l = (uint8_t)(turn + 1); l < SFDFA_LAYERS - 1; l++) {
        pass_grades(net, l);
        limit_grades(net, l);
    }
#endif
    pass_grades(net, SFDFA_LAYERS - 1);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t got = sfdfa_saturate(net->scratch.residual.sum[o], INT16_MAX, &net->saturations.grades);
        net->learning.residual[o] = (sfdfa_lacking_t)got;
    }
    subtract_feedback(net, turn);
}

#endif

void sfdfa_residual_learn(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    change_feedback(net, feedback, sfdfa_direction(neuron_draw),
                    sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT));
}

#endif
