/*
 * sfdfa_list_fours.h: the inputs of a layer as sfdfa_cortex_m4_walk.S wants them, from the last tick to the first. Included by
 * sfdfa_walk_neurons.c.
 *
 * They come by fours: a word with a byte of each one's draw, the first in the lowest, then their numbers. The first four of a tick may be fewer; a
 * word in front of them has bits 7, 15, 23 and 31 for those that there are.
 */
#ifndef SFDFA_LIST_FOURS_H
#define SFDFA_LIST_FOURS_H

#define FOUR_BYTES 12

typedef uint16_t __attribute__((may_alias)) half_t;

/* A list as it grows. */
typedef struct {
    uint8_t *four; /* which is being filled */
    uint32_t tick_key;
    uint32_t place; /* of the next input in it, */
    uint32_t size;  /* of so many */
} listing_t;

/* Begin a tick that has inputs. */
static inline void list_tick(listing_t *list, uint32_t inputs, uint32_t tick_key)
{
    const uint32_t missing = (0 - inputs) % 4;
    *(uint32_t *)(void *)list->four = UINT32_C(0x80808080) >> (8 * missing);
    list->four += 4;
    list->place = 0;
    list->size = 4 - missing;
    list->tick_key = tick_key;
}

static inline void list_input(listing_t *list, uint32_t input)
{
    half_t *numbers = (half_t *)(void *)&list->four[4];
    list->four[list->place] = (uint8_t)sfdfa_mix(list->tick_key ^ input);
    numbers[list->place] = (half_t)input;
    if (++list->place == list->size) {
        list->four += FOUR_BYTES;
        list->place = 0;
        list->size = 4;
    }
}

static inline const uint32_t *list_end(const listing_t *list)
{
    return (const uint32_t *)(const void *)list->four;
}

/* Those of the first layer. `input_end` is past what is to be written for each tick. */
static inline void list_events(const sfdfa_t *net, listing_t *list, const uint32_t **input_end)
{
    const sfdfa_index_t *end = &net->sample.event[net->sample.events];
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const sfdfa_index_t *first = &net->sample.event[first_event(net, t)];
        if (first != end) {
            list_tick(list, (uint32_t)(end - first), sfdfa_tick_key(net->learning.sample_key, 0, t));
            for (const sfdfa_index_t *event = first; event != end; event++) {
                list_input(list, *event);
            }
        }
        end = first;
        *--input_end = list_end(list);
    }
}

/* Those of any other layer, the spikes of the one before it. */
static inline void list_spiking(const sfdfa_t *net, uint8_t layer_index, listing_t *list, const uint32_t **input_end)
{
    sfdfa_layer_table_t *before = &sfdfa_layers[layer_index - 1];
    const uint16_t *start = net->learning.spike_start[layer_index - 1];
    const uint32_t *words = spike_words(net, before, SFDFA_TICKS - 1);
    const uint32_t neurons = before->neurons;
    uint16_t end = net->learning.spike_count[layer_index - 1];
    for (uint8_t t = SFDFA_TICKS; t-- > 0;) {
        const uint16_t first = start[t];
        if (first != end) {
            list_tick(list, (uint32_t)(end - first), sfdfa_tick_key(net->learning.sample_key, layer_index, t));
            const uint32_t *word = words;
            for (uint32_t neuron = 0; neuron < neurons; neuron += 32) {
                for (uint32_t left = *word++; left != 0; left = sfdfa_without_lowest_bit(left)) {
                    list_input(list, neuron + sfdfa_lowest_bit(left));
                }
            }
        }
        words -= SFDFA_SPIKE_WORDS;
        end = first;
        *--input_end = list_end(list);
    }
}

static inline void list_inputs(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_walk_t *walk = &net->scratch.walk;
    listing_t list = {.four = (uint8_t *)walk->input};
    const uint32_t **last = &walk->input_end[SFDFA_TICKS];
    *last = list_end(&list);
    if (layer_index == 0) {
        list_events(net, &list, last);
    } else {
        list_spiking(net, layer_index, &list, last);
    }
}

#endif
