/*
 * sfdfa_uart_nrf.c: crystal, pins and UART0 of the nRF51 and the nRF52. Source: Nordic nRF51 Series Reference Manual and
 * nRF52832, nRF52833 and nRF52840 Product Specifications, chapters "CLOCK", "GPIO" and "UART".
 */
#include "sfdfa_uart_nrf.h"

#include "sfdfa_nvic.h"
#include "sfdfa_ring.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define CLOCK_HFCLKSTART REGISTER(0x40000000UL)
#define CLOCK_HFCLKSTARTED REGISTER(0x40000100UL)

/* Pin 32 and up are P1.00 and up, where a chip has them. */
#define GPIO_PORT(pin) (0x50000000UL + 0x300UL * ((pin) / 32))
#define GPIO_OUTSET(pin) REGISTER(GPIO_PORT(pin) + 0x508UL)
#define GPIO_PIN_CONFIG(pin) REGISTER(GPIO_PORT(pin) + 0x700UL + 4 * ((pin) % 32))
#define PIN_OUTPUT 3UL /* output, input buffer disconnected */
#define PIN_INPUT 0UL

#define UART_STARTRX REGISTER(0x40002000UL)
#define UART_STARTTX REGISTER(0x40002008UL)
#define UART_RXDRDY REGISTER(0x40002108UL)
#define UART_TXDRDY REGISTER(0x4000211CUL)
#define UART_INTERRUPT_ENABLE REGISTER(0x40002304UL) /* a set bit enables that of an event */
#define UART_ENABLE REGISTER(0x40002500UL)
#define UART_PSELTXD REGISTER(0x4000250CUL)
#define UART_PSELRXD REGISTER(0x40002514UL)
#define UART_RXD REGISTER(0x40002518UL)
#define UART_TXD REGISTER(0x4000251CUL)
#define UART_BAUDRATE REGISTER(0x40002524UL)
#define UART_CONFIG REGISTER(0x4000256CUL)

#define CRYSTAL_PATIENCE 100000UL /* loops; it starts within a millisecond */
#define ENABLED 4UL
#define INTERRUPT_RXDRDY (1UL << 2)
#define BAUD_115200 0x01D7E000UL

#if SFDFA_BOARD_BAUD != 115200
#error "the table of baud rates in the reference manual has no formula: add the value for this one"
#endif

void sfdfa_uart_start(void)
{
    /*
     * The crystal: the internal oscillator is not exact enough for a serial line. A board without one must not hang
     * here.
     */
    CLOCK_HFCLKSTARTED = 0;
    CLOCK_HFCLKSTART = 1;
    for (uint32_t patience = CRYSTAL_PATIENCE; CLOCK_HFCLKSTARTED == 0 && patience > 0; patience--) {
    }
    GPIO_OUTSET(SFDFA_BOARD_TX_PIN) = 1UL << SFDFA_BOARD_TX_PIN % 32;
    GPIO_PIN_CONFIG(SFDFA_BOARD_TX_PIN) = PIN_OUTPUT;
    GPIO_PIN_CONFIG(SFDFA_BOARD_RX_PIN) = PIN_INPUT;
    UART_PSELTXD = SFDFA_BOARD_TX_PIN;
    UART_PSELRXD = SFDFA_BOARD_RX_PIN;
    UART_BAUDRATE = BAUD_115200;
    UART_CONFIG = 0; /* no parity, no flow control */
    UART_ENABLE = ENABLED;
    UART_RXDRDY = 0;
    UART_INTERRUPT_ENABLE = INTERRUPT_RXDRDY;
    sfdfa_nvic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
    UART_STARTTX = 1;
    UART_STARTRX = 1;
}

void sfdfa_board_interrupt(void)
{
    while (UART_RXDRDY != 0) {
        UART_RXDRDY = 0; /* before the byte is taken, so that the next one is not missed */
        sfdfa_ring_put((uint8_t)(UART_RXD & 0xFF));
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        UART_TXDRDY = 0;
        UART_TXD = bytes[k];
        while (UART_TXDRDY == 0) {
        }
    }
}
