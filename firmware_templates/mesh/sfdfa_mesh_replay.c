/*
 * sfdfa_mesh_replay.c: spikes that are kept, and walked backwards once the sample is over: section 8 of
 * docs/ARITHMETIC.md, with the capacity of a layer that is split, section 5 of docs/MESH.md.
 */
#include "sfdfa_mesh_notes.h"

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_listing.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_rho.h"

void sfdfa_mesh_begin_notes(sfdfa_mesh_t *core)
{
    for (uint16_t i = 0; i < SFDFA_MESH_NEURONS; i++) {
        core->run.notes.last_spike[i] = SFDFA_MESH_NO_SPIKE;
    }
    sfdfa_mesh_begin_records(core);
}

void sfdfa_mesh_note_inputs(sfdfa_mesh_t *core, uint8_t layer_index, sfdfa_mesh_inputs_t inputs)
{
    (void)core, (void)layer_index, (void)inputs; /* they stay in the store */
}

void sfdfa_mesh_note_tick(sfdfa_mesh_t *core, uint8_t layer_index, uint8_t tick)
{
    core->run.notes.first_spike[layer_index][tick] = core->run.spikes[layer_index];
}

/* Kept while there is room. */
void sfdfa_mesh_note_spike(sfdfa_mesh_t *core, uint8_t layer_index, uint16_t i, uint8_t tick, int32_t a)
{
    const sfdfa_mesh_part_t *part = &core->part[layer_index];
    const uint16_t neuron = (uint16_t)(part->first_neuron + i);
    const uint16_t order = core->run.spikes[layer_index];
    if (order < part->capacity) {
        const uint16_t place = (uint16_t)(part->first_remembered + order);
        core->run.notes.spike[place] = (sfdfa_mesh_spike_t){
            .previous = core->run.notes.last_spike[neuron],
            .tick = tick,
            .rho = sfdfa_spike_rho(sfdfa_layers[layer_index].threshold, a),
        };
        core->run.notes.last_spike[neuron] = place;
    }
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
        return core->store.of[layer_index][tick].announced;
    }
#endif
    (void)layer_index;
    return sfdfa_mesh_events(core, tick).count;
}

/* Whether the inputs of a layer are listed, or drawn anew for each neuron. */
static inline bool is_listed(const sfdfa_mesh_t *core, uint8_t layer_index)
{
    uint32_t inputs = 0;
    for (uint8_t t = 0; t < core->run.last; t++) {
        inputs += count_inputs(core, layer_index, t);
    }
    return inputs <= SFDFA_MESH_LISTED;
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

/* List the inputs of all ticks, from the last to the first. */
static void list_inputs(sfdfa_mesh_t *core, uint8_t layer_index)
{
    listing_t list = {
        .put = core->scratch.listed,
        .row = core->part[layer_index].row,
        .draw_shift = (uint8_t)(31 - sfdfa_layers[layer_index].dither_bits),
    };
    for (uint8_t t = core->run.last; t-- > 0;) {
        list.tick_key = sfdfa_tick_key(core->sample_key, layer_index, t);
        if (count_inputs(core, layer_index, t) > 0) {
            list_tick(core, layer_index, t, &list);
        }
        core->scratch.listed_end[t] = (uint16_t)(list.put - core->scratch.listed);
    }
}

/* A neuron that learns. E is never negative, for u decays no slower than v: all its updates have the sign of its step. */
typedef struct {
    sfdfa_weight_t *weights; /* of its core in the layer */
    uint16_t number; /* within the core's part of the layer */
    uint8_t layer_index; /* of the neuron */
    uint8_t dither_bits; /* of the layer */
    uint8_t draw_shift; /* the draw of a listed input begins at the bit after this one */
    uint16_t draw; /* of the neuron, for the dither */
    int32_t sign; /* of the step, -1 or 0 */
    uint32_t step_size; /* of the neuron; its sign is above */
    uint32_t rounding; /* so that an update is rounded half up */
    uint32_t mask; /* makes of the draw of an input its dither or, for a positive step, the dither's complement */
    uint32_t row_mask; /* makes of a listed input its row */
} column_t;

#define UPDATE_SHIFT (SFDFA_ELIGIBILITY_FRACTION_BITS + 2)

static inline column_t column_of(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron)
{
    const uint8_t bits = sfdfa_layers[neuron->layer_index].dither_bits;
    const uint8_t draw_shift = (uint8_t)(31 - bits);
    const int32_t sign = sfdfa_sign_mask(neuron->step);
    return (column_t){
        .weights = &core->learned.weights[core->part[neuron->layer_index].first_weight],
        .number = neuron->number,
        .layer_index = neuron->layer_index,
        .dither_bits = bits,
        .draw_shift = draw_shift,
        .draw = neuron->draw,
        .sign = sign,
        .step_size = (uint32_t)((neuron->step ^ sign) - sign),
        .rounding = (UINT32_C(1) << (UPDATE_SHIFT - 1)) + (uint32_t)sign,
        .mask = (neuron->draw ^ ~(uint32_t)sign) << draw_shift << 1,
        .row_mask = (UINT32_C(1) << draw_shift << 1) - 1,
    };
}

/* s of a neuron at the last spike that it met, and when that was. */
typedef struct {
    int32_t s; /* of resets, decays like B */
    uint8_t tick; /* of that spike */
} met_t;

/* gamma of a spike that a neuron meets. */
static SFDFA_SELDOM int32_t meet_spike(sfdfa_mesh_t *core, met_t *met, uint8_t tick, sfdfa_rho_t rho, int32_t decay)
{
    int32_t s = met->s;
    for (uint8_t t = met->tick; t > tick; t--) {
        s = sfdfa_decay(s, decay);
    }
    const int32_t gamma =
        sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS) + sfdfa_round_shift((int32_t)rho * s, 8);
    met->s = sfdfa_saturate(s + gamma, INT16_MAX, &core->saturations.eligibility);
    met->tick = tick;
    return gamma;
}

