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

#if SFDFA_WALK_BY_TICKS
#include "vectors/sfdfa_grade_vectors.h"
#include "vectors/sfdfa_integrate_vectors.h"
#elif SFDFA_CORTEX_M0
#include "cortex_m0/sfdfa_integrate_m0.h"
#elif SFDFA_CORTEX_M4
#include "cortex_m4/sfdfa_integrate_m4.h"
#else
#include "words/sfdfa_integrate_words.h"
#endif
#include "sfdfa_coast.h"
#include "sfdfa_readout.h"

/* Grades come from hidden neurons. */
#define SENDS_GRADES (SFDFA_LEARNS_FEEDBACK && SFDFA_LAYERS > 1)

#if SFDFA_LEARNS

static void begin_learning(sfdfa_t *net)
{
    sfdfa_learning_t *learning = &net->learning;
    learning->sample_key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
    sfdfa_draw_neurons(net);
#if !SFDFA_INTEGRATES
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->record[o] = (sfdfa_record_t){.potential = 0, .current = 0, .tick = 0}; /* as without inputs in tick 0 */
    }
#endif
#if SFDFA_LATE_GRADES && SFDFA_WALK_BY_TICKS
    sfdfa_begin_grades(learning);
#elif SFDFA_LATE_GRADES
    learning->probes = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->taken[o] = 0;
    }
#elif SFDFA_LEARNS_FEEDBACK
    for (uint16_t i = 0; i < SFDFA_GRADED_NEURONS; i++) {
        learning->grade_sum[i] = 0;
    }
#endif
#if SFDFA_LEARNS_FEEDBACK
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
    SFDFA_UNROLL
    for (uint16_t i = 0; i < SFDFA_NEURONS; i++) {
        SFDFA_A(net, i) = 0;
        SFDFA_B(net, i) = 0;
        net->sample.counts[i] = 0;
    }
#if SFDFA_WALK_BY_TICKS
    sfdfa_rest_fillers(net);
#endif
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->sample.inputs[l] = 0;
    }
    net->sample.done = 0;
    net->sample.coasts = false;
#if SFDFA_INTEGRATES
    sfdfa_readout_begin(net);
#endif
#if SFDFA_LEARNS
    if (net->sample.learns) {
        begin_learning(net);
    }
#endif
}

#if !SFDFA_INTEGRATES

/* B - A of a neuron, numbered over all layers. */
static int32_t potential(const sfdfa_t *net, uint16_t neuron)
{
    return SFDFA_STORED((int32_t)SFDFA_B(net, neuron) - SFDFA_A(net, neuron));
}

#if SFDFA_REPLAYS_TICKS

/* For the walk, which looks for it only if an output stayed silent that should not have. */
static void record_silent_outputs(sfdfa_t *net, const sfdfa_index_t *spiking, uint16_t spikes)
{
    (void)spiking, (void)spikes;
    const uint16_t first_neuron = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    int32_t *restrict a = net->learning.output_a[net->sample.tick];
    int32_t *restrict b = net->learning.output_b[net->sample.tick];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        a[o] = SFDFA_A(net, first_neuron + o);
        b[o] = SFDFA_B(net, first_neuron + o);
    }
}

#elif SFDFA_LEARNS

/* From tick 0 on any potential is closer than that of an output that has not been looked at, */
static void open_records(sfdfa_record_t *record)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        record[o].potential = INT32_MIN;
    }
}

/* and none is closer than that of an output that has spiked. */
static void close_records(sfdfa_record_t *record, const sfdfa_index_t *spiking, uint16_t spikes)
{
    for (uint16_t k = 0; k < spikes; k++) {
        record[spiking[k]].potential = INT32_MAX;
    }
}

/* Note where a silent output came closest to its threshold. */
static void record_silent_outputs(sfdfa_t *net, const sfdfa_index_t *spiking, uint16_t spikes)
{
    const uint16_t first_neuron = sfdfa_layers[SFDFA_LAYERS - 1].first_neuron;
    const uint8_t tick = net->sample.tick;
    sfdfa_record_t *record = net->learning.record;
    if (tick == 0) {
        open_records(record);
    }
    close_records(record, spiking, spikes);
    SFDFA_UNROLL_OUTPUTS
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++, record++) {
        const sfdfa_state_t a = (sfdfa_state_t)SFDFA_STORED(SFDFA_A(net, first_neuron + o));
        const int32_t potential = SFDFA_STORED((int32_t)SFDFA_B(net, first_neuron + o)) - a;
        if (potential > record->potential) {
            *record = (sfdfa_record_t){.potential = potential, .current = a, .tick = tick};
#if SFDFA_TRACES
            sfdfa_eligibility_record(net, o);
#endif
        }
    }
}

