/*
 * sfdfa_readout_leaders.h: activities of outputs that integrate, and which are the largest.
 */
#ifndef SFDFA_READOUT_LEADERS_H
#define SFDFA_READOUT_LEADERS_H

#include "sfdfa_readout.h"

#include "sfdfa_fixed.h"

/* The two largest Y, and whose the first is. */
typedef struct {
    int32_t first; /* the largest Y */
    int32_t second; /* the largest of the others */
    uint16_t output; /* whose the first is */
} leaders_t;

/* Y of a sum. */
static inline int32_t scaled_activity(sfdfa_activity_t sum)
{
#if SFDFA_WIDE_ACTIVITY
    return (int32_t)(sum < 0 ? ~(~sum >> SFDFA_ACTIVITY_SHIFT) : sum >> SFDFA_ACTIVITY_SHIFT);
#else
    return sfdfa_floor_shift(sum, SFDFA_ACTIVITY_SHIFT);
#endif
}

/* The lowest number leads among equals. With one output the second is out of reach. */
static leaders_t find_leaders(const sfdfa_readout_t *readout)
{
    leaders_t leaders = {.first = scaled_activity(readout->output[0]), .second = -(INT32_C(1) << 30), .output = 0};
    for (uint16_t o = 1; o < SFDFA_OUTPUTS; o++) {
        const int32_t activity = scaled_activity(readout->output[o]);
        const int32_t leads = sfdfa_sign_mask(leaders.first - activity);
        const int32_t behind = activity + ((leaders.first - activity) & leads); /* the lesser of the two */
        leaders.first += (activity - leaders.first) & leads;
        leaders.second = sfdfa_larger(leaders.second, behind);
        leaders.output = (uint16_t)(leaders.output ^ ((leaders.output ^ o) & (uint16_t)leads));
    }
    return leaders;
}

#endif
