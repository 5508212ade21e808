/*
 * sfdfa_mesh_learn.c: what a core learns of a sample, sections 6 to 8 of docs/ARITHMETIC.md.
 */
#include "sfdfa_mesh.h"

#include "core/sfdfa_error.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"
#include "core/sfdfa_steps.h"

/* Neurons of a core that learn, one after the other. */
typedef struct {
    uint8_t layer_index;
    uint16_t number; /* within the core's part of the layer */
    uint16_t draw;   /* for the dither */
    int16_t step;
} neuron_t;

/* u, v and s of section 8. */
typedef struct {
    int32_t u;
    int32_t v;
    int32_t s;
} sums_t;

/*
 * The rank in its layer of the first own spike of a tick, section 5 of docs/MESH.md, less how many the core has had:
 * what turns the core's own order into the layer's.
 */
static uint32_t spikes_of_others(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    const sfdfa_mesh_store_t *store = &core->store;
    uint32_t rank = store->before[layer_index + 1][tick];
    for (uint8_t t = 0; t < tick; t++) {
        rank += store->announced[layer_index + 1][t];
    }
    return rank - core->run.first_spike[layer_index][tick];
}

/* How many own spikes of a tick are remembered. */
static uint16_t remembered_until(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    const uint32_t others = spikes_of_others(core, layer_index, tick);
    const uint32_t capacity = sfdfa_layers[layer_index].spike_capacity;
    return capacity > others ? (uint16_t)(capacity - others) : 0;
}

uint16_t sfdfa_mesh_forgotten(const sfdfa_mesh_t *core, uint8_t layer_index)
{
    const sfdfa_mesh_run_t *run = &core->run;
    uint16_t forgotten = 0;
    for (uint8_t t = 0; t < run->last; t++) {
        const uint16_t first = run->first_spike[layer_index][t];
        const uint16_t end = t + 1 < run->last ? run->first_spike[layer_index][t + 1] : run->spikes[layer_index];
        const uint16_t until = remembered_until(core, layer_index, t);
        const uint16_t kept = until < first ? first : until < end ? until : end;
        forgotten = (uint16_t)(forgotten + end - kept);
    }
    return forgotten;
}

/* The last spike of a neuron, from `place` on backwards, that is remembered. */
static uint16_t skip_forgotten(const sfdfa_mesh_t *core, uint8_t layer_index, uint16_t place)
{
    const sfdfa_mesh_spike_t *spike = core->run.spike;
    while (place != SFDFA_MESH_NO_SPIKE) {
        const uint16_t order = (uint16_t)(place - core->part[layer_index].first_remembered);
        if (order < remembered_until(core, layer_index, spike[place].tick)) {
            break;
        }
        place = spike[place].previous;
    }
    return place;
}

static inline uint16_t neuron_place(const sfdfa_mesh_t *core, const neuron_t *neuron)
{
    return (uint16_t)(core->part[neuron->layer_index].first_neuron + neuron->number);
}

static void add_gamma(sfdfa_mesh_t *core, sums_t *sums, sfdfa_rho_t rho)
{
    const int32_t gamma =
        sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS) + sfdfa_round_shift((int32_t)rho * sums->s, 8);
    sums->u += gamma;
    sums->v += gamma;
    sums->s = sfdfa_saturate(sums->s + gamma, INT16_MAX, &core->saturations.eligibility);
}

/* Change the weights of all inputs of a tick. */
static void update_inputs(sfdfa_mesh_t *core, const neuron_t *neuron, uint8_t tick, int32_t update)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const sfdfa_mesh_part_t *part = &core->part[neuron->layer_index];
    const uint32_t *words = &core->store.input[tick][part->first_word];
    for (uint32_t first = 0; first < layer->inputs; first += 32) {
        for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
            const uint16_t input = (uint16_t)(first + sfdfa_lowest_bit(left));
            const uint32_t draw = sfdfa_event_draw(core->sample_key, neuron->layer_index, tick, input);
            const int32_t dither = (int32_t)((draw ^ neuron->draw) & sfdfa_mask(layer->dither_bits));
            sfdfa_weight_t *row = &core->learned.weights[part->first_weight + (uint32_t)input * part->row];
            sfdfa_change_weight(row, neuron->number, sfdfa_floor_shift(update + dither, layer->dither_bits));
        }
    }
}

