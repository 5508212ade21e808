/*
 * sfdfa_forward.c: one tick of the network, section 5 of docs/ARITHMETIC.md.
 */
#include "sfdfa_internal.h"

#if !SFDFA_COMPACT

#include "sfdfa_currents.h"
#include "sfdfa_draws.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

#if SFDFA_WALK_BY_TICKS
#include "sfdfa_grade_vectors.h"
#include "sfdfa_integrate_vectors.h"
#elif SFDFA_CORTEX_M0
#include "sfdfa_integrate_m0.h"
#else
#include "sfdfa_integrate_words.h"
#endif

#if SFDFA_LEARNS

/* Below any potential, by less than 2^31. */
#define RECORD_EMPTY (-(INT32_C(1) << 30))

static void begin_learning(sfdfa_t *net)
{
    sfdfa_learning_t *learning = &net->learning;
    learning->sample_key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
    sfdfa_draw_neurons(net);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->record[o] = (sfdfa_record_t){.potential = RECORD_EMPTY, .current = 0, .tick = 0};
    }
#if SFDFA_LEARNS_FEEDBACK
    for (uint16_t i = 0; i < SFDFA_GRADED_NEURONS; i++) {
        learning->grade_sum[i] = 0;
    }
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->output_grade[o] = 0;
    }
#endif
    sfdfa_eligibility_begin(net);
}

#endif

SFDFA_HOT
void sfdfa_forward_begin(sfdfa_t *net)
{
    for (uint16_t i = 0; i < SFDFA_NEURONS; i++) {
        SFDFA_A(net, i) = 0;
        SFDFA_B(net, i) = 0;
        net->sample.counts[i] = 0;
    }
#if SFDFA_LEARNS
    if (net->sample.learns) {
        begin_learning(net);
    }
#endif
}

/* B - A of a neuron, numbered over all layers. */
static int32_t potential(const sfdfa_t *net, uint16_t neuron)
{
    return (int32_t)SFDFA_B(net, neuron) - SFDFA_A(net, neuron);
}

#if SFDFA_LEARNS

static bool is_output(uint8_t layer_index)
{
    return layer_index == SFDFA_LAYERS - 1;
}

#if SFDFA_REPLAYS_TICKS

/* For the walk, which looks for it only if an output stayed silent that should not have. */
static void record_silent_outputs(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    int32_t *restrict a = net->learning.output_a[net->sample.tick];
    int32_t *restrict b = net->learning.output_b[net->sample.tick];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        a[o] = SFDFA_A(net, layer->first_neuron + o);
        b[o] = SFDFA_B(net, layer->first_neuron + o);
    }
}

#else

/* Note where a silent output came closest to its threshold. */
static void record_silent_outputs(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    const uint8_t tick = net->sample.tick;
    sfdfa_record_t *record = net->learning.record;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        if (counts[o] == 0) {
            const int32_t a = SFDFA_A(net, layer->first_neuron + o);
            const int32_t potential = SFDFA_B(net, layer->first_neuron + o) - a;
            const int32_t higher = sfdfa_sign_mask(record[o].potential - potential);
            record[o].potential += (potential - record[o].potential) & higher;
            record[o].current = (sfdfa_state_t)(record[o].current + ((a - record[o].current) & higher));
            record[o].tick = (uint8_t)(record[o].tick + ((tick - record[o].tick) & higher));
#if SFDFA_TRACES
            if (higher != 0) {
                sfdfa_eligibility_record(net, o);
            }
#endif
        }
    }
}

#endif

#endif

#if SFDFA_LEARNS_FEEDBACK

static int16_t *grade_sum(sfdfa_t *net, uint16_t neuron)
{
    return &net->learning.grade_sum[neuron - SFDFA_FIRST_LAYER_NEURONS];
}

#if SFDFA_REPLAYS_TICKS

static void sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    sfdfa_sum_graded_rows(grade_sum(net, layer->first_neuron), &net->learned.weights[layer->first_weight], layer, inputs,
                          &net->saturations.grades);
}

#else

static uint16_t count_grades(sfdfa_inputs_t inputs)
{
    uint16_t count = 0;
    for (uint16_t k = 0; k < inputs.count; k++) {
        count = (uint16_t)(count + (inputs.grades[k] != 0));
    }
    return count;
}

/* S of section 5, summed where the currents of this tick have yet to come. Grades of 0 leave it as it is. */
static void sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    if (count_grades(inputs) == 0) {
        return;
    }
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    const uint16_t neurons = layer->neurons;
    int16_t *total = grade_sum(net, layer->first_neuron);
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

