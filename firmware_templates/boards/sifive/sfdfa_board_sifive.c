/*
 * sfdfa_board_sifive.c: UART0 of the SiFive FE310. Source: SiFive FE310-G002 Manual, chapters "PRCI", "GPIO", "PLIC"
 * and "UART". The core runs from the crystal of 16 MHz with the PLL bypassed.
 */
#include "sfdfa_board.h"
#include "sfdfa_plic.h"
#include "sfdfa_ring.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define HFXOSCCFG REGISTER(0x10008004UL)
#define PLLCFG REGISTER(0x10008008UL)
#define HFXOSC_ENABLE (1UL << 30)
#define HFXOSC_READY (1UL << 31)
#define PLL_SELECT (1UL << 16)
#define PLL_REFERENCE_IS_CRYSTAL (1UL << 17)
#define PLL_BYPASS (1UL << 18)

#define GPIO_FUNCTION_ENABLE REGISTER(0x10012038UL)
#define GPIO_FUNCTION_SELECT REGISTER(0x1001203CUL)
#define UART0_PINS (1UL << 16 | 1UL << 17)

#define UART_TRANSMIT REGISTER(0x10013000UL) /* bit 31: full */
#define UART_RECEIVE REGISTER(0x10013004UL)  /* bit 31: empty */
#define UART_TRANSMIT_CONTROL REGISTER(0x10013008UL)
#define UART_RECEIVE_CONTROL REGISTER(0x1001300CUL)
/* Bit 1: while more bytes wait than bits 18:16 of the receive control say. */
#define UART_INTERRUPT_ENABLE REGISTER(0x10013010UL)
#define UART_DIVISOR REGISTER(0x10013018UL)
#define UART_FLAG (1UL << 31)

#define CRYSTAL_PATIENCE 1000000UL /* loops */

static void run_from_crystal(void)
{
    HFXOSCCFG = HFXOSC_ENABLE;
    for (uint32_t patience = CRYSTAL_PATIENCE; (HFXOSCCFG & HFXOSC_READY) == 0 && patience > 0; patience--) {
    }
    PLLCFG = PLL_REFERENCE_IS_CRYSTAL | PLL_BYPASS;
    PLLCFG |= PLL_SELECT;
}

void sfdfa_board_init(void)
{
    run_from_crystal();
    GPIO_FUNCTION_SELECT &= ~UART0_PINS;
    GPIO_FUNCTION_ENABLE |= UART0_PINS;
    UART_DIVISOR = SFDFA_BOARD_CLOCK_HZ / SFDFA_BOARD_BAUD - 1;
    UART_TRANSMIT_CONTROL = 1;
    UART_RECEIVE_CONTROL = 1; /* interrupts from the first byte on */
    UART_INTERRUPT_ENABLE = 2;
    sfdfa_plic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    for (uint32_t received = UART_RECEIVE; (received & UART_FLAG) == 0; received = UART_RECEIVE) {
        sfdfa_ring_put((uint8_t)(received & 0xFF));
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((UART_TRANSMIT & UART_FLAG) != 0) {
        }
        UART_TRANSMIT = bytes[k];
    }
}
