/*
 * sfdfa.c: the life of a sample. Events fill a tick; when it is over the network is stepped through it.
 */
#include "sfdfa.h"

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include SFDFA_DECISION
#include SFDFA_RESULT

static inline void begin_run(sfdfa_t *net, bool learn)
{
    net->sample.begun = true;
    net->sample.learns = learn && SFDFA_LEARNS;
    net->sample.tick = 0;
    net->sample.events = 0;
    net->sample.tick_start = 0;
    net->sample.channels_left = SFDFA_CHANNELS;
    sfdfa_begin_decision(&net->sample);
    sfdfa_forward_begin(net);
}

int sfdfa_sample_begin(sfdfa_t *net, bool learn)
{
    if (!net->accepted) {
        return SFDFA_ERROR_STATE;
    }
    begin_run(net, learn);
    if (SFDFA_RING_SLOTS > 0) {
        sfdfa_ring_begin(net);
    }
    return SFDFA_OK;
}

/* Step through the ticks before `tick`. */
static SFDFA_OWN_FRAME void advance(sfdfa_t *net, uint16_t tick)
{
    while (net->sample.tick < tick) {
        sfdfa_run_tick(net);
        sfdfa_watch_tick(net);
        net->sample.tick_start = net->sample.events;
        net->sample.tick++;
    }
}

/* How many channels there are after one; of what is no channel, as many as there are or more. */
static inline uint16_t channels_after(uint16_t channel)
{
    return (uint16_t)(SFDFA_CHANNELS - 1 - channel);
}

/* Whether a channel may be the next event of the present tick. */
static inline bool may_follow(const sfdfa_sample_t *sample, uint16_t channel)
{
    return sfdfa_is_decided(sample) ? sfdfa_follows_ignored(sample, channel)
                                    : channels_after(channel) < sample->channels_left;
}

/* Store an event of the present tick. */
static inline void store_event(sfdfa_t *net, uint16_t channel)
{
    sfdfa_sample_t *sample = &net->sample;
    sample->event[sample->events++] = (sfdfa_index_t)channel;
    sample->channels_left = channels_after(channel);
    if (SFDFA_RING_SLOTS > 0) {
        sfdfa_ring_event(net, sample->tick, channel);
    }
}

/* Take an event that begins a tick, or tell what is wrong with it. */
static SFDFA_SELDOM int begin_tick(sfdfa_t *net, uint16_t tick, uint16_t channel)
{
    sfdfa_sample_t *sample = &net->sample;
    if (!sample->begun) {
        return SFDFA_ERROR_STATE;
    }
    if (tick >= SFDFA_TICKS || channel >= SFDFA_CHANNELS) {
        return SFDFA_ERROR_RANGE;
    }
    if (tick < sample->tick || (tick == sample->tick && !may_follow(sample, channel))) {
        return SFDFA_ERROR_ORDER;
    }
    if (sfdfa_events_given(sample) >= SFDFA_MAX_EVENTS) {
        return SFDFA_ERROR_CAPACITY;
    }
    advance(net, tick);
    if (sfdfa_is_decided(sample)) {
        sfdfa_ignore_event(sample, channel);
        sample->channels_left = 0;
    } else {
        store_event(net, channel);
    }
    return SFDFA_OK;
}

int sfdfa_event(sfdfa_t *net, uint16_t tick, uint16_t channel)
{
    sfdfa_sample_t *sample = &net->sample;
    if (tick != sample->tick || channels_after(channel) >= sample->channels_left ||
        sample->events >= SFDFA_MAX_EVENTS) {
        return begin_tick(net, tick, channel);
    }
    store_event(net, channel);
    return SFDFA_OK;
}

#if SFDFA_RING_SLOTS > 0

bool sfdfa_learn_slot(sfdfa_t *net, const uint8_t *slot)
{
    sfdfa_sample_t *sample = &net->sample;
    const uint16_t events = (uint16_t)(slot[2] | slot[3] << 8);
    begin_run(net, true);
    for (const uint8_t *event = slot + 4, *end = event + 3UL * events; event != end; event += 3) {
        advance(net, event[0]);
        if (!sfdfa_is_decided(sample)) {
            sample->event[sample->events++] = (sfdfa_index_t)(event[1] | event[2] << 8);
        }
    }
    sfdfa_close_sample(sample);
    advance(net, SFDFA_TICKS);
    sfdfa_forward_end(net);
    return sfdfa_learn_run(net, (uint16_t)(slot[0] | slot[1] << 8));
}

#endif

/* What follows from a sample that was run to be learned. */
static inline void follow_up(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    if (label == SFDFA_NO_LABEL) {
        sfdfa_ask(net, result);
        return;
    }
    sfdfa_learn_result(net, (uint16_t)label, result);
    if (SFDFA_RING_SLOTS > 0) {
        sfdfa_ring_rehearse(net);
        sfdfa_ring_store(net, label);
    }
}

int sfdfa_sample_end(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    if (!net->sample.begun) {
        return SFDFA_ERROR_STATE;
    }
    if (label != SFDFA_NO_LABEL && (label < 0 || label >= SFDFA_OUTPUTS)) {
        return SFDFA_ERROR_RANGE;
    }
    sfdfa_close_sample(&net->sample);
    advance(net, SFDFA_TICKS);
    result->prediction = sfdfa_forward_end(net);
    sfdfa_put_result(net, label, result);
    if (SFDFA_LEARNS && net->sample.learns) {
        follow_up(net, label, result);
    }
    return SFDFA_OK;
}
