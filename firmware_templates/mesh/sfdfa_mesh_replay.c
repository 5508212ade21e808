/*
 * sfdfa_mesh_replay.c: spikes that are kept, and walked backwards once the sample is over: section 8 of
 * docs/ARITHMETIC.md, with the capacity of a layer that is split, section 5 of docs/MESH.md.
 */
#include "sfdfa_mesh_walk.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_listing.h"
#include "core/sfdfa_random.h"

void sfdfa_mesh_begin_notes(sfdfa_mesh_t *core)
{
    for (uint16_t i = 0; i < SFDFA_MESH_NEURONS; i++) {
        core->run.notes.last_spike[i] = SFDFA_MESH_NO_SPIKE;
    }
    core->run.notes.has_list = false;
    sfdfa_mesh_begin_records(core);
}

void sfdfa_mesh_note_output(sfdfa_mesh_t *core, uint16_t i, uint8_t tick)
{
    (void)sfdfa_mesh_record(core, i, tick);
}

/*
 * The rank in its layer of the first own spike of a tick, section 5 of docs/MESH.md, less how many the core has had:
 * what turns the core's own order into the layer's.
 */
static uint32_t spikes_of_others(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    uint32_t rank = core->ranks.before[layer_index][tick];
    for (uint8_t t = 0; t < tick; t++) {
        rank += core->ranks.total[layer_index][t];
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

uint16_t sfdfa_mesh_spikes_in(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    const sfdfa_mesh_run_t *run = &core->run;
    if (tick >= run->last || core->part[layer_index].neurons == 0) {
        return 0;
    }
    const uint16_t *first = run->notes.first_spike[layer_index];
    const uint16_t end = tick + 1 < run->last ? first[tick + 1] : run->spikes[layer_index];
    return (uint16_t)(end - first[tick]);
}

uint16_t sfdfa_mesh_forgotten(const sfdfa_mesh_t *core, uint8_t layer_index)
{
    const sfdfa_mesh_run_t *run = &core->run;
    uint16_t forgotten = 0;
    if (!core->ranks.wanted || core->part[layer_index].neurons == 0) {
        return 0;
    }
    for (uint8_t t = 0; t < run->last; t++) {
        const uint16_t first = run->notes.first_spike[layer_index][t];
        const uint16_t end = (uint16_t)(first + sfdfa_mesh_spikes_in(core, layer_index, t));
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
    while (core->ranks.wanted && place != SFDFA_MESH_NO_SPIKE) {
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

/* How many inputs a tick had of a layer. */
static inline uint16_t count_inputs(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
#if SFDFA_MESH_PASSES
    if (layer_index > 0) {
        return core->store.inputs[layer_index][tick];
    }
#endif
    (void)layer_index;
    return sfdfa_mesh_events(core, tick).count;
}

/* Whether there are any. */
static inline bool has_inputs(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
#if SFDFA_MESH_COUNTS_LATE
    if (layer_index > 0) {
        uint32_t any = 0;
        for (uint32_t k = 0; k < SFDFA_MESH_INPUT_WORDS; k++) {
            any |= core->store.input[tick][k];
        }
        return any != 0;
    }
#endif
    return count_inputs(core, layer_index, tick) > 0;
}

static inline void list_tick(const sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick, listing_t *list)
{
#if SFDFA_MESH_PASSES
    if (layer_index > 0) {
        const uint32_t *words = &core->store.input[sfdfa_mesh_slot(tick)][core->part[layer_index].first_word];
        for (uint32_t first = 0; first < sfdfa_layers[layer_index].inputs; first += 32) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                list_input(list, first + sfdfa_lowest_bit(left));
            }
        }
        return;
    }
#endif
    (void)layer_index;
    const sfdfa_mesh_inputs_t events = sfdfa_mesh_events(core, tick);
    for (const sfdfa_index_t *event = events.index; event != &events.index[events.count]; event++) {
        list_input(list, *event);
    }
}

/*
 * List inputs of the ticks that are left, from the last to the first, until it were so many or more. Returns whether
 * none is left.
 */
static bool list_inputs(sfdfa_mesh_t *core, uint8_t layer_index, uint32_t enough)
{
    sfdfa_mesh_notes_t *notes = &core->run.notes;
    uint8_t tick = notes->unlisted;
    if (SFDFA_MESH_LISTS_EVENTS && layer_index == 0) {
        notes->unlisted = list_events(core, tick, enough);
        return notes->unlisted == 0;
    }
    listing_t list = {
        .put = core->scratch.listed_end[tick],
        .row = core->part[layer_index].row,
        .draw_shift = (uint8_t)(31 - sfdfa_layers[layer_index].dither_bits),
    };
    const uint32_t *const end = &core->scratch.listed[SFDFA_MESH_LISTED];
    uint32_t done = 0;
    while (tick > 0 && done < enough) {
        tick--;
        const uint16_t inputs = count_inputs(core, layer_index, tick);
        done += inputs;
        notes->is_listed = notes->is_listed && inputs <= end - list.put;
        if (inputs > 0 && notes->is_listed) {
            list.tick_key = sfdfa_tick_key(core->sample_key, layer_index, tick);
            list_tick(core, layer_index, tick, &list);
        }
        core->scratch.listed_end[tick] = list.put;
    }
    notes->unlisted = tick;
    return tick == 0;
}

static void begin_list(sfdfa_mesh_t *core, uint8_t layer_index)
{
    sfdfa_mesh_notes_t *notes = &core->run.notes;
    notes->first_tick = 0;
    while (notes->first_tick + 1 < core->run.last && !has_inputs(core, layer_index, notes->first_tick)) {
        notes->first_tick++;
    }
    notes->is_listed = true;
    notes->unlisted = core->run.last;
    core->scratch.listed_end[core->run.last] = core->scratch.listed;
}

bool sfdfa_mesh_prepare(sfdfa_mesh_t *core)
{
    sfdfa_mesh_notes_t *notes = &core->run.notes;
    if (SFDFA_MESH_SPIKING == 0 || core->part[0].neurons == 0) {
        return true;
    }
    if (!notes->has_list) {
        notes->has_list = true;
        begin_list(core, 0);
    }
    return list_inputs(core, 0, SFDFA_MESH_PREPARED_AT_ONCE);
}

/* The same for one input, drawing its dither. */
static void update_drawn(sfdfa_mesh_t *core, const column_t *column, uint32_t size, uint8_t tick, uint16_t input)
{
    const uint32_t draw = sfdfa_event_draw(core->sample_key, column->layer_index, tick, input);
    const uint32_t dither = (draw ^ column->draw) & sfdfa_mask(column->dither_bits);
    const int32_t update = ((int32_t)size ^ column->sign) - column->sign;
    sfdfa_weight_t *row = &column->weights[(uint32_t)input * core->part[column->layer_index].row];
    sfdfa_change_weight(row, column->number, sfdfa_floor_shift(update + (int32_t)dither, column->dither_bits));
}

static SFDFA_SELDOM void update_unlisted(sfdfa_mesh_t *core, const column_t *column, uint32_t size, uint8_t tick)
{
#if SFDFA_MESH_PASSES
    const uint8_t layer_index = column->layer_index;
    if (layer_index > 0) {
        const uint32_t *words = &core->store.input[sfdfa_mesh_slot(tick)][core->part[layer_index].first_word];
        for (uint32_t first = 0; first < sfdfa_layers[layer_index].inputs; first += 32) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                update_drawn(core, column, size, tick, (uint16_t)(first + sfdfa_lowest_bit(left)));
            }
        }
        return;
    }
#endif
    const sfdfa_mesh_inputs_t events = sfdfa_mesh_events(core, tick);
    for (uint16_t k = 0; k < events.count; k++) {
        update_drawn(core, column, size, tick, events.index[k]);
    }
}

#define NO_TICK UINT32_MAX

static inline uint32_t tick_of(const sfdfa_mesh_spike_t *spikes, uint16_t place)
{
    return place != SFDFA_MESH_NO_SPIKE ? spikes[place].tick : NO_TICK;
}

/* Section 8, down to the first tick with an input; inputs are drawn anew. */
static SFDFA_SELDOM void walk_unlisted(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, start_t start)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const column_t column = column_of(core, neuron);
    const sfdfa_mesh_spike_t *spike = core->run.notes.spike;
    uint16_t earlier = start.earlier;
    int32_t s = 0;
    int32_t u = meet_spike(core, &s, start.rho), v = u;
    for (uint8_t tick = start.tick;; tick--) {
        if (has_inputs(core, neuron->layer_index, tick)) {
            update_unlisted(core, &column, update_size(core, &column, (uint32_t)(v - u)), tick);
        }
        if (tick <= core->run.notes.first_tick) {
            return;
        }
        u = sfdfa_decay(u, layer->decay_s);
        v = sfdfa_decay(v, layer->decay);
        s = sfdfa_decay(s, layer->decay);
        if (tick_of(spike, earlier) == tick - 1U) {
            const int32_t gamma = meet_spike(core, &s, spike[earlier].rho);
            u += gamma;
            v += gamma;
            earlier = spike[earlier].previous;
        }
    }
}

