/*
 * sfdfa_learn_neurons.h: deltas, steps and feedback of a layer, sections 6 and 7 of docs/ARITHMETIC.md, neuron by neuron. Included by
 * sfdfa_learn.c.
 */
#ifndef SFDFA_LEARN_NEURONS_H
#define SFDFA_LEARN_NEURONS_H

#include "sfdfa_divide.h"

#if SFDFA_CORTEX_M0
#include "cortex_m0/sfdfa_cortex_m0.h"
#endif

/* Whether the kernels of Cortex-M0 take hidden neurons. */
#if SFDFA_CORTEX_M0 && !SFDFA_INTEGRATES && SFDFA_FEEDBACK_CELLS > 0 && !SFDFA_TRACES && DELTA_MAX <= DELTA_LIMIT
#define M0_HIDDEN 1
#else
#define M0_HIDDEN 0
#endif

#if SFDFA_HIDDEN > 0 && !M0_HIDDEN

/* The error as a hidden neuron's feedback sees it. */
#if SFDFA_INTEGRATES
/* project_on */
#elif SFDFA_COMPACT
static SFDFA_OWN_FRAME int32_t project_error(const sfdfa_learning_t *learning, const int8_t *feedback)
{
    int32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += feedback[o] * (int32_t)learning->error[o];
    }
    return sum;
}
#else
static inline int32_t project_error(const sfdfa_erring_t *erring, const sfdfa_erring_t *end, const int8_t *feedback)
{
    int32_t sum = 0;
    for (; erring != end; erring++) {
        sum += feedback[erring->output] * (int32_t)erring->error;
    }
    return sum;
}
#endif

/* delta of section 6, clamped where it could be too large. */
static inline int32_t limit_delta(int32_t delta, uint32_t *saturations)
{
#if DELTA_MAX > DELTA_LIMIT
    return sfdfa_saturate(delta, DELTA_LIMIT, saturations);
#else
    (void)saturations;
    return delta;
#endif
}

#endif

#if SFDFA_NORMALISED

static inline int32_t size_of(int32_t delta)
{
    const int32_t sign = sfdfa_sign_mask(delta);
    return (delta ^ sign) - sign;
}

/* q of section 6. */
static inline void move_mean(int32_t *mean_delta, int32_t delta)
{
    *mean_delta += sfdfa_round_shift(1024 * size_of(delta) - *mean_delta, 10);
}

/* delta over its own running mean. What has to live through the division is as small as can be, for the stack of small boards. */
static SFDFA_OWN_FRAME int32_t normalise(int32_t delta, int32_t mean_delta, uint32_t *saturations)
{
    const uint32_t divisor = (uint32_t)sfdfa_round_shift(mean_delta, 10) + SFDFA_NORMALISER_FLOOR;
    const uint32_t dividend = (uint32_t)size_of(delta) * (SFDFA_STEP_GAIN * 4) + divisor / 2;
    const int32_t fits = sfdfa_sign_mask((int32_t)(dividend >> STEP_DELTA_BITS) - (int32_t)divisor); /* else it is clamped */
    const int8_t kept = (int8_t)fits;
    const int8_t sign = (int8_t)sfdfa_sign_mask(delta);
    const int16_t quotient = (int16_t)sfdfa_divide(dividend & (uint32_t)fits, divisor, STEP_DELTA_BITS);
    *saturations += (uint32_t)(1 + kept);
    return ((quotient | (STEP_DELTA_LIMIT & ~kept)) ^ sign) - sign;
}

#else

static inline void move_mean(int32_t *mean_delta, int32_t delta)
{
    (void)mean_delta;
    (void)delta;
}

static int32_t normalise(int32_t delta, int32_t mean_delta, uint32_t *saturations)
{
    (void)mean_delta;
    return sfdfa_saturate(delta, STEP_DELTA_LIMIT, saturations);
}

#endif

#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0

/* B of section 7 for one hidden neuron. */
static SFDFA_OWN_FRAME void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
#if SFDFA_CORTEX_M0
    const sfdfa_m0_feedback_t kernel = {
        .grade = net->learning.output_grade,
        .output_draw = output_draws(net),
        .direction = sfdfa_direction(neuron_draw),
        .last = 2 * (SFDFA_OUTPUTS - 1),
        .feedback = feedback,
        .draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT),
    };
    sfdfa_m0_learn_feedback(&kernel);
#else
    const int16_t *restrict output_grade = net->learning.output_grade;
    const uint16_t *restrict output_draw = output_draws(net);
    const int32_t direction = sfdfa_direction(neuron_draw);
    const uint16_t draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT);
    SFDFA_UNROLL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t dither = draw ^ output_draw[o];
        const int32_t change = sfdfa_floor_shift(direction * output_grade[o] - feedback[o] + dither, SFDFA_FEEDBACK_SHIFT);
        feedback[o] = sfdfa_clamp_byte(feedback[o] + change);
    }
#endif
}

#endif

/* The step of a neuron that has a spike or a virtual one. */
static SFDFA_OWN_FRAME int16_t find_step(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, int32_t delta)
{
    uint32_t *saturations = &net->saturations.update;
    const int32_t normalised = normalise(delta, net->learned.mean_delta[layer->first_neuron + i], saturations);
    const int32_t exact = sfdfa_round_shift(scaled_rate(net, layer) * normalised, 10);
    return (int16_t)sfdfa_saturate(exact, INT16_MAX, saturations);
}

static inline void learn_neuron(sfdfa_t *net, uint8_t layer_index, uint16_t i, int32_t delta)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const int16_t step = find_step(net, layer, i, delta);
    const uint32_t draw = sfdfa_drawn(net, layer_index, i);
