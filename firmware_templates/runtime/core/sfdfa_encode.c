/*
 * sfdfa_encode.c: from readings to events, section 13. Events are sorted by counting, in the room that the sample has
 * for them anyway: once over the readings to learn how many events each tick has, and once more to put them where they
 * belong. Levels are cheaper to compute twice than to keep.
 */
#include "sfdfa_encode.h"

#include "sfdfa.h"
#include "sfdfa_internal.h"
#include "sfdfa_levels.h"
#include "sfdfa_sort.h"

#if SFDFA_MAPS_CHANNELS
#define SFDFA_LEFT_OUT 0xFFFF
extern const SFDFA_FLASH uint16_t sfdfa_channel_map[SFDFA_SOURCE_CHANNELS];
#endif

/* floor((x + 127) / 255), x up to 65152, without a division. */
static inline uint8_t part_of_full(uint16_t x)
{
    return (uint8_t)((uint32_t)(x + 127U) * 0x8081U >> 23);
}

/*
 * Count an event of its tick or, if `event` is no null pointer, put it into its place among all events: the next one of
 * its tick, which then is one further. Those past the capacity have no place.
 */
static inline void take_event(sfdfa_tick_ends_t *places, sfdfa_index_t *event, uint16_t tick, uint16_t channel)
{
    uint16_t *place = &places->of[tick];
    if (event == NULL) {
        (*place)++;
    } else if (*place < SFDFA_MAX_EVENTS) {
        event[(*place)++] = (sfdfa_index_t)channel;
    }
}

/* Events at the ticks floor((2k + 1) S / 2n), k = 0 .. n - 1: each is found from the one before. */
static void take_rate(sfdfa_tick_ends_t *places, sfdfa_index_t *event, uint8_t level, uint16_t channel)
{
    const uint16_t steps = (uint16_t)(2 * part_of_full((uint16_t)((uint16_t)SFDFA_RATE_EVENTS * level)));
    uint16_t tick = 0;
    uint16_t rest = SFDFA_RATE_TICKS;
    for (uint16_t k = 0; k < steps; k += 2) {
        while (rest >= steps) {
            rest -= steps;
            tick++;
        }
        take_event(places, event, tick, channel);
        rest += 2 * SFDFA_RATE_TICKS;
    }
}

/* One event, the stronger the sooner. */
static inline void take_once(sfdfa_tick_ends_t *places, sfdfa_index_t *event, uint8_t level, uint16_t channel)
{
    take_event(places, event, part_of_full((uint16_t)((uint16_t)SFDFA_ENCODING_WINDOW * (SFDFA_FULL_LEVEL - level))),
               channel);
}

static inline void take_level(sfdfa_tick_ends_t *places, sfdfa_index_t *event, uint8_t level, uint16_t channel)
{
    if (SFDFA_ENCODES_RATE) {
        take_rate(places, event, level, channel);
    } else {
        take_once(places, event, level, channel);
    }
}

/* A level that is not 0, of any channel of the encoding. */
static inline void take_channel(sfdfa_tick_ends_t *places, sfdfa_index_t *event, uint8_t level, uint16_t source)
{
#if SFDFA_MAPS_CHANNELS
    const uint16_t channel = sfdfa_channel_map[source];
    if (channel != SFDFA_LEFT_OUT) {
        take_level(places, event, level, channel);
    }
#else
    take_level(places, event, level, source);
#endif
}

/* All events of the readings, channel by channel. */
static void take_readings(sfdfa_tick_ends_t *places, sfdfa_index_t *event, const sfdfa_reading_t *readings)
{
    uint16_t source = 0;
    for (uint16_t feature = 0; feature < SFDFA_FEATURES; feature++) {
        const sfdfa_levels_t levels = sfdfa_levels_of(feature, readings[feature]);
        for (uint8_t k = 0; k < SFDFA_FEATURE_CHANNELS; k++) {
            if (levels.of[k] > 0) {
                take_channel(places, event, levels.of[k], source);
            }
            source++;
        }
    }
    if (SFDFA_STEADY_LEVEL > 0) {
        take_channel(places, event, SFDFA_STEADY_LEVEL, source);
    }
}

/* From how many events each tick has to where its first one goes. */
static void find_places(sfdfa_tick_ends_t *places)
{
    uint32_t first = 0;
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        const uint16_t count = places->of[t];
        places->of[t] = (uint16_t)(first < SFDFA_MAX_EVENTS ? first : SFDFA_MAX_EVENTS);
        first += count;
    }
}

void sfdfa_sort_readings(sfdfa_t *net, const sfdfa_reading_t *readings, sfdfa_tick_ends_t *ends)
{
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        ends->of[t] = 0;
    }
    take_readings(ends, NULL, readings);
    find_places(ends);
    take_readings(ends, net->sample.event, readings); /* after which the next place of a tick is its end */
}

int sfdfa_encode(sfdfa_t *net, const sfdfa_reading_t *readings)
{
    if (!net->sample.begun) {
        return SFDFA_ERROR_STATE;
    }
    if (net->sample.tick > 0 || net->sample.events > 0) {
        return SFDFA_ERROR_ORDER;
    }
    sfdfa_tick_ends_t ends;
    sfdfa_sort_readings(net, readings, &ends);
    uint16_t k = 0;
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (; k < ends.of[t]; k++) {
            (void)sfdfa_event(net, t, net->sample.event[k]); /* sorted and in range, so that it is taken */
        }
    }
    return SFDFA_OK;
}

int sfdfa_classify(sfdfa_t *net, const sfdfa_reading_t *readings, int32_t label, sfdfa_result_t *result)
{
    int status = sfdfa_sample_begin(net, label != SFDFA_NO_LABEL || SFDFA_ASK_DOWN > 0);
    if (status == SFDFA_OK) {
        status = sfdfa_encode(net, readings);
    }
    return status == SFDFA_OK ? sfdfa_sample_end(net, label, result) : status;
}
