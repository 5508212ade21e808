/*
 * sfdfa_learn_vectors.h: deltas, steps and feedback of a layer, sections 6 and 7 of docs/ARITHMETIC.md, for processors with vectors:
 * operation by operation and not neuron by neuron, so that only the divisions remain that no vector does. Included by sfdfa_learn.c.
 */
#ifndef SFDFA_LEARN_VECTORS_H
#define SFDFA_LEARN_VECTORS_H

#if SFDFA_HIDDEN > 0

#if SFDFA_INTEGRATES

static void project_errors(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    for (uint16_t i = 0; i < layer->neurons; i++) {
        net->scratch.update.delta[i] = project_on(net, layer, i);
    }
}

#else

static void project_errors(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const sfdfa_learning_t *learning = &net->learning;
    const int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback];
    int32_t *restrict delta = net->scratch.update.delta;
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        delta[i] = 0;
    }
    for (uint16_t k = 0; k < learning->errors; k++) {
        const sfdfa_erring_t erring = learning->erring[k];
        for (uint_fast16_t i = 0; i < layer->neurons; i++) {
            delta[i] += feedback[i * SFDFA_OUTPUTS + erring.output] * (int32_t)erring.error;
        }
    }
}

#endif

static void regulate_deltas(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const uint8_t *restrict counts = &net->sample.counts[layer->first_neuron];
    uint16_t *restrict mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *restrict delta = net->scratch.update.delta;
    uint32_t saturations = 0;
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        delta[i] = sfdfa_saturate(delta[i] + regulate(&mean_rate[i], counts[i]), DELTA_LIMIT, &saturations);
    }
    net->saturations.update += saturations;
}

#endif

/* List the neurons of a layer that learn: with a branch at each, many would be foretold wrongly. */
static inline void list_eligible(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
#if !SFDFA_INTEGRATES
    const bool outputs = layer_index == SFDFA_LAYERS - 1;
#endif
    sfdfa_index_t *list = net->scratch.update.neuron;
    uint16_t count = 0;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        list[count] = (sfdfa_index_t)i;
#if SFDFA_INTEGRATES
        count = (uint16_t)(count + (counts[i] > 0));
#else
        count = (uint16_t)(count + ((counts[i] > 0) | (outputs && sfdfa_has_virtual_spike(net, i))));
#endif
    }
    net->scratch.update.eligible = count;
}

#if SFDFA_NORMALISED

/* The running means of a layer, and from them what the deltas are divided by. */
static void move_means(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const int32_t *restrict delta = net->scratch.update.delta;
    uint32_t *restrict divisor = net->scratch.update.divisor;
    int32_t *restrict mean_delta = &net->learned.mean_delta[layer->first_neuron];
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        const int32_t absolute = delta[i] < 0 ? -delta[i] : delta[i];
        mean_delta[i] += sfdfa_round_shift(1024 * absolute - mean_delta[i], 10);
        divisor[i] = (uint32_t)sfdfa_round_shift(mean_delta[i], 10) + SFDFA_NORMALISER_FLOOR;
    }
}

static inline uint32_t divide_size(uint32_t size, uint32_t divisor)
{
    return (size * (SFDFA_STEP_GAIN * 4) + divisor / 2) / divisor;
}

#else

static void move_means(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    (void)net;
    (void)layer;
}

static inline uint32_t divide_size(uint32_t size, uint32_t divisor)
{
    (void)divisor;
    return size;
}

#endif

/* The deltas of the listed neurons, over their running means where they are normalised, as far as sizes go; they are clamped later. Others get 0. */
static void divide_deltas(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_update_t *update = &net->scratch.update;
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        update->size[i] = 0;
    }
    for (uint16_t k = 0; k < update->eligible; k++) {
        const uint16_t i = update->neuron[k];
        const int32_t delta = update->delta[i];
        update->size[i] = divide_size((uint32_t)(delta < 0 ? -delta : delta), update->divisor[i]);
    }
}

static void compute_steps(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const int32_t rate = scaled_rate(net, layer);
    const int32_t *restrict delta = net->scratch.update.delta;
    const uint32_t *restrict size = net->scratch.update.size;
    int16_t *restrict step = net->scratch.update.step;
    uint32_t saturations = 0;
    SFDFA_VECTORS
    for (uint_fast16_t i = 0; i < layer->neurons; i++) {
        const bool clamped = size[i] > STEP_DELTA_LIMIT;
        const int32_t kept = clamped ? STEP_DELTA_LIMIT : (int32_t)size[i];
        const int32_t exact = sfdfa_round_shift(rate * (delta[i] < 0 ? -kept : kept), 10);
        step[i] = (int16_t)sfdfa_saturate(exact, INT16_MAX, &saturations);
        saturations += clamped;
    }
    net->saturations.update += saturations;
}

