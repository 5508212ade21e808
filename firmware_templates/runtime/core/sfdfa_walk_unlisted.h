/*
 * sfdfa_walk_unlisted.h: the way of a neuron in a layer with more inputs than there is room to list, which draws each dither anew. Included by
 * sfdfa_walk_neurons.c.
 */
#ifndef SFDFA_WALK_UNLISTED_H
#define SFDFA_WALK_UNLISTED_H

/* D of a tick with inputs. */
static inline int32_t compute_update(sfdfa_walker_t *walker, sums_t sums)
{
    const uint32_t exact = update_size(walker, sums, &walker->eligibility_saturations);
    const int32_t size = (int32_t)limit_size(exact, walker->sign, &walker->update_saturations);
    return (size ^ walker->sign) - walker->sign;
}

/* A neuron of which the inputs are not listed. */
typedef struct {
    sfdfa_layer_table_t *layer;
    uint8_t layer_index;
    uint16_t number; /* in its layer */
    uint16_t draw;   /* for the dither */
} neuron_t;

/* Change the weight of one input, drawing its dither anew. */
static void update_weight(sfdfa_t *net, const neuron_t *neuron, int32_t update, uint8_t t, uint16_t input)
{
    sfdfa_layer_table_t *layer = neuron->layer;
    const uint32_t event_draw = sfdfa_event_draw(net->learning.sample_key, neuron->layer_index, t, input);
    const int32_t dither = (int32_t)((event_draw ^ neuron->draw) & sfdfa_mask(layer->dither_bits));
    sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)input * layer->row];
    sfdfa_change_weight(row, neuron->number, sfdfa_floor_shift(update + dither, layer->dither_bits));
}

static void update_events(sfdfa_t *net, const neuron_t *neuron, sfdfa_walker_t *walker, sums_t sums, uint8_t t)
{
    const uint16_t first = first_event(net, t);
    const uint16_t end = net->learning.tick_end[t];
    if (end > first) {
        const int32_t update = compute_update(walker, sums);
        for (uint16_t k = first; k < end; k++) {
            update_weight(net, neuron, update, t, net->sample.event[k]);
        }
    }
}

static void update_spikes(sfdfa_t *net, const neuron_t *neuron, sfdfa_walker_t *walker, sums_t sums, uint8_t t)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[neuron->layer_index - 1];
    const uint32_t *words = spike_words(net, before, t);
    if (count_spikes(net, (uint8_t)(neuron->layer_index - 1), t) > 0) {
        const int32_t update = compute_update(walker, sums);
        for (uint16_t first = 0; first < before->neurons; first = (uint16_t)(first + 32)) {
            for (uint32_t left = *words++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                update_weight(net, neuron, update, t, (uint16_t)(first + sfdfa_lowest_bit(left)));
            }
        }
    }
}

static SFDFA_SELDOM void walk_unlisted(sfdfa_t *net, const neuron_t *neuron, sfdfa_walker_t *walker, int32_t gamma)
{
    const uint32_t *spikes = walker->spikes;
    sums_t sums = {gamma, gamma};
    uint8_t t = walker->tick;
    for (;;) {
        if (neuron->layer_index == 0) {
            update_events(net, neuron, walker, sums, t);
        } else {
            update_spikes(net, neuron, walker, sums, t);
        }
        if (t == walker->first_tick) {
            break;
        }
        t--;
        spikes -= SFDFA_SPIKE_WORDS;
        sums = decay_sums(sums, walker->decay_s, walker->decay, 1 << 11);
        if ((*spikes & walker->bit) != 0) {
            sums = add_gamma(sums, meet_spike(walker, t));
        }
    }
}

#endif
