/*
 * sfdfa_mesh_replay.c: spikes that are kept, and walked backwards once the sample is over: section 8 of
 * docs/ARITHMETIC.md, with the capacity of a layer that is split, section 5 of docs/MESH.md.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"

void sfdfa_mesh_begin_notes(sfdfa_mesh_t *core)
{
    for (uint16_t i = 0; i < SFDFA_MESH_NEURONS; i++) {
        core->run.notes.last_spike[i] = SFDFA_MESH_NO_SPIKE;
    }
    sfdfa_mesh_begin_records(core);
}

void sfdfa_mesh_note_inputs(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick, uint16_t inputs)
{
    (void)inputs; /* they are in the store */
    core->run.notes.first_spike[layer_index][tick] = core->run.spikes[layer_index];
}

/* Kept while there is room. */
void sfdfa_mesh_note_spike(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t neuron = (uint16_t)(part->first_neuron + i);
    const uint16_t order = core->run.spikes[layer_index];
    if (order < part->capacity) {
        const uint16_t place = (uint16_t)(part->first_remembered + order);
        core->run.notes.spike[place] = (sfdfa_mesh_spike_t){
            .previous = core->run.notes.last_spike[neuron],
            .tick = tick,
            .rho = sfdfa_spike_rho(sfdfa_layers[layer_index].threshold, core->run.a[neuron]),
        };
        core->run.notes.last_spike[neuron] = place;
    }
}

void sfdfa_mesh_note_output(sfdfa_mesh_t *core, uint16_t i, uint8_t tick)
{
    (void)sfdfa_mesh_record(core, i, tick);
}

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
    uint32_t rank = store->of[layer_index + 1][tick].before;
    for (uint8_t t = 0; t < tick; t++) {
        rank += store->of[layer_index + 1][t].announced;
    }
    return rank - core->run.notes.first_spike[layer_index][tick];
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
        const uint16_t first = run->notes.first_spike[layer_index][t];
        const uint16_t end = t + 1 < run->last ? run->notes.first_spike[layer_index][t + 1] : run->spikes[layer_index];
        const uint16_t until = remembered_until(core, layer_index, t);
        const uint16_t kept = until < first ? first : until < end ? until : end;
        forgotten = (uint16_t)(forgotten + end - kept);
    }
    return forgotten;
}

/* The last spike of a neuron, from `place` on backwards, that is remembered. */
static uint16_t skip_forgotten(const sfdfa_mesh_t *core, uint8_t layer_index, uint16_t place)
{
    const sfdfa_mesh_spike_t *spike = core->run.notes.spike;
    while (place != SFDFA_MESH_NO_SPIKE) {
        const uint16_t order = (uint16_t)(place - core->part[layer_index].first_remembered);
        if (order < remembered_until(core, layer_index, spike[place].tick)) {
            break;
        }
        place = spike[place].previous;
    }
    return place;
}

static inline uint16_t neuron_place(const sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron)
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

/* Whether the inputs of a layer are listed, or drawn anew for each neuron. */
static inline bool is_listed(const sfdfa_mesh_t *core, uint8_t layer_index)
{
    uint32_t inputs = 0;
    for (uint8_t t = 0; t < core->run.last; t++) {
        inputs += core->store.of[layer_index][t].announced;
    }
    return inputs <= SFDFA_MESH_LISTED;
}

/* List the inputs of all ticks, from the last to the first. */
static void list_inputs(sfdfa_mesh_t *core, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint8_t draw_shift = (uint8_t)(31 - layer->dither_bits);
    uint32_t *put = core->scratch.listed;
    for (uint8_t t = core->run.last; t-- > 0;) {
        const uint32_t *words = &core->store.input[sfdfa_mesh_slot(t)][part->first_word];
        const uint32_t tick_key = sfdfa_tick_key(core->sample_key, layer_index, t);
        for (uint32_t first = 0; first < layer->inputs && core->store.of[layer_index][t].announced > 0; first += 32) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                const uint32_t input = first + sfdfa_lowest_bit(left);
                *put++ = (sfdfa_mix(tick_key ^ input) << draw_shift << 1) | input * part->row;
            }
        }
        core->scratch.listed_end[t] = (uint16_t)(put - core->scratch.listed);
    }
}

/* Change the weights of all inputs of a tick, drawing the dither of each. */
static void update_unlisted(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, uint8_t tick, int32_t update)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const sfdfa_mesh_part_t *part = &core->part[neuron->layer_index];
    const uint32_t *words = &core->store.input[sfdfa_mesh_slot(tick)][part->first_word];
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

