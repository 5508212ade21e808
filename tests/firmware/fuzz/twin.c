/*
 * twin.c: two networks. One is called in every way, right and wrong; its twin only in the right ones. Whatever the
 * wrong calls were, both must give the same.
 *
 *     twin CALLS SEED
 *
 * Whether a call is right is decided here, from the comments of sfdfa.h; only of sfdfa_label, which depends on what was
 * learned, the network itself is asked. Prints how many calls there were, and how many of them were refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sfdfa.h"

static sfdfa_t net;
static sfdfa_t twin;
static uint64_t chance = 1;
static unsigned long calls;
static unsigned long refused;

/* What the network is in the middle of. */
static bool begun;
static unsigned events;
static uint32_t next_event; /* the least (tick, channel), in one number, that may come */

static uint32_t below(uint32_t bound)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (uint32_t)((chance >> 16) % bound);
}

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "call %lu: %s\n", calls, what);
        abort();
    }
}

/* Count a call to the network. Returns whether the twin is to get it too. */
static bool is_right(int status, bool right, const char *what)
{
    calls++;
    refused += status < 0;
    must((status >= 0) == right, what);
    return right;
}

static void compare(void)
{
    static uint8_t bytes[SFDFA_STATE_BYTES];
    static uint8_t others[SFDFA_STATE_BYTES];
    must(sfdfa_state_read(&net, 0, bytes, SFDFA_STATE_BYTES) == SFDFA_OK, "the state is read");
    must(sfdfa_state_read(&twin, 0, others, SFDFA_STATE_BYTES) == SFDFA_OK, "the twin's state is read");
    must(memcmp(bytes, others, sizeof bytes) == 0, "states differ");
    must(sfdfa_state_crc(&net) == sfdfa_state_crc(&twin), "CRCs differ");
    must(sfdfa_weights_at_limit(&net) == sfdfa_weights_at_limit(&twin), "weights at a limit differ");
    must(sfdfa_feedback_at_limit(&net) == sfdfa_feedback_at_limit(&twin), "feedback at a limit differs");
    must(memcmp(&net.saturations, &twin.saturations, sizeof net.saturations) == 0, "saturations differ");
    calls += 8;
}

static void initialise(void)
{
    (void)is_right(sfdfa_init(&net), true, "init");
    (void)sfdfa_init(&twin);
    begun = false;
}

static void begin(void)
{
    const bool learn = below(4) != 0;
    (void)is_right(sfdfa_sample_begin(&net, learn), true, "begin");
    (void)sfdfa_sample_begin(&twin, learn);
    begun = true;
    events = 0;
    next_event = 0;
}

/* Near the last event, or anywhere, inside the network or outside it. */
static void event(void)
{
    uint32_t place = next_event + below(5);
    uint32_t tick = place / SFDFA_CHANNELS;
    uint32_t channel = place % SFDFA_CHANNELS;
    switch (below(24)) {
    case 0:
        tick = below(0x10000);
        break;
    case 1:
        channel = below(0x10000);
        break;
    case 2:
        tick = tick > 0 ? tick - 1 : tick;
        break;
    case 3:
        tick = SFDFA_TICKS - below(2);
        break;
    default:
        break;
    }
    place = tick * SFDFA_CHANNELS + channel;
    const bool right =
        begun && tick < SFDFA_TICKS && channel < SFDFA_CHANNELS && place >= next_event && events < SFDFA_MAX_EVENTS;
    if (is_right(sfdfa_event(&net, (uint16_t)tick, (uint16_t)channel), right, "event")) {
        must(sfdfa_event(&twin, (uint16_t)tick, (uint16_t)channel) == SFDFA_OK, "the twin's event");
        events++;
        next_event = place + 1;
    }
}

static int32_t some_label(bool *right)
{
    static const int32_t wrong[] = {-2, SFDFA_OUTPUTS, INT32_MAX, INT32_MIN, 255, 256, 65536};
    *right = below(5) != 0;
    const int32_t label = *right ? (int32_t)below(SFDFA_OUTPUTS + 1) - 1 : wrong[below(sizeof wrong / sizeof wrong[0])];
    *right = label >= SFDFA_NO_LABEL && label < SFDFA_OUTPUTS;
    return label;
}

