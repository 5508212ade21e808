/*
 * sfdfa_board_rp.c: clocks, pins and UART0 of the RP2040 and the RP2350. Source: RP2040 and RP2350 Datasheets, chapters
 * "Subsystem Resets", "Clocks", "Crystal Oscillator (XOSC)", "PLL", "GPIO", "UART" and "DMA". What the chips have at
 * different places is in sfdfa_rp.h.
 *
 * Received bytes are put into a ring by DMA, so that nothing interrupts what is being computed, and counted.
 */
#include <stdbool.h>

#include "sfdfa_ring.h"
#include "sfdfa_rp.h"
#include "sfdfa_rp_cycles.h"
#include "sfdfa_rp_registers.h"

#define XOSC_CTRL REGISTER(XOSC)
#define XOSC_STATUS REGISTER(XOSC + 0x04UL)
#define XOSC_STARTUP REGISTER(XOSC + 0x0CUL)
#define XOSC_ENABLE_1_15_MHZ (0xFABUL << 12 | 0xAA0UL)
#define XOSC_STABLE (1UL << 31)

#define PLL_SYS_CS REGISTER(PLL_SYS) /* bits 5:0: divider of the crystal, bit 31: locked */
#define PLL_SYS_PWR (PLL_SYS + 0x04UL)          /* a set bit switches a part off */
#define PLL_SYS_FBDIV REGISTER(PLL_SYS + 0x08UL)
#define PLL_SYS_PRIM REGISTER(PLL_SYS + 0x0CUL) /* bits 18:16 and 14:12: the two dividers of the output */
#define PLL_LOCKED (1UL << 31)
#define PLL_POWER_MAIN_AND_VCO (1UL << 0 | 1UL << 5)
#define PLL_POWER_DIVIDERS (1UL << 3)

#define CLK_REF_CTRL (CLOCKS + 0x30UL)
#define CLK_REF_SELECTED REGISTER(CLOCKS + 0x38UL) /* one bit is set, that of the source */
#define CLK_SYS_CTRL (CLOCKS + 0x3CUL)
#define CLK_SYS_SELECTED REGISTER(CLOCKS + 0x44UL)
#define CLK_PERI_CTRL REGISTER(CLOCKS + 0x48UL)
#define CLOCK_SOURCE_BITS 3UL
#define CLK_REF_FROM_CRYSTAL 2UL
#define CLK_SYS_FROM_REF 0UL
#define CLK_SYS_FROM_PLL_SYS 1UL /* the auxiliary source, which is PLL_SYS if bits 7:5 are 0 */
#define CLK_PERI_ENABLE_FROM_SYS (1UL << 11)

#define PIN_CONTROL(pin) REGISTER(IO_BANK0 + 0x04UL + 8 * (pin))
#define PIN_FUNCTION_UART 2UL
#define PAD(pin) REGISTER(PADS_BANK0 + 0x04UL + 4 * (pin))
/* Written whole, which also ends the isolation that an RP2350's pads have after a reset. */
#define PAD_OUTPUT (1UL << 6 | 1UL << 4 | 1UL << 1) /* input, 4 mA, Schmitt trigger */
#define PAD_INPUT_PULLED_UP (1UL << 6 | 1UL << 4 | 1UL << 3 | 1UL << 1) /* input, 4 mA, pull-up, Schmitt trigger */

#define UART0_DATA REGISTER(UART0)
#define UART0_FLAGS REGISTER(UART0 + 0x18UL)
#define UART0_BAUD_INTEGER REGISTER(UART0 + 0x24UL)
#define UART0_BAUD_FRACTION REGISTER(UART0 + 0x28UL)
#define UART0_LINE REGISTER(UART0 + 0x2CUL)
#define UART0_CONTROL REGISTER(UART0 + 0x30UL)
#define UART0_DMA_CONTROL REGISTER(UART0 + 0x48UL)
#define DMA_CONTROL_RECEIVE (1UL << 0)
#define FLAG_TRANSMIT_FULL (1UL << 5)
#define LINE_8_BITS_FIFO (3UL << 5 | 1UL << 4)
#define CONTROL_ENABLE (1UL << 9 | 1UL << 8 | 1UL << 0)

#define DMA_READ_ADDRESS REGISTER(0x50000000UL) /* of channel 0 */
#define DMA_WRITE_ADDRESS REGISTER(0x50000004UL)
#define DMA_LEFT REGISTER(0x50000008UL) /* transfers until it ends; counts down as each is complete */
#define DMA_CONTROL_START REGISTER(0x5000000CUL)
#define DMA_RING_BITS 12UL
/*
 * Bytes to increasing addresses that wrap around, one for each request of the UART; chained to itself, which means to
 * none.
 */
