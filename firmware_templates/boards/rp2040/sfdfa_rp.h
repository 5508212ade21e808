/*
 * sfdfa_rp.h: where the RP2040 has what sfdfa_board_rp.c needs. Source: RP2040 Datasheet, "Address Map" and "List of
 * Registers" of each chapter.
 */
#ifndef SFDFA_RP_H
#define SFDFA_RP_H

#define CLOCKS 0x40008000UL
#define RESETS 0x4000C000UL
#define IO_BANK0 0x40014000UL
#define PADS_BANK0 0x4001C000UL
#define XOSC 0x40024000UL
#define PLL_SYS 0x40028000UL
#define UART0 0x40034000UL

#define SUBSYSTEM_DMA (1UL << 2)
#define SUBSYSTEM_IO_BANK0 (1UL << 5)
#define SUBSYSTEM_PADS_BANK0 (1UL << 8)
#define SUBSYSTEM_PLL_SYS (1UL << 12)
#define SUBSYSTEM_TIMER (1UL << 21)
#define SUBSYSTEM_UART0 (1UL << 22)

/* The PLL multiplies the crystal to 1500 MHz and divides by 12. "PLL", section "Calculating PLL parameters". */
#define PLL_FEEDBACK 125UL
#define PLL_DIVIDER1 6UL
#define PLL_DIVIDER2 2UL
#if SFDFA_BOARD_CLOCK_HZ != 125000000 || SFDFA_BOARD_CRYSTAL_HZ != 12000000
#error "the PLL is set up for 125 MHz from a crystal of 12 MHz"
#endif

#define DMA_MOST 0xFFFFFFFFUL
#define DMA_UART0_RECEIVE 21UL
#define DMA_CONTROL(request, ring_bits) ((request) << 15 | 1UL << 10 | (ring_bits) << 6 | 1UL << 5 | 1UL << 0)

#endif
