/*
 * sfdfa_board_ns16550.c: a 16550 UART with byte registers, as on QEMU's RISC-V "virt" machine. Source: National
 * Semiconductor PC16550D data sheet.
 */
#include "sfdfa_board.h"
#include "sfdfa_plic.h"
#include "sfdfa_ring.h"

#define REGISTER(offset) (*(volatile uint8_t *)(SFDFA_BOARD_UART + (offset)))

#define DATA REGISTER(0)
#define INTERRUPT_ENABLE REGISTER(1)
#define FIFO_CONTROL REGISTER(2)
#define LINE_CONTROL REGISTER(3)
#define LINE_STATUS REGISTER(5)
#define DIVISOR_LOW REGISTER(0)
#define DIVISOR_HIGH REGISTER(1)

#define FIFO_ENABLE 0x01 /* and interrupts from the first byte on */
#define INTERRUPT_RECEIVED 0x01
#define LINE_8_BITS 0x03
#define LINE_DIVISOR_ACCESS 0x80
#define STATUS_RECEIVED 0x01
#define STATUS_TRANSMIT_EMPTY 0x20

void sfdfa_board_init(void)
{
    const uint32_t divisor = SFDFA_BOARD_UART_CLOCK_HZ / (16 * SFDFA_BOARD_BAUD);
    LINE_CONTROL = LINE_DIVISOR_ACCESS | LINE_8_BITS;
    DIVISOR_LOW = (uint8_t)(divisor & 0xFF);
    DIVISOR_HIGH = (uint8_t)(divisor >> 8);
    LINE_CONTROL = LINE_8_BITS;
    FIFO_CONTROL = FIFO_ENABLE;
    INTERRUPT_ENABLE = INTERRUPT_RECEIVED;
    sfdfa_plic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    while ((LINE_STATUS & STATUS_RECEIVED) != 0) {
        sfdfa_ring_put(DATA);
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((LINE_STATUS & STATUS_TRANSMIT_EMPTY) == 0) {
        }
        DATA = bytes[k];
    }
}

uint32_t sfdfa_board_cycles(void)
{
    return 0;
}
