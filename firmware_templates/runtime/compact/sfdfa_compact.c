/*
 * sfdfa_compact.c: a sample in as little memory as it can be learned in: sections 5 and 8 of docs/ARITHMETIC.md in
 * another order.
 *
 * Nothing flows backwards in the network, so once all events are there a neuron can be run through all ticks before the
 * next one is looked at: there is one membrane, not one for each neuron. Of the sample only the hidden spikes stay, a
 * bit for each. The slopes of spikes are not kept: a neuron that is to learn is run once more, before its weights
 * change, and then walked back through the ticks.
 *
 * That costs time: the second run, and a draw for each input and neuron.
 */
#include "core/sfdfa_internal.h"

#if SFDFA_COMPACT

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_readout.h"
#include "core/sfdfa_reset.h"
#include "core/sfdfa_rho.h"

#define GRADES (SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0)

/* Layers of which the neurons spike. */
#define SPIKING_LAYERS (SFDFA_LAYERS - SFDFA_INTEGRATES)

/* A score, see `vote`. */
#define LOWER_THAN_ANY (-(INT32_C(1) << 26))

#if !SFDFA_INTEGRATES

static bool is_output(uint8_t layer_index)
{
    return layer_index == SFDFA_LAYERS - 1;
}

#endif

#if SPIKING_LAYERS > 0

/* Begin a neuron's way through the ticks. */
static void begin_neuron(sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    net->scratch.neuron.layer_index = layer_index;
    net->scratch.neuron.i = i;
    net->scratch.neuron.membrane = (sfdfa_membrane_t){0, 0, 0, false};
}

#endif

#if SFDFA_HIDDEN > 0

static void note_hidden_spike(sfdfa_t *net, uint16_t neuron, uint8_t t)
{
    uint8_t *byte = &net->sample.spikes[t][neuron / 8];
    *byte = (uint8_t)(*byte | 1 << neuron % 8);
}

/* Of a byte of spikes, those of the next 8 neurons, or of so many as are left in the layer. */
static uint8_t spikes_of_layer(uint8_t bits, uint16_t neurons_left)
{
    return neurons_left < 8 ? (uint8_t)(bits & ((1 << neurons_left) - 1)) : bits;
}

/* List the neurons of a hidden layer that spiked at tick t, in order. */
static void list_spikes(sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
    const uint8_t *bytes = net->sample.spikes[t];
    neuron->input = neuron->listed;
    neuron->inputs = 0;
    for (uint16_t i = 0; i < layer->neurons;) {
        const uint16_t bit = (uint16_t)(layer->first_neuron + i);
        uint16_t listed = i;
        uint8_t left = spikes_of_layer((uint8_t)(bytes[bit / 8] >> bit % 8), (uint16_t)(layer->neurons - i));
        for (; left != 0; left >>= 1) {
            if ((left & 1) != 0) {
                neuron->listed[neuron->inputs++] = (sfdfa_index_t)listed;
            }
            listed++;
        }
        i = (uint16_t)(i + 8 - bit % 8);
    }
}

#endif

/* Find the inputs at tick t of the neuron at hand: events, or spikes of the layer before. */
static SFDFA_OWN_FRAME void find_inputs(sfdfa_t *net, uint8_t t)
{
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
#if SFDFA_HIDDEN > 0
    if (neuron->layer_index > 0) {
        list_spikes(net, (uint8_t)(neuron->layer_index - 1), t);
        return;
    }
#endif
    const uint16_t start = t > 0 ? net->sample.tick_end[t - 1] : 0;
    neuron->input = &net->sample.event[start];
    neuron->inputs = (uint16_t)(net->sample.tick_end[t] - start);
}

static sfdfa_weight_t *row_of(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t input)
{
    return &net->learned.weights[(size_t)layer->first_weight + (size_t)input * layer->row];
}

/* X of section 5. */
static SFDFA_OWN_FRAME void sum_inputs(sfdfa_t *net)
{
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    int32_t sum = 0;
    for (uint16_t k = 0; k < neuron->inputs; k++) {
        sum += sfdfa_weight(row_of(net, layer, neuron->input[k]), neuron->i);
    }
    neuron->current = sfdfa_rescale(sum, layer->input_shift);
}