/*
 * The same from the list. Of an update's size the part below a weight's unit decides, against the dither or, where the
 * update is positive, its complement, whether a weight changes by one unit more: mostly not, and then by nothing.
 */
static void update_listed(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, uint8_t tick, int32_t update)
{
    const uint8_t bits = sfdfa_layers[neuron->layer_index].dither_bits;
    const uint8_t shift = (uint8_t)(31 - bits);
    const uint32_t row_mask = (UINT32_C(1) << shift << 1) - 1;
    const int32_t sign = sfdfa_sign_mask(update);
    const uint32_t size = (uint32_t)((update ^ sign) - sign);
    const int32_t units = (int32_t)(size >> bits);
    const uint32_t threshold = size << shift << 1;
    const uint32_t mask = (neuron->draw ^ ~(uint32_t)sign) << shift << 1;
    sfdfa_weight_t *weights = &core->learned.weights[core->part[neuron->layer_index].first_weight];
    const uint16_t *ends = core->scratch.listed_end;
    const uint32_t *end = &core->scratch.listed[ends[tick]];
    const uint32_t *input = &core->scratch.listed[tick + 1 < core->run.last ? ends[tick + 1] : 0];
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ mask;
        const int32_t change = units + (dithered < threshold);
        if (change != 0) {
            sfdfa_change_weight(&weights[dithered & row_mask], neuron->number, (change ^ sign) - sign);
        }
    }
}

/* A tick with inputs, on the way of a neuron. */
static void learn_tick(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, uint8_t tick, const sums_t *sums)
{
    sfdfa_saturations_t *saturations = &core->saturations;
    const int32_t eligibility = sfdfa_saturate(sums->v - sums->u, INT16_MAX, &saturations->eligibility);
    const int32_t exact = sfdfa_round_shift(neuron->step * eligibility, SFDFA_ELIGIBILITY_FRACTION_BITS + 2);
    const int32_t update = sfdfa_saturate_update(exact, &saturations->update);
    if (core->run.notes.is_listed) {
        update_listed(core, neuron, tick, update);
    } else {
        update_unlisted(core, neuron, tick, update);
    }
}

/* Section 8, from a neuron's last spike, or its virtual one, down to the first tick with an input. */
static void walk(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, uint8_t tick, sfdfa_rho_t rho, uint16_t earlier)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const sfdfa_mesh_spike_t *spike = core->run.notes.spike;
    const sfdfa_mesh_heard_t *heard = core->store.of[neuron->layer_index];
    const int32_t decay_s = layer->decay_s, decay = layer->decay;
    const uint8_t first_tick = core->run.notes.first_tick;
    sums_t sums = {0, 0, 0};
    add_gamma(core, &sums, rho);
    for (;;) {
        if (heard[tick].announced > 0) {
            learn_tick(core, neuron, tick, &sums);
        }
        if (tick <= first_tick) {
            return;
        }
        tick--;
        sums.u = sfdfa_decay(sums.u, decay_s);
        sums.v = sfdfa_decay(sums.v, decay);
        sums.s = sfdfa_decay(sums.s, decay);
        if (earlier != SFDFA_MESH_NO_SPIKE && spike[earlier].tick == tick) {
            add_gamma(core, &sums, spike[earlier].rho);
            earlier = spike[earlier].previous;
        }
    }
}

void sfdfa_mesh_begin_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    core->run.notes.first_tick = 0;
    while (core->run.notes.first_tick + 1 < core->run.last &&
           core->store.of[layer_index][core->run.notes.first_tick].announced == 0) {
        core->run.notes.first_tick++;
    }
    core->run.notes.is_listed = core->part[layer_index].neurons > 0 && is_listed(core, layer_index);
    if (core->run.notes.is_listed) {
        list_inputs(core, layer_index);
    }
}

void sfdfa_mesh_learn_neuron(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron)
{
    if (neuron->is_virtual) {
        const sfdfa_record_t *record = &core->run.record[neuron->number];
        const sfdfa_rho_t rho = sfdfa_virtual_rho(sfdfa_layers[neuron->layer_index].threshold, record->current);
        walk(core, neuron, record->tick, rho, SFDFA_MESH_NO_SPIKE);
        return;
    }
    const uint16_t last_spike = core->run.notes.last_spike[neuron_place(core, neuron)];
    const uint16_t place = skip_forgotten(core, neuron->layer_index, last_spike);
    if (place != SFDFA_MESH_NO_SPIKE) {
        const sfdfa_mesh_spike_t *last = &core->run.notes.spike[place];
        walk(core, neuron, last->tick, last->rho, last->previous);
    }
}

void sfdfa_mesh_end_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)core, (void)layer_index;
}
