/*
 * sfdfa_sliding_slots.h: the last frames that were heard, each a slot of a ring, section 14.
 */
#ifndef SFDFA_SLIDING_SLOTS_H
#define SFDFA_SLIDING_SLOTS_H

#include "sfdfa.h"
#include "sfdfa_fixed.h"
#include "sfdfa_frame_values.h"

static void take_frame(sfdfa_frontend_t *frontend)
{
    for (uint8_t axis = 0; axis < SFDFA_FRAME_AXES; axis++) {
        find_values(frontend, axis, &frontend->slot[frontend->next][axis * SFDFA_AXIS_VALUES]);
    }
    frontend->next = (uint8_t)(frontend->next + 1 < SFDFA_SLOTS ? frontend->next + 1 : 0);
    if (frontend->slots < SFDFA_SLOTS) {
        frontend->slots++;
    }
}

static uint8_t slots_heard(const sfdfa_frontend_t *frontend)
{
    return frontend->slots;
}

static void begin_slots(sfdfa_frontend_t *frontend)
{
    frontend->slots = 0;
    frontend->next = 0;
}

static void go_on(sfdfa_t *net)
{
    (void)net;
}

/* The k-th slot in the order of time. */
static const int16_t *slot_of(const sfdfa_frontend_t *frontend, uint8_t k)
{
    const uint16_t place = (uint16_t)(frontend->next + SFDFA_SLOTS - frontend->slots + k);
    return frontend->slot[place < SFDFA_SLOTS       ? place
                          : place < 2 * SFDFA_SLOTS ? place - SFDFA_SLOTS
                                                    : place - 2 * SFDFA_SLOTS];
}

#endif
