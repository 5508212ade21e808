/*
 * sfdfa_sum_grades.h: the grades of one tick, in C.
 */
#ifndef SFDFA_SUM_GRADES_IN_C_H
#define SFDFA_SUM_GRADES_IN_C_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"

static int16_t *sfdfa_grade_sums(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return &net->learning.grades.sum[layer->first_neuron - SFDFA_FIRST_LAYER_NEURONS];
}

/* S of section 5, summed where the currents of this tick have yet to come. Grades of 0 leave it as it is. */
static void sfdfa_sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    const uint16_t neurons = layer->neurons;
    int16_t *total = sfdfa_grade_sums(net, layer);
    int32_t *sums = net->scratch.membranes.current;
    uint32_t saturations = 0;
    for (uint16_t i = 0; i < neurons; i++) {
        sums[i] = total[i];
    }
    for (uint16_t k = 0; k < inputs.count; k++) {
        if (inputs.grades[k] != 0) {
            const sfdfa_weight_t *row = &weights[(uint32_t)inputs.index[k] * layer->row];
            sfdfa_add_graded_row(sums, row, inputs.grades[k], layer->weight_fraction_bits, neurons);
        }
    }
    for (uint16_t i = 0; i < neurons; i++) {
        total[i] = (int16_t)sfdfa_saturate(sums[i], INT16_MAX, &saturations);
    }
    net->saturations.grades += saturations;
}

#endif
