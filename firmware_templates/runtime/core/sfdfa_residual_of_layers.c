/*
 * sfdfa_residual_of_layers.c: the residual of a hidden layer, section 7a of docs/ARITHMETIC.md, whose grades are passed
 * on from layer to layer.
 */
#include "core/sfdfa_divide.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_residual.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)

static inline const uint8_t *counts_of(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return &net->sample.counts[layer->first_neuron];
}

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

/* Sum what a layer gets from the one before, neuron by neuron, each product shifted. */
static SFDFA_OWN_FRAME void pass_grades(sfdfa_t *net, uint8_t layer_index, uint8_t shift)
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
            sfdfa_add_graded_row(residual->sum, row, residual->grade[i], shift, layer->neurons);
        }
        row += layer->row;
    }
}

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
    const uint8_t turn = SFDFA_LAYERS > 2 ? (uint8_t)sfdfa_remainder(net->learned.samples, SFDFA_LAYERS - 1) : 0;
    net->learning.turn = turn;
    begin_directions(net, turn);
    for (uint8_t l = (uint8_t)(turn + 1); l + 1 < SFDFA_LAYERS; l++) {
        pass_grades(net, l, (uint8_t)(sfdfa_layers[l].weight_fraction_bits + SFDFA_PASS_SHIFT));
        limit_grades(net, l);
    }
    pass_grades(net, SFDFA_LAYERS - 1, sfdfa_layers[SFDFA_LAYERS - 1].weight_fraction_bits);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t got = sfdfa_saturate(net->scratch.residual.sum[o], INT16_MAX, &net->saturations.grades);
        net->learning.residual[o] = (sfdfa_lacking_t)got;
    }
    subtract_feedback(net, turn);
}
