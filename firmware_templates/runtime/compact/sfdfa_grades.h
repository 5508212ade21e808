/*
 * sfdfa_grades.h: grades of the spikes of hidden neurons, sections 5 and 7 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_GRADES_H
#define SFDFA_GRADES_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "compact/sfdfa_neuron.h"

/* Before the sample is run, if it is to be learned. */
static void begin_grades(sfdfa_t *net)
{
    for (uint16_t i = 0; i < SFDFA_HIDDEN; i++) {
        net->scratch.run.first_tick[i] = SFDFA_NO_TICK;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        net->learning.output_grade[o] = 0;
    }
}

/* Before an output is run. */
static inline void begin_sum(sfdfa_run_t *run)
{
    run->grade_sum = 0;
}

/* Add to S of the output at hand what its inputs at tick t send. */
static SFDFA_OWN_FRAME void sum_grades(sfdfa_t *net, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[SFDFA_LAYERS - 1];
    sfdfa_run_t *run = &net->scratch.run;
    int32_t sum = run->grade_sum;
    for (uint16_t k = 0; k < net->scratch.neuron.inputs; k++) {
        const uint16_t j = net->scratch.neuron.input[k];
        if (run->first_tick[j] == t) {
            const int32_t weight = sfdfa_weight(row_of(net, layer, j), net->scratch.neuron.i);
            sum += sfdfa_round_shift(weight * run->first_grade[j], layer->weight_fraction_bits);
        }
    }
    run->grade_sum = (int16_t)sfdfa_saturate(sum, INT16_MAX, &net->saturations.grades);
}

/* The first spike of a hidden neuron tells its direction. */
static void note_first_spike(sfdfa_t *net, uint16_t i, uint8_t t)
{
    const uint32_t draw = sfdfa_neuron_draw(net->learning.sample_key, 0, i);
    net->scratch.run.first_tick[i] = t;
    net->scratch.run.first_grade[i] = (int8_t)(64 * sfdfa_direction(draw));
}

/* An output sends its grade. */
static void send_grade(sfdfa_t *net, uint16_t o)
{
    int16_t *sum = &net->learning.output_grade[o];
    *sum = (int16_t)sfdfa_saturate(*sum + (int32_t)net->scratch.run.grade_sum, INT16_MAX, &net->saturations.grades);
    net->scratch.run.grade_sum = 0;
}

#endif