/* A or B of section 5. */
static SFDFA_OWN_FRAME void integrate(int32_t *state, uint16_t decay, const sfdfa_neuron_t *neuron,
                                      uint32_t *saturations)
{
    const int32_t next = sfdfa_decay(*state, decay) + neuron->current;
    *state = sfdfa_saturate(next, sfdfa_layers[neuron->layer_index].state_limit, saturations);
}

/* Step a neuron through a tick. Returns whether it spikes. */
static SFDFA_OWN_FRAME bool step_membrane(sfdfa_neuron_t *neuron, uint32_t *saturations)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    integrate(&neuron->membrane.a, layer->decay_s, neuron, saturations);
    integrate(&neuron->membrane.b, layer->decay, neuron, saturations);
    if (neuron->membrane.b - neuron->membrane.a < layer->threshold || neuron->membrane.count == SFDFA_MAX_SPIKES) {
        return false;
    }
    neuron->membrane.b = sfdfa_after_spike(sfdfa_reset_of(layer), neuron->membrane.a, neuron->membrane.b);
    neuron->membrane.count++;
    return true;
}

/* Step the neuron at hand through tick t, the inputs of which have been found. Returns whether it spikes. */
static SFDFA_OWN_FRAME bool step_neuron(sfdfa_t *net, uint32_t *saturations)
{
    sfdfa_neuron_t *neuron = &net->scratch.neuron;
    if (neuron->inputs > 0) {
        neuron->membrane.driven = true;
    }
    if (!neuron->membrane.driven) {
        return false; /* it is at rest */
    }
    sum_inputs(net);
    return step_membrane(neuron, saturations);
}

#if GRADES

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

#if SFDFA_HIDDEN > 0

/* Run a hidden neuron through the sample. */
static void run_hidden(sfdfa_t *net, uint8_t layer_index, uint16_t i)
{
    const uint16_t neuron = (uint16_t)(sfdfa_layers[layer_index].first_neuron + i);
    begin_neuron(net, layer_index, i);
#if SFDFA_INTEGRATES
    uint16_t kappa = 0;
#endif
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        find_inputs(net, t);
        if (step_neuron(net, &net->saturations.state)) {
            net->scratch.run.spikes[t]++;
            note_hidden_spike(net, neuron, t);
#if SFDFA_INTEGRATES
            kappa = (uint16_t)(kappa + SFDFA_TICKS - t);
#endif
#if GRADES
            if (net->sample.learns && net->scratch.neuron.membrane.count == 1) {
                note_first_spike(net, i, t);
            }
#endif
        }
    }
    net->sample.counts[neuron] = net->scratch.neuron.membrane.count;
#if SFDFA_INTEGRATES
    if (layer_index == SFDFA_LAYERS - 2 && kappa > 0) {
        sfdfa_readout_add(net, i, kappa);
    }
#endif
}

#endif

#if !SFDFA_INTEGRATES

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
#if GRADES
    net->scratch.run.grade_sum = 0;
#endif
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        find_inputs(net, t);
#if GRADES
        if (net->sample.learns) {
            sum_grades(net, t);
        }
#endif
        if (step_neuron(net, &net->saturations.state)) {
            net->scratch.run.spikes[t]++;
#if GRADES
            if (net->sample.learns) {
                send_grade(net, o);
            }
#endif
        }
    }
    vote(net, o);
}

#endif

#if SFDFA_LEARNS && SPIKING_LAYERS > 0

/* Find where the capacity of a layer for spikes ends, in the order of ticks. */
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

#endif

#if SFDFA_LEARNS

static void begin_learning(sfdfa_t *net)
{
    net->learning.sample_key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
#if GRADES
    for (uint16_t i = 0; i < SFDFA_HIDDEN; i++) {
        net->scratch.run.first_tick[i] = SFDFA_NO_TICK;
    }
#endif
#if SFDFA_LEARNS_FEEDBACK
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        net->learning.output_grade[o] = 0;
    }
#endif
}

#endif

#if SPIKING_LAYERS > 0

static void run_layer(sfdfa_t *net, uint8_t layer_index)
{
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        net->scratch.run.spikes[t] = 0;
    }
    for (uint16_t i = 0; i < sfdfa_layers[layer_index].neurons; i++) {
#if SFDFA_INTEGRATES
        run_hidden(net, layer_index, i);
#else
#if SFDFA_HIDDEN > 0
        if (!is_output(layer_index)) {
            run_hidden(net, layer_index, i);
            continue;
        }
#endif
        run_output(net, i);
#endif
    }
