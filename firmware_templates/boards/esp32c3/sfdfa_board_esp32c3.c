/*
 * sfdfa_board_esp32c3.c: UART0 of an ESP32-C3, and its watchdogs, which are stopped. Source: ESP32-C3 Technical Reference
 * Manual, chapters "Reset and Clock", "System Registers", "Watchdog Timers" and "UART Controller". The core and the UART
 * are clocked from the crystal of 40 MHz; the pins are as the boot ROM has them.
 *
 * What arrives is taken from the UART's own queue of 128 bytes when the program looks, since these cores have no
 * interrupt controller that others have.
 */
#include "sfdfa_board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SYSTEM_CLOCK REGISTER(0x600C0058UL)
#define SYSTEM_CLOCK_BITS 0xFFFUL /* bits 11:10: the source, 0 the crystal; bits 9:0: its divider less 1 */
#define CRYSTAL_HZ SFDFA_BOARD_CLOCK_HZ

#define RTC_WATCHDOG REGISTER(0x60008090UL)
#define RTC_WATCHDOG_LOCK REGISTER(0x600080A8UL)
#define SUPER_WATCHDOG REGISTER(0x600080ACUL)
#define SUPER_WATCHDOG_LOCK REGISTER(0x600080B0UL)
#define SUPER_WATCHDOG_FEEDS_ITSELF (1UL << 31)
#define TIMER_WATCHDOG REGISTER(0x6001F048UL)
#define TIMER_WATCHDOG_LOCK REGISTER(0x6001F064UL)
#define UNLOCK 0x50D83AA1UL
#define UNLOCK_SUPER 0x8F1D312AUL
#define LOCK 0UL

#define UART_QUEUE REGISTER(0x60000000UL)
#define UART_CLOCK_DIVIDER REGISTER(0x60000014UL) /* bits 11:0, and bits 23:20 in sixteenths */
#define UART_STATUS REGISTER(0x6000001CUL)        /* bits 9:0: bytes received, bits 25:16: bytes to be sent */
#define UART_CLOCK REGISTER(0x60000078UL) /* bits 21:20: the source, 3 the crystal; bits 19:12: its divider less 1 */
#define UART_CLOCK_SOURCE_BITS (0xFFUL << 12 | 3UL << 20)
#define UART_CLOCK_FROM_CRYSTAL (3UL << 20)
#define UART_ENABLED_CLOCKS (1UL << 22 | 1UL << 24 | 1UL << 25) /* of the module, sending, receiving */
#define COUNT_BITS 0x3FFUL
#define QUEUE_BYTES 128UL

static void stop_watchdogs(void)
{
    RTC_WATCHDOG_LOCK = UNLOCK;
    RTC_WATCHDOG = 0;
    RTC_WATCHDOG_LOCK = LOCK;
    SUPER_WATCHDOG_LOCK = UNLOCK_SUPER;
    SUPER_WATCHDOG |= SUPER_WATCHDOG_FEEDS_ITSELF;
    SUPER_WATCHDOG_LOCK = LOCK;
    TIMER_WATCHDOG_LOCK = UNLOCK;
    TIMER_WATCHDOG = 0;
    TIMER_WATCHDOG_LOCK = LOCK;
}

void sfdfa_board_init(void)
{
    stop_watchdogs();
    SYSTEM_CLOCK &= ~SYSTEM_CLOCK_BITS;
    UART_CLOCK = (UART_CLOCK & ~UART_CLOCK_SOURCE_BITS) | UART_CLOCK_FROM_CRYSTAL | UART_ENABLED_CLOCKS;
    const uint32_t sixteenths = (16 * CRYSTAL_HZ + SFDFA_BOARD_BAUD / 2) / SFDFA_BOARD_BAUD;
    UART_CLOCK_DIVIDER = sixteenths / 16 | sixteenths % 16 << 20;
}

int16_t sfdfa_board_read(void)
{
    if ((UART_STATUS & COUNT_BITS) == 0) {
        return SFDFA_BOARD_NONE;
    }
    return (int16_t)(UART_QUEUE & 0xFF);
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((UART_STATUS >> 16 & COUNT_BITS) >= QUEUE_BYTES - 1) {
        }
        UART_QUEUE = bytes[k];
    }
}

uint32_t sfdfa_board_cycles(void)
{
    return 0;
}
