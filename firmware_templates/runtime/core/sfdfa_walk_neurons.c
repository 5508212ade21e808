/*
 * sfdfa_walk_neurons.c: the backward walk of section 8 of docs/ARITHMETIC.md neuron by neuron.
 *
 * A neuron without a remembered spike has nothing to learn and costs nothing. Any other is walked from its last spike to the first input
 * of its layer, with its sums in registers. What every neuron of a layer needs to know of the inputs lies where the membranes were.
 *
 * E is never negative, for u decays no slower than v: all updates of a neuron have the sign of its step. So a walk keeps the size of D and,
 * once, its sign, and a size below one weight unit changes a weight by 1 or, far more often, not at all: by 1 where the dither, or with a
 * positive step its complement, is less than the size. That is one comparison for each input; only weights that change are touched.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT && !SFDFA_WALK_BY_TICKS

#include "sfdfa_bits.h"
#include "cortex_m0/sfdfa_cortex_m0.h"
#include "cortex_m4/sfdfa_cortex_m4.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_rho.h"

/* Of a listed input, the bits below its draw. */
#define ROW_BITS (32 - SFDFA_DITHER_BITS)
#define ROW_MASK ((UINT32_C(1) << ROW_BITS) - 1)

/* D before it is rounded has this many bits too many. */
#define UPDATE_SHIFT (SFDFA_ELIGIBILITY_FRACTION_BITS + 2)

/* What decays on the way. */
typedef struct {
    int32_t u;
    int32_t v;
} sums_t;

/* Around a condition that rarely holds. */
#ifdef __GNUC__
#define SFDFA_RARELY(condition) __builtin_expect((condition), 0)
#else
#define SFDFA_RARELY(condition) (condition)
#endif

/* The words of a layer's spikes at tick t, and how many there are. */
static inline const uint32_t *spike_words(const sfdfa_t *net, sfdfa_layer_table_t *layer, uint8_t t)
{
    return &net->learning.spikes[t][layer->first_spike_word];
}

static inline uint16_t word_count(sfdfa_layer_table_t *layer)
{
    return (uint16_t)((layer->neurons + 31) / 32);
}

#if !SFDFA_CORTEX_M4

/* How many ones there are in some words. */
static inline uint16_t count_ones(const uint32_t *words, uint16_t count)
{
    uint_fast16_t ones = 0;
    for (const uint32_t *end = words + count; words != end; words++) {
        for (uint32_t left = *words; left != 0; left = sfdfa_without_lowest_bit(left)) {
            ones++;
        }
    }
    return (uint16_t)ones;
}

#endif

/* How many inputs a layer had in the sample. */
static uint16_t count_inputs(const sfdfa_t *net, uint8_t layer_index)
{
    return layer_index == 0 ? net->sample.events : net->learning.spike_count[layer_index - 1];
}

/* The first event of tick t. */
static uint16_t first_event(const sfdfa_t *net, uint8_t t)
{
    return t > 0 ? net->learning.tick_end[t - 1] : 0;
}

#if SFDFA_CORTEX_M4

/* How many spikes a layer had in tick t. */
static uint16_t count_spikes(const sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    const sfdfa_learning_t *learning = &net->learning;
    const uint16_t *start = learning->spike_start[layer_index];
    return (uint16_t)((t < SFDFA_TICKS - 1 ? start[t + 1] : learning->spike_count[layer_index]) - start[t]);
}

#else

static uint16_t count_spikes(const sfdfa_t *net, uint8_t layer_index, uint8_t t)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    return count_ones(spike_words(net, layer, t), word_count(layer));
}

#endif

#if SFDFA_LISTED_INPUTS > 0

#if SFDFA_CORTEX_M4
#include "cortex_m4/sfdfa_list_fours.h"
#else
#include "words/sfdfa_list_inputs.h"
#endif
#endif

/* The first tick in which a layer has an input; there must be one. */
static uint8_t find_first_tick(const sfdfa_t *net, uint8_t layer_index)
{
    uint8_t t = 0;
    if (layer_index == 0) {
        while (net->learning.tick_end[t] == 0) {
            t++;
        }
    } else {
        while (count_spikes(net, (uint8_t)(layer_index - 1), t) == 0) {
            t++;
        }
    }
    return t;
}

