/*
 * sfdfa.c: the life of a sample. Events fill a tick; when it is over the network is stepped through it.
 */
#include "sfdfa.h"

#include "sfdfa_fixed.h"
#include "sfdfa_internal.h"
#include "sfdfa_readout.h"

int sfdfa_sample_begin(sfdfa_t *net, bool learn)
{
    if (!net->accepted) {
        return SFDFA_ERROR_STATE;
    }
    net->sample.begun = true;
    net->sample.learns = learn && SFDFA_LEARNS;
    net->sample.tick = 0;
    net->sample.events = 0;
    net->sample.tick_start = 0;
    sfdfa_forward_begin(net);
    return SFDFA_OK;
}

/* Step through the ticks before `tick`. */
static SFDFA_OWN_FRAME void advance(sfdfa_t *net, uint16_t tick)
{
    while (net->sample.tick < tick) {
        sfdfa_forward_tick(net);
        sfdfa_watch_tick(net);
        net->sample.tick_start = net->sample.events;
        net->sample.tick++;
    }
}

/* Whether a channel may be the next event of the present tick. */
static inline bool may_follow(const sfdfa_sample_t *sample, uint16_t channel)
{
    const uint16_t events = sample->events;
    return events == sample->tick_start || channel > sample->event[events - 1];
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
    if (sample->events >= SFDFA_MAX_EVENTS) {
        return SFDFA_ERROR_CAPACITY;
    }
    advance(net, tick);
    sample->event[sample->events++] = (sfdfa_index_t)channel;
    return SFDFA_OK;
}

int sfdfa_event(sfdfa_t *net, uint16_t tick, uint16_t channel)
{
    sfdfa_sample_t *sample = &net->sample;
    if (!sample->begun || tick != sample->tick || channel >= SFDFA_CHANNELS || sample->events >= SFDFA_MAX_EVENTS ||
        !may_follow(sample, channel)) {
        return begin_tick(net, tick, channel);
    }
    sample->event[sample->events++] = (sfdfa_index_t)channel;
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
    result->ticks_run = SFDFA_TICKS;
    result->learned = false;
    result->asks = false;
}

#else

/* As if no output were the label's, then corrected for the one that is: a comparison for each would make time depend on the label. */
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

/* Learn a sample, unless it is known already. */
static inline void learn(sfdfa_t *net, uint16_t label, sfdfa_result_t *result)
{
    result->learned = !sfdfa_readout_knows(net, label);
    if (result->learned) {
        sfdfa_learn_sample(net, label);
    } else {
        net->learned.samples++;
    }
}

#else

static inline void learn(sfdfa_t *net, uint16_t label, sfdfa_result_t *result)
{
    (void)result;
    sfdfa_learn_sample(net, label);
}

#endif

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
    if (net->sample.learns && label != SFDFA_NO_LABEL) {
        learn(net, (uint16_t)label, result);
    }
#endif
    return SFDFA_OK;
}
