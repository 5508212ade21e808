/*
 * sfdfa_rp_cycles.h: the RP2040's counter of cycles, set up once before it is read.
 */
#ifndef SFDFA_RP_CYCLES_H
#define SFDFA_RP_CYCLES_H

void sfdfa_rp_set_up_cycle_counter(void);

#endif
