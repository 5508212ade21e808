/*
 * sfdfa_joined_frames.h: frames in a few slots, section 14: when these are full, neighbours become one.
 */
#ifndef SFDFA_JOINED_FRAMES_H
#define SFDFA_JOINED_FRAMES_H

#include <stdbool.h>

#include "sfdfa.h"
#include "sfdfa_fixed.h"
#include "sfdfa_frame_values.h"

#define LARGEST_GROUP 14

/* Neighbours become one, so that half of the slots are free again. */
static void join_slots(sfdfa_frontend_t *frontend)
{
    for (uint8_t k = 0; k < SFDFA_SLOTS / 2; k++) {
        for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
            const int32_t both = (int32_t)frontend->slot[2 * k][i] + frontend->slot[2 * k + 1][i];
            frontend->slot[k][i] = (int16_t)sfdfa_round_shift(both, 1);
        }
    }
    frontend->slots = SFDFA_SLOTS / 2;
    frontend->group++;
}

/* The frames that were summed make a slot. */
static void end_slot(sfdfa_frontend_t *frontend)
{
    int16_t *slot = frontend->slot[frontend->slots++];
    for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
        slot[i] = (int16_t)sfdfa_rescale(frontend->sum[i], (int8_t)frontend->group);
        frontend->sum[i] = 0;
    }
    frontend->frames = 0;
    if (frontend->slots == SFDFA_SLOTS) {
        join_slots(frontend);
    }
}

/* Whether there was room for it, as there is for hours. */
static bool join_frame(sfdfa_frontend_t *frontend)
{
    if (frontend->group > LARGEST_GROUP) {
        return false;
    }
    for (uint8_t axis = 0; axis < SFDFA_FRAME_AXES; axis++) {
        int16_t values[SFDFA_AXIS_VALUES];
        find_values(frontend, axis, values);
        for (uint16_t i = 0; i < SFDFA_AXIS_VALUES; i++) {
            frontend->sum[axis * SFDFA_AXIS_VALUES + i] += values[i];
        }
    }
    frontend->frames++;
    if (frontend->frames == 1U << frontend->group) {
        end_slot(frontend);
    }
    return true;
}

static void empty_slots(sfdfa_frontend_t *frontend)
{
    for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
        frontend->sum[i] = 0;
    }
    frontend->frames = 0;
    frontend->group = 0;
    frontend->slots = 0;
}

static const int16_t *slot_of(const sfdfa_frontend_t *frontend, uint8_t k)
{
    return frontend->slot[k];
}

#endif
