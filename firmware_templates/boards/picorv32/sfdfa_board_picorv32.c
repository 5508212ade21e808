/*
 * sfdfa_board_picorv32.c: the byte FIFO of firmware_templates/simulators/picorv32/sfdfa_picorv32.v.
 */
#include "sfdfa_board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define DATA REGISTER(SFDFA_BOARD_FIFO)
#define STATUS REGISTER(SFDFA_BOARD_FIFO + 4)
#define STATUS_RECEIVED 1UL

void sfdfa_board_init(void)
{
}

int16_t sfdfa_board_read(void)
{
    return (STATUS & STATUS_RECEIVED) != 0 ? (int16_t)DATA : SFDFA_BOARD_NONE;
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        DATA = bytes[k];
    }
}
