/*
 * sfdfa.c: the life of a sample. Events fill a tick; when it is over the network is stepped through it.
 */
#include "sfdfa.h"

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_readout.h"

static inline void begin_run(sfdfa_t *net, bool learn)
{
    net->sample.begun = true;
    net->sample.learns = learn && SFDFA_LEARNS;
    net->sample.tick = 0;
    net->sample.events = 0;
    net->sample.tick_start = 0;
#if SFDFA_DECIDE_MARGIN > 0
    net->sample.decided = false;
    net->sample.ignored = 0;
#endif
    sfdfa_forward_begin(net);
}

int sfdfa_sample_begin(sfdfa_t *net, bool learn)
{
    if (!net->accepted) {
        return SFDFA_ERROR_STATE;
    }
    begin_run(net, learn);
#if SFDFA_RING_SLOTS > 0
    sfdfa_ring_begin(net);
#endif
    return SFDFA_OK;
}

#if SFDFA_DECIDE_MARGIN > 0

static inline bool is_decided(const sfdfa_sample_t *sample)
{
    return sample->decided;
}

static inline uint8_t ticks_run(const sfdfa_sample_t *sample)
{
    return sample->decided ? sample->ticks_run : SFDFA_TICKS;
}

/*
 * How many events were given, and whether a channel is past the last one of the present tick that has no effect any
 * more.
 */
static inline uint16_t events_given(const sfdfa_sample_t *sample)
{
    return (uint16_t)(sample->events + sample->ignored);
}

static inline bool follows_ignored(const sfdfa_sample_t *sample, uint16_t channel)
{
    return sample->ignored == 0 || sample->ignored_tick != sample->tick || channel > sample->last_ignored;
}

static void ignore_event(sfdfa_sample_t *sample, uint16_t channel)
{
    sample->ignored++;
    sample->ignored_tick = sample->tick;
    sample->last_ignored = channel;
}

/* Run a tick, unless the sample is decided, and see whether it is now. */
static inline void run_tick(sfdfa_t *net)
{
    if (net->sample.decided) {
        sfdfa_forward_skip(net);
        return;
    }
    sfdfa_forward_tick(net);
    net->sample.decided = sfdfa_readout_decides(net);
    net->sample.ticks_run = (uint8_t)(net->sample.tick + 1);
}

#else

static inline bool is_decided(const sfdfa_sample_t *sample)
{
    (void)sample;
    return false;
}

static inline uint16_t events_given(const sfdfa_sample_t *sample)
{
    return sample->events;
}

static inline bool follows_ignored(const sfdfa_sample_t *sample, uint16_t channel)
{
    (void)sample, (void)channel;
    return true;
}

static inline void ignore_event(sfdfa_sample_t *sample, uint16_t channel)
{
    (void)sample, (void)channel;
}

static inline void run_tick(sfdfa_t *net)
{
    sfdfa_forward_tick(net);
}

#endif

/* Step through the ticks before `tick`. */
static SFDFA_OWN_FRAME void advance(sfdfa_t *net, uint16_t tick)
{
    while (net->sample.tick < tick) {
        run_tick(net);
        sfdfa_watch_tick(net);
        net->sample.tick_start = net->sample.events;
        net->sample.tick++;
    }
}

/* Whether a channel may be the next event of the present tick. */
static inline bool may_follow(const sfdfa_sample_t *sample, uint16_t channel)
{
    const uint16_t events = sample->events;
    return (events == sample->tick_start || channel > sample->event[events - 1]) && follows_ignored(sample, channel);
}

/* Store an event of the present tick. */
static inline void store_event(sfdfa_t *net, uint16_t channel)
{
    sfdfa_sample_t *sample = &net->sample;
    sample->event[sample->events++] = (sfdfa_index_t)channel;
#if SFDFA_RING_SLOTS > 0
    sfdfa_ring_event(net, sample->tick, channel);
#endif
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
    if (events_given(sample) >= SFDFA_MAX_EVENTS) {
        return SFDFA_ERROR_CAPACITY;
    }
    advance(net, tick);
    if (is_decided(sample)) {
        ignore_event(sample, channel);
    } else {
        store_event(net, channel);
    }
    return SFDFA_OK;
}

int sfdfa_event(sfdfa_t *net, uint16_t tick, uint16_t channel)
{
    sfdfa_sample_t *sample = &net->sample;
    if (!sample->begun || tick != sample->tick || channel >= SFDFA_CHANNELS || sample->events >= SFDFA_MAX_EVENTS ||
        !may_follow(sample, channel) || is_decided(sample)) {
        return begin_tick(net, tick, channel);
    }
    store_event(net, channel);
    return SFDFA_OK;
}

