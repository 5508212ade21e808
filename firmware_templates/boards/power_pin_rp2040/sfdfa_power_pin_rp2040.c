/*
 * sfdfa_power_pin_rp2040.c: a pin to which a supervisor of the supply is connected, low while the power is going. Source:
 * RP2040 Datasheet, chapters "GPIO" and "SIO".
 */
#include "sfdfa_board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define PIN_CONTROL REGISTER(0x40014004UL + 8 * SFDFA_BOARD_POWER_PIN)
#define PIN_FUNCTION_SIO 5UL
#define PAD REGISTER(0x4001C004UL + 4 * SFDFA_BOARD_POWER_PIN)
#define PAD_INPUT_PULLED_UP (1UL << 6 | 1UL << 3 | 1UL << 1) /* nothing connected: the power holds */
#define PINS_IN REGISTER(0xD0000004UL)

/* Set up at every look: it takes two stores, and no board has to do it. */
bool sfdfa_board_power_fails(void)
{
    PAD = PAD_INPUT_PULLED_UP;
    PIN_CONTROL = PIN_FUNCTION_SIO;
    return (PINS_IN >> SFDFA_BOARD_POWER_PIN & 1) == 0;
}