#endif
#endif

#if SENDS_GRADES && SFDFA_LATE_GRADES && !SFDFA_WALK_BY_TICKS

/* List neurons that spike for the first time in the sample, which is when they send a grade. */
static void note_first_spikes(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    int16_t *put = &net->learning.probe[net->learning.probes];
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t i = spikes.index[k];
        if (net->sample.counts[i] == 1) {
            *put++ = (int16_t)(i ^ sfdfa_sign_mask((int32_t)sfdfa_drawn(net, 0, i)));
        }
    }
    net->learning.probes = (uint16_t)(put - net->learning.probe);
}

/* S of an output that spikes: the grades that have come since it spiked before. */
static int32_t take_grade(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t o)
{
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight + SFDFA_CELL(o)];
    const uint8_t shift = layer->weight_fraction_bits;
    const int16_t *probe = &net->learning.probe[net->learning.taken[o]];
    const int16_t *end = &net->learning.probe[net->learning.probes];
    int32_t sum = 0;
    SFDFA_UNROLL
    for (; probe != end; probe++) {
        const int32_t sign = sfdfa_sign_mask(*probe);
        const int32_t weight = sfdfa_weight(&weights[(uint32_t)(*probe ^ sign) * layer->row], SFDFA_PLACE_IN_CELL(o));
        sum += sfdfa_round_shift(((weight ^ sign) - sign) * 64, shift);
    }
    net->learning.taken[o] = net->learning.probes;
    return sum;
}

#elif SENDS_GRADES && !SFDFA_LATE_GRADES

static int16_t *grade_sums(sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return &net->learning.grade_sum[layer->first_neuron - SFDFA_FIRST_LAYER_NEURONS];
}

#if SFDFA_REPLAYS_TICKS

static void sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    sfdfa_sum_graded_rows(grade_sums(net, layer), &net->learned.weights[layer->first_weight], layer, inputs,
                          &net->saturations.grades);
}

#elif SFDFA_CORTEX_M4

static void sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    sfdfa_m4_add_grades(grade_sums(net, layer), &inputs, layer, &net->learned.weights[layer->first_weight], &net->saturations.grades);
}

#else

/* S of section 5, summed where the currents of this tick have yet to come. Grades of 0 leave it as it is. */
static void sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    const sfdfa_weight_t *weights = &net->learned.weights[layer->first_weight];
    const uint16_t neurons = layer->neurons;
    int16_t *total = grade_sums(net, layer);
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

/* The sum of grades that a neuron sends, which begins anew. */
static inline int32_t take_grade(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    int16_t *sum = &grade_sums(net, layer)[i];
    const int32_t grade = *sum;
    *sum = 0;
    return grade;
}

/* Send grades with the spikes of a hidden layer in this tick, after they have been counted. Returns whether one is not 0. */
static bool send_grades(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t spikes, int16_t *grades)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = &net->sample.counts[layer->first_neuron];
    int32_t any = 0;
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t i = spikes.index[k];
        int32_t grade = layer_index > 0 ? take_grade(net, layer, i) : 0;
#if SFDFA_REPLAYS_TICKS
        const int32_t first = -(counts[i] == 1); /* no branch, which would often be foretold wrongly */
        grade += first & (64 * sfdfa_direction(sfdfa_drawn(net, layer_index, i)));
        grade = sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
#else
        if (counts[i] == 1) {
            grade += 64 * sfdfa_direction(sfdfa_drawn(net, layer_index, i));
            grade = sfdfa_saturate(grade, INT16_MAX, &net->saturations.grades);
        }
#endif
        any |= grade;
        grades[k] = (int16_t)grade;
    }
    return any != 0;
}

#endif

#if SENDS_GRADES

/* d of the outputs that spiked in this tick. */
static void add_output_grades(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    int16_t *sums = net->learning.output_grade;
    for (uint16_t k = 0; k < spikes.count; k++) {
        const uint16_t o = spikes.index[k];
        const int32_t grade = take_grade(net, &sfdfa_layers[SFDFA_LAYERS - 1], o);
        sums[o] = (int16_t)sfdfa_saturate(sums[o] + grade, INT16_MAX, &net->saturations.grades);
    }
}

