/*
 * sfdfa_board_rp2040.c: clocks, pins, UART0 and cycle counter of the RP2040. Source: RP2040 Datasheet, chapters
 * "Subsystem Resets", "Clocks", "Crystal Oscillator (XOSC)", "PLL", "GPIO", "UART", "DMA", "Timer" and "Watchdog", and
 * "SysTick" in the Armv6-M Architecture Reference Manual.
 *
 * Received bytes are put into a ring by DMA, so that nothing interrupts what is being computed, and counted.
 */
#include <stdbool.h>

#include "sfdfa_ring.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
/* Every register of a peripheral has two aliases through which single bits are set or cleared. */
#define SET_BITS(address) REGISTER((address) + 0x2000UL)
#define CLEAR_BITS(address) REGISTER((address) + 0x3000UL)

#define RESETS_RESET 0x4000C000UL /* a set bit holds a subsystem in reset */
#define RESETS_DONE REGISTER(0x4000C008UL)
#define SUBSYSTEM_DMA (1UL << 2)
#define SUBSYSTEM_IO_BANK0 (1UL << 5)
#define SUBSYSTEM_PADS_BANK0 (1UL << 8)
#define SUBSYSTEM_PLL_SYS (1UL << 12)
#define SUBSYSTEM_TIMER (1UL << 21)
#define SUBSYSTEM_UART0 (1UL << 22)

#define XOSC_CTRL REGISTER(0x40024000UL)
#define XOSC_STATUS REGISTER(0x40024004UL)
#define XOSC_STARTUP REGISTER(0x4002400CUL)
#define XOSC_ENABLE_1_15_MHZ (0xFABUL << 12 | 0xAA0UL)
#define XOSC_STABLE (1UL << 31)

#define PLL_SYS_CS REGISTER(0x40028000UL) /* bits 5:0: divider of the crystal, bit 31: locked */
#define PLL_SYS_PWR 0x40028004UL          /* a set bit switches a part off */
#define PLL_SYS_FBDIV REGISTER(0x40028008UL)
#define PLL_SYS_PRIM REGISTER(0x4002800CUL) /* bits 18:16 and 14:12: the two dividers of the output */
#define PLL_LOCKED (1UL << 31)
#define PLL_POWER_MAIN_AND_VCO (1UL << 0 | 1UL << 5)
#define PLL_POWER_DIVIDERS (1UL << 3)

/* The PLL multiplies the crystal to 1500 MHz and divides by 12. "PLL", section "Calculating PLL parameters". */
#define PLL_FEEDBACK 125UL
#define PLL_DIVIDER1 6UL
#define PLL_DIVIDER2 2UL
#if SFDFA_BOARD_CLOCK_HZ != 125000000 || SFDFA_BOARD_CRYSTAL_HZ != 12000000
#error "the PLL is set up for 125 MHz from a crystal of 12 MHz"
#endif

#define CLK_REF_CTRL 0x40008030UL
#define CLK_REF_SELECTED REGISTER(0x40008038UL) /* one bit is set, that of the source */
#define CLK_SYS_CTRL 0x4000803CUL
#define CLK_SYS_SELECTED REGISTER(0x40008044UL)
#define CLK_PERI_CTRL REGISTER(0x40008048UL)
#define CLOCK_SOURCE_BITS 3UL
#define CLK_REF_FROM_CRYSTAL 2UL
#define CLK_SYS_FROM_REF 0UL
#define CLK_SYS_FROM_PLL_SYS 1UL /* the auxiliary source, which is PLL_SYS if bits 7:5 are 0 */
#define CLK_PERI_ENABLE_FROM_SYS (1UL << 11)

#define PIN_CONTROL(pin) REGISTER(0x40014004UL + 8 * (pin))
#define PIN_FUNCTION_UART 2UL
#define PAD(pin) REGISTER(0x4001C004UL + 4 * (pin))
#define PAD_INPUT_PULLED_UP (1UL << 6 | 1UL << 4 | 1UL << 3 | 1UL << 1) /* input, 4 mA, pull-up, Schmitt trigger */

#define UART0_DATA_ADDRESS 0x40034000UL
#define UART0_DATA REGISTER(UART0_DATA_ADDRESS)
#define UART0_FLAGS REGISTER(0x40034018UL)
#define UART0_BAUD_INTEGER REGISTER(0x40034024UL)
#define UART0_BAUD_FRACTION REGISTER(0x40034028UL)
#define UART0_LINE REGISTER(0x4003402CUL)
#define UART0_CONTROL REGISTER(0x40034030UL)
#define UART0_DMA_CONTROL REGISTER(0x40034048UL)
#define DMA_CONTROL_RECEIVE (1UL << 0)
#define FLAG_TRANSMIT_FULL (1UL << 5)
#define LINE_8_BITS_FIFO (3UL << 5 | 1UL << 4)
#define CONTROL_ENABLE (1UL << 9 | 1UL << 8 | 1UL << 0)

