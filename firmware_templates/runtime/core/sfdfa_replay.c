/*
 * sfdfa_replay.c: eligibility without any state per synapse, section 8 of docs/ARITHMETIC.md.
 *
 * While the sample runs, each spike leaves one bit and its factor rho or, where there are vectors, its neuron, tick and current in lists.
 * Afterwards the ticks are walked backwards with three decaying sums per neuron, and each input event meets the update that its tick calls
 * for: neuron by neuron in sfdfa_walk_neurons.c, or tick by tick, where there are vectors, in sfdfa_walk_ticks.c.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS && !SFDFA_TRACES && !SFDFA_COMPACT

#include "cortex_m0/sfdfa_cortex_m0.h"
#include "sfdfa_rho.h"

void sfdfa_eligibility_begin(sfdfa_t *net)
{
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        net->learning.spike_count[l] = 0;
    }
#if !SFDFA_WALK_BY_TICKS
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (uint16_t word = 0; word < SFDFA_SPIKE_WORDS; word++) {
            net->learning.spikes[t][word] = 0;
        }
    }
#endif
}

#if SFDFA_WALK_BY_TICKS

/* Note the tick of `count` events or spikes, by whole vectors. */
static inline void note_tick(uint8_t *put, uint16_t count, uint8_t tick)
{
    for (uint_fast16_t first = 0; first < count; first += SFDFA_VECTOR_LANES) {
        for (uint_fast16_t k = 0; k < SFDFA_VECTOR_LANES; k++) {
            put[first + k] = tick;
        }
    }
}

/* For the walk, which wants to find the spikes of a tick at once, and the tick of each event. */
void sfdfa_eligibility_inputs(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t inputs)
{
    const uint8_t tick = net->sample.tick;
    if (layer_index == 0) {
        note_tick(&net->learning.event_tick[net->sample.tick_start], inputs.count, tick);
    }
    net->learning.spike_start[layer_index][tick] = net->learning.spike_count[layer_index];
}

/* Note their ticks, and how many find no room. Neurons and currents lie where sfdfa_spike_list put them; rho is for later. */
static inline void note_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes, uint16_t count,
                               uint16_t order)
{
    const int32_t room = (int32_t)layer->spike_capacity - order;
    note_tick(&net->learning.spike_tick[spikes - net->learning.spiking], count, net->sample.tick);
    net->saturations.spikes += (uint32_t)(count - sfdfa_clamp(room, 0, count));
}

#elif SFDFA_CORTEX_M0 && !SFDFA_EXACT_GRADIENT

static inline void note_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes, uint16_t count,
                               uint16_t order)
{
    sfdfa_rho_t *rho = &net->learning.rho[layer->first_rho];
    const sfdfa_m0_spikes_t kernel = {
        .spike = spikes,
        .current = net->scratch.membranes.current,
        .words = &net->learning.spikes[net->sample.tick][layer->first_spike_word],
        .rho = &rho[order],
        .end = &spikes[count],
        .threshold = layer->threshold,
        .rho_end = &rho[layer->spike_capacity],
        .forgotten = &net->saturations.spikes,
    };
    sfdfa_m0_remember(&kernel);
}

#else

static inline void note_neurons(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes, uint16_t count)
{
    uint32_t *words = &net->learning.spikes[net->sample.tick][layer->first_spike_word];
    for (const sfdfa_index_t *end = &spikes[count]; spikes != end; spikes++) {
        words[*spikes / 32] |= UINT32_C(1) << (*spikes % 32);
    }
}

/* Note which neurons have spiked, and rho where there is room for it; that of the others goes to a place of its own. */
static inline void note_spikes(sfdfa_t *net, sfdfa_layer_table_t *layer, const sfdfa_index_t *spikes, uint16_t count,
                               uint16_t order)
{
    note_neurons(net, layer, spikes, count);
    const int32_t room = (int32_t)layer->spike_capacity - order;
    const int32_t *current = net->scratch.membranes.current;
    const int32_t *const end = &current[count];
    const int32_t threshold = layer->threshold;
    int32_t place = (int32_t)layer->first_rho + order;
    const int32_t past = place + room; /* the first place behind the layer's */
    for (; current != end; place++) {
        const int32_t is_past = ~sfdfa_sign_mask(place - past);
        net->learning.rho[place + ((SFDFA_SPIKE_CAPACITY - place) & is_past)] = sfdfa_spike_rho(threshold, *current++);
    }
    net->saturations.spikes += (uint32_t)(count - sfdfa_clamp(room, 0, count));
}

#endif

void sfdfa_eligibility_spikes(sfdfa_t *net, uint8_t layer_index, const sfdfa_index_t *spikes, uint16_t count)
{
    const uint16_t order = net->learning.spike_count[layer_index];
    net->learning.spike_count[layer_index] = (uint16_t)(order + count);
    note_spikes(net, &sfdfa_layers[layer_index], spikes, count, order);
}

#endif
