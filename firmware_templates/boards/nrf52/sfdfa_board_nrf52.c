/*
 * sfdfa_board_nrf52.c: an nRF52, which after reset runs at 64 MHz. Source: nRF52832 Product Specification, chapter
 * "CLOCK".
 */
#include "sfdfa_board.h"
#include "sfdfa_uart_nrf.h"

void sfdfa_board_init(void)
{
    sfdfa_uart_start();
}