#define DMA_READ_ADDRESS REGISTER(0x50000000UL) /* of channel 0 */
#define DMA_WRITE_ADDRESS REGISTER(0x50000004UL)
#define DMA_LEFT REGISTER(0x50000008UL) /* transfers until it ends; counts down as each is complete */
#define DMA_CONTROL_START REGISTER(0x5000000CUL)
#define DMA_MOST 0xFFFFFFFFUL
#define DMA_RING_BITS 12UL
#define DMA_UART0_RECEIVE 21UL
/*
 * Bytes to increasing addresses that wrap around, one for each request of the UART; chained to itself, which means to
 * none.
 */
#define DMA_RECEIVE (DMA_UART0_RECEIVE << 15 | 1UL << 10 | DMA_RING_BITS << 6 | 1UL << 5 | 1UL << 0)
#if SFDFA_RING_BYTES != 4096
#error "the DMA's ring is set up for 2^12 bytes"
#endif

#define WATCHDOG_TICK REGISTER(0x4005802CUL) /* what the timer counts: the reference clock divided by bits 8:0 */
#define WATCHDOG_TICK_ENABLE (1UL << 9)
#define TIMER_MICROSECONDS REGISTER(0x40054028UL)
#define SYSTICK_CONTROL REGISTER(0xE000E010UL)
#define SYSTICK_RELOAD REGISTER(0xE000E014UL)
#define SYSTICK_CURRENT REGISTER(0xE000E018UL)
#define SYSTICK_ENABLE_PROCESSOR_CLOCK (1UL << 2 | 1UL << 0)
#define SYSTICK_MASK 0x00FFFFFFUL
#define SYSTICK_SIGN 0x00800000UL

#define PATIENCE 1000000UL /* loops; the crystal takes a millisecond, the rest less */

static _Alignas(SFDFA_RING_BYTES) volatile uint8_t ring[SFDFA_RING_BYTES];
static uint32_t taken; /* bytes, since the DMA was started */

/* Wait for any of the bits. Returns whether one was set in time. */
static bool wait_for(const volatile uint32_t *address, uint32_t bits)
{
    for (uint32_t patience = PATIENCE; patience > 0; patience--) {
        if ((*address & bits) != 0) {
            return true;
        }
    }
    return false;
}

/* Put one subsystem into reset and take it out. */
static void start_afresh(uint32_t subsystem)
{
    SET_BITS(RESETS_RESET) = subsystem;
    CLEAR_BITS(RESETS_RESET) = subsystem;
    (void)wait_for(&RESETS_DONE, subsystem);
}

static bool start_crystal(void)
{
    /*
     * The time until the crystal counts as stable, in 256 of its cycles: a millisecond. "Crystal Oscillator", section
     * "Startup Delay".
     */
    XOSC_STARTUP = (SFDFA_BOARD_CRYSTAL_HZ / 1000 + 255) / 256;
    XOSC_CTRL = XOSC_ENABLE_1_15_MHZ;
    return wait_for(&XOSC_STATUS, XOSC_STABLE);
}

static bool start_pll(void)
{
    start_afresh(SUBSYSTEM_PLL_SYS);
    PLL_SYS_CS = 1;
    PLL_SYS_FBDIV = PLL_FEEDBACK;
    CLEAR_BITS(PLL_SYS_PWR) = PLL_POWER_MAIN_AND_VCO;
    if (!wait_for(&PLL_SYS_CS, PLL_LOCKED)) {
        return false;
    }
    PLL_SYS_PRIM = PLL_DIVIDER1 << 16 | PLL_DIVIDER2 << 12;
    CLEAR_BITS(PLL_SYS_PWR) = PLL_POWER_DIVIDERS;
    return true;
}