static inline uint32_t squared(int32_t error)
{
    return (uint32_t)(error * error);
}

#if SFDFA_INTEGRATES

static SFDFA_OWN_FRAME void put_outputs(const sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    const sfdfa_activity_t *probability = net->sample.readout.output;
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        result->probabilities[o] = (uint8_t)(probability[o] - (probability[o] >> 8)); /* at most 255 */
        sum += squared(sfdfa_readout_error(net, o, (uint16_t)label));
    }
    result->squared_error = label == SFDFA_NO_LABEL ? 0 : sum;
    result->certain = probability[result->prediction] > 255;
#if SFDFA_DECIDE_MARGIN > 0
    result->ticks_run = ticks_run(&net->sample);
#else
    result->ticks_run = SFDFA_TICKS;
#endif
    result->learned = false;
    result->asks = false;
}

#else

/*
 * As if no output were the label's, then corrected for the one that is: a comparison for each would make time depend on
 * the label.
 */
static SFDFA_OWN_FRAME uint32_t squared_error(const sfdfa_result_t *result, int32_t label)
{
    uint32_t sum = 0;
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += squared(SFDFA_TARGET_FALSE - (int32_t)result->counts[o]);
    }
    const int32_t count = result->counts[label];
    return sum + squared(SFDFA_TARGET_TRUE - count) - squared(SFDFA_TARGET_FALSE - count);
}

static inline void put_outputs(const sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        result->counts[o] = net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron + o];
    }
    result->squared_error = label == SFDFA_NO_LABEL ? 0 : squared_error(result, label);
}

#endif

#if SFDFA_LEARNS

#if SFDFA_INTEGRATES

/* Learn a sample, unless it is known already. Returns whether it was learned. */
static inline bool learn_run(sfdfa_t *net, uint16_t label)
{
    if (sfdfa_readout_knows(net, label)) {
        net->learned.samples++;
        return false;
    }
    sfdfa_learn_sample(net, label);
    return true;
}

static inline void learn(sfdfa_t *net, uint16_t label, sfdfa_result_t *result)
{
    result->learned = learn_run(net, label);
}

#else

static inline bool learn_run(sfdfa_t *net, uint16_t label)
{
    sfdfa_learn_sample(net, label);
    return true;
}

static inline void learn(sfdfa_t *net, uint16_t label, sfdfa_result_t *result)
{
    (void)result;
    (void)learn_run(net, label);
}

#endif

#if SFDFA_RING_SLOTS > 0

bool sfdfa_learn_slot(sfdfa_t *net, const uint8_t *slot)
{
    sfdfa_sample_t *sample = &net->sample;
    const uint16_t events = (uint16_t)(slot[2] | slot[3] << 8);
    begin_run(net, true);
    for (const uint8_t *event = slot + 4, *end = event + 3UL * events; event != end; event += 3) {
        advance(net, event[0]);
        if (!is_decided(sample)) {
            sample->event[sample->events++] = (sfdfa_index_t)(event[1] | event[2] << 8);
        }
    }
    sample->begun = false;
    advance(net, SFDFA_TICKS);
    sfdfa_forward_end(net);
    return learn_run(net, (uint16_t)(slot[0] | slot[1] << 8));
}

#endif

/* What follows from a sample without a label: whether it asks for one, and is then kept until it comes. */
static inline void ask(sfdfa_t *net, sfdfa_result_t *result)
{
#if SFDFA_ASK_DOWN > 0
    result->asks = sfdfa_readout_asks(net);
#if SFDFA_RING_SLOTS > 0
    if (result->asks) {
        sfdfa_ring_store(net, SFDFA_NO_LABEL);
    }
#endif
#else
    (void)net, (void)result;
#endif
}

/* What follows from a sample that was run to be learned. */
static inline void follow_up(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    if (label == SFDFA_NO_LABEL) {
        ask(net, result);
        return;
    }
    learn(net, (uint16_t)label, result);
#if SFDFA_RING_SLOTS > 0
    sfdfa_ring_rehearse(net);
    sfdfa_ring_store(net, label);
#endif
}

#endif

int sfdfa_sample_end(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    if (!net->sample.begun) {
        return SFDFA_ERROR_STATE;
    }
    if (label != SFDFA_NO_LABEL && (label < 0 || label >= SFDFA_OUTPUTS)) {
        return SFDFA_ERROR_RANGE;
    }
    net->sample.begun = false;
    advance(net, SFDFA_TICKS);
    result->prediction = sfdfa_forward_end(net);
    put_outputs(net, label, result);
#if SFDFA_LEARNS
    if (net->sample.learns) {
        follow_up(net, label, result);
    }
#endif
    return SFDFA_OK;
}