#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0

/* What holds a feedback weight plus its change, and the fraction of a change plus its dither. */
#if SFDFA_FEEDBACK_SHIFT >= 2 && SFDFA_FEEDBACK_SHIFT <= 13
typedef int16_t feedback_sum_t;
#else
typedef int32_t feedback_sum_t;
#endif

/* B of section 7 for one hidden neuron. The aim v d is taken in whole parts and a fraction, so that all of it fits 16 bits. */
static void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    const int16_t *restrict output_grade = net->learning.output_grade;
    const uint16_t *restrict output_draw = net->learning.output_draw;
    const int8_t direction = sfdfa_direction(neuron_draw);
    const uint16_t draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT);
    int8_t next[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; /* those past the last output are not wanted */
    for (uint16_t o = 0; o < SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS); o++) {
        const feedback_sum_t aim = (feedback_sum_t)(direction * output_grade[o]);
        const feedback_sum_t whole = (feedback_sum_t)sfdfa_floor_shift(aim, SFDFA_FEEDBACK_SHIFT);
        const feedback_sum_t part = (feedback_sum_t)(aim & (feedback_sum_t)sfdfa_mask(SFDFA_FEEDBACK_SHIFT));
        const feedback_sum_t dither = (feedback_sum_t)(draw ^ output_draw[o]);
        const feedback_sum_t dithered = (feedback_sum_t)(part + dither - feedback[o]);
        const feedback_sum_t carried = (feedback_sum_t)sfdfa_floor_shift(dithered, SFDFA_FEEDBACK_SHIFT);
        const feedback_sum_t changed = (feedback_sum_t)(feedback[o] + whole + carried);
        const feedback_sum_t floored = changed < INT8_MIN ? INT8_MIN : changed;
        next[o] = (int8_t)(floored > INT8_MAX ? INT8_MAX : floored);
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        feedback[o] = next[o];
    }
}

static void learn_feedback_of_layer(sfdfa_t *net, uint8_t layer_index)
{
    for (uint16_t k = 0; k < net->scratch.update.eligible; k++) {
        const uint16_t i = net->scratch.update.neuron[k];
        learn_feedback(net, &sfdfa_layers[layer_index], i, sfdfa_drawn(net, layer_index, i));
    }
}

#elif SFDFA_RESIDUAL_FEEDBACK

static void learn_feedback_of_layer(sfdfa_t *net, uint8_t layer_index)
{
    for (uint16_t k = 0; layer_index == net->learning.turn && k < net->scratch.update.eligible; k++) {
        const uint16_t i = net->scratch.update.neuron[k];
        sfdfa_residual_learn(net, &sfdfa_layers[layer_index], i, sfdfa_drawn(net, layer_index, i));
    }
}

#endif

/* From the deltas of a layer to its steps; its neurons that learn are listed. */
static void find_steps(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    list_eligible(net, layer_index);
    move_means(net, layer);
    divide_deltas(net, layer);
    compute_steps(net, layer);
}

#if SFDFA_HIDDEN > 0

static void learn_hidden_layer(sfdfa_t *net, uint8_t layer_index)
{
    project_errors(net, &sfdfa_layers[layer_index]);
    regulate_deltas(net, &sfdfa_layers[layer_index]);
    find_steps(net, layer_index);
#if SFDFA_LEARNS_FEEDBACK || SFDFA_RESIDUAL_FEEDBACK
    learn_feedback_of_layer(net, layer_index);
#endif
    sfdfa_eligibility_end_layer(net, layer_index);
}

#endif

#if SFDFA_INTEGRATES

#if SFDFA_HIDDEN > 0

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
    learn_hidden_layer(net, layer_index);
}

#endif

#else

static void learn_outputs(sfdfa_t *net)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        net->scratch.update.delta[o] = 64 * (int32_t)net->learning.error[o];
    }
    find_steps(net, SFDFA_LAYERS - 1);
    sfdfa_eligibility_end_layer(net, SFDFA_LAYERS - 1);
}

static void learn_layer(sfdfa_t *net, uint8_t layer_index)
{
#if SFDFA_HIDDEN > 0
    if (layer_index < SFDFA_LAYERS - 1) {
        learn_hidden_layer(net, layer_index);
        return;
    }
#endif
    (void)layer_index;
    learn_outputs(net);
}

#endif
#endif
