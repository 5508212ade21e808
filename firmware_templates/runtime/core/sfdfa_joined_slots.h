/*
 * sfdfa_joined_slots.h: all that was heard since sfdfa_listen, section 14.
 */
#ifndef SFDFA_JOINED_SLOTS_H
#define SFDFA_JOINED_SLOTS_H

#include "sfdfa_joined_frames.h"

static void take_frame(sfdfa_frontend_t *frontend)
{
    (void)join_frame(frontend);
}

static uint8_t slots_heard(const sfdfa_frontend_t *frontend)
{
    return frontend->slots;
}

/* What was decided is over. */
static void go_on(sfdfa_t *net)
{
    sfdfa_listen(net);
}

static void begin_slots(sfdfa_frontend_t *frontend)
{
    empty_slots(frontend);
}

#endif