/* Of each tick, the order of its first spike in the layer. */
static inline void begin_spikes(sfdfa_t *net, uint8_t layer_index)
{
    uint16_t *next = net->scratch.walk.next_spike;
#if SFDFA_CORTEX_M4
    const uint16_t *start = net->learning.spike_start[layer_index];
    SFDFA_UNROLL
    for (uint16_t *end = next + SFDFA_TICKS; next != end; next++) {
        *next = *start++;
    }
#else
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint32_t *words = spike_words(net, layer, 0);
    const uint16_t count = word_count(layer);
    uint_fast16_t spikes = 0;
    for (uint16_t *end = next + SFDFA_TICKS; next != end; next++) {
        *next = (uint16_t)spikes;
        spikes += count_ones(words, count);
        words += SFDFA_SPIKE_WORDS;
    }
#endif
}

void sfdfa_eligibility_begin_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t inputs = count_inputs(net, layer_index);
    begin_spikes(net, layer_index);
    sfdfa_walker_t *walker = &net->learning.walker;
    walker->decay_s = layer->decay_s;
    walker->decay = layer->decay;
    walker->next_spike = walk->next_spike;
    walker->rho = &net->learning.rho[layer->first_rho];
    walker->columns = &net->learned.weights[layer->first_weight];
    walker->last_spikes = spike_words(net, layer, SFDFA_TICKS - 1);
    walker->eligibility_saturations = 0;
    walker->update_saturations = 0;
    walker->first_tick = inputs > 0 ? find_first_tick(net, layer_index) : SFDFA_TICKS;
#if SFDFA_CORTEX_M4
    walker->row = layer->row;
#endif
#if SFDFA_LISTED_INPUTS > 0
    walker->input_end = walk->input_end;
    walk->listed = inputs <= SFDFA_LISTED_INPUTS;
    if (walk->listed) {
        list_inputs(net, layer_index);
    }
#endif
}

/* The size of D, before its limit. */
static inline uint32_t update_size(const sfdfa_walker_t *walker, sums_t sums, uint32_t *eligibility_saturations)
{
    const int32_t eligibility = sfdfa_clamp_counted(sums.v - sums.u, -1, INT16_MAX, eligibility_saturations);
    return (walker->step_size * (uint32_t)eligibility + walker->rounding) >> UPDATE_SHIFT;
}

/* The size of D. */
static inline uint32_t limit_size(uint32_t size, int32_t sign, uint32_t *saturations)
{
    return (uint32_t)sfdfa_clamp_counted((int32_t)size, -1, SFDFA_UPDATE_MAX - sign, saturations);
}

/* u and v one tick earlier; `half` is 2^11, and lies in a register. */
static inline sums_t decay_sums(sums_t sums, int32_t decay_s, int32_t decay, int32_t half)
{
    sums.u -= sfdfa_floor_shift(sums.u * decay_s + half, 12);
    sums.v -= sfdfa_floor_shift(sums.v * decay + half, 12);
    return sums;
}

static inline sums_t add_gamma(sums_t sums, int32_t gamma)
{
    sums.u += gamma;
    sums.v += gamma;
    return sums;
}

/*
 * The order of the neuron's spike at tick t in its layer. Spikes were remembered in the order of ticks and then of neurons, and the neurons
 * of a layer come in their order: at each tick the next spike that none of them has met is this one's.
 */
static inline uint16_t take_spike(const sfdfa_walker_t *walker, uint8_t t)
{
    return walker->next_spike[t]++;
}

/* The part of gamma that is rho's alone. */
static inline int32_t own_gamma(sfdfa_rho_t rho)
{
    return sfdfa_rescale(rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS);
}

/*
 * gamma of a spike that the neuron meets at tick t of its way. All of these were remembered, since they are earlier than one that was.
 */
static SFDFA_SELDOM int32_t meet_spike(sfdfa_walker_t *walker, uint8_t t)
{
    const sfdfa_rho_t rho = walker->rho[take_spike(walker, t)];
    int32_t s = walker->s;
    for (uint8_t later = walker->tick; later != t; later--) {
        s = sfdfa_decay(s, walker->decay);
    }
    const int32_t gamma = own_gamma(rho) + sfdfa_round_shift((int32_t)rho * s, 8);
    walker->s = sfdfa_saturate(s + gamma, INT16_MAX, &walker->eligibility_saturations);
    walker->tick = t;
    return gamma;
}

#if SFDFA_LISTED_INPUTS > 0