static void same(const sfdfa_result_t *result, const sfdfa_result_t *other)
{
    must(memcmp(result, other, sizeof *result) == 0, "results differ");
}

static void end(void)
{
    static sfdfa_result_t result;
    static sfdfa_result_t other;
    bool right = false;
    const int32_t label = some_label(&right);
    if (is_right(sfdfa_sample_end(&net, label, &result), right && begun, "end")) {
        must(sfdfa_sample_end(&twin, label, &other) == SFDFA_OK, "the twin's end");
        same(&result, &other);
        begun = false;
    }
}

static void end_rightly(void)
{
    while (begun) {
        end();
    }
}

static void scale_rate(void)
{
    const uint16_t scale = (uint16_t)below(below(3) == 0 ? 0x10000 : SFDFA_RATE_SCALE_ONE + 1);
    if (is_right(sfdfa_set_rate_scale(&net, scale), scale <= SFDFA_RATE_SCALE_ONE, "rate")) {
        (void)sfdfa_set_rate_scale(&twin, scale);
    }
}

static void read_anywhere(void)
{
    static uint8_t bytes[64];
    const uint32_t offset = below(4) == 0 ? UINT32_MAX - below(80) : below(SFDFA_STATE_BYTES + 40);
    const uint32_t size = below(8) == 0 ? UINT32_MAX - below(80) : below(sizeof bytes + 1);
    const bool right = size <= SFDFA_STATE_BYTES && offset <= SFDFA_STATE_BYTES - size;
    if (right || size > sizeof bytes) {
        (void)is_right(sfdfa_state_read(&net, offset, bytes, size), right, "read");
    }
}

/*
 * Give the network a state that is none of its own, or only a part of one; nothing may go on then. Give it back that of
 * the twin, in pieces.
 */
static void write_wrongly(void)
{
    static uint8_t bytes[SFDFA_STATE_BYTES];
    static sfdfa_result_t result;
    const uint32_t crc = sfdfa_whole_crc(&twin);
    (void)sfdfa_state_read(&twin, 0, bytes, SFDFA_STATE_BYTES);
    const uint32_t offset = below(SFDFA_STATE_BYTES);
    const uint32_t size = 1 + below(SFDFA_STATE_BYTES - offset);
    uint8_t before = bytes[offset];
    bytes[offset] = (uint8_t)(before ^ 1U << below(8));
    (void)is_right(sfdfa_state_write(&net, UINT32_MAX - below(9), bytes, 1 + below(16)), false, "write outside");
    (void)is_right(sfdfa_state_write(&net, offset, bytes + offset, size), true, "write");
    begun = false;
    (void)is_right(sfdfa_sample_begin(&net, true), false, "begin with half a state");
    (void)is_right(sfdfa_event(&net, 0, 0), false, "event with half a state");
    (void)is_right(sfdfa_sample_end(&net, 0, &result), false, "end with half a state");
    (void)is_right(sfdfa_state_accept(&net, crc), false, "accept what it is not");
    (void)is_right(sfdfa_sample_begin(&net, true), false, "begin with what was refused");
    bytes[offset] = before;
    uint32_t piece = 0;
    for (uint32_t k = 0; k < SFDFA_STATE_BYTES; k += piece) {
        piece = 1 + below(SFDFA_STATE_BYTES - k);
        (void)is_right(sfdfa_state_write(&net, k, bytes + k, piece), true, "write back");
    }
    (void)is_right(sfdfa_state_accept(&net, crc), true, "accept what it is");
    (void)sfdfa_state_write(&twin, 0, bytes, SFDFA_STATE_BYTES);
    must(sfdfa_state_accept(&twin, crc) == SFDFA_OK, "the twin accepts its own state");
}