static void walk(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, start_t start)
{
    if (core->run.notes.is_listed) {
        walk_listed(core, neuron, start);
    } else {
        walk_unlisted(core, neuron, start);
    }
}

#if SFDFA_MESH_COUNTS_LATE

/* List the spikes that have come, if there is room for all. */
static void list_spikes(sfdfa_mesh_t *core, uint8_t layer_index)
{
    uint32_t spikes = 0;
    for (uint16_t k = 0; k < SFDFA_MESH_BLOCKS; k++) {
        spikes += core->store.of[layer_index][k].spikes;
    }
    core->run.notes.is_listed = spikes <= SFDFA_MESH_LISTED;
    if (core->run.notes.is_listed) {
        list_heard(core, layer_index);
    }
}

#else

static inline void list_spikes(sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)list_inputs(core, layer_index, UINT32_MAX);
}

#endif

void sfdfa_mesh_begin_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    if (core->part[layer_index].neurons > 0) {
        begin_list(core, layer_index);
        list_spikes(core, layer_index);
    }
}

void sfdfa_mesh_learn_neuron(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron)
{
    if (neuron->is_virtual) {
        const sfdfa_record_t *record = &core->run.record[neuron->number];
        const sfdfa_rho_t rho = sfdfa_virtual_rho(sfdfa_layers[neuron->layer_index].threshold, record->current);
        walk(core, neuron, (start_t){.earlier = SFDFA_MESH_NO_SPIKE, .tick = record->tick, .rho = rho});
        return;
    }
    const uint16_t last_spike = core->run.notes.last_spike[neuron_place(core, neuron)];
    const uint16_t place = skip_forgotten(core, neuron->layer_index, last_spike);
    if (place != SFDFA_MESH_NO_SPIKE) {
        const sfdfa_mesh_spike_t *last = &core->run.notes.spike[place];
        walk(core, neuron, (start_t){.earlier = last->previous, .tick = last->tick, .rho = last->rho});
    }
}

void sfdfa_mesh_end_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)core, (void)layer_index;
}