#if SFDFA_CORTEX_M0

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    (void)layer;
    (void)place;
    sfdfa_m0_walk(walker, gamma);
}

#elif SFDFA_CORTEX_M4

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    (void)layer;
    (void)place;
    sfdfa_m4_walk(walker, gamma);
}

#else

/* Of D, before its limit. */
#if SFDFA_EXACT_GRADIENT
typedef uint32_t size_of_update_t;
#else
typedef uint16_t size_of_update_t; /* 2^15 times 2^15 over 2^14 */
#endif

/* Walk down from a spike, and note the size of D of each tick, 0 where there is no input. */
static inline void note_sizes(sfdfa_walker_t *walker, sums_t sums, size_of_update_t *size)
{
    const uint32_t *const *input_end = &walker->input_end[walker->tick];
    const uint32_t *input = input_end[1];
    const uint32_t *spikes = walker->spikes;
    const uint32_t bit = walker->bit;
    const int32_t decay_s = walker->decay_s;
    const int32_t decay = walker->decay;
    const int32_t half = (int32_t)sfdfa_opaque(UINT32_C(1) << 11);
    uint32_t saturations = 0;
    uint_fast8_t t = walker->tick;
    for (;;) {
        const uint32_t *end = *input_end--;
        *size++ = end != input ? (size_of_update_t)update_size(walker, sums, &saturations) : 0;
        input = end;
        if (t == walker->first_tick) {
            break;
        }
        t--;
        spikes -= SFDFA_SPIKE_WORDS;
        sums = decay_sums(sums, decay_s, decay, half);
        if ((*spikes & bit) != 0) {
            sums = add_gamma(sums, meet_spike(walker, (uint8_t)t));
        }
    }
    walker->eligibility_saturations += saturations;
}

/* The weights of a neuron. */
typedef struct {
    sfdfa_weight_t *weight; /* the cell of the one in the first row, */
    uint8_t place;          /* and its place there */
    uint8_t dither_bits;
    uint8_t draw_shift; /* the draw of an input begins at the bit after this one */
    uint32_t mask;
    int32_t sign;
} column_t;

/* Change the weights of some inputs by a D whose size is below one weight unit. */
static SFDFA_OWN_LOOP void update_by_one(const column_t *column, uint32_t size, const uint32_t *input, const uint32_t *end)
{
    const uint32_t threshold = size << column->draw_shift << 1;
    SFDFA_UNROLL
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ column->mask;
        if (SFDFA_RARELY(dithered < threshold)) {
            sfdfa_change_weight(&column->weight[dithered & ROW_MASK], column->place, 1 + 2 * column->sign);
        }
    }
}

/* The same for any other D. */
static SFDFA_OWN_LOOP void update_by_more(const column_t *column, uint32_t size, const uint32_t *input, const uint32_t *end)
{
    const uint32_t threshold = size << column->draw_shift << 1;
    const int32_t units = (int32_t)(size >> column->dither_bits);
    for (; input != end; input++) {
        const uint32_t dithered = *input ^ column->mask;
        const int32_t change = units + (int32_t)sfdfa_is_below(dithered, threshold);
        sfdfa_change_weight(&column->weight[dithered & ROW_MASK], column->place, (change ^ column->sign) - column->sign);
    }
}

/* Change the weights of the inputs of one tick by a D of this size, before its limit. */
static SFDFA_OWN_LOOP void update_tick(sfdfa_walker_t *walker, const column_t *column, uint32_t size, const uint32_t *input, const uint32_t *end)
{
    if (size >> column->dither_bits != 0) {
        update_by_more(column, limit_size(size, column->sign, &walker->update_saturations), input, end);
    } else if (size != 0) {
        update_by_one(column, size, input, end);
    }
}

/* Change the weights of all inputs, from those of a tick down to those of the first. */
static inline void update_column(sfdfa_walker_t *walker, const column_t *column, const uint32_t *const *input_end, uint_fast8_t ticks,
                                 const size_of_update_t *size)
{
    const uint32_t *input = input_end[1];
    for (; ticks > 0; ticks--) {
        const uint32_t *end = *input_end--;
        update_tick(walker, column, *size++, input, end);
        input = end;
    }
}

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    size_of_update_t size[SFDFA_TICKS];
    const uint32_t *const *input_end = &walker->input_end[walker->tick];
    const uint_fast8_t ticks = (uint_fast8_t)(walker->tick + 1 - walker->first_tick);
    const column_t column = {
        .weight = walker->column,
        .place = place,
        .dither_bits = layer->dither_bits,
        .draw_shift = (uint8_t)(31 - layer->dither_bits),
        .mask = walker->mask,
        .sign = walker->sign,
    };
    note_sizes(walker, (sums_t){gamma, gamma}, size);
    update_column(walker, &column, input_end, ticks, size);
}

