/*
 * sfdfa_late_decision.h: every sample runs through all of its ticks.
 */
#ifndef SFDFA_DECISION_H
#define SFDFA_DECISION_H

#include "core/sfdfa_internal.h"

static inline void sfdfa_begin_decision(sfdfa_sample_t *sample)
{
    (void)sample;
}

static inline bool sfdfa_is_decided(const sfdfa_sample_t *sample)
{
    (void)sample;
    return false;
}

static inline uint8_t sfdfa_ticks_run(const sfdfa_sample_t *sample)
{
    (void)sample;
    return SFDFA_TICKS;
}

/* How many events were given. */
static inline uint16_t sfdfa_events_given(const sfdfa_sample_t *sample)
{
    return sample->events;
}

/* Whether a channel is past those that have no effect any more. */
static inline bool sfdfa_follows_ignored(const sfdfa_sample_t *sample, uint16_t channel)
{
    (void)sample, (void)channel;
    return true;
}

static inline void sfdfa_ignore_event(sfdfa_sample_t *sample, uint16_t channel)
{
    (void)sample, (void)channel;
}

static inline void sfdfa_run_tick(sfdfa_t *net)
{
    sfdfa_forward_tick(net);
}

#endif
