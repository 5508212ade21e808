/*
 * sfdfa_forward.c: one tick of the network, section 5 of docs/ARITHMETIC.md.
 */
#include "sfdfa_bits.h"
#include "sfdfa_cortex_m0.h"
#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"
#include "sfdfa_packed.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

int32_t sfdfa_potential(const sfdfa_t *net, uint16_t neuron)
{
    return (int32_t)SFDFA_B(net, neuron) - SFDFA_A(net, neuron);
}

#if SFDFA_CORTEX_M0 || SFDFA_PACKED

/* Whether all rows of a layer begin at multiples of four bytes, or need not to. */
static bool rows_are_words(sfdfa_layer_table_t *layer)
{
#if defined(__ARM_FEATURE_UNALIGNED)
    (void)layer;
    return true;
#else
    return layer->row % 4 == 0 && layer->first_weight % 4 == 0;
#endif
}

#endif

#if SFDFA_CORTEX_M0

/* Sum as many neurons as the kernel takes. Returns how many it took. */
static uint16_t sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    if (!rows_are_words(layer) || inputs.count > SFDFA_M0_MOST_ROWS) {
        return 0;
    }
    const sfdfa_m0_sum_t kernel = {inputs.index, &inputs.index[inputs.count], layer->row, weights, current,
                                   &current[layer->neurons]};
    sfdfa_m0_sum(&kernel);
    return layer->neurons;
}

#elif SFDFA_PACKED

static uint16_t sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    uint16_t first = 0;
    if (rows_are_words(layer) && inputs.count <= SFDFA_PACKED_MOST_ROWS) {
        for (; first + SFDFA_PACKED_NEURONS <= layer->neurons; first = (uint16_t)(first + SFDFA_PACKED_NEURONS)) {
            sfdfa_sum_words(&current[first], &weights[first], layer->row, inputs.index, inputs.count);
        }
    }
    return first;
}

#else

static uint16_t sum_packed(int32_t *current, const sfdfa_weight_t *weights, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    (void)current, (void)weights, (void)layer, (void)inputs;
    return 0;
}

#endif

/* X of section 5, to be scaled up if its unit is larger than that of the states. */
static void sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    int32_t *current = net->scratch.membranes.current;
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    const uint16_t summed = sum_packed(current, weights, layer, inputs);
    if (summed < layer->neurons) {
        for (uint16_t i = summed; i < layer->neurons; i++) {
            current[i] = 0;
        }
        sfdfa_add_rows(&current[summed], &weights[summed], layer->row, inputs.index, inputs.count,
                       (uint_fast16_t)(layer->neurons - summed));
    }
    if (layer->input_shift > 0) {
        for (uint16_t i = 0; i < layer->neurons; i++) {
            current[i] = sfdfa_round_shift(current[i], (uint8_t)layer->input_shift);
        }
    }
}

/* What is left of it to be done in the loop over neurons: a factor. */
static int32_t input_scale(sfdfa_layer_table_t *layer)
{
    return layer->input_shift < 0 ? INT32_C(1) << -layer->input_shift : 1;
}

#if SFDFA_WALK_BY_TICKS

#define NEURON_BLOCK 32 /* bits of a word */