#endif
#endif

#include "sfdfa_walk_unlisted.h"

/* Go down to the last remembered spike of at least one. Returns whether any was remembered, and its factor. */
static inline bool find_last_spike(sfdfa_walker_t *walker, uint8_t spikes, uint16_t capacity, sfdfa_rho_t *rho)
{
    const uint32_t *words = walker->spikes;
    const uint32_t bit = walker->bit;
    uint32_t t = walker->tick;
    for (;; words -= SFDFA_SPIKE_WORDS, t--) {
        if ((*words & bit) == 0) {
            continue;
        }
        t = sfdfa_opaque(t); /* else the compiler also keeps what depends on it from tick to tick */
        walker->tick = (uint8_t)t;
        const uint16_t order = take_spike(walker, walker->tick);
        spikes--;
        if (order < capacity) {
            *rho = walker->rho[order];
            walker->spikes = words;
            walker->spikes_left = spikes;
            return true;
        }
        if (spikes == 0) {
            return false;
        }
    }
}

/* After the last tick. */
static inline void begin_walk(sfdfa_walker_t *walker, uint16_t i, int16_t step)
{
    const int32_t sign = sfdfa_sign_mask(step);
    walker->spikes = &walker->last_spikes[i / 32];
    walker->bit = UINT32_C(1) << (i % 32);
    walker->tick = SFDFA_TICKS - 1;
    walker->spikes_left = 0;
    walker->sign = sign;
    walker->step_size = (uint32_t)((step ^ sign) - sign);
    walker->rounding = (UINT32_C(1) << (UPDATE_SHIFT - 1)) + (uint32_t)sign;
}

/* Find the spike from which the walk of a neuron begins. Returns whether there is one, and its factor. */
static inline bool find_start(sfdfa_t *net, uint8_t layer_index, uint16_t i, sfdfa_walker_t *walker, sfdfa_rho_t *rho)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
#if !SFDFA_INTEGRATES
    if (layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, i)) {
        walker->tick = net->learning.record[i].tick;
        walker->spikes -= (SFDFA_TICKS - 1 - walker->tick) * SFDFA_SPIKE_WORDS;
        *rho = sfdfa_virtual_rho(layer->threshold, net->learning.record[i].current);
        return walker->tick >= walker->first_tick;
    }
#else
    (void)layer_index;
#endif
    return find_last_spike(walker, net->sample.counts[layer->first_neuron + i], layer->spike_capacity, rho);
}

void sfdfa_eligibility_learn(sfdfa_t *net, uint8_t layer_index, uint16_t i, int16_t step, uint16_t draw)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    sfdfa_walker_t *walker = &net->learning.walker;
    sfdfa_rho_t rho;
    begin_walk(walker, i, step);
    if (!find_start(net, layer_index, i, walker, &rho)) {
        return;
    }
    const int32_t gamma = own_gamma(rho); /* s has been 0 */
    walker->s = gamma;
#if SFDFA_LISTED_INPUTS > 0
    if (net->scratch.walk.listed) {
        walker->column = &walker->columns[SFDFA_CELL(i)];
#if SFDFA_CORTEX_M4
        walker->mask = ((draw ^ ~(uint32_t)walker->sign) & 0xFF) * UINT32_C(0x01010101); /* in each byte */
#else
        walker->mask = (draw ^ ~(uint32_t)walker->sign) << (31 - layer->dither_bits) << 1;
#endif
        walk_listed(layer, SFDFA_PLACE_IN_CELL(i), walker, gamma);
    } else
#endif
    {
        const neuron_t neuron = {.layer = layer, .layer_index = layer_index, .number = i, .draw = draw};
        walk_unlisted(net, &neuron, walker, gamma);
    }
}

void sfdfa_eligibility_end_layer(sfdfa_t *net, uint8_t layer_index)
{
    net->saturations.eligibility += net->learning.walker.eligibility_saturations;
    net->saturations.update += net->learning.walker.update_saturations;
    (void)layer_index;
}

#endif
