/*
 * sfdfa_rehearsal.c: samples that are kept and learned again, section 8a of docs/ARITHMETIC.md.
 *
 * A sample is held in a slot of its own while it runs, since the samples that are learned again after it take its place
 * in sfdfa_sample_t; then it goes into the ring. What this takes: three bytes for each event as it comes, a whole slot
 * when it is stored, and for each sample that is learned again what any sample takes.
 */
#include "sfdfa_internal.h"

#include "sfdfa_divide.h"
#include "sfdfa_random.h"

#define NO_LABEL 0xFFFF /* in a slot */
#define HEAD_BYTES 4 /* then the events */
#define EVENT_BYTES 3

static uint16_t get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static void put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static uint16_t label_of(const uint8_t *slot)
{
    return get_u16(slot);
}

static uint16_t events_of(const uint8_t *slot)
{
    return get_u16(slot + 2);
}

static uint8_t *event_of(uint8_t *slot, uint16_t k)
{
    return &slot[HEAD_BYTES + EVENT_BYTES * (uint32_t)k];
}

/* How many slots are filled. */
static uint16_t filled(const sfdfa_learned_t *learned)
{
    return learned->stored < SFDFA_RING_SLOTS ? (uint16_t)learned->stored : SFDFA_RING_SLOTS;
}

/* The slot of the sample that was stored as number `stored`, counted from 0. */
static uint8_t *kept_slot(sfdfa_learned_t *learned, uint32_t stored)
{
    return &learned->ring[sfdfa_remainder(stored, SFDFA_RING_SLOTS) * SFDFA_SLOT_BYTES];
}

void sfdfa_ring_begin(sfdfa_t *net)
{
    put_u16(net->learning.held + 2, 0);
}

void sfdfa_ring_event(sfdfa_t *net, uint8_t tick, uint16_t channel)
{
    uint8_t *held = net->learning.held;
    const uint16_t events = events_of(held);
    uint8_t *event = event_of(held, events);
    event[0] = tick;
    put_u16(event + 1, channel);
    put_u16(held + 2, (uint16_t)(events + 1));
}

void sfdfa_ring_rehearse(sfdfa_t *net)
{
    const uint16_t slots = filled(&net->learned);
    for (uint8_t r = 0; r < SFDFA_RING_RATE && slots > 0; r++) {
        const uint32_t key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
        const uint8_t *slot = &net->learned.ring[((sfdfa_extra_draw(key, 0) >> 16) * slots >> 16) * SFDFA_SLOT_BYTES];
        if (label_of(slot) == NO_LABEL) {
            return; /* any further draw would meet it too */
        }
        (void)sfdfa_learn_slot(net, slot);
    }
}

void sfdfa_ring_store(sfdfa_t *net, int32_t label)
{
    uint8_t *held = net->learning.held;
    uint8_t *slot = kept_slot(&net->learned, net->learned.stored);
    put_u16(held, label == SFDFA_NO_LABEL ? NO_LABEL : (uint16_t)label);
    const uint8_t *end = event_of(held, events_of(held));
    for (uint32_t k = 0; k < SFDFA_SLOT_BYTES; k++) {
        slot[k] = held + k < end ? held[k] : 0;
    }
    net->learned.stored++;
}

int sfdfa_label(sfdfa_t *net, uint16_t age, int32_t label)
{
    if (!net->accepted || net->sample.begun) {
        return SFDFA_ERROR_STATE;
    }
    if (label < 0 || label >= SFDFA_OUTPUTS || age >= filled(&net->learned)) {
        return SFDFA_ERROR_RANGE;
    }
    uint8_t *slot = kept_slot(&net->learned, net->learned.stored - 1 - age);
    if (label_of(slot) != NO_LABEL) {
        return SFDFA_ERROR_STATE;
    }
    put_u16(slot, (uint16_t)label);
    const bool learned = sfdfa_learn_slot(net, slot);
    sfdfa_ring_rehearse(net);
    return learned ? SFDFA_OK : SFDFA_KNOWN;
}

/* Whether events are in range and order. Those past the last one must be 0. */
static bool has_sound_events(const uint8_t *slot)
{
    const uint8_t *event = slot + HEAD_BYTES;
    const uint8_t *const end = slot + SFDFA_SLOT_BYTES;
    uint32_t least = 0;
    bool sound = true;
    for (uint16_t left = events_of(slot); left > 0 && sound; left--) {
        const uint32_t position = (uint32_t)event[0] * SFDFA_CHANNELS + get_u16(event + 1);
        sound = event[0] < SFDFA_TICKS && get_u16(event + 1) < SFDFA_CHANNELS && position >= least;
        least = position + 1;
        event += EVENT_BYTES;
    }
    for (; event != end && sound; event++) {
        sound = *event == 0;
    }
    return sound;
}

bool sfdfa_ring_is_sound(const sfdfa_learned_t *learned)
{
    bool sound = true;
    for (uint16_t r = 0; r < SFDFA_RING_SLOTS && sound; r++) {
        const uint8_t *slot = &learned->ring[r * SFDFA_SLOT_BYTES];
        sound = (label_of(slot) == NO_LABEL || label_of(slot) < SFDFA_OUTPUTS) && events_of(slot) <= SFDFA_MAX_EVENTS &&
                has_sound_events(slot);
    }
    return sound;
}