#endif

#if !SFDFA_WALK_BY_TICKS

#if SFDFA_LAYERS > SFDFA_INTEGRATES /* whether there are neurons that spike */

/* Fire the listed neurons, but for those that have fired often enough, which leave the list. Returns how many fired, and leaves their A in `current`. */
static uint16_t fire(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_index_t *list, uint16_t reached)
{
    uint8_t *counts = &net->sample.counts[layer->first_neuron];
    int32_t *currents = net->scratch.membranes.current;
    const int32_t threshold = layer->threshold;
    uint16_t spikes = 0;
    for (uint16_t k = 0; k < reached; k++) {
        const uint16_t i = list[k];
        if (counts[i] < SFDFA_MAX_SPIKES) {
            const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
            counts[i]++;
            currents[spikes] = SFDFA_STORED(SFDFA_A(net, neuron));
            SFDFA_B(net, neuron) = (sfdfa_state_t)(SFDFA_B(net, neuron) - SFDFA_STORED(threshold));
            list[spikes++] = (sfdfa_index_t)i;
        }
    }
    return spikes;
}

#endif
#endif

#if SFDFA_LAYERS > SFDFA_INTEGRATES

/* One tick of the neurons of a layer that has had inputs. Returns how many fired, and lists them. */
static uint16_t step_neurons(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const bool has_inputs = inputs.count > 0;
#if SENDS_GRADES && !SFDFA_LATE_GRADES
    if (has_inputs && inputs.grades != NULL) {
        sum_grades(net, layer, inputs);
    }
#endif
    net->sample.narrow = net->sample.inputs[layer_index] <= layer->narrow_inputs;
    if (has_inputs) {
        sfdfa_sum_inputs(net, layer, inputs);
    }
#if SFDFA_WALK_BY_TICKS
    sfdfa_integrate_layer(net, layer, has_inputs);
    return sfdfa_fire(net, layer_index, list);
#else
    const uint16_t reached = sfdfa_integrate_layer(net, layer, has_inputs, list);
    return reached > 0 ? fire(net, layer, list, reached) : 0;
#endif
}

#endif

#if SFDFA_LAYERS > 1 && !SFDFA_WALK_BY_TICKS

/* The same for the first hidden layer that is not done, if it has no inputs any more. */
static uint16_t step_coasting(sfdfa_t *net, uint8_t layer_index, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    if (!net->sample.coasts) {
        sfdfa_begin_coasting(net, layer);
    }
    net->sample.narrow = net->sample.inputs[layer_index] <= layer->narrow_inputs;
    const uint16_t spikes = sfdfa_coast(net, layer, list);
    if (net->sample.left == 0) {
        net->sample.coasts = false;
        net->sample.done++;
    }
    return spikes;
}

/* Whether a hidden layer has no inputs any more. With vectors it is cheaper to step all neurons than to choose. */
static bool is_coasting(const sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    const sfdfa_sample_t *sample = &net->sample;
    const uint16_t against = (uint16_t)(sample->begun | (layer_index ^ sample->done) | inputs.count);
    return against == 0 && !sfdfa_is_watched();
}

#elif SFDFA_LAYERS > 1

static uint16_t step_coasting(sfdfa_t *net, uint8_t layer_index, sfdfa_index_t *list)
{
    (void)net, (void)layer_index, (void)list;
    return 0;
}

static bool is_coasting(const sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer_index, (void)inputs;
    return false;
}

#endif

#if SFDFA_LAYERS > SFDFA_INTEGRATES

/* Note the inputs of a layer in this tick. Returns whether it has had any so far: else its states are 0, and stay so. */
static bool has_had_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
#if SFDFA_LEARNS && (SFDFA_TRACES || SFDFA_REPLAYS_TICKS)
    if (net->sample.learns) {
        sfdfa_eligibility_inputs(net, layer_index, inputs);
    }
#endif
    net->sample.inputs[layer_index] += inputs.count;
    return net->sample.inputs[layer_index] > 0;
}

#endif

#if SFDFA_LAYERS > 1

