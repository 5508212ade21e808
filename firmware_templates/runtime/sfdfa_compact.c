/*
 * sfdfa_compact.c: a sample with as little memory as it can be learned in: sections 5 and 8 of docs/ARITHMETIC.md in another order.
 *
 * Nothing flows backwards in the network, so when all events are there a neuron can be run through all ticks before the next one is
 * looked at: there is one membrane, not one for each neuron. Of a sample only the hidden spikes stay, a bit for each. The slopes of its
 * spikes are not kept: a neuron that is to learn is run once more, before its weights change, and its ticks are then walked backwards.
 *
 * That costs time: the second run, and a draw for each event and neuron.
 */
#include "sfdfa_internal.h"

#if SFDFA_COMPACT

#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

/* A neuron on its way through the ticks. */
typedef struct {
    int32_t a;
    int32_t b;
    uint8_t count;
} membrane_t;

static bool is_output(uint8_t layer_index)
{
    return layer_index == SFDFA_LAYERS - 1;
}

#if SFDFA_HIDDEN > 0

static void note_hidden_spike(sfdfa_t *net, uint16_t neuron, uint8_t t)
{
    net->sample.spikes[t][neuron / 8] |= (uint8_t)(1 << neuron % 8);
}

/* List the neurons of a hidden layer that spiked at tick t, in order. Returns how many did. */
SFDFA_OWN_FRAME
static uint16_t list_spikes(const sfdfa_t *net, uint8_t layer_index, uint8_t t, sfdfa_index_t *list)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *bytes = net->sample.spikes[t];
    uint16_t count = 0;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
        if ((bytes[neuron / 8] >> neuron % 8 & 1) != 0) {
            list[count++] = (sfdfa_index_t)i;
        }
    }
    return count;
}

#endif

/* The inputs of a layer at tick t: events, or the spikes of the layer before, which are put into `list`. */
static sfdfa_inputs_t inputs_at(const sfdfa_t *net, uint8_t layer_index, uint8_t t, sfdfa_index_t *list)
{
    sfdfa_inputs_t inputs = {.index = list, .grades = NULL, .count = 0};
#if SFDFA_HIDDEN > 0
    if (layer_index > 0) {
        inputs.count = list_spikes(net, (uint8_t)(layer_index - 1), t, list);
        return inputs;
    }
#endif
    const uint16_t start = t > 0 ? net->sample.tick_end[t - 1] : 0;
    inputs.index = &net->sample.event[start];
    inputs.count = (uint16_t)(net->sample.tick_end[t] - start);
    return inputs;
}

static sfdfa_weight_t *row_of(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t input)
{
    return &net->learned.weights[layer->first_weight + (uint32_t)input * layer->row];
}

/* Step neuron i of a layer through a tick with these inputs. Returns whether it spikes. */
static bool step_membrane(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, sfdfa_inputs_t inputs, membrane_t *membrane,
                          uint32_t *saturations)
{
    int32_t x = 0;
    for (uint16_t k = 0; k < inputs.count; k++) {
        x += sfdfa_weight(row_of(net, layer, inputs.index[k]), i);
    }
    x = sfdfa_rescale(x, layer->input_shift);
    membrane->a = sfdfa_saturate(sfdfa_decay(membrane->a, layer->decay_s) + x, layer->state_limit, saturations);
    membrane->b = sfdfa_saturate(sfdfa_decay(membrane->b, layer->decay) + x, layer->state_limit, saturations);
    if (membrane->b - membrane->a < layer->threshold || membrane->count == SFDFA_MAX_SPIKES) {
        return false;
    }
    membrane->b -= layer->threshold;
    membrane->count++;
    return true;
}

#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0

