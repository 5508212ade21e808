/*
 * sfdfa_board_lm3s.c: UART0 of the LM3S6965. Source: Stellaris LM3S6965 data sheet, chapters "System Control", "GPIO"
 * and "UART". The clock is the internal oscillator of 12 MHz, as after reset.
 */
#include "sfdfa_board.h"
#include "sfdfa_nvic.h"
#include "sfdfa_ring.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCGC1 REGISTER(0x400FE104UL) /* bit 0: clock of UART0 */
#define RCGC2 REGISTER(0x400FE108UL) /* bit 0: clock of port A */

#define PORT_A_ALTERNATE REGISTER(0x40004420UL)
#define PORT_A_DIGITAL REGISTER(0x4000451CUL)
#define UART0_PINS 0x03UL /* PA0 receives, PA1 transmits */

#define UART0_DATA REGISTER(0x4000C000UL)
#define UART0_FLAGS REGISTER(0x4000C018UL)
#define UART0_BAUD_INTEGER REGISTER(0x4000C024UL)
#define UART0_BAUD_FRACTION REGISTER(0x4000C028UL)
#define UART0_LINE REGISTER(0x4000C02CUL)
#define UART0_CONTROL REGISTER(0x4000C030UL)
#define UART0_INTERRUPT_MASK REGISTER(0x4000C038UL) /* a set bit enables */
#define UART0_INTERRUPT_CLEAR REGISTER(0x4000C044UL)

#define FLAG_RECEIVE_EMPTY (1UL << 4)
#define FLAG_TRANSMIT_FULL (1UL << 5)
#define LINE_8_BITS_FIFO (3UL << 5 | 1UL << 4)
#define CONTROL_ENABLE (1UL << 9 | 1UL << 8 | 1UL << 0)
#define INTERRUPT_RECEIVED (1UL << 6 | 1UL << 4) /* the FIFO is half full, or holds bytes while the line is idle */

void sfdfa_board_init(void)
{
    RCGC1 |= 1UL;
    RCGC2 |= 1UL;
    (void)RCGC2; /* the clocks run three cycles later */
    PORT_A_ALTERNATE |= UART0_PINS;
    PORT_A_DIGITAL |= UART0_PINS;
    UART0_CONTROL = 0;
    /* The divisor is clock / (16 baud) in 1/64: four times clock / baud, rounded. */
    const uint32_t divisor = (4 * SFDFA_BOARD_CLOCK_HZ + SFDFA_BOARD_BAUD / 2) / SFDFA_BOARD_BAUD;
    UART0_BAUD_INTEGER = divisor / 64;
    UART0_BAUD_FRACTION = divisor % 64;
    UART0_LINE = LINE_8_BITS_FIFO;
    UART0_INTERRUPT_MASK = INTERRUPT_RECEIVED;
    UART0_CONTROL = CONTROL_ENABLE;
    sfdfa_nvic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    /* First: what arrives from here on is taken below or interrupts again. */
    UART0_INTERRUPT_CLEAR = INTERRUPT_RECEIVED;
    while ((UART0_FLAGS & FLAG_RECEIVE_EMPTY) == 0) {
        sfdfa_ring_put((uint8_t)(UART0_DATA & 0xFF));
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((UART0_FLAGS & FLAG_TRANSMIT_FULL) != 0) {
        }
        UART0_DATA = bytes[k];
    }
}

uint32_t sfdfa_board_cycles(void)
{
    return 0;
}
