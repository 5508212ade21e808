/*
 * sfdfa_lead.h: how far the first of the outputs that integrate is ahead, by the kernel of RISC-V.
 */
#ifndef SFDFA_LEAD_H
#define SFDFA_LEAD_H

#include "sfdfa_riscv.h"

/* The largest Y less the second largest. */
static inline int32_t find_lead(const sfdfa_readout_t *readout)
{
    return sfdfa_riscv_lead(readout->output);
}

#endif
