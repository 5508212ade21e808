/*
 * sfdfa_supply_nrf.c: the power-fail comparator of the nRF51 and nRF52. Source: Nordic nRF51 Series Reference Manual and
 * nRF52832 Product Specification, chapter "POWER". It tells once that the supply has fallen, and as long as it is on and
 * the supply is low the flash is not programmed; so it is switched off with its warning, and on again a while later.
 */
#include "sfdfa_board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define POWER_WARNING REGISTER(0x40000108UL) /* EVENTS_POFWARN */
#define COMPARATOR REGISTER(0x40000510UL)    /* POFCON */
#define OFF 0UL
#define ON (1UL | SFDFA_BOARD_POF_THRESHOLD << 1)

#define LOOKS_OFF \
    1000000UL /* seconds, in which nothing arrives: a supply that goes up and down is not written for each time */

bool sfdfa_board_power_fails(void)
{
    static uint32_t looks_off;
    if (looks_off > 0) {
        looks_off--;
        return true;
    }
    if (POWER_WARNING != 0) {
        COMPARATOR = OFF;
        POWER_WARNING = 0;
        looks_off = LOOKS_OFF;
        return true;
    }
    COMPARATOR = ON;
    return false;
}