/* The clocks stay as they are, on the ring oscillator, where the crystal or the PLL does not start. */
static void set_up_clocks(void)
{
    if (!start_crystal()) {
        return;
    }
    /*
     * A clock must not be taken from a source that is being changed: the system clock leaves the PLL before it is set
     * up.
     */
    CLEAR_BITS(CLK_SYS_CTRL) = CLOCK_SOURCE_BITS;
    (void)wait_for(&CLK_SYS_SELECTED, 1UL << CLK_SYS_FROM_REF);
    REGISTER(CLK_REF_CTRL) = CLK_REF_FROM_CRYSTAL;
    (void)wait_for(&CLK_REF_SELECTED, 1UL << CLK_REF_FROM_CRYSTAL);
    if (!start_pll()) {
        return;
    }
    REGISTER(CLK_SYS_CTRL) = CLK_SYS_FROM_REF; /* the auxiliary source first, then the switch to it */
    REGISTER(CLK_SYS_CTRL) = CLK_SYS_FROM_PLL_SYS;
    (void)wait_for(&CLK_SYS_SELECTED, 1UL << CLK_SYS_FROM_PLL_SYS);
}

static void set_up_uart(void)
{
    start_afresh(SUBSYSTEM_UART0);
    /* The divisor is clock / (16 baud) in 1/64: four times clock / baud, rounded. */
    const uint32_t divisor = (4 * SFDFA_BOARD_CLOCK_HZ + SFDFA_BOARD_BAUD / 2) / SFDFA_BOARD_BAUD;
    UART0_BAUD_INTEGER = divisor / 64;
    UART0_BAUD_FRACTION = divisor % 64;
    UART0_LINE = LINE_8_BITS_FIFO; /* also takes the divisor into use */
    UART0_DMA_CONTROL = DMA_CONTROL_RECEIVE;
    UART0_CONTROL = CONTROL_ENABLE;
    PAD(SFDFA_BOARD_RX_PIN) = PAD_INPUT_PULLED_UP; /* an open line is an idle one */
    PIN_CONTROL(SFDFA_BOARD_TX_PIN) = PIN_FUNCTION_UART;
    PIN_CONTROL(SFDFA_BOARD_RX_PIN) = PIN_FUNCTION_UART;
}

static void start_receiving(void)
{
    taken = 0;
    DMA_READ_ADDRESS = UART0_DATA_ADDRESS;
    DMA_WRITE_ADDRESS = (uint32_t)(uintptr_t)ring;
    DMA_LEFT = DMA_MOST;
    DMA_CONTROL_START = DMA_RECEIVE;
}

/* The timer and SysTick start at 0 together, from clocks that come from the same crystal. */
static void set_up_cycle_counter(void)
{
    SYSTICK_RELOAD = SYSTICK_MASK;
    WATCHDOG_TICK = WATCHDOG_TICK_ENABLE | SFDFA_BOARD_CRYSTAL_HZ / 1000000;
    start_afresh(SUBSYSTEM_TIMER);
    SYSTICK_CURRENT = 0; /* any write clears it */
    SYSTICK_CONTROL = SYSTICK_ENABLE_PROCESSOR_CLOCK;
}

void sfdfa_board_init(void)
{
    start_afresh(SUBSYSTEM_IO_BANK0);
    start_afresh(SUBSYSTEM_PADS_BANK0);
    set_up_clocks();
    CLK_PERI_CTRL = CLK_PERI_ENABLE_FROM_SYS;
    set_up_uart();
    start_afresh(SUBSYSTEM_DMA);
    start_receiving();
    set_up_cycle_counter();
}

int16_t sfdfa_board_read(void)
{
    const uint32_t arrived = DMA_MOST - DMA_LEFT;
    if (arrived - taken > SFDFA_RING_BYTES) {
        taken = arrived; /* the DMA has gone round and written over what was not taken */
        return SFDFA_BOARD_LOST;
    }
    if (taken != arrived) {
        return ring[taken++ % SFDFA_RING_BYTES];
    }
    if (arrived == DMA_MOST) {
        start_receiving(); /* after days without a pause */
    }
    return SFDFA_BOARD_NONE;
}

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        while ((UART0_FLAGS & FLAG_TRANSMIT_FULL) != 0) {
        }
        UART0_DATA = bytes[k];
    }
}

/*
 * SysTick counts cycles down, but only modulo 2^24, a seventh of a second. The timer knows, to a microsecond, how many
 * went by: of all counts that SysTick can stand for the nearest to the timer's is the true one. No interrupt is needed,
 * so none disturbs the count.
 */
uint32_t sfdfa_board_cycles(void)
{
    const uint32_t counted = 0 - SYSTICK_CURRENT;
    const uint32_t about = TIMER_MICROSECONDS * (SFDFA_BOARD_CLOCK_HZ / 1000000);
    const uint32_t ahead = (counted - about) & SYSTICK_MASK;
    return about + ((ahead ^ SYSTICK_SIGN) - SYSTICK_SIGN); /* `ahead` with its sign */
}
