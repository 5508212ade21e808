/*
 * sfdfa_sum_grades.h: the grades of one tick, by the kernel of Cortex-M with the DSP extension.
 */
#ifndef SFDFA_SUM_GRADES_H
#define SFDFA_SUM_GRADES_H

#include "sfdfa_cortex_m4.h"

static int16_t *sfdfa_grade_sums(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return &net->learning.grades.sum[layer->first_neuron - SFDFA_FIRST_LAYER_NEURONS];
}

static void sfdfa_sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    sfdfa_m4_add_grades(sfdfa_grade_sums(net, layer), &inputs, layer, &net->learned.weights[layer->first_weight],
                        &net->saturations.grades);
}

#endif