/* A size of at most `most`, which it seldom is not. */
static inline uint32_t limit_size(uint32_t size, uint32_t most, uint32_t *saturations)
{
    if (SFDFA_RARELY(size > most)) {
        ++*saturations;
        return most;
    }
    return size;
}

/* The size of D from E. */
static inline uint32_t update_size(sfdfa_mesh_t *core, const column_t *column, uint32_t eligibility)
{
    const uint32_t limited = limit_size(eligibility, INT16_MAX, &core->saturations.eligibility);
    const uint32_t exact = (column->step_size * limited + column->rounding) >> UPDATE_SHIFT;
    return limit_size(exact, (uint32_t)(SFDFA_UPDATE_MAX - column->sign), &core->saturations.update);
}

static inline void change_by(const column_t *column, uint32_t row, uint32_t change)
{
    sfdfa_change_weight(&column->weights[row], column->number, ((int32_t)change ^ column->sign) - column->sign);
}

/*
 * Change the weights of listed inputs. Of an update's size the part below a weight's unit decides, against the dither,
 * whether a weight changes by one unit more: mostly not, and then by nothing.
 */
static inline void update_listed(const column_t *column, uint32_t size, const uint32_t *input, const uint32_t *end)
{
    const uint32_t units = size >> column->dither_bits;
    const uint32_t threshold = size << column->draw_shift << 1;
    const uint32_t mask = column->mask;
    if (units == 0) {
        for (; input != end; input++) {
            const uint32_t dithered = *input ^ mask;
            if (SFDFA_RARELY(dithered < threshold)) {
                change_by(column, dithered & column->row_mask, 1);
            }
        }
        return;
    }
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ mask;
        change_by(column, dithered & column->row_mask, units + (dithered < threshold));
    }
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

/* Where a walk begins: at a neuron's last spike, or its virtual one. */
typedef struct {
    uint16_t earlier; /* the spike before it */
    uint8_t tick; /* of the spike */
    sfdfa_rho_t rho; /* of the spike, section 8 */
} start_t;

#define NO_TICK UINT32_MAX

static inline uint32_t tick_of(const sfdfa_mesh_spike_t *spikes, uint16_t place)
{
    return place != SFDFA_MESH_NO_SPIKE ? spikes[place].tick : NO_TICK;
}

/* Section 8, down to the first tick with an input. A copy of the loop for inputs that are listed, and that are not. */
static inline void walk_with(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, start_t start, bool is_listed)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[neuron->layer_index];
    const column_t column = column_of(core, neuron);
    const sfdfa_mesh_spike_t *spike = core->run.notes.spike;
    const uint16_t *listed_end = &core->scratch.listed_end[start.tick];
    const uint32_t *listed = core->scratch.listed;
    const int32_t decay_s = layer->decay_s, decay = layer->decay;
    const uint8_t first_tick = core->run.notes.first_tick;
    met_t met = {.s = 0, .tick = start.tick};
    uint16_t earlier = start.earlier;
    uint32_t next = tick_of(spike, earlier);
    int32_t u = meet_spike(core, &met, start.tick, start.rho, decay), v = u;
    uint32_t from = is_listed && start.tick + 1 < core->run.last ? listed_end[1] : 0;
    for (uint32_t tick = start.tick;; tick--) {
        if (is_listed) {
            const uint32_t end = *listed_end--;
            if (from != end) {
                update_listed(&column, update_size(core, &column, (uint32_t)(v - u)), &listed[from], &listed[end]);
                from = end;
            }
        } else if (count_inputs(core, neuron->layer_index, (uint8_t)tick) > 0) {
            update_unlisted(core, &column, update_size(core, &column, (uint32_t)(v - u)), (uint8_t)tick);
        }
        if (tick <= first_tick) {
            break;
        }
        u = sfdfa_decay(u, decay_s);
        v = sfdfa_decay(v, decay);
        if (next == tick - 1) {
            const int32_t gamma = meet_spike(core, &met, (uint8_t)next, spike[earlier].rho, decay);
            u += gamma;
            v += gamma;
            earlier = spike[earlier].previous;
            next = tick_of(spike, earlier);
        }
    }
}

static SFDFA_SELDOM void walk_unlisted(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, start_t start)
{
    walk_with(core, neuron, start, false);
}

static void walk(sfdfa_mesh_t *core, const sfdfa_mesh_neuron_t *neuron, start_t start)
{
    if (core->run.notes.is_listed) {
        walk_with(core, neuron, start, true);
    } else {
        walk_unlisted(core, neuron, start);
    }
}

void sfdfa_mesh_begin_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    sfdfa_mesh_notes_t *notes = &core->run.notes;
    notes->first_tick = 0;
    notes->is_listed = false;
    if (core->part[layer_index].neurons == 0) {
        return;
    }
    while (notes->first_tick + 1 < core->run.last && count_inputs(core, layer_index, notes->first_tick) == 0) {
        notes->first_tick++;
    }
    notes->is_listed = is_listed(core, layer_index);
    if (notes->is_listed) {
        list_inputs(core, layer_index);
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