/* S of section 5 of an output, with the grades that this tick's inputs send. */
static int32_t sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t o, sfdfa_inputs_t inputs, uint8_t t, int32_t sum)
{
    const sfdfa_run_t *run = &net->scratch.run;
    for (uint16_t k = 0; k < inputs.count; k++) {
        const uint16_t j = inputs.index[k];
        if (run->first_tick[j] == t) {
            const int32_t weight = sfdfa_weight(row_of(net, layer, j), o);
            sum += sfdfa_round_shift(weight * run->first_grade[j], layer->weight_fraction_bits);
        }
    }
    return sfdfa_saturate(sum, INT16_MAX, &net->saturations.grades);
}

/* The grade of a hidden spike: the first one of a sample tells the direction of its neuron. */
static void note_first_spike(sfdfa_t *net, uint8_t layer_index, uint16_t i, uint8_t t)
{
    const uint32_t draw = sfdfa_neuron_draw(net->learning.sample_key, layer_index, i);
    net->scratch.run.first_tick[i] = t;
    net->scratch.run.first_grade[i] = (int8_t)(64 * sfdfa_direction(draw));
}

/* d of section 5. */
static void add_output_grade(sfdfa_t *net, uint16_t o, int32_t grade)
{
    int16_t *sum = &net->learning.output_grade[o];
    *sum = (int16_t)sfdfa_saturate(*sum + grade, INT16_MAX, &net->saturations.grades);
}

#endif

#if SFDFA_HIDDEN > 0

/* Run a hidden neuron through the sample. */
SFDFA_OWN_FRAME
static void run_hidden(sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t neuron = (uint16_t)(layer->first_neuron + i);
    membrane_t membrane = {0, 0, 0};
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const sfdfa_inputs_t inputs = inputs_at(net, layer_index, t, net->scratch.run.listed);
        if (step_membrane(net, layer, i, inputs, &membrane, &net->saturations.state)) {
            note_hidden_spike(net, neuron, t);
            net->scratch.run.spikes[t]++;
#if SFDFA_LEARNS_FEEDBACK
            if (net->sample.learns && membrane.count == 1) {
                note_first_spike(net, layer_index, i, t);
            }
#endif
        }
    }
    net->sample.counts[neuron] = membrane.count;
}

#endif

/* Run an output through the sample. */
SFDFA_OWN_FRAME
static void run_output(sfdfa_t *net, uint16_t o)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[SFDFA_LAYERS - 1];
    membrane_t membrane = {0, 0, 0};
#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0
    int32_t grade_sum = 0;
#endif
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const sfdfa_inputs_t inputs = inputs_at(net, SFDFA_LAYERS - 1, t, net->scratch.run.listed);
#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0
        if (net->sample.learns) {
            grade_sum = sum_grades(net, layer, o, inputs, t, grade_sum);
        }
#endif
        if (step_membrane(net, layer, o, inputs, &membrane, &net->saturations.state)) {
            net->scratch.run.spikes[t]++;
#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0
            if (net->sample.learns) {
                add_output_grade(net, o, grade_sum);
                grade_sum = 0;
            }
#endif
        }
    }
    net->sample.counts[layer->first_neuron + o] = membrane.count;
    net->scratch.run.potential[o] = membrane.b - membrane.a;
}

int32_t sfdfa_potential(const sfdfa_t *net, uint16_t neuron)
{
    return net->scratch.run.potential[neuron - sfdfa_layers[SFDFA_LAYERS - 1].first_neuron];
}

#if SFDFA_LEARNS

/* Find where the capacity of a layer for spikes ends, in the order of ticks. */
SFDFA_OWN_FRAME
static void find_cut(sfdfa_t *net, uint8_t layer_index)
{
    const uint16_t capacity = sfdfa_layers[layer_index].spike_capacity;
    uint16_t spikes = 0;
    net->learning.cut_tick[layer_index] = SFDFA_TICKS;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const uint16_t before = spikes;
        spikes = (uint16_t)(spikes + net->scratch.run.spikes[t]);
        if (before <= capacity && spikes > capacity) {
            net->learning.cut_tick[layer_index] = t;
            net->learning.cut_room[layer_index] = (uint16_t)(capacity - before);
        }
    }
    net->saturations.spikes += spikes > capacity ? (uint32_t)spikes - capacity : 0;
}