/* A tick with inputs, on the way of a neuron. */
static void learn_tick(sfdfa_mesh_t *core, const neuron_t *neuron, uint8_t tick, const sums_t *sums)
{
    sfdfa_saturations_t *saturations = &core->saturations;
    const int32_t eligibility = sfdfa_saturate(sums->v - sums->u, INT16_MAX, &saturations->eligibility);
    const int32_t update = sfdfa_round_shift(neuron->step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    update_inputs(core, neuron, tick, sfdfa_saturate_update(update, &saturations->update));
}

/* Section 8, from a neuron's last spike, or its virtual one, down to tick 0. */
static void walk(sfdfa_mesh_t *core, const neuron_t *neuron, uint8_t tick, sfdfa_rho_t rho, uint16_t earlier)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const sfdfa_mesh_spike_t *spike = core->run.spike;
    sums_t sums = {0, 0, 0};
    add_gamma(core, &sums, rho);
    for (;;) {
        if (core->store.announced[neuron->layer_index][tick] > 0) {
            learn_tick(core, neuron, tick, &sums);
        }
        if (tick == 0) {
            return;
        }
        tick--;
        sums.u = sfdfa_decay(sums.u, layer->decay_s);
        sums.v = sfdfa_decay(sums.v, layer->decay);
        sums.s = sfdfa_decay(sums.s, layer->decay);
        if (earlier != SFDFA_MESH_NO_SPIKE && spike[earlier].tick == tick) {
            add_gamma(core, &sums, spike[earlier].rho);
            earlier = spike[earlier].previous;
        }
    }
}

/* Change the weights of a neuron that has a spike or a virtual one. */
static void learn_weights(sfdfa_mesh_t *core, const neuron_t *neuron, bool is_virtual)
{
    if (is_virtual) {
        const sfdfa_record_t *record = &core->run.record[neuron->number];
        const sfdfa_rho_t rho = sfdfa_virtual_rho(sfdfa_layers[neuron->layer_index].threshold, record->current);
        walk(core, neuron, record->tick, rho, SFDFA_MESH_NO_SPIKE);
        return;
    }
    const uint16_t place = skip_forgotten(core, neuron->layer_index, core->run.last_spike[neuron_place(core, neuron)]);
    if (place != SFDFA_MESH_NO_SPIKE) {
        const sfdfa_mesh_spike_t *last = &core->run.spike[place];
        walk(core, neuron, last->tick, last->rho, last->previous);
    }
}

/* B of section 7 or 7a for one hidden neuron. */
static void move_feedback(sfdfa_mesh_t *core, int8_t *feedback, uint32_t neuron_draw)
{
    const int32_t direction = sfdfa_direction(neuron_draw);
    const uint16_t draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint32_t output_draw = sfdfa_neuron_draw(core->sample_key, SFDFA_LAYERS - 1, o);
        const int32_t dither = draw ^ sfdfa_feedback_draw(output_draw, SFDFA_FEEDBACK_SHIFT);
        const int32_t change = sfdfa_floor_shift(
            direction * core->output_grade[o] - (SFDFA_INTEGRATES ? 0 : feedback[o]) + dither, SFDFA_FEEDBACK_SHIFT);
        feedback[o] = sfdfa_clamp_byte(feedback[o] + change);
    }
}

/* The step of a neuron, and its weights. */
static void learn_with(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, int32_t delta, bool is_virtual,
                       uint32_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    uint32_t *saturations = &core->saturations.update;
    const uint16_t place = (uint16_t)(core->part[layer_index].first_neuron + i);
    const int32_t normalised = normalise(delta, core->learned.mean_delta[place], saturations);
    const int32_t rate = sfdfa_round_shift((int32_t)layer->rate * core->rate_scale, 12);
    const int32_t exact = sfdfa_round_shift(rate * normalised, 10);
    const neuron_t neuron = {
        .layer_index = layer_index,
        .number = i,
        .draw = sfdfa_weight_draw(draw, layer->dither_bits),
        .step = (int16_t)sfdfa_saturate(exact, INT16_MAX, saturations),
    };
    learn_weights(core, &neuron, is_virtual);
}

