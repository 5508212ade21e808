/*
 * sfdfa_events.c: an adaptive Rice code of gaps between events.
 */
#include "sfdfa_events.h"

#include "sfdfa.h"

#define FIRST_MEAN 256
#define LONGEST_QUOTIENT 20
#define PLAIN_BITS 24
#define LARGEST_MEAN (UINT32_C(1) << 24)

void sfdfa_events_begin_sample(sfdfa_events_t *events)
{
    events->tick = 0;
    events->channel = 0;
    events->any = false;
    events->mean = FIRST_MEAN;
}

void sfdfa_events_begin_chunk(sfdfa_events_t *events, const uint8_t *bytes, uint16_t size)
{
    events->bytes = bytes;
    events->bits_left = (uint16_t)(8 * size);
    events->bit = 7;
}

/* One bit, most significant first; false at the end. */
static bool next_bit(sfdfa_events_t *events, uint8_t *bit)
{
    if (events->bits_left == 0) {
        return false;
    }
    *bit = (uint8_t)(*events->bytes >> events->bit & 1);
    events->bits_left--;
    if (events->bit == 0) {
        events->bit = 7;
        events->bytes++;
    } else {
        events->bit--;
    }
    return true;
}

static bool next_bits(sfdfa_events_t *events, uint8_t count, uint32_t *bits)
{
    for (; count > 0; count--) {
        uint8_t bit = 0;
        if (!next_bit(events, &bit)) {
            return false;
        }
        *bits = *bits << 1 | bit;
    }
    return true;
}

static uint8_t rice_parameter(uint32_t mean)
{
    uint8_t k = 0;
    for (mean >>= 4; mean > 0; mean >>= 1) {
        k++;
    }
    return k;
}

static bool next_gap(sfdfa_events_t *events, uint32_t *gap)
{
    uint8_t quotient = 0;
    uint8_t bit = 1;
    while (quotient < LONGEST_QUOTIENT) {
        if (!next_bit(events, &bit)) {
            return false;
        }
        if (bit == 0) {
            break;
        }
        quotient++;
    }
    *gap = bit != 0 ? 0 : quotient;
    return next_bits(events, bit != 0 ? PLAIN_BITS : rice_parameter(events->mean), gap);
}

bool sfdfa_events_next(sfdfa_events_t *events)
{
    uint32_t gap = 0;
    if (!next_gap(events, &gap)) {
        return false;
    }
    events->mean += gap - events->mean / 8;
    if (events->mean > LARGEST_MEAN) {
        events->mean = LARGEST_MEAN;
    }
    events->channel += gap + (events->any ? 1 : 0);
    events->any = true;
    while (events->channel >= SFDFA_CHANNELS && events->tick < SFDFA_TICKS) {
        events->channel -= SFDFA_CHANNELS;
        events->tick++;
    }
    return true;
}
