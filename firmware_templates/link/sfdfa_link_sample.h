/*
 * sfdfa_link_sample.h: a sample that came over the line on its way through the network, whatever request brought it:
 * begun, given its events, and ended with a RESULT that says how long it took.
 */
#ifndef SFDFA_LINK_SAMPLE_H
#define SFDFA_LINK_SAMPLE_H

#include "sfdfa_bytes.h"
#include "sfdfa_link_cycles.h"
#include "sfdfa_protocol.h"
#include "core/sfdfa_compiler.h"
#if SFDFA_INTEGRATES
#include "sfdfa_link_probabilities.h"
#else
#include "sfdfa_link_counts.h"
#endif

/* Before what is measured of a sample, so that it takes the same time for events and for readings. */
#ifdef __GNUC__
#define ONE_COPY __attribute__((noinline))
#else
#define ONE_COPY
#endif

/* Bits for the tensors that were clamped since link->before was set. */
static uint8_t sfdfa_link_saturated(const sfdfa_link_t *link)
{
    const sfdfa_saturations_t *now = &link->net->saturations;
    const sfdfa_saturations_t *before = &link->before;
    return (uint8_t)((now->state != before->state) | (now->grades != before->grades) << 1 |
                     (now->eligibility != before->eligibility) << 2 | (now->update != before->update) << 3 |
                     (now->spikes != before->spikes) << 4);
}

static SFDFA_OWN_FRAME int16_t put_result(sfdfa_link_t *link, const sfdfa_result_t *result)
{
    uint8_t *const payload = sfdfa_frame_payload(&link->frame);
    uint8_t *put = sfdfa_put_u16(payload, result->prediction);
    *put++ = (uint8_t)(sfdfa_link_saturated(link) | sfdfa_link_outcome(result));
    put = sfdfa_link_put_outputs(put, result);
    return (int16_t)(sfdfa_link_put_cycles(link, put) - payload);
}

/* Run the sample to its end, and write RESULT in place of the request. Returns its length, or an error. */
static ONE_COPY int16_t sfdfa_link_end_sample(sfdfa_link_t *link)
{
    sfdfa_result_t result;
    const uint32_t start = sfdfa_board_cycles();
    const int status = sfdfa_sample_end(link->net, link->label, &result);
    sfdfa_link_count_cycles(link, 1, start);
    return status == SFDFA_OK ? put_result(link, &result) : sfdfa_refusal(status);
}

/* Returns 0 or an error. */
static int16_t sfdfa_link_begin_sample(sfdfa_link_t *link, uint8_t flags, uint16_t label)
{
    link->label = (flags & SFDFA_LABEL_CHUNK) != 0 ? (int32_t)label : SFDFA_NO_LABEL;
    link->before = link->net->saturations;
    sfdfa_events_begin_sample(&link->events);
    return sfdfa_refusal(sfdfa_sample_begin(link->net, (flags & SFDFA_LEARN_CHUNK) != 0));
}

/* Give the sample its next event. Returns 0 or an error. */
static ONE_COPY int16_t sfdfa_link_event(sfdfa_link_t *link, uint16_t tick, uint16_t channel)
{
    const uint32_t start = sfdfa_board_cycles();
    const int status = sfdfa_event(link->net, tick, channel);
    sfdfa_link_count_cycles(link, 0, start);
    return sfdfa_refusal(status);
}

#endif
