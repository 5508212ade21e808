/*
 * sfdfa_early_decision.h: a sample may be decided before its last tick, section 5a of docs/ARITHMETIC.md; what comes
 * after that has no effect.
 */
#ifndef SFDFA_DECISION_H
#define SFDFA_DECISION_H

#include "core/sfdfa_internal.h"
#include "core/sfdfa_readout.h"

static inline void sfdfa_begin_decision(sfdfa_sample_t *sample)
{
    sample->decided = false;
    sample->ignored = 0;
}

static inline bool sfdfa_is_decided(const sfdfa_sample_t *sample)
{
    return sample->decided;
}

static inline uint8_t sfdfa_ticks_run(const sfdfa_sample_t *sample)
{
    return sample->decided ? sample->ticks_run : SFDFA_TICKS;
}

/* How many events were given. */
static inline uint16_t sfdfa_events_given(const sfdfa_sample_t *sample)
{
    return (uint16_t)(sample->events + sample->ignored);
}

/* Whether a channel is past the last one of the present tick that has no effect any more. */
static inline bool sfdfa_follows_ignored(const sfdfa_sample_t *sample, uint16_t channel)
{
    return sample->ignored == 0 || sample->ignored_tick != sample->tick || channel > sample->last_ignored;
}

static inline void sfdfa_ignore_event(sfdfa_sample_t *sample, uint16_t channel)
{
    sample->ignored++;
    sample->ignored_tick = sample->tick;
    sample->last_ignored = channel;
}

/* Run a tick, unless the sample is decided, and see whether it is now. */
static inline void sfdfa_run_tick(sfdfa_t *net)
{
    if (net->sample.decided) {
        sfdfa_forward_skip(net);
        return;
    }
    sfdfa_forward_tick(net);
    net->sample.decided = sfdfa_readout_decides(net);
    net->sample.ticks_run = (uint8_t)(net->sample.tick + 1);
}

#endif
