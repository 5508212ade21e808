/*
 * sfdfa_state.c: the learned state, as it starts, as it is read and written, and its CRC: sections 3, 10 and 12 of
 * docs/ARITHMETIC.md.
 */
#include "sfdfa_crc.h"
#include "sfdfa_internal.h"
#include "sfdfa_kernels.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the state is read and written as it lies in memory, which must be little-endian"
#endif

#if SFDFA_LEARNS

/* Feedback and means as they start. There is no table of nothing, and an unoptimised build would ask for it. */
static void init_learned(sfdfa_learned_t *learned)
{
    (void)learned; /* which may have nothing of it */
#if SFDFA_FEEDBACK_CELLS > 0
    for (uint32_t i = 0; i < SFDFA_FEEDBACK_CELLS; i++) {
        learned->feedback[i] = sfdfa_initial_feedback[i];
    }
#endif
#if SFDFA_MEAN_DELTAS > 0
    for (uint16_t i = 0; i != SFDFA_MEAN_DELTAS; i++) {
        learned->mean_delta[i] = SFDFA_STARTS_LEARNED ? sfdfa_initial_mean_delta[i] : INT32_C(4) << 16;
    }
#endif
#if SFDFA_HIDDEN > 0
    for (uint16_t i = 0; i != SFDFA_HIDDEN; i++) {
        learned->mean_rate[i] = SFDFA_STARTS_LEARNED ? sfdfa_initial_mean_rate[i] : SFDFA_RATE_TARGET;
    }
#endif
}

#endif

int SFDFA_CHECKED_INIT(sfdfa_t *net, size_t size)
{
    if (size != sizeof(sfdfa_t)) {
        return SFDFA_ERROR_LAYOUT;
    }
    for (uint32_t i = 0; i < SFDFA_WEIGHT_CELLS; i++) {
        net->learned.weights[i] = (sfdfa_weight_t)(sfdfa_initial_weights[i] ^ SFDFA_CELL_FLIP);
    }
#if SFDFA_LEARNS
    init_learned(&net->learned);
#endif
    net->learned.samples = SFDFA_INITIAL_SAMPLES;
    net->learned.rate_scale = SFDFA_INITIAL_RATE_SCALE;
#if SFDFA_ASK_DOWN > 0
    net->learned.ask_bound = SFDFA_INITIAL_ASK_BOUND;
#endif
#if SFDFA_RING_SLOTS > 0
    net->learned.stored = SFDFA_INITIAL_STORED;
    for (uint32_t k = 0; k < sizeof net->learned.ring; k++) {
        net->learned.ring[k] = SFDFA_STARTS_LEARNED ? sfdfa_initial_ring[k] : 0;
    }
#endif
#if SFDFA_AXES > 0
    sfdfa_listen(net);
#endif
    net->saturations = (sfdfa_saturations_t){0};
    net->accepted = true;
    sfdfa_close_sample(&net->sample);
    return SFDFA_OK;
}

int sfdfa_set_rate_scale(sfdfa_t *net, uint16_t rate_scale)
{
    if (rate_scale > SFDFA_RATE_SCALE_ONE) {
        return SFDFA_ERROR_RANGE;
    }
    net->learned.rate_scale = rate_scale;
    return SFDFA_OK;
}

#define SFDFA_WEIGHT_BYTES (SFDFA_WEIGHT_CELLS * sizeof(sfdfa_weight_t)) /* without the margin */

/* A stretch of sfdfa_learned_t. */
typedef struct {
    uint32_t position; /* bytes from the beginning of sfdfa_learned_t */
    uint32_t size; /* bytes */
} region_t;

#define REGION(member) {offsetof(sfdfa_learned_t, member), sizeof((sfdfa_learned_t *)0)->member}

/* In the order of section 12. */
static const
    SFDFA_FLASH region_t regions[] = {REGION(samples),
                                      REGION(rate_scale),
                                      {offsetof(sfdfa_learned_t, weights), SFDFA_WEIGHT_BYTES},
#if SFDFA_LEARNS
                                      {offsetof(sfdfa_learned_t, feedback), SFDFA_FEEDBACK_CELLS},
                                      {offsetof(sfdfa_learned_t, mean_delta), SFDFA_MEAN_DELTAS * sizeof(int32_t)},
                                      {offsetof(sfdfa_learned_t, mean_rate), SFDFA_HIDDEN * sizeof(uint16_t)},
#endif
                                      SFDFA_REGIONS_OF_QUESTIONS SFDFA_REGIONS_OF_RING};

#define REGIONS (sizeof regions / sizeof regions[0])

/* Where byte `offset` of the state lies in sfdfa_learned_t; `offset` is below SFDFA_STATE_BYTES. */
static uint32_t state_position(uint32_t offset)
{
    for (uint8_t r = 0; r < REGIONS; r++) {
        if (offset < regions[r].size) {
            return regions[r].position + offset;
        }
        offset -= regions[r].size;
    }
    return 0;
}

/* What is exclusive or with the byte there. */
static uint8_t byte_flip(uint32_t position)
{
    const bool is_weight = position - offsetof(sfdfa_learned_t, weights) < SFDFA_WEIGHT_BYTES;
    return (uint8_t)(is_weight ? SFDFA_CELL_FLIP : 0);
}

static bool is_inside_state(uint32_t offset, uint32_t size)
{
    return offset <= SFDFA_STATE_BYTES && size <= SFDFA_STATE_BYTES - offset;
}

