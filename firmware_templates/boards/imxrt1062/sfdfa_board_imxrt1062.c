/*
 * sfdfa_board_imxrt1062.c: LPUART6 of an i.MX RT1062. Source: i.MX RT1060 Reference Manual, chapters "CCM", "IOMUXC",
 * "LPUART" and "RTWDOG". The core runs at the 396 MHz that the boot ROM leaves ("System Boot", table of its clocks); the
 * LPUART is clocked from the crystal of 24 MHz.
 */
#include "sfdfa_board.h"
#include "sfdfa_instruction_cache.h"
#include "sfdfa_nvic.h"
#include "sfdfa_ring.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define CCM_CSCDR1 REGISTER(0x400FC024UL)
#define UART_CLOCK_BITS 0x7FUL
#define UART_CLOCK_FROM_CRYSTAL (1UL << 6) /* divided by 1 where the bits below are 0 */
#define CCM_CCGR3 REGISTER(0x400FC074UL)
#define LPUART6_CLOCK_ON (3UL << 6)
#define CRYSTAL_HZ 24000000UL

#define PIN_TX_FUNCTION REGISTER(0x401F80C4UL) /* GPIO_AD_B0_02, pin 1 */
#define PIN_RX_FUNCTION REGISTER(0x401F80C8UL) /* GPIO_AD_B0_03, pin 0 */
#define PIN_TX_PAD REGISTER(0x401F82B4UL)
#define PIN_RX_PAD REGISTER(0x401F82B8UL)
#define LPUART6_RX_SELECT REGISTER(0x401F8550UL)
#define LPUART6_TX_SELECT REGISTER(0x401F8554UL)
#define FUNCTION_LPUART6 2UL
#define SELECT_AD_B0 1UL
#define PAD_OUTPUT (6UL << 3 | 2UL << 6) /* drive strength, speed */
#define PAD_INPUT_PULLED_UP (1UL << 12 | 1UL << 13 | 3UL << 14 | 1UL << 16) /* 22 kOhm, with hysteresis */

#define WATCHDOG_CONTROL REGISTER(0x400BC000UL)
#define WATCHDOG_COUNT REGISTER(0x400BC004UL)
#define WATCHDOG_TIMEOUT REGISTER(0x400BC008UL)
#define WATCHDOG_ENABLED (1UL << 7)
#define WATCHDOG_UPDATE (1UL << 5) /* it may be changed again later */
#define WATCHDOG_UNLOCK 0xD928C520UL

typedef struct {
    volatile uint32_t version; /* of the module */
    volatile uint32_t parameter; /* depths of its queues */
    volatile uint32_t global; /* bit 1: reset */
    volatile uint32_t pin; /* the trigger */
    volatile uint32_t baud; /* bits 28:24: clocks a bit, less 1; bits 12:0: divider of the clock */
    volatile uint32_t status; /* bit 23: transmit register empty, bit 21: received, bit 19: overrun, cleared by a 1 */
    volatile uint32_t control; /* bit 21: interrupt when received, bit 19: transmit, bit 18: receive */
    volatile uint32_t data; /* the byte received or to be sent */
} lpuart_t;

#define LPUART6 ((lpuart_t *)0x40198000UL)
#define CLOCKS_A_BIT 16UL
#define STATUS_TRANSMIT_EMPTY (1UL << 23)
#define STATUS_RECEIVED (1UL << 21)
#define STATUS_OVERRUN (1UL << 19)
#define CONTROL_ENABLE (1UL << 21 | 1UL << 19 | 1UL << 18)

static void stop_watchdog(void)
{
    if ((WATCHDOG_CONTROL & WATCHDOG_ENABLED) != 0) {
        WATCHDOG_COUNT = WATCHDOG_UNLOCK;
        WATCHDOG_TIMEOUT = 0xFFFF;
        WATCHDOG_CONTROL = (WATCHDOG_CONTROL & ~WATCHDOG_ENABLED) | WATCHDOG_UPDATE;
    }
}

void sfdfa_board_init(void)
{
    stop_watchdog();
    sfdfa_start_instruction_cache();
    sfdfa_nvic_use_own_vectors();
    CCM_CSCDR1 = (CCM_CSCDR1 & ~UART_CLOCK_BITS) | UART_CLOCK_FROM_CRYSTAL;
    CCM_CCGR3 |= LPUART6_CLOCK_ON;
    PIN_TX_FUNCTION = FUNCTION_LPUART6;
    PIN_RX_FUNCTION = FUNCTION_LPUART6;
    PIN_TX_PAD = PAD_OUTPUT;
    PIN_RX_PAD = PAD_INPUT_PULLED_UP; /* an open line is an idle one */
    LPUART6_TX_SELECT = SELECT_AD_B0;
    LPUART6_RX_SELECT = SELECT_AD_B0;
    const uint32_t wanted = CLOCKS_A_BIT * SFDFA_BOARD_BAUD;
    LPUART6->baud = (CLOCKS_A_BIT - 1) << 24 | (CRYSTAL_HZ + wanted / 2) / wanted;
    LPUART6->control = CONTROL_ENABLE;
    sfdfa_nvic_enable(SFDFA_BOARD_RECEIVE_INTERRUPT);
}

void sfdfa_board_interrupt(void)
{
    const uint32_t status = LPUART6->status;
    if ((status & STATUS_OVERRUN) != 0) {
        LPUART6->status = STATUS_OVERRUN;
    }
    if ((status & STATUS_RECEIVED) != 0) {
        sfdfa_ring_put((uint8_t)(LPUART6->data & 0xFF));
    }
}

int16_t sfdfa_board_read(void)
{
    return sfdfa_ring_take();
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((LPUART6->status & STATUS_TRANSMIT_EMPTY) == 0) {
        }
        LPUART6->data = bytes[k];
    }
}
