/*
 * sfdfa_rp_cycles.h: the RP2350's cores count their cycles themselves.
 */
#ifndef SFDFA_RP_CYCLES_H
#define SFDFA_RP_CYCLES_H

static inline void sfdfa_rp_set_up_cycle_counter(void)
{
}

#endif
