/*
 * sfdfa_sorted_events.h: from readings to events in the order of their ticks, and these to the network.
 */
#ifndef SFDFA_SORTED_EVENTS_H
#define SFDFA_SORTED_EVENTS_H

#include "sfdfa_link_cycles.h"
#include "sfdfa_link_sample.h"
#include "core/sfdfa_sort.h"

/* Make the events of a sample and put them in order. */
static ONE_COPY void sfdfa_link_sort_readings(sfdfa_link_t *link, const sfdfa_reading_t *readings,
                                              sfdfa_tick_ends_t *ends)
{
    const uint32_t start = sfdfa_board_cycles();
    sfdfa_sort_readings(link->net, readings, ends);
    sfdfa_link_count_cycles(link, SFDFA_PHASES, start);
}

/* Give the sample the events that were put in order. Returns 0 or an error. */
static int16_t sfdfa_link_give_sorted(sfdfa_link_t *link, const sfdfa_tick_ends_t *ends)
{
    int16_t status = 0;
    uint16_t k = 0;
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (; status == 0 && k < ends->of[t]; k++) {
            status = sfdfa_link_event(link, t, link->net->sample.event[k]);
        }
    }
    return status;
}

#endif
