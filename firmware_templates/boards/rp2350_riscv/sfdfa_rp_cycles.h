/*
 * sfdfa_rp_cycles.h: the counter of cycles of a Hazard3, which stands still until it is let run.
 */
#ifndef SFDFA_RP_CYCLES_H
#define SFDFA_RP_CYCLES_H

void sfdfa_rp_set_up_cycle_counter(void);

#endif