static void begin_learning(sfdfa_t *net)
{
    net->learning.sample_key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
#if SFDFA_LEARNS_FEEDBACK
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        net->learning.output_grade[o] = 0;
    }
#endif
}

#endif

static void run_layer(sfdfa_t *net, uint8_t layer_index)
{
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        net->scratch.run.spikes[t] = 0;
    }
    for (uint16_t i = 0; i < sfdfa_layers[layer_index].neurons; i++) {
#if SFDFA_HIDDEN > 0
        if (!is_output(layer_index)) {
            run_hidden(net, layer_index, i);
            continue;
        }
#endif
        run_output(net, i);
    }
#if SFDFA_LEARNS
    if (net->sample.learns) {
        find_cut(net, layer_index);
    }
#endif
}

void sfdfa_forward_begin(sfdfa_t *net)
{
    (void)net;
}

void sfdfa_forward_tick(sfdfa_t *net)
{
    net->sample.tick_end[net->sample.tick] = (sfdfa_event_count_t)net->sample.events;
}

void sfdfa_forward_end(sfdfa_t *net)
{
#if SFDFA_LEARNS
    if (net->sample.learns) {
        begin_learning(net);
    }
#endif
#if SFDFA_HIDDEN > 0
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        for (uint8_t byte = 0; byte < sizeof net->sample.spikes[t]; byte++) {
            net->sample.spikes[t][byte] = 0;
        }
    }
#endif
    for (uint8_t layer_index = 0; layer_index < SFDFA_LAYERS; layer_index++) {
        run_layer(net, layer_index);
    }
}

#if SFDFA_LEARNS

static void remember(sfdfa_update_t *update, uint8_t t, sfdfa_rho_t rho)
{
    update->spike_tick[update->spikes] = t;
    update->rho[update->spikes] = rho;
    update->spikes++;
}

/* Whether the capacity of a layer still holds its next spike at tick t, in the order of neurons. */
static bool take_room(sfdfa_learning_t *learning, uint8_t layer_index, uint8_t t)
{
    if (t == learning->cut_tick[layer_index] && learning->cut_room[layer_index] > 0) {
        learning->cut_room[layer_index]--;
        return true;
    }
    return t < learning->cut_tick[layer_index];
}

/* Run a neuron again as far as its last spike, to remember its spikes. */
SFDFA_OWN_FRAME
static void find_spikes(sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_update_t *update = &net->scratch.update;
    const uint8_t count = net->sample.counts[layer->first_neuron + i];
    membrane_t membrane = {0, 0, 0};
    uint32_t counted_before = 0;
    for (uint8_t t = 0; membrane.count < count; t++) {
        const sfdfa_inputs_t inputs = inputs_at(net, layer_index, t, update->listed);
        if (step_membrane(net, layer, i, inputs, &membrane, &counted_before) && take_room(&net->learning, layer_index, t)) {
            remember(update, t, sfdfa_spike_rho(layer->threshold, membrane.a));
        }
    }
}

/* Run a silent output again, to remember one spike where it came closest to its threshold. */
SFDFA_OWN_FRAME
static void find_virtual_spike(sfdfa_t *net, uint16_t o)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[SFDFA_LAYERS - 1];
    membrane_t membrane = {0, 0, 0};
    uint32_t counted_before = 0;
    int32_t highest = INT32_MIN;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        const sfdfa_inputs_t inputs = inputs_at(net, SFDFA_LAYERS - 1, t, net->scratch.update.listed);
        step_membrane(net, layer, o, inputs, &membrane, &counted_before);
        if (membrane.b - membrane.a > highest) {
            highest = membrane.b - membrane.a;
            net->scratch.update.spikes = 0;
            remember(&net->scratch.update, t, sfdfa_virtual_rho(layer->threshold, membrane.a));
        }
    }
}

