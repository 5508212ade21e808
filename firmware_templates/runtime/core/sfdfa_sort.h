/*
 * sfdfa_sort.h: the events of a sample's readings, in the order in which the sample is to be given them.
 */
#ifndef SFDFA_SORT_H
#define SFDFA_SORT_H

#include "sfdfa.h"

#if SFDFA_FEATURES > 0

/* How many of a sample's events come before the end of each tick. */
typedef struct {
    uint16_t of[SFDFA_TICKS]; /* for each tick, how many of the events are in it or before it */
} sfdfa_tick_ends_t;

/*
 * sfdfa_encode.c: put the channels of the events of `readings` where a sample that was just begun keeps its events.
 * From there each one is to be given to sfdfa_event, which leaves it where it is.
 */
void sfdfa_sort_readings(sfdfa_t *net, const sfdfa_reading_t *readings, sfdfa_tick_ends_t *ends);

#endif

#endif