/* One tick of a hidden layer. Returns its spikes, the inputs of the next one. */
static sfdfa_inputs_t step_hidden(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    sfdfa_sample_t *sample = &net->sample;
    sfdfa_index_t *list = sample->spiking[layer_index % SFDFA_SPIKE_LISTS];
#if SFDFA_REPLAYS_TICKS
    list = sample->learns ? sfdfa_spike_list(net, layer_index) : list;
#endif
    sfdfa_inputs_t spikes = {.index = list, .grades = NULL, .count = 0};
    const bool active = has_had_inputs(net, layer_index, inputs);
    if (is_coasting(net, layer_index, inputs)) {
        spikes.count = step_coasting(net, layer_index, list);
    } else if (active) {
        spikes.count = step_neurons(net, layer_index, inputs, list);
    }
#if SFDFA_LEARNS
    if (sample->learns && spikes.count > 0) {
        sfdfa_eligibility_spikes(net, layer_index, list, spikes.count);
#if SENDS_GRADES && SFDFA_LATE_GRADES
        note_first_spikes(net, spikes);
#elif SENDS_GRADES
        int16_t *grades = net->learning.grade[layer_index % SFDFA_SPIKE_LISTS];
        spikes.grades = send_grades(net, layer_index, spikes, grades) ? grades : NULL;
#endif
    }
#endif
    return spikes;
}

#endif

#if SFDFA_INTEGRATES

static void step_outputs(sfdfa_t *net, sfdfa_inputs_t inputs)
{
    sfdfa_readout_tick(net, inputs);
}

#else

/* One tick of the outputs. */
static void step_outputs(sfdfa_t *net, sfdfa_inputs_t inputs)
{
    sfdfa_index_t *list = net->sample.spiking[(SFDFA_LAYERS - 1) % SFDFA_SPIKE_LISTS];
    const bool learns = SFDFA_LEARNS && net->sample.learns;
#if SFDFA_REPLAYS_TICKS
    list = learns ? sfdfa_spike_list(net, SFDFA_LAYERS - 1) : list;
#endif
    const bool active = has_had_inputs(net, SFDFA_LAYERS - 1, inputs);
    if (!active && !((SFDFA_TRACES || SFDFA_REPLAYS_TICKS) && learns)) {
        return;
    }
    const uint16_t count = step_neurons(net, SFDFA_LAYERS - 1, inputs, list);
    const sfdfa_inputs_t spikes = {.index = list, .grades = NULL, .count = count};
#if SFDFA_LEARNS
    if (learns) {
        if (spikes.count > 0) {
            sfdfa_eligibility_spikes(net, SFDFA_LAYERS - 1, list, count);
#if SENDS_GRADES
            add_output_grades(net, spikes);
#endif
        }
        record_silent_outputs(net, list, count);
    }
#else
    (void)spikes;
#endif
}

#endif

SFDFA_HOT
void sfdfa_forward_tick(sfdfa_t *net)
{
    sfdfa_inputs_t inputs = {
        .index = &net->sample.event[net->sample.tick_start],
        .grades = NULL,
        .count = (uint16_t)(net->sample.events - net->sample.tick_start),
    };
#if SFDFA_LEARNS && !SFDFA_TRACES
    net->learning.tick_end[net->sample.tick] = net->sample.events;
#endif
#if SFDFA_LEARNS && !SFDFA_TRACES && SFDFA_CORTEX_M4
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_start[l][net->sample.tick] = net->learning.spike_count[l];
    }
#endif
#if SFDFA_LAYERS > 1
    for (uint8_t layer_index = net->sample.done; layer_index < SFDFA_LAYERS - 1; layer_index++) {
        inputs = step_hidden(net, layer_index, inputs);
    }
#endif
    step_outputs(net, inputs);
}

#if SFDFA_DECIDE_MARGIN > 0

void sfdfa_forward_skip(sfdfa_t *net)
{
#if SFDFA_LEARNS && !SFDFA_TRACES
    net->learning.tick_end[net->sample.tick] = net->sample.events;
#if SFDFA_CORTEX_M4 || SFDFA_REPLAYS_TICKS
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_start[l][net->sample.tick] = net->learning.spike_count[l];
    }
#endif
#else
    (void)net;
#endif
}

#endif

#if SFDFA_INTEGRATES

SFDFA_HOT
uint16_t sfdfa_forward_end(sfdfa_t *net)
{
    return sfdfa_readout_end(net);
}

#else

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
#endif
