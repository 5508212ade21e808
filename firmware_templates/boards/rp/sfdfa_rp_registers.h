/*
 * sfdfa_rp_registers.h: how registers of an RP2040 or RP2350 are reached, and subsystems taken out of reset.
 */
#ifndef SFDFA_RP_REGISTERS_H
#define SFDFA_RP_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "sfdfa_board_config.h"
#include "sfdfa_rp.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
/* Every register of a peripheral has two aliases through which single bits are set or cleared. */
#define SET_BITS(address) REGISTER((address) + 0x2000UL)
#define CLEAR_BITS(address) REGISTER((address) + 0x3000UL)

#define RESETS_RESET RESETS /* a set bit holds a subsystem in reset */
#define RESETS_DONE REGISTER(RESETS + 0x08UL)

#define PATIENCE 1000000UL /* loops; the crystal takes a millisecond, the rest less */

/* Wait for any of the bits. Returns whether one was set in time. */
static inline bool sfdfa_rp_wait_for(const volatile uint32_t *address, uint32_t bits)
{
    for (uint32_t patience = PATIENCE; patience > 0; patience--) {
        if ((*address & bits) != 0) {
            return true;
        }
    }
    return false;
}

/* Put one subsystem into reset and take it out. */
static inline void sfdfa_rp_start_afresh(uint32_t subsystem)
{
    SET_BITS(RESETS_RESET) = subsystem;
    CLEAR_BITS(RESETS_RESET) = subsystem;
    (void)sfdfa_rp_wait_for(&RESETS_DONE, subsystem);
}

#endif