/* What the errors are to a hidden neuron; `i` is its number within the core's part of its layer. */
static int32_t project(const sfdfa_mesh_t *core, const int8_t *feedback, uint16_t i)
{
    int32_t sum = 0;
    if (SFDFA_TRANSPOSES) {
        const sfdfa_mesh_part_t *outputs = &core->part[SFDFA_LAYERS - 1];
        const sfdfa_weight_t *row = &core->learned.weights[outputs->first_weight + (uint32_t)i * outputs->row];
        for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
            sum += sfdfa_weight(row, o) * (int32_t)core->error[o];
        }
        sum = sfdfa_rescale(sum, (int8_t)(sfdfa_layers[SFDFA_LAYERS - 1].weight_fraction_bits - 6));
    } else {
        for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
            sum += feedback[o] * (int32_t)core->error[o];
        }
    }
    return SFDFA_INTEGRATES ? sfdfa_round_shift(SFDFA_ERROR_GAIN * sum, 8) : sum;
}

/* Whether the feedback of a layer moves by the residual of this sample. */
static inline bool is_turn_of(const sfdfa_mesh_t *core, uint8_t layer_index)
{
#if SFDFA_RESIDUAL_FEEDBACK
    return layer_index == core->residual.turn;
#else
    (void)core, (void)layer_index;
    return false;
#endif
}

static void learn_hidden(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t place = (uint16_t)(part->first_neuron + i);
    const uint8_t count = core->run.counts[place];
    int8_t *feedback = &core->learned.feedback[(uint32_t)place * SFDFA_OUTPUTS];
    const int32_t regular = regulate(&core->learned.mean_rate[place], count);
    const int32_t delta = limit_delta(regular + project(core, feedback, i), &core->saturations.update);
    move_mean(&core->learned.mean_delta[place], delta);
    if (count == 0) {
        return;
    }
    const uint32_t draw = sfdfa_neuron_draw(core->sample_key, layer_index, (uint16_t)(part->first + i));
    if (SFDFA_SENDS_GRADES || is_turn_of(core, layer_index)) {
        move_feedback(core, feedback, draw);
    }
    learn_with(core, layer_index, i, delta, false, draw);
}

#if SFDFA_INTEGRATES

static void learn_outputs(sfdfa_mesh_t *core)
{
    sfdfa_mesh_learn_outputs(core);
}

#else

static void learn_output(sfdfa_mesh_t *core, uint16_t i)
{
    const sfdfa_mesh_part_t *part = &core->part[SFDFA_LAYERS - 1];
    const uint16_t place = (uint16_t)(part->first_neuron + i);
    const uint16_t output = (uint16_t)(part->first + i);
    const int32_t delta = 64 * (int32_t)core->error[output];
    const bool is_silent = core->run.counts[place] == 0;
    move_mean(&core->learned.mean_delta[place], delta);
    if (!is_silent || delta > 0) {
        const uint32_t draw = sfdfa_neuron_draw(core->sample_key, SFDFA_LAYERS - 1, output);
        learn_with(core, SFDFA_LAYERS - 1, i, delta, is_silent, draw);
    }
}

static void learn_outputs(sfdfa_mesh_t *core)
{
    for (uint16_t i = 0; i < core->part[SFDFA_LAYERS - 1].neurons; i++) {
        learn_output(core, i);
    }
}

#endif

void sfdfa_mesh_on_learn(sfdfa_mesh_t *core)
{
    for (uint8_t l = 0; l + 1 < SFDFA_LAYERS; l++) {
        for (uint16_t i = 0; i < core->part[l].neurons; i++) {
            learn_hidden(core, l, i);
        }
    }
    learn_outputs(core);
}