#define DMA_RECEIVE DMA_CONTROL(DMA_UART0_RECEIVE, DMA_RING_BITS)
#if SFDFA_RING_BYTES != 4096
#error "the DMA's ring is set up for 2^12 bytes"
#endif

static _Alignas(SFDFA_RING_BYTES) volatile uint8_t ring[SFDFA_RING_BYTES];
static uint32_t taken; /* bytes, since the DMA was started */

static bool start_crystal(void)
{
    /*
     * The time until the crystal counts as stable, in 256 of its cycles: a millisecond. "Crystal Oscillator", section
     * "Startup Delay".
     */
    XOSC_STARTUP = (SFDFA_BOARD_CRYSTAL_HZ / 1000 + 255) / 256;
    XOSC_CTRL = XOSC_ENABLE_1_15_MHZ;
    return sfdfa_rp_wait_for(&XOSC_STATUS, XOSC_STABLE);
}

static bool start_pll(void)
{
    sfdfa_rp_start_afresh(SUBSYSTEM_PLL_SYS);
    PLL_SYS_CS = 1;
    PLL_SYS_FBDIV = PLL_FEEDBACK;
    CLEAR_BITS(PLL_SYS_PWR) = PLL_POWER_MAIN_AND_VCO;
    if (!sfdfa_rp_wait_for(&PLL_SYS_CS, PLL_LOCKED)) {
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
    (void)sfdfa_rp_wait_for(&CLK_SYS_SELECTED, 1UL << CLK_SYS_FROM_REF);
    REGISTER(CLK_REF_CTRL) = CLK_REF_FROM_CRYSTAL;
    (void)sfdfa_rp_wait_for(&CLK_REF_SELECTED, 1UL << CLK_REF_FROM_CRYSTAL);
    if (!start_pll()) {
        return;
    }
    REGISTER(CLK_SYS_CTRL) = CLK_SYS_FROM_REF; /* the auxiliary source first, then the switch to it */
    REGISTER(CLK_SYS_CTRL) = CLK_SYS_FROM_PLL_SYS;
    (void)sfdfa_rp_wait_for(&CLK_SYS_SELECTED, 1UL << CLK_SYS_FROM_PLL_SYS);
}

static void set_up_uart(void)
{
    sfdfa_rp_start_afresh(SUBSYSTEM_UART0);
    /* The divisor is clock / (16 baud) in 1/64: four times clock / baud, rounded. */
    const uint32_t divisor = (4 * SFDFA_BOARD_CLOCK_HZ + SFDFA_BOARD_BAUD / 2) / SFDFA_BOARD_BAUD;
    UART0_BAUD_INTEGER = divisor / 64;
    UART0_BAUD_FRACTION = divisor % 64;
    UART0_LINE = LINE_8_BITS_FIFO; /* also takes the divisor into use */
    UART0_DMA_CONTROL = DMA_CONTROL_RECEIVE;
    UART0_CONTROL = CONTROL_ENABLE;
    PAD(SFDFA_BOARD_RX_PIN) = PAD_INPUT_PULLED_UP; /* an open line is an idle one */
    PAD(SFDFA_BOARD_TX_PIN) = PAD_OUTPUT;
    PIN_CONTROL(SFDFA_BOARD_TX_PIN) = PIN_FUNCTION_UART;
    PIN_CONTROL(SFDFA_BOARD_RX_PIN) = PIN_FUNCTION_UART;
}

static void start_receiving(void)
{
    taken = 0;
    DMA_READ_ADDRESS = UART0;
    DMA_WRITE_ADDRESS = (uint32_t)(uintptr_t)ring;
    DMA_LEFT = DMA_MOST;
    DMA_CONTROL_START = DMA_RECEIVE;
}

void sfdfa_board_init(void)
{
    sfdfa_rp_start_afresh(SUBSYSTEM_IO_BANK0);
    sfdfa_rp_start_afresh(SUBSYSTEM_PADS_BANK0);
    set_up_clocks();
    CLK_PERI_CTRL = CLK_PERI_ENABLE_FROM_SYS;
    set_up_uart();
    sfdfa_rp_start_afresh(SUBSYSTEM_DMA);
    start_receiving();
    sfdfa_rp_set_up_cycle_counter();
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