/* Step `count` neurons of a layer, at most 32, through a tick. Returns a bit for each that has reached its threshold. */
static inline uint32_t integrate_block(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t first, uint8_t count,
                                       bool has_inputs, bool can_saturate)
{
    static const SFDFA_FLASH uint32_t bit[NEURON_BLOCK] = {
        0x1,       0x2,       0x4,       0x8,       0x10,       0x20,       0x40,       0x80,
        0x100,     0x200,     0x400,     0x800,     0x1000,     0x2000,     0x4000,     0x8000,
        0x10000,   0x20000,   0x40000,   0x80000,   0x100000,   0x200000,   0x400000,   0x800000,
        0x1000000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80000000,
    };
    sfdfa_membranes_t *membranes = &net->scratch.membranes;
    sfdfa_state_t *restrict a = &membranes->a[layer->first_neuron + first];
    sfdfa_state_t *restrict b = &membranes->b[layer->first_neuron + first];
    const int32_t *restrict current = &membranes->current[first];
    const int32_t scale = input_scale(layer);
    const int32_t decay_s = layer->decay_s;
    const int32_t decay = layer->decay;
    const int32_t limit = layer->state_limit;
    const int32_t threshold = layer->threshold;
    uint32_t saturations = 0;
    uint32_t reached = 0;
    for (uint8_t i = 0; i < count; i++) {
        const int32_t x = has_inputs ? current[i] * scale : 0;
        int32_t next_a = sfdfa_decay(a[i], decay_s) + x;
        int32_t next_b = sfdfa_decay(b[i], decay) + x;
        if (can_saturate) {
            next_a = sfdfa_saturate(next_a, limit, &saturations);
            next_b = sfdfa_saturate(next_b, limit, &saturations);
        }
        a[i] = (sfdfa_state_t)next_a;
        b[i] = (sfdfa_state_t)next_b;
        reached |= next_b - next_a >= threshold ? bit[i] : 0;
    }
    net->saturations.state += saturations;
    return reached;
}

/* Step all neurons of a layer, in blocks of a length that the compiler knows as far as they go, and list those that reached. */
static inline uint16_t integrate_neurons(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, bool can_saturate,
                                         sfdfa_index_t *list)
{
    uint32_t *reached = net->scratch.membranes.reached;
    const uint16_t neurons = layer->neurons;
    uint16_t first = 0;
    for (; neurons - first >= NEURON_BLOCK; first = (uint16_t)(first + NEURON_BLOCK)) {
        *reached++ = integrate_block(net, layer, first, NEURON_BLOCK, has_inputs, can_saturate);
    }
    if (first < neurons) {
        *reached = integrate_block(net, layer, first, (uint8_t)(neurons - first), has_inputs, can_saturate);
    }
    return sfdfa_list_bits(net->scratch.membranes.reached, neurons, list);
}

#elif !SFDFA_CORTEX_M0

/* Step all neurons of a layer through a tick and list those that reached their threshold. Returns how many did. */
static inline uint16_t integrate_neurons(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, bool can_saturate,
                                         sfdfa_index_t *list)
{
    sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    const int32_t *current = net->scratch.membranes.current;
    const int32_t scale = input_scale(layer);
    const int32_t decay_s = layer->decay_s;
    const int32_t decay = layer->decay;
    const int32_t limit = layer->state_limit;
    const int32_t threshold = layer->threshold;
    const uint16_t neurons = layer->neurons;
    uint16_t reached = 0;
    SFDFA_UNROLL
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t x = has_inputs ? *current++ * scale : 0;
        int32_t a = sfdfa_decay(membrane->a, decay_s) + x;
        int32_t b = sfdfa_decay(membrane->b, decay) + x;
        if (can_saturate) {
            a = sfdfa_saturate(a, limit, &net->saturations.state);
            b = sfdfa_saturate(b, limit, &net->saturations.state);
        }
        membrane->a = (sfdfa_state_t)a;
        membrane->b = (sfdfa_state_t)b;
        membrane++;
        if (b - a >= threshold) {
            list[reached++] = (sfdfa_index_t)i;
        }
    }
    return reached;
}

/*
 * The same for a layer of narrow states. Of their products with what a decay leaves, and the inputs scaled to match, one shift makes
 * the next states; 2047 rounds them.
 */
static inline uint16_t integrate_narrow(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, sfdfa_index_t *list)
{
    sfdfa_membrane_t *const first = &net->scratch.membranes.neuron[layer->first_neuron];
    sfdfa_membrane_t *const end = &first[layer->neurons];
    const int32_t *current = net->scratch.membranes.current;
    const uint8_t input_shift = (uint8_t)(12 - layer->input_shift);
    const int32_t kept_s = 4096 - layer->decay_s;
    const int32_t kept = 4096 - layer->decay;
    const uint32_t rounding = sfdfa_opaque(2047); /* in a register, to which a product can be added */
    const int32_t threshold = layer->threshold;
    sfdfa_index_t *put = list;
    SFDFA_UNROLL
    for (sfdfa_membrane_t *membrane = first; membrane != end; membrane++) {
        const int32_t x = (int32_t)(rounding + (has_inputs ? (uint32_t)*current++ << input_shift : 0));
        const int32_t a = sfdfa_narrow_decay(membrane->a, kept_s, x);
        const int32_t b = sfdfa_narrow_decay(membrane->b, kept, x);
        *membrane = (sfdfa_membrane_t){(sfdfa_state_t)a, (sfdfa_state_t)b};
        if (b - a >= threshold) {
            *put++ = (sfdfa_index_t)(membrane - first);
        }
    }
    return (uint16_t)(put - list);
}