static void walk_spike(sfdfa_update_t *walk, sfdfa_rho_t rho, uint32_t *saturations)
{
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * walk->s, 8);
    walk->u += gamma;
    walk->v += gamma;
    walk->s = sfdfa_saturate(walk->s + gamma, INT16_MAX, saturations);
}

/* D of section 8, raised. */
static uint16_t compute_update(const sfdfa_update_t *walk, sfdfa_saturations_t *saturations)
{
    const int32_t eligibility = sfdfa_saturate(walk->v - walk->u, INT16_MAX, &saturations->eligibility);
    const int32_t exact = sfdfa_round_shift(walk->step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    const int32_t clamped = sfdfa_clamp(exact, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
    saturations->update += (clamped != exact);
    return sfdfa_raised_update(clamped);
}

/* Change the weight from an input at tick t to the neuron at hand. */
SFDFA_OWN_FRAME
static void update_weight(sfdfa_t *net, uint8_t t, uint16_t input, uint16_t raised_update)
{
    const sfdfa_update_t *update = &net->scratch.update;
    sfdfa_layer_table_t *layer = &sfdfa_layers[update->layer_index];
    const uint32_t draw = sfdfa_event_draw(net->learning.sample_key, update->layer_index, t, input) ^ update->draw;
    const uint16_t dither = sfdfa_weight_draw(draw, layer->dither_bits);
    sfdfa_weight_t *row = row_of(net, layer, input);
    const int16_t weight = sfdfa_weight(row, update->i);
    sfdfa_set_weight(row, update->i, sfdfa_updated_weight(weight, raised_update, dither, layer->dither_bits));
}

/* Walk back through tick t. */
static void walk_tick(sfdfa_t *net, uint8_t t)
{
    sfdfa_update_t *walk = &net->scratch.update;
    sfdfa_layer_table_t *layer = &sfdfa_layers[walk->layer_index];
    walk->u = sfdfa_decay(walk->u, layer->decay_s);
    walk->v = sfdfa_decay(walk->v, layer->decay);
    walk->s = sfdfa_decay(walk->s, layer->decay);
    if (walk->spikes > 0 && walk->spike_tick[walk->spikes - 1] == t) {
        walk->spikes--;
        walk_spike(walk, walk->rho[walk->spikes], &net->saturations.eligibility);
    }
}

/* Walk back from the last spike of the neuron at hand to the first tick. */
SFDFA_OWN_FRAME
static void walk_back(sfdfa_t *net)
{
    sfdfa_update_t *walk = &net->scratch.update;
    walk->u = walk->v = walk->s = 0;
    for (uint8_t t = (uint8_t)(walk->spike_tick[walk->spikes - 1] + 1); t-- > 0;) {
        walk_tick(net, t);
        const sfdfa_inputs_t inputs = inputs_at(net, walk->layer_index, t, walk->listed);
        if (inputs.count > 0) {
            const uint16_t raised_update = compute_update(walk, &net->saturations);
            for (uint16_t k = 0; k < inputs.count; k++) {
                update_weight(net, t, inputs.index[k], raised_update);
            }
        }
    }
}

void sfdfa_eligibility_step(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step)
{
    sfdfa_update_t *update = &net->scratch.update;
    update->layer_index = layer_index;
    update->i = i;
    update->step = step;
    update->draw = sfdfa_neuron_draw(net->learning.sample_key, layer_index, i);
    update->spikes = 0;
    if (is_output(layer_index) && sfdfa_has_virtual_spike(net, i)) {
        find_virtual_spike(net, i);
    } else {
        find_spikes(net, layer_index, i);
    }
    if (update->spikes > 0) {
        walk_back(net);
    }
}

#endif
#endif