#if SFDFA_RING_SLOTS > 0
static void label_later(void)
{
    bool right = false;
    const int32_t label = some_label(&right);
    const uint16_t age = (uint16_t)(below(8) == 0 ? below(0x10000) : below(SFDFA_RING_SLOTS + 1));
    const int status = sfdfa_label(&net, age, label);
    must(status < 0 || (right && label >= 0 && !begun && age < SFDFA_RING_SLOTS), "a label that cannot be is taken");
    if (is_right(status, status >= 0, "label")) {
        must(sfdfa_label(&twin, age, label) == status, "the twin's label");
    }
}
#else
static void label_later(void)
{
}
#endif

#if SFDFA_FEATURES > 0
static void give_readings(void)
{
    static sfdfa_reading_t readings[SFDFA_FEATURES];
    static sfdfa_result_t result;
    static sfdfa_result_t other;
    for (unsigned k = 0; k < SFDFA_FEATURES; k++) {
        readings[k] = (sfdfa_reading_t)below(0x10000);
    }
    if (below(2) == 0) {
        if (is_right(sfdfa_encode(&net, readings), begun && events == 0, "encode")) {
            must(sfdfa_encode(&twin, readings) == SFDFA_OK, "the twin encodes");
            end_rightly(); /* which events are still right only the encoder knows */
        }
        return;
    }
    bool right = false;
    const int32_t label = some_label(&right);
    const int status = sfdfa_classify(&net, readings, label, &result);
    if (is_right(status, right, "classify")) {
        must(sfdfa_classify(&twin, readings, label, &other) == SFDFA_OK, "the twin classifies");
        same(&result, &other);
        begun = false;
    } else {
        /* A label that is none leaves the sample begun, as sfdfa_sample_end does: so is the twin's, and then another. */
        (void)sfdfa_sample_begin(&twin, true);
        (void)sfdfa_encode(&twin, readings);
        begin();
    }
}
#else
static void give_readings(void)
{
}
#endif

#if SFDFA_AXES > 0
static void give_samples(void)
{
    static int16_t samples[16 * SFDFA_AXES];
    static int16_t readings[SFDFA_FEATURES];
    static sfdfa_result_t result;
    static sfdfa_result_t other;
    const uint16_t count = (uint16_t)below(17);
    for (unsigned k = 0; k < count * SFDFA_AXES; k++) {
        samples[k] = (int16_t)(below(0x10000) - 0x8000);
    }
    sfdfa_samples(&net, samples, count);
    sfdfa_samples(&twin, samples, count);
    calls++;
    if (below(12) == 0) {
        bool right = false;
        const int32_t label = some_label(&right);
        const int status = sfdfa_decide(&net, label, &result);
        if (is_right(status, status >= 0, "decide")) {
            must(right, "a label that cannot be is taken");
            must(sfdfa_decide(&twin, label, &other) == SFDFA_OK, "the twin decides");
            same(&result, &other);
            begun = false;
        } else {
            /* Likewise, after what was heard was looked at. */
            if (sfdfa_heard(&twin, readings) == SFDFA_OK) {
                (void)sfdfa_sample_begin(&twin, true);
                (void)sfdfa_encode(&twin, readings);
            }
            begin();
        }
    }
}
#else
static void give_samples(void)
{
}
#endif

static void call_once(void)
{
    const uint32_t kind = below(1000);
    if (kind < 700) {
        event();
    } else if (kind < 800) {
        begin();
    } else if (kind < 900) {
        end();
    } else if (kind < 920) {
        scale_rate();
    } else if (kind < 940) {
        read_anywhere();
    } else if (kind < 960) {
        label_later();
    } else if (kind < 975) {
        give_readings();
    } else if (kind < 995) {
        give_samples();
    } else if (kind < 998) {
        write_wrongly();
    } else if (kind < 999) {
        compare();
    } else if (below(20) == 0) {
        initialise();
    }
}

int main(int count, char **words)
{
    const unsigned long most = count > 1 ? strtoul(words[1], NULL, 10) : 100000;
    chance += count > 2 ? strtoul(words[2], NULL, 10) * 0x9E3779B97F4A7C15ULL : 0;
    initialise();
    while (calls < most) {
        call_once();
    }
    compare();
    (void)printf("%lu calls, %lu refused\n", calls, refused);
    return 0;
}
