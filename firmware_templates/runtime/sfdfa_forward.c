/*
 * sfdfa_forward.c: one tick of the network, section 5 of docs/ARITHMETIC.md.
 */
#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

static bool is_output(uint8_t layer_index)
{
    return layer_index == SFDFA_LAYERS - 1;
}

int32_t sfdfa_potential(const sfdfa_t *net, uint16_t neuron)
{
    return (int32_t)net->scratch.membranes.b[neuron] - net->scratch.membranes.a[neuron];
}

/* X of section 5, in the unit of the state. */
static void sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    int32_t *current = net->scratch.membranes.current;
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    sfdfa_sum_rows(current, weights, layer->row, inputs.index, inputs.count, layer->neurons);
    if (layer->input_shift > 0) {
        for (uint16_t i = 0; i < layer->neurons; i++) {
            current[i] = sfdfa_round_shift(current[i], (uint8_t)layer->input_shift);
        }
    } else {
        for (uint16_t i = 0; i < layer->neurons; i++) {
            current[i] *= INT32_C(1) << -layer->input_shift;
        }
    }
}

/* Decay, then add what came in. */
static void integrate(sfdfa_state_t *restrict state, const int32_t *restrict current, uint16_t neurons, int32_t decay,
                      int32_t limit, uint32_t *saturations)
{
    uint32_t clamped = 0;
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t sum = sfdfa_decay(state[i], decay) + current[i];
#if SFDFA_STATE_CAN_SATURATE
        state[i] = (sfdfa_state_t)sfdfa_saturate(sum, limit, &clamped);
#else
        (void)limit; /* proven out of reach when the network was built, section 11 */
        state[i] = (sfdfa_state_t)sum;
#endif
    }
    *saturations += clamped;
}

static void integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_membranes_t *membranes = &net->scratch.membranes;
    uint32_t *saturations = &net->saturations.state;
    const uint16_t first = layer->first_neuron;
    integrate(&membranes->a[first], membranes->current, layer->neurons, layer->decay_s, layer->state_limit, saturations);
    integrate(&membranes->b[first], membranes->current, layer->neurons, layer->decay, layer->state_limit, saturations);
}

#if SFDFA_LEARNS

/* Note where a silent output came closest to its threshold. */
static void record_silent_outputs(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    sfdfa_learning_t *learning = &net->learning;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint16_t neuron = (uint16_t)(layer->first_neuron + o);
        const int32_t potential = sfdfa_potential(net, neuron);
        const bool empty = learning->record_tick[o] == SFDFA_NO_TICK;
        if (net->sample.counts[neuron] == 0 && (empty || potential > learning->record[o])) {
            const int32_t a = net->scratch.membranes.a[neuron];
            learning->record[o] = potential;
            learning->record_current[o] = (sfdfa_state_t)(a > layer->threshold ? a : layer->threshold);
            learning->record_tick[o] = net->sample.tick;
            sfdfa_eligibility_record(net, o);
        }
    }
}

#endif

#if SFDFA_LEARNS_FEEDBACK

static int16_t *grade_sum(sfdfa_t *net, uint16_t neuron)
{
    return &net->learning.grade_sum[neuron - SFDFA_FIRST_LAYER_NEURONS];
}

/* S of section 5. */
static void sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    for (uint16_t i = 0; i < layer->neurons; i++) {
        int32_t sum = *grade_sum(net, (uint16_t)(layer->first_neuron + i));
        for (uint16_t k = 0; k < inputs.count; k++) {
            const uint32_t cell = layer->first_weight + (uint32_t)inputs.index[k] * layer->row;
            const int32_t weight = sfdfa_weight(&net->learned.weights[cell], i);
            sum += sfdfa_round_shift(weight * inputs.grades[k], layer->weight_fraction_bits);
        }
        *grade_sum(net, (uint16_t)(layer->first_neuron + i)) =
            (int16_t)sfdfa_saturate(sum, INT16_MAX, &net->saturations.grades);
    }
}

/* The grade that a neuron sends with the spike that has just been counted. */
static int16_t spike_grade(sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    const uint16_t neuron = (uint16_t)(sfdfa_layers[layer_index].first_neuron + i);
    int32_t grade = 0;
    if (layer_index > 0) {
        grade = *grade_sum(net, neuron);
        *grade_sum(net, neuron) = 0;
    }
    if (!is_output(layer_index) && net->sample.counts[neuron] == 1) {
        grade += 64 * sfdfa_direction(sfdfa_neuron_draw(net->learning.sample_key, layer_index, i));
    }
    return (int16_t)sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
}

static void send_grade(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t position)
{
    const int16_t grade = spike_grade(net, layer_index, i);
    if (is_output(layer_index)) {
        int16_t *sum = &net->learning.output_grade[i];
        *sum = (int16_t)sfdfa_saturate(*sum + (int32_t)grade, INT16_MAX, &net->saturations.grades);
    } else {
        net->learning.grade[layer_index % SFDFA_SPIKE_LISTS][position] = grade;
    }
}

#endif

/* Reset, count and pass on the spike of neuron i, the `position`-th of its layer in this tick. */
static void fire(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t position)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
    sfdfa_state_t *b = &net->scratch.membranes.b[neuron];
    *b = (sfdfa_state_t)(*b - layer->threshold);
    net->sample.counts[neuron]++;
    if (!is_output(layer_index)) {
        net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS][position] = (sfdfa_index_t)i;
    }
#if SFDFA_LEARNS
    if (net->sample.learns) {
        const sfdfa_rho_t rho = sfdfa_spike_rho(layer->threshold, net->scratch.membranes.a[neuron]);
        sfdfa_eligibility_spike(net, layer_index, i, rho);
#if SFDFA_LEARNS_FEEDBACK
        send_grade(net, layer_index, i, position);
#endif
    }
#endif
}

/* Fire what has reached its threshold. Returns how many neurons did. */
static uint16_t fire_all(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t first = layer->first_neuron;
    const int32_t threshold = layer->threshold;
    uint16_t spikes = 0;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        if (sfdfa_potential(net, (uint16_t)(first + i)) >= threshold && net->sample.counts[first + i] < SFDFA_MAX_SPIKES) {
            fire(net, layer_index, i, spikes);
            spikes++;
        }
    }
    return spikes;
}

/* One tick of one layer. Returns its spikes, the inputs of the next one. */
static sfdfa_inputs_t step_layer(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sum_inputs(net, layer, inputs);
    integrate_layer(net, layer);
#if SFDFA_LEARNS
    if (net->sample.learns) {
        sfdfa_eligibility_inputs(net, layer_index, inputs);
#if SFDFA_LEARNS_FEEDBACK
        if (inputs.grades != NULL) {
            sum_grades(net, layer, inputs);
        }
#endif
    }
#endif
    sfdfa_inputs_t spikes = {.index = net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS], .grades = NULL, .count = 0};
    spikes.count = fire_all(net, layer_index);
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

void sfdfa_forward_tick(sfdfa_t *net)
{
    sfdfa_inputs_t inputs = {
        .index = &net->sample.event[net->sample.tick_start],
        .grades = NULL,
        .count = (uint16_t)(net->sample.events - net->sample.tick_start),
    };
    for (uint8_t layer_index = 0; layer_index < SFDFA_LAYERS; layer_index++) {
        inputs = step_layer(net, layer_index, inputs);
    }
}