#if SFDFA_LEARNS
    if (net->sample.learns) {
        find_cut(net, layer_index);
    }
#endif
}

#endif

#if SFDFA_INTEGRATES && SFDFA_HIDDEN == 0

/* Let the outputs have the events of the sample, each channel's together. */
static void integrate_events(sfdfa_t *net)
{
    uint16_t *kappa = net->sample.readout.kappa;
    uint16_t k = 0;
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        for (; k < net->sample.tick_end[t]; k++) {
            kappa[net->sample.event[k]] = (uint16_t)(kappa[net->sample.event[k]] + SFDFA_TICKS - t);
        }
    }
    for (uint16_t j = 0; j < SFDFA_CHANNELS; j++) {
        if (kappa[j] > 0) {
            sfdfa_readout_add(net, j, kappa[j]);
        }
    }
}

#endif

void sfdfa_forward_begin(sfdfa_t *net)
{
    (void)net;
}

void sfdfa_forward_tick(sfdfa_t *net)
{
    net->sample.tick_end[net->sample.tick] = (sfdfa_event_count_t)net->sample.events;
}

uint16_t sfdfa_forward_end(sfdfa_t *net)
{
#if SFDFA_LEARNS
    if (net->sample.learns) {
        begin_learning(net);
    }
#endif
#if SFDFA_HIDDEN > 0
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        for (uint16_t byte = 0; byte < sizeof net->sample.spikes[t]; byte++) {
            net->sample.spikes[t][byte] = 0;
        }
    }
#endif
#if SFDFA_INTEGRATES
    sfdfa_readout_begin(net);
#if SFDFA_HIDDEN == 0
    integrate_events(net);
#endif
#else
    net->scratch.run.best = 0;
    net->scratch.run.best_score = LOWER_THAN_ANY;
#endif
#if SPIKING_LAYERS > 0
    for (uint8_t layer_index = 0; layer_index < SPIKING_LAYERS; layer_index++) {
        run_layer(net, layer_index);
    }
#endif
#if SFDFA_INTEGRATES
    return sfdfa_readout_end(net);
#else
    return net->scratch.run.best;
#endif
}

#if SFDFA_LEARNS && SPIKING_LAYERS > 0

/* Whether the capacity of a layer still holds its next spike at tick t, in the order of neurons. */
static bool take_room(sfdfa_learning_t *learning, uint8_t layer_index, uint8_t t)
{
    if (t == learning->cut_tick[layer_index] && learning->cut_room[layer_index] > 0) {
        learning->cut_room[layer_index]--;
        return true;
    }
    return t < learning->cut_tick[layer_index];
}

static SFDFA_OWN_FRAME void remember(sfdfa_update_t *update, uint8_t t, sfdfa_rho_t rho)
{
    update->spike_tick[update->spikes] = t;
    update->rho[update->spikes] = rho;
    update->spikes++;
}

static SFDFA_OWN_FRAME void remember_spike(sfdfa_t *net, uint8_t t)
{
    const sfdfa_neuron_t *neuron = &net->scratch.neuron;
    if (take_room(&net->learning, neuron->layer_index, t)) {
        const int32_t threshold = sfdfa_layers[neuron->layer_index].threshold;
        remember(&net->scratch.update, t, sfdfa_spike_rho(threshold, neuron->membrane.a));
    }
}

/* Run the neuron at hand again as far as its last spike, to remember its spikes. */
static SFDFA_OWN_FRAME void find_spikes(sfdfa_t *net, uint8_t count)
{
    for (uint8_t t = 0; net->scratch.neuron.membrane.count < count; t++) {
        find_inputs(net, t);
        if (step_neuron(net, &net->scratch.update.counted_before)) {
            remember_spike(net, t);
        }
    }
}

#if !SFDFA_INTEGRATES

/* Remember only one spike, where the silent output at hand came closest to its threshold so far. */
static SFDFA_OWN_FRAME void remember_highest(sfdfa_t *net, uint8_t t)
{
    const sfdfa_membrane_t *membrane = &net->scratch.neuron.membrane;
    sfdfa_update_t *update = &net->scratch.update;
    const int32_t potential = membrane->b - membrane->a;
    if (t == 0 || potential > update->highest) {
        update->highest = potential;
        update->spikes = 0;
        remember(update, t, sfdfa_virtual_rho(sfdfa_layers[SFDFA_LAYERS - 1].threshold, membrane->a));
    }
}

