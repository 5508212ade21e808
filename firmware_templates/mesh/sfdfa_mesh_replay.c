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
    if (tick >= run->next_tick[layer_index]) {
        return 0;
    }
    const uint16_t *first = run->notes.first_spike[layer_index];
    const uint16_t end = tick + 1 < run->next_tick[layer_index] ? first[tick + 1] : run->spikes[layer_index];
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

/* What is done with each input of a tick. */
typedef struct {
    uint32_t *put;
    uint32_t tick_key;
    uint32_t row;
    uint8_t draw_shift; /* the draw of an input begins at the bit after this one */
} listing_t;

static inline void list_input(listing_t *list, uint32_t input)
{
    const uint32_t draw = sfdfa_mix(list->tick_key ^ input);
    *list->put++ = (draw << list->draw_shift << 1) | input * list->row;
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

/* A neuron on its way. E is never negative, for u decays no slower than v: all its updates have the sign of its step. */
typedef struct {
    const sfdfa_mesh_neuron_t *neuron;
    sfdfa_weight_t *weights; /* of its core in the layer */
    int32_t u;
    int32_t v;
    int32_t s; /* at the last spike that it met, */
    uint8_t tick; /* which was in this one */
    uint16_t earlier; /* the spike before it */
    int32_t sign; /* of the step, -1 or 0 */
    uint32_t step_size;
    uint32_t rounding; /* so that an update is rounded half up */
    uint32_t mask; /* makes of the draw of an input its dither or, for a positive step, the dither's complement */
    uint32_t row_mask;
    uint8_t dither_bits;
    uint8_t draw_shift;
} walker_t;

#define UPDATE_SHIFT (SFDFA_ELIGIBILITY_FRACTION_BITS + 2)

static void begin_walk(sfdfa_mesh_t *core, walker_t *walker, const sfdfa_mesh_neuron_t *neuron)
{
    const uint8_t bits = sfdfa_layers[neuron->layer_index].dither_bits;
    const int32_t sign = sfdfa_sign_mask(neuron->step);
    walker->neuron = neuron;
    walker->weights = &core->learned.weights[core->part[neuron->layer_index].first_weight];
    walker->u = 0;
    walker->v = 0;
    walker->s = 0;
    walker->sign = sign;
    walker->step_size = (uint32_t)((neuron->step ^ sign) - sign);
    walker->rounding = (UINT32_C(1) << (UPDATE_SHIFT - 1)) + (uint32_t)sign;
    walker->dither_bits = bits;
    walker->draw_shift = (uint8_t)(31 - bits);
    walker->mask = (neuron->draw ^ ~(uint32_t)sign) << walker->draw_shift << 1;
    walker->row_mask = (UINT32_C(1) << walker->draw_shift << 1) - 1;
}

/* A spike of the neuron, or its virtual one. */
static void meet_spike(sfdfa_mesh_t *core, walker_t *walker, uint8_t tick, sfdfa_rho_t rho)
{
    int32_t s = walker->s;
    for (uint8_t t = walker->tick; t > tick && s != 0; t--) {
        s = sfdfa_decay(s, sfdfa_layers[walker->neuron->layer_index].decay);
    }
    const int32_t gamma =
        sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS) + sfdfa_round_shift((int32_t)rho * s, 8);
    walker->u += gamma;
    walker->v += gamma;
    walker->s = sfdfa_saturate(s + gamma, INT16_MAX, &core->saturations.eligibility);
    walker->tick = tick;
}

/* The size of D. */
static inline uint32_t update_size(sfdfa_mesh_t *core, const walker_t *walker)
{
    sfdfa_saturations_t *saturations = &core->saturations;
    const int32_t eligibility = sfdfa_clamp_counted(walker->v - walker->u, -1, INT16_MAX, &saturations->eligibility);
    const uint32_t exact = (walker->step_size * (uint32_t)eligibility + walker->rounding) >> UPDATE_SHIFT;
    const int32_t limited =
        sfdfa_clamp_counted((int32_t)exact, -1, SFDFA_UPDATE_MAX - walker->sign, &saturations->update);
    return (uint32_t)limited;
}

static inline void change_by(const walker_t *walker, uint32_t row, uint32_t change)
{
    sfdfa_change_weight(&walker->weights[row], walker->neuron->number, ((int32_t)change ^ walker->sign) - walker->sign);
}

/*
 * Change the weights of listed inputs. Of an update's size the part below a weight's unit decides, against the dither,
 * whether a weight changes by one unit more: mostly not, and then by nothing.
 */
static void update_listed(const walker_t *walker, uint32_t size, const uint32_t *input, const uint32_t *end)
{
    const uint32_t units = size >> walker->dither_bits;
    const uint32_t threshold = size << walker->draw_shift << 1;
    const uint32_t mask = walker->mask;
    if (units == 0) {
        for (; input != end; input++) {
            const uint32_t dithered = *input ^ mask;
            if (SFDFA_RARELY(dithered < threshold)) {
                change_by(walker, dithered & walker->row_mask, 1);
            }
        }
        return;
    }
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ mask;
        change_by(walker, dithered & walker->row_mask, units + (dithered < threshold));
    }
}