int sfdfa_state_read(const sfdfa_t *net, uint32_t offset, uint8_t *bytes, uint32_t size)
{
    if (!is_inside_state(offset, size)) {
        return SFDFA_ERROR_RANGE;
    }
    const uint8_t *learned = (const uint8_t *)&net->learned;
    for (uint32_t k = 0; k < size; k++) {
        const uint32_t position = state_position(offset + k);
        bytes[k] = learned[position] ^ byte_flip(position);
    }
    return SFDFA_OK;
}

int sfdfa_state_write(sfdfa_t *net, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    if (!is_inside_state(offset, size)) {
        return SFDFA_ERROR_RANGE;
    }
    net->accepted = false;
    sfdfa_close_sample(&net->sample);
    uint8_t *learned = (uint8_t *)&net->learned;
    for (uint32_t k = 0; k < size; k++) {
        const uint32_t position = state_position(offset + k);
        learned[position] = bytes[k] ^ byte_flip(position);
    }
    return SFDFA_OK;
}

/* Whether the unused nibble at the end of each row of 4-bit weights is 0, as the CRC takes it to be. */
static bool unused_nibbles_are_0(const sfdfa_learned_t *learned)
{
    bool sound = true;
    for (uint8_t l = 0; SFDFA_WEIGHT_BITS == 4 && l < SFDFA_LAYERS; l++) {
        sfdfa_layer_table_t *layer = &sfdfa_layers[l];
        for (uint16_t j = 0; layer->neurons % 2 != 0 && j < layer->inputs; j++) {
            const sfdfa_weight_t last = learned->weights[layer->first_weight + (uint32_t)(j + 1) * layer->row - 1];
            sound = sound && (uint8_t)(last ^ SFDFA_CELL_FLIP) <= 0xF;
        }
    }
    return sound;
}

/* Whether every value lies within section 3. Weights and feedback always do. */
static bool is_sound(const sfdfa_learned_t *learned)
{
    bool sound = learned->rate_scale <= SFDFA_RATE_SCALE_ONE && unused_nibbles_are_0(learned);
#if SFDFA_LEARNS
    for (uint16_t i = 0; i != SFDFA_MEAN_DELTAS; i++) {
        sound = sound && learned->mean_delta[i] >= 0 && learned->mean_delta[i] < INT32_C(1) << 30;
    }
    for (uint16_t i = 0; i != SFDFA_HIDDEN; i++) {
        sound = sound && learned->mean_rate[i] <= 2048 * (uint32_t)SFDFA_MAX_SPIKES;
    }
#endif
#if SFDFA_ASK_DOWN > 0
    sound = sound && learned->ask_bound <= INT16_MAX;
#endif
#if SFDFA_RING_SLOTS > 0
    sound = sound && sfdfa_ring_is_sound(learned);
#endif
    return sound;
}

/* Continue a CRC over a stretch of what was learned: over the weights themselves, not over their cells. */
static uint32_t stretch_crc(const sfdfa_learned_t *learned, uint32_t crc, uint32_t position, uint32_t size)
{
    const uint8_t *bytes = (const uint8_t *)learned + position;
    if (SFDFA_CELL_FLIP == 0) {
        return sfdfa_crc32(crc, bytes, size);
    }
    const uint8_t flip = byte_flip(position);
    for (uint32_t k = 0; k < size; k++) {
        const uint8_t byte = bytes[k] ^ flip;
        crc = sfdfa_crc32(crc, &byte, 1);
    }
    return crc;
}

uint32_t sfdfa_whole_crc(const sfdfa_t *net)
{
    uint32_t crc = 0;
    for (uint8_t r = 0; r < REGIONS; r++) {
        crc = stretch_crc(&net->learned, crc, regions[r].position, regions[r].size);
    }
    return crc;
}

int sfdfa_state_accept(sfdfa_t *net, uint32_t whole_crc)
{
    net->accepted = is_sound(&net->learned) && sfdfa_whole_crc(net) == whole_crc;
    return net->accepted ? SFDFA_OK : SFDFA_ERROR_STATE;
}

uint32_t sfdfa_state_crc(const sfdfa_t *net)
{
    uint32_t crc = stretch_crc(&net->learned, 0, offsetof(sfdfa_learned_t, weights), SFDFA_WEIGHT_BYTES);
#if SFDFA_LEARNS
    crc = sfdfa_crc32(crc, (const uint8_t *)net->learned.feedback, SFDFA_FEEDBACK_CELLS);
#endif
    return crc;
}

uint32_t sfdfa_weights_at_limit(const sfdfa_t *net)
{
    uint32_t count = 0;
    for (uint8_t l = 0; l < SFDFA_LAYERS; l++) {
        sfdfa_layer_table_t *layer = &sfdfa_layers[l];
        for (uint16_t j = 0; j < layer->inputs; j++) {
            const sfdfa_weight_t *row = &net->learned.weights[layer->first_weight + (uint32_t)j * layer->row];
            for (uint16_t i = 0; i < layer->neurons; i++) {
                const int32_t weight = sfdfa_weight(row, i);
                count += (weight == SFDFA_WEIGHT_MIN || weight == SFDFA_WEIGHT_MAX);
            }
        }
    }
    return count;
}

uint32_t sfdfa_feedback_at_limit(const sfdfa_t *net)
{
    uint32_t count = 0;
#if SFDFA_LEARNS
    for (uint32_t i = 0; i != SFDFA_FEEDBACK_CELLS; i++) {
        count += (net->learned.feedback[i] == INT8_MIN || net->learned.feedback[i] == INT8_MAX);
    }
#else
    (void)net;
#endif
    return count;
}
