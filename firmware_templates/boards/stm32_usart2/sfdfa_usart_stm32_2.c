/*
 * sfdfa_usart_stm32_2.c: the USART of the STM32L4 and H7. Source: ST reference manuals RM0351 (STM32L476) and RM0433
 * (STM32H743), chapters "USART". No prescaler divides its clock, which is the core's.
 */
#include "sfdfa_board.h"
#include "sfdfa_nvic.h"
#include "sfdfa_ring.h"
#include "sfdfa_usart_stm32.h"

typedef struct {
    /* Bit 0: USART enable, bit 2: receive, bit 3: transmit, bit 5: interrupt when received. */
    volatile uint32_t control1;
    volatile uint32_t control2; /* stop bits and clock pin; 0: one, none */
    volatile uint32_t control3; /* bit 12: a byte that was not taken is written over */
    volatile uint32_t baud_rate; /* clock / baud, rounded, with 16-fold oversampling */
    volatile uint32_t guard_time; /* of smart cards */
    volatile uint32_t receiver_timeout; /* in bits */
    volatile uint32_t request; /* bits that start something */
    volatile uint32_t status; /* bit 5: received, bit 7: transmit register empty */
    volatile uint32_t clear; /* bits of the status that are to be cleared */
    volatile uint32_t received; /* the byte */
    volatile uint32_t transmitted; /* the byte */
} usart_t;

#define USART ((usart_t *)SFDFA_BOARD_UART)

#define STATUS_RECEIVED (1UL << 5)
#define STATUS_TRANSMIT_EMPTY (1UL << 7)
#define CONTROL1_ENABLE (1UL << 5 | 1UL << 3 | 1UL << 2 | 1UL << 0)
#define CONTROL3_NO_OVERRUN (1UL << 12)

void sfdfa_usart_start(void)
{
    USART->baud_rate = (SFDFA_BOARD_CLOCK_HZ + SFDFA_BOARD_BAUD / 2) / SFDFA_BOARD_BAUD;
    USART->control3 = CONTROL3_NO_OVERRUN;
    USART->control1 = CONTROL1_ENABLE;
    sfdfa_nvic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    if ((USART->status & STATUS_RECEIVED) != 0) {
        sfdfa_ring_put((uint8_t)(USART->received & 0xFF));
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((USART->status & STATUS_TRANSMIT_EMPTY) == 0) {
        }
        USART->transmitted = bytes[k];
    }
}