/* The grade that a neuron sends with the spike that has just been counted. */
static int16_t spike_grade(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t neuron)
{
    int32_t grade = 0;
    if (layer_index > 0) {
        grade = *grade_sum(net, neuron);
        *grade_sum(net, neuron) = 0;
    }
#if SFDFA_REPLAYS_TICKS
    const int32_t first = -(net->sample.counts[neuron] == 1); /* no branch, which would often be foretold wrongly */
    if (!is_output(layer_index)) {
        grade += first & (64 * sfdfa_direction(sfdfa_drawn(net, layer_index, i)));
        grade = sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
    }
#else
    if (!is_output(layer_index) && net->sample.counts[neuron] == 1) {
        grade += 64 * sfdfa_direction(sfdfa_drawn(net, layer_index, i));
        grade = sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
    }
#endif
    return (int16_t)grade;
}

/* Send a grade with the `position`-th spike of a layer in this tick. */
static void send_grade(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t neuron, uint16_t position)
{
    const int16_t grade = spike_grade(net, layer_index, i, neuron);
    if (is_output(layer_index)) {
        int16_t *sum = &net->learning.output_grade[i];
        *sum = (int16_t)sfdfa_saturate(*sum + (int32_t)grade, INT16_MAX, &net->saturations.grades);
    } else {
        net->learning.grade[layer_index % SFDFA_SPIKE_LISTS][position] = grade;
    }
}

#endif

#if SFDFA_LEARNS

/* What a spike leaves for learning. */
static void remember_spike(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t neuron, uint16_t position)
{
    const sfdfa_rho_t rho = sfdfa_spike_rho(sfdfa_layers[layer_index].threshold, SFDFA_A(net, neuron));
    sfdfa_eligibility_spike(net, layer_index, i, rho);
#if SFDFA_LEARNS_FEEDBACK
    send_grade(net, layer_index, i, neuron, position);
#else
    (void)position;
#endif
}

#endif

/* Fire the listed neurons, but for those that have fired often enough, which leave the list. Returns how many fired. */
static uint16_t fire(sfdfa_t *net, uint8_t layer_index, sfdfa_index_t *list, uint16_t reached)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    uint8_t *counts = net->sample.counts;
    uint16_t spikes = 0;
    for (uint16_t k = 0; k < reached; k++) {
        const uint16_t i = list[k];
        const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
        if (counts[neuron] < SFDFA_MAX_SPIKES) {
            counts[neuron]++;
            SFDFA_B(net, neuron) = (sfdfa_state_t)(SFDFA_B(net, neuron) - layer->threshold);
            list[spikes] = (sfdfa_index_t)i;
#if SFDFA_LEARNS
            if (net->sample.learns) {
                remember_spike(net, layer_index, i, neuron, spikes);
            }
#endif
            spikes++;
        }
    }
    return spikes;
}

/* One tick of one layer. Returns its spikes, the inputs of the next one. */
static sfdfa_inputs_t step_layer(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
#if SFDFA_LEARNS
    if (net->sample.learns) {
        sfdfa_eligibility_inputs(net, layer_index, inputs);
#if SFDFA_LEARNS_FEEDBACK
        if (inputs.grades != NULL && inputs.count > 0) {
            sum_grades(net, layer, inputs);
        }
#endif
    }
#endif
    if (inputs.count > 0) {
        sfdfa_sum_inputs(net, layer, inputs);
    }
    sfdfa_index_t *list = net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS];
    const uint16_t reached = sfdfa_integrate_layer(net, layer, inputs.count > 0, list);
    sfdfa_inputs_t spikes = {.index = list, .grades = NULL, .count = fire(net, layer_index, list, reached)};
#if SFDFA_LEARNS_FEEDBACK
    if (net->sample.learns) {
        spikes.grades = net->learning.grade[layer_index % SFDFA_SPIKE_LISTS];
    }
#endif
#if SFDFA_LEARNS
    if (net->sample.learns && is_output(layer_index)) {
        record_silent_outputs(net, layer);
    }
#endif
    return spikes;
}

SFDFA_HOT
void sfdfa_forward_tick(sfdfa_t *net)
{
    sfdfa_inputs_t inputs = {
        .index = &net->sample.event[net->sample.tick_start],
        .grades = NULL,
        .count = (uint16_t)(net->sample.events - net->sample.tick_start),
    };
    inputs = step_layer(net, 0, inputs);
    for (uint8_t layer_index = 1; layer_index + 1 < SFDFA_LAYERS; layer_index++) {
        inputs = step_layer(net, layer_index, inputs);
    }
    if (SFDFA_LAYERS > 1) {
        step_layer(net, SFDFA_LAYERS - 1, inputs);
    }
}

/* The output with the largest score wins, the lowest number among equals. Count, then potential: potentials differ by less than 2^25, counts are below 32. */
static int32_t score(const sfdfa_t *net, uint16_t neuron)
{
    return net->sample.counts[neuron] * (INT32_C(1) << 25) + potential(net, neuron);
}

uint16_t sfdfa_forward_end(sfdfa_t *net)
{
    const uint16_t first = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    int32_t best = 0;
    int32_t best_score = score(net, first);
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        const int32_t other = score(net, (uint16_t)(first + o));
        const int32_t better = sfdfa_sign_mask(best_score - other);
        best += (o - best) & better;
        best_score += (other - best_score) & better;
    }
    return (uint16_t)best;
}

#endif
