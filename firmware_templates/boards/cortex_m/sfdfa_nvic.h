/*
 * sfdfa_nvic.h: the one interrupt of a board, that of its UART. Armv6-M and Armv7-M Architecture Reference Manuals,
 * "Nested Vectored Interrupt Controller".
 */
#ifndef SFDFA_NVIC_H
#define SFDFA_NVIC_H

#include <stdint.h>

#define SFDFA_NVIC_SET_ENABLE(word) (*(volatile uint32_t *)(0xE000E100UL + 4 * (word)))

/* Take what the UART has received. */
void sfdfa_board_interrupt(void);

static inline void sfdfa_nvic_enable(uint32_t interrupt)
{
    SFDFA_NVIC_SET_ENABLE(interrupt / 32) = 1UL << interrupt % 32;
}

#endif
