/*
 * sfdfa_board_cmsdk.c: UART of the Arm CMSDK, as on the MPS2 boards. Source: Arm Cortex-M System Design Kit Technical
 * Reference Manual (DDI 0479), "APB UART".
 */
#include "sfdfa_board.h"
#include "sfdfa_nvic.h"
#include "sfdfa_ring.h"

typedef struct {
    volatile uint32_t data; /* the byte received or to be sent */
    volatile uint32_t state; /* bit 0: transmit buffer full, bit 1: receive buffer full */
    volatile uint32_t control; /* bit 0: transmit enable, bit 1: receive enable, bit 3: interrupt when received */
    volatile uint32_t interrupt; /* bit 1: received; a set bit clears */
    volatile uint32_t baud_divider; /* clock / baud, rounded */
} uart_t;

#define UART ((uart_t *)SFDFA_BOARD_UART)

#define STATE_TRANSMIT_FULL 1u
#define STATE_RECEIVE_FULL 2u
#define CONTROL_TRANSMIT 1u
#define CONTROL_RECEIVE 2u
#define CONTROL_RECEIVE_INTERRUPT 8u
#define INTERRUPT_RECEIVED 2u

#if SFDFA_RING_BYTES > 0

void sfdfa_board_init(void)
{
    UART->baud_divider = SFDFA_BOARD_CLOCK_HZ / SFDFA_BOARD_BAUD;
    UART->control = CONTROL_TRANSMIT | CONTROL_RECEIVE | CONTROL_RECEIVE_INTERRUPT;
    sfdfa_nvic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    UART->interrupt = INTERRUPT_RECEIVED; /* first: what arrives from here on is taken below or interrupts again */
    while ((UART->state & STATE_RECEIVE_FULL) != 0) {
        sfdfa_ring_put((uint8_t)(UART->data & 0xFF));
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

#else

/* The Unicorn emulator has no interrupts, and a UART that loses nothing. */

void sfdfa_board_init(void)
{
    UART->baud_divider = SFDFA_BOARD_CLOCK_HZ / SFDFA_BOARD_BAUD;
    UART->control = CONTROL_TRANSMIT | CONTROL_RECEIVE;
}

int16_t sfdfa_board_read(void)
{
    return (UART->state & STATE_RECEIVE_FULL) != 0 ? (int16_t)(UART->data & 0xFF) : SFDFA_BOARD_NONE;
}

#endif

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((UART->state & STATE_TRANSMIT_FULL) != 0) {
        }
        UART->data = bytes[k];
    }
}

uint32_t sfdfa_board_cycles(void)
{
    return 0;
}
