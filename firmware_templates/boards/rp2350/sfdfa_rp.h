/*
 * sfdfa_rp.h: where the RP2350 has what sfdfa_board_rp.c needs. Source: RP2350 Datasheet, "Address Map" and "List of
 * Registers" of each chapter.
 */
#ifndef SFDFA_RP_H
#define SFDFA_RP_H

#define CLOCKS 0x40010000UL
#define RESETS 0x40020000UL
#define IO_BANK0 0x40028000UL
#define PADS_BANK0 0x40038000UL
#define XOSC 0x40048000UL
#define PLL_SYS 0x40050000UL
#define UART0 0x40070000UL

#define SUBSYSTEM_DMA (1UL << 2)
#define SUBSYSTEM_IO_BANK0 (1UL << 6)
#define SUBSYSTEM_PADS_BANK0 (1UL << 9)
#define SUBSYSTEM_PLL_SYS (1UL << 14)
#define SUBSYSTEM_UART0 (1UL << 26)

/* The PLL multiplies the crystal to 1500 MHz and divides by 10. "PLL", section "Calculating PLL parameters". */
#define PLL_FEEDBACK 125UL
#define PLL_DIVIDER1 5UL
#define PLL_DIVIDER2 2UL
#if SFDFA_BOARD_CLOCK_HZ != 150000000 || SFDFA_BOARD_CRYSTAL_HZ != 12000000
#error "the PLL is set up for 150 MHz from a crystal of 12 MHz"
#endif

#define DMA_MOST 0x0FFFFFFFUL /* the four bits above are a mode, and 0 is that of the RP2040 */
#define DMA_UART0_RECEIVE 29UL
#define DMA_CONTROL(request, ring_bits) ((request) << 17 | 1UL << 12 | (ring_bits) << 8 | 1UL << 6 | 1UL << 0)

#endif
