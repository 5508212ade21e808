/*
 * sfdfa_usart_stm32.c: the USART of the STM32F1 and F4. Source: ST reference manuals RM0041 (STM32F100), RM0090
 * (STM32F405) and RM0368 (STM32F401), chapters "USART". No prescaler divides its clock, which is the core's.
 */
#include "sfdfa_usart_stm32.h"

#include "sfdfa_board.h"
#include "sfdfa_nvic.h"
#include "sfdfa_ring.h"

typedef struct {
    /* Bit 5: received, bit 7: transmit register empty; reading it and then the data clears an overrun. */
    volatile uint32_t status;
    volatile uint32_t data; /* the byte received or to be sent */
    volatile uint32_t baud_rate; /* clock / baud, rounded, with 16-fold oversampling */
    /* Bit 2: receive, bit 3: transmit, bit 5: interrupt when received, bit 13: USART enable. */
    volatile uint32_t control1;
} usart_t;

#define USART ((usart_t *)SFDFA_BOARD_UART)

#define STATUS_RECEIVED (1UL << 5)
#define STATUS_TRANSMIT_EMPTY (1UL << 7)
#define CONTROL1_ENABLE (1UL << 13 | 1UL << 5 | 1UL << 3 | 1UL << 2)

void sfdfa_usart_start(void)
{
    USART->baud_rate = (SFDFA_BOARD_CLOCK_HZ + SFDFA_BOARD_BAUD / 2) / SFDFA_BOARD_BAUD;
    USART->control1 = CONTROL1_ENABLE;
    sfdfa_nvic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    const uint32_t status = USART->status;
    const uint8_t byte = (uint8_t)(USART->data & 0xFF);
    if ((status & STATUS_RECEIVED) != 0) {
        sfdfa_ring_put(byte);
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
        USART->data = bytes[k];
    }
}