/* The same for one input, drawing its dither. */
static void update_drawn(sfdfa_mesh_t *core, const walker_t *walker, uint32_t size, uint8_t tick, uint16_t input)
{
    const sfdfa_mesh_neuron_t *neuron = walker->neuron;
    const uint32_t draw = sfdfa_event_draw(core->sample_key, neuron->layer_index, tick, input);
    const uint32_t dither = (draw ^ neuron->draw) & sfdfa_mask(walker->dither_bits);
    const int32_t update = ((int32_t)size ^ walker->sign) - walker->sign;
    sfdfa_weight_t *row = &walker->weights[(uint32_t)input * core->part[neuron->layer_index].row];
    sfdfa_change_weight(row, neuron->number, sfdfa_floor_shift(update + (int32_t)dither, walker->dither_bits));
}

static void update_unlisted(sfdfa_mesh_t *core, const walker_t *walker, uint32_t size, uint8_t tick)
{
#if SFDFA_MESH_PASSES
    const uint8_t layer_index = walker->neuron->layer_index;
    if (layer_index > 0) {
        const uint32_t *words = &core->store.input[sfdfa_mesh_slot(tick)][core->part[layer_index].first_word];
        for (uint32_t first = 0; first < sfdfa_layers[layer_index].inputs; first += 32) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                update_drawn(core, walker, size, tick, (uint16_t)(first + sfdfa_lowest_bit(left)));
            }
        }
        return;
    }
#endif
    const sfdfa_mesh_inputs_t events = sfdfa_mesh_events(core, tick);
    for (uint16_t k = 0; k < events.count; k++) {
        update_drawn(core, walker, size, tick, events.index[k]);
    }
}

/* Where the inputs of a tick begin in the list. */
static inline const uint32_t *listed_from(const sfdfa_mesh_t *core, uint8_t tick)
{
    return &core->scratch.listed[tick + 1 < core->run.last ? core->scratch.listed_end[tick + 1] : 0];
}

/* Section 8, from a neuron's last spike, or its virtual one, which it has met, down to the first tick with an input. */
static void walk(sfdfa_mesh_t *core, walker_t *walker)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[walker->neuron->layer_index];
    const sfdfa_mesh_spike_t *spike = core->run.notes.spike;
    const int32_t decay_s = layer->decay_s, decay = layer->decay;
    const uint8_t first_tick = core->run.notes.first_tick;
    const bool is_listed = core->run.notes.is_listed;
    const uint32_t *input = is_listed ? listed_from(core, walker->tick) : NULL;
    for (uint8_t tick = walker->tick;; tick--) {
        if (is_listed) {
            const uint32_t *end = &core->scratch.listed[core->scratch.listed_end[tick]];
            if (input != end) {
                update_listed(walker, update_size(core, walker), input, end);
                input = end;
            }
        } else if (count_inputs(core, walker->neuron->layer_index, tick) > 0) {
            update_unlisted(core, walker, update_size(core, walker), tick);
        }
        if (tick <= first_tick) {
            return;
        }
        walker->u = sfdfa_decay(walker->u, decay_s);
        walker->v = sfdfa_decay(walker->v, decay);
        if (walker->earlier != SFDFA_MESH_NO_SPIKE && spike[walker->earlier].tick == tick - 1) {
            const sfdfa_mesh_spike_t *met = &spike[walker->earlier];
            meet_spike(core, walker, met->tick, met->rho);
            walker->earlier = met->previous;
        }
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
    walker_t walker;
    begin_walk(core, &walker, neuron);
    if (neuron->is_virtual) {
        const sfdfa_record_t *record = &core->run.record[neuron->number];
        walker.tick = record->tick;
        walker.earlier = SFDFA_MESH_NO_SPIKE;
        meet_spike(core, &walker, record->tick,
                   sfdfa_virtual_rho(sfdfa_layers[neuron->layer_index].threshold, record->current));
        walk(core, &walker);
        return;
    }
    const uint16_t last_spike = core->run.notes.last_spike[neuron_place(core, neuron)];
    const uint16_t place = skip_forgotten(core, neuron->layer_index, last_spike);
    if (place != SFDFA_MESH_NO_SPIKE) {
        const sfdfa_mesh_spike_t *last = &core->run.notes.spike[place];
        walker.tick = last->tick;
        walker.earlier = last->previous;
        meet_spike(core, &walker, last->tick, last->rho);
        walk(core, &walker);
    }
}

void sfdfa_mesh_end_layer(sfdfa_mesh_t *core, uint8_t layer_index)
{
    (void)core, (void)layer_index;
}