#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0
    if (layer_index < SFDFA_LAYERS - 1) {
        learn_feedback(net, layer, i, draw);
    }
#elif SFDFA_RESIDUAL_FEEDBACK
    if (layer_index == net->learning.turn) {
        sfdfa_residual_learn(net, layer, i, draw);
    }
#endif
    sfdfa_eligibility_learn(net, layer_index, i, step, sfdfa_weight_draw(draw, layer->dither_bits));
}

#if !SFDFA_INTEGRATES

/* The delta of an output, whose running mean moves on. */
static inline int32_t find_output_delta(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t o)
{
    const int32_t delta = 64 * (int32_t)net->learning.error[o];
    move_mean(&net->learned.mean_delta[layer->first_neuron + o], delta);
    return delta;
}

#endif

#if SFDFA_COMPACT

#if SFDFA_HIDDEN > 0

/* The delta of a hidden neuron, whose running means move on. */
static SFDFA_OWN_FRAME int32_t find_delta(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
    const int32_t regular = regulate(&net->learned.mean_rate[neuron], net->sample.counts[neuron]);
#if SFDFA_INTEGRATES
    const int32_t projected = project_on(net, layer, i);
#else
    const int32_t projected = project_error(&net->learning, &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS]);
#endif
    const int32_t delta = limit_delta(regular + projected, &net->saturations.update);
    move_mean(&net->learned.mean_delta[neuron], delta);
    return delta;
}

#endif

/* With as few variables that live through an iteration as can be. */
static inline void learn_neurons(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    for (uint16_t i = 0; i < layer->neurons; i++) {
#if SFDFA_INTEGRATES
        const int32_t delta = find_delta(net, layer, i);
#elif SFDFA_HIDDEN > 0
        const bool hidden = layer_index < SFDFA_LAYERS - 1;
        const int32_t delta = hidden ? find_delta(net, layer, i) : find_output_delta(net, layer, i);
#else
        const int32_t delta = find_output_delta(net, layer, i);
#endif
        if (sfdfa_is_eligible(net, layer_index, i)) {
            learn_neuron(net, layer_index, i, delta);
        }
    }
}

#else

/* Learn with a delta; without a spike, only where every neuron is to be told of. */
static inline void learn_with(sfdfa_t *net, uint8_t layer_index, uint16_t i, int32_t delta, bool eligible)
{
    if (eligible) {
        learn_neuron(net, layer_index, i, delta);
    } else if (SFDFA_UPDATES_ROWS) {
        sfdfa_eligibility_learn(net, layer_index, i, 0, 0);
    }
}

#if SFDFA_INTEGRATES

/* The neurons of a hidden layer, whose running means move on. */
static inline void learn_neurons(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    uint16_t *mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *mean_delta = &net->learned.mean_delta[layer->first_neuron];
    for (uint16_t i = 0; i < layer->neurons; i++) {
        const int32_t regular = regulate(&mean_rate[i], counts[i]);
        const int32_t delta = limit_delta(regular + project_on(net, layer, i), &net->saturations.update);
        move_mean(&mean_delta[i], delta);
        learn_with(net, layer_index, i, delta, counts[i] > 0);
    }
}

#elif M0_HIDDEN

static inline void learn_hidden(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t first = layer->first_neuron;
    const uint8_t *counts = &net->sample.counts[first];
    sfdfa_m0_hidden_t hidden;
    hidden.mean_rate = &net->learned.mean_rate[first];
    hidden.count = counts;
    hidden.mean_delta = &net->learned.mean_delta[first];
    hidden.feedback = &net->learned.feedback[layer->first_feedback];
    hidden.end = &counts[layer->neurons];
    hidden.erring = net->learning.erring;
    hidden.erring_end = &net->learning.erring[net->learning.errors];
    while (sfdfa_m0_find_spiked(&hidden)) {
        learn_neuron(net, layer_index, (uint16_t)(hidden.count - counts - 1), hidden.delta);
    }
}

#elif SFDFA_HIDDEN > 0

/* The neurons of a hidden layer, whose running means move on. */
static inline void learn_hidden(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t neurons = layer->neurons;
    const uint8_t *count = &net->sample.counts[layer->first_neuron];
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback];
    uint16_t *mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *mean_delta = &net->learned.mean_delta[layer->first_neuron];
    const sfdfa_erring_t *erring = net->learning.erring;
    const sfdfa_erring_t *end = &erring[net->learning.errors];
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t regular = regulate(mean_rate++, *count);
        const int32_t delta = limit_delta(regular + project_error(erring, end, feedback), &net->saturations.update);
        feedback += SFDFA_OUTPUTS;
        move_mean(mean_delta++, delta);
        learn_with(net, layer_index, i, delta, *count++ > 0);
    }
}

#endif

#if !SFDFA_INTEGRATES

static inline void learn_outputs(sfdfa_t *net)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t delta = find_output_delta(net, &sfdfa_layers[SFDFA_LAYERS - 1], o);
        learn_with(net, SFDFA_LAYERS - 1, o, delta, sfdfa_is_eligible(net, SFDFA_LAYERS - 1, o));
    }
}

static inline void learn_neurons(sfdfa_t *net, uint8_t layer_index)
{
#if SFDFA_HIDDEN > 0
    if (layer_index < SFDFA_LAYERS - 1) {
        learn_hidden(net, layer_index);
        return;
    }
#else
    (void)layer_index;
#endif
    learn_outputs(net);
}

#endif
#endif

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_eligibility_begin_layer(net, layer_index);
    learn_neurons(net, layer_index);
    sfdfa_eligibility_end_layer(net, layer_index);
}

#endif