#endif

#if SFDFA_CORTEX_M0

static uint16_t integrate_m0(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, sfdfa_index_t *list)
{
    sfdfa_membrane_t *membrane = &net->scratch.membranes.neuron[layer->first_neuron];
    sfdfa_m0_integrate_t kernel = {
        .membrane = membrane,
        .current = net->scratch.membranes.current,
        .end = &membrane[layer->neurons],
        .input_shift = layer->input_shift < 0 ? (uint32_t)-layer->input_shift : 0,
        .threshold = layer->threshold,
        .decay_s = layer->decay_s,
        .decay = layer->decay,
        .list = list,
        .limit = layer->state_limit,
    };
    const bool limited = SFDFA_STATE_CAN_SATURATE && layer->can_saturate;
    if (layer->narrow && has_inputs) {
        sfdfa_m0_integrate_inputs_narrow(&kernel);
    } else if (layer->narrow) {
        sfdfa_m0_integrate_narrow(&kernel);
    } else if (limited && has_inputs) {
        sfdfa_m0_integrate_inputs_limited(&kernel);
    } else if (limited) {
        sfdfa_m0_integrate_limited(&kernel);
    } else if (has_inputs) {
        sfdfa_m0_integrate_inputs(&kernel);
    } else {
        sfdfa_m0_integrate(&kernel);
    }
    net->saturations.state += kernel.saturations;
    return (uint16_t)(kernel.list - list);
}

#endif

/* A copy of the loop for each case: without inputs there is nothing to add, and where it is proven nothing to clamp. */
static uint16_t integrate_layer(sfdfa_t *net, sfdfa_layer_table_t *layer, bool has_inputs, sfdfa_index_t *list)
{
#if SFDFA_CORTEX_M0
    return integrate_m0(net, layer, has_inputs, list);
#else
#if !SFDFA_WALK_BY_TICKS
    if (layer->narrow) {
        return has_inputs ? integrate_narrow(net, layer, true, list) : integrate_narrow(net, layer, false, list);
    }
#endif
    if (SFDFA_STATE_CAN_SATURATE && layer->can_saturate) {
        return has_inputs ? integrate_neurons(net, layer, true, true, list) : integrate_neurons(net, layer, false, true, list);
    }
    return has_inputs ? integrate_neurons(net, layer, true, false, list) : integrate_neurons(net, layer, false, false, list);
#endif
}

#if SFDFA_LEARNS

static bool is_output(uint8_t layer_index)
{
    return layer_index == SFDFA_LAYERS - 1;
}

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

#if SFDFA_LEARNS_FEEDBACK

static int16_t *grade_sum(sfdfa_t *net, uint16_t neuron)
{
    return &net->learning.grade_sum[neuron - SFDFA_FIRST_LAYER_NEURONS];
}

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

/* The grade that a neuron sends with the spike that has just been counted. */
static int16_t spike_grade(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint16_t neuron)
{
    int32_t grade = 0;
    if (layer_index > 0) {
        grade = *grade_sum(net, neuron);
        *grade_sum(net, neuron) = 0;
    }
    if (!is_output(layer_index) && net->sample.counts[neuron] == 1) {
        grade += 64 * sfdfa_direction(sfdfa_neuron_draw(net->learning.sample_key, layer_index, i));
        grade = sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
    }
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
        sum_inputs(net, layer, inputs);
    }
    sfdfa_index_t *list = net->sample.spiking[layer_index % SFDFA_SPIKE_LISTS];
    const uint16_t reached = integrate_layer(net, layer, inputs.count > 0, list);
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
