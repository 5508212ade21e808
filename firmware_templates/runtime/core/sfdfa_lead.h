/*
 * sfdfa_lead.h: how far the first of the outputs that integrate is ahead, for any processor.
 */
#ifndef SFDFA_LEAD_H
#define SFDFA_LEAD_H

#include "core/sfdfa_readout_leaders.h"

/* The largest Y less the second largest. */
static inline int32_t find_lead(const sfdfa_readout_t *readout)
{
    const leaders_t leaders = find_leaders(readout);
    return leaders.first - leaders.second;
}

#endif
