/*
 * sfdfa_spiking_outputs.h: outputs that spike, section 5 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_OUTPUTS_H
#define SFDFA_OUTPUTS_H

#include "core/sfdfa_fixed.h"
#include "compact/sfdfa_neuron.h"
#include SFDFA_GRADES

/* A score, see `vote`. */
#define LOWER_THAN_ANY (-(INT32_C(1) << 26))

static inline void begin_outputs(sfdfa_t *net)
{
    net->scratch.run.best = 0;
    net->scratch.run.best_score = LOWER_THAN_ANY;
}

/*
 * Let the output at hand be the prediction if it has a larger score than those before it: its count, then its
 * potential. Potentials differ by less than 2^25, counts are below 32.
 */
static void vote(sfdfa_t *net, uint16_t o)
{
    const sfdfa_membrane_t *membrane = &net->scratch.neuron.membrane;
    sfdfa_run_t *run = &net->scratch.run;
    const int32_t score = membrane->count * (INT32_C(1) << 25) + (membrane->b - membrane->a);
    const int32_t better = sfdfa_sign_mask(run->best_score - score);
    net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron + o] = membrane->count;
    run->best = (uint16_t)(run->best ^ ((run->best ^ o) & (uint16_t)better));
    run->best_score += (score - run->best_score) & better;
}

/* Run an output through the sample. */
static void run_output(sfdfa_t *net, uint16_t o)
{
    begin_neuron(net, SFDFA_LAYERS - 1, o);
    begin_sum(&net->scratch.run);
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        find_inputs(net, t);
        if (SFDFA_SENDS_GRADES && net->sample.learns) {
            sum_grades(net, t);
        }
        if (step_neuron(net, &net->saturations.state)) {
            net->scratch.run.spikes[t]++;
            if (SFDFA_SENDS_GRADES && net->sample.learns) {
                send_grade(net, o);
            }
        }
    }
    vote(net, o);
}

/* Outputs take their inputs tick by tick. */
static inline void add_kappa(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t kappa)
{
    (void)net, (void)layer_index, (void)i, (void)kappa;
}

/* The prediction. */
static inline uint16_t end_outputs(sfdfa_t *net)
{
    return net->scratch.run.best;
}

#endif