/* Run the silent output at hand again, to remember its virtual spike. */
static SFDFA_OWN_FRAME void find_virtual_spike(sfdfa_t *net)
{
    for (uint8_t t = 0; t < SFDFA_TICKS; t++) {
        find_inputs(net, t);
        step_neuron(net, &net->scratch.update.counted_before);
        remember_highest(net, t);
    }
}

#endif

static void walk_spike(sfdfa_sums_t *sums, sfdfa_rho_t rho, uint32_t *saturations)
{
    const int32_t scaled = sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
    const int32_t gamma = scaled + sfdfa_round_shift((int32_t)rho * sums->s, 8);
    sums->u += gamma;
    sums->v += gamma;
    sums->s = sfdfa_saturate(sums->s + gamma, INT16_MAX, saturations);
}

/* Walk the neuron at hand back through tick t. */
static SFDFA_OWN_FRAME void walk_tick(sfdfa_t *net, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[net->scratch.neuron.layer_index];
    sfdfa_sums_t *sums = &net->scratch.neuron.sums;
    sfdfa_update_t *update = &net->scratch.update;
    sums->u = sfdfa_decay(sums->u, layer->decay_s);
    sums->v = sfdfa_decay(sums->v, layer->decay);
    if (update->spikes == 0) {
        return;
    }
    sums->s = sfdfa_decay(sums->s, layer->decay);
    if (update->spike_tick[update->spikes - 1] == t) {
        update->spikes--;
        walk_spike(sums, update->rho[update->spikes], &net->saturations.eligibility);
    }
}

/* D of section 8. */
static SFDFA_OWN_FRAME void compute_update(sfdfa_t *net)
{
    const sfdfa_sums_t *sums = &net->scratch.neuron.sums;
    const int32_t eligibility = sfdfa_saturate(sums->v - sums->u, INT16_MAX, &net->saturations.eligibility);
    const int32_t exact =
        sfdfa_round_shift(net->scratch.update.step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    const int32_t update = sfdfa_clamp(exact, SFDFA_UPDATE_MIN, SFDFA_UPDATE_MAX);
    net->saturations.update += (update != exact);
    net->scratch.update.update = (int16_t)update;
}

/* Change the weight from an input at tick t to the neuron at hand. */
static SFDFA_OWN_FRAME void update_weight(sfdfa_t *net, uint8_t t, uint16_t input)
{
    const sfdfa_neuron_t *neuron = &net->scratch.neuron;
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, neuron->layer_index, t, input);
    const uint16_t dither = sfdfa_weight_draw(event_draw, layer->dither_bits) ^ net->scratch.update.draw;
    const int32_t change = sfdfa_floor_shift((int32_t)net->scratch.update.update + dither, layer->dither_bits);
    sfdfa_change_weight(row_of(net, layer, input), neuron->i, change);
}

/* Walk the neuron at hand back from its last spike to the first tick. */
static SFDFA_OWN_FRAME void walk_back(sfdfa_t *net)
{
    net->scratch.neuron.sums = (sfdfa_sums_t){0, 0, 0};
    for (uint8_t t = (uint8_t)(net->scratch.update.spike_tick[net->scratch.update.spikes - 1] + 1); t-- > 0;) {
        walk_tick(net, t);
        find_inputs(net, t);
        if (net->scratch.neuron.inputs > 0) {
            compute_update(net);
        }
        for (uint16_t k = 0; k < net->scratch.neuron.inputs; k++) {
            update_weight(net, t, net->scratch.neuron.input[k]);
        }
    }
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_update_t *update = &net->scratch.update;
    update->step = step;
    update->draw = draw;
    update->spikes = 0;
    begin_neuron(net, layer_index, i);
#if !SFDFA_INTEGRATES
    if (is_output(layer_index) && sfdfa_has_virtual_spike(net, i)) {
        find_virtual_spike(net);
    } else
#endif
    {
        find_spikes(net, net->sample.counts[sfdfa_layers[layer_index].first_neuron + i]);
    }
    if (update->spikes > 0) {
        walk_back(net);
    }
}

#elif SFDFA_LEARNS

/* No layer learns from spikes; an unoptimised build asks for it all the same. */
void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    (void)net, (void)layer_index, (void)i, (void)step, (void)draw;
}

#endif

#if SFDFA_LEARNS

void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net;
    (void)layer_index;
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    (void)net;
    (void)layer_index;
}

#endif
#endif
