/*
 * sfdfa_board_nrf52.c: an nRF52, which after reset runs at 64 MHz. Source: nRF52832 Product Specification, chapter
 * "CLOCK"; Armv7-M Architecture Reference Manual, "Vector Table Offset Register".
 */
#include "sfdfa_board.h"
#include "sfdfa_nvic.h"
#include "sfdfa_uart_nrf.h"

void sfdfa_board_init(void)
{
    sfdfa_nvic_use_own_vectors(); /* a boot loader before us had its own */
    sfdfa_uart_start();
}
