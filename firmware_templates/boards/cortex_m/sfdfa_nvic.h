/*
 * sfdfa_nvic.h: the one interrupt of a board, that of its UART. Armv6-M and Armv7-M Architecture Reference Manuals,
 * "Nested Vectored Interrupt Controller".
 */
#ifndef SFDFA_NVIC_H
#define SFDFA_NVIC_H

#include <stdint.h>

#define SFDFA_VECTOR_TABLE_OFFSET (*(volatile uint32_t *)0xE000ED08UL)
#define SFDFA_NVIC_SET_ENABLE(word) (*(volatile uint32_t *)(0xE000E100UL + 4 * (word)))

/* Take what the UART has received. */
void sfdfa_board_interrupt(void);

/* Where the image begins: its vector table, of the linker script. */
extern const uint32_t sfdfa_vectors_start[];

static inline void sfdfa_nvic_use_own_vectors(void)
{
    SFDFA_VECTOR_TABLE_OFFSET = (uint32_t)(uintptr_t)sfdfa_vectors_start;
}

static inline void sfdfa_nvic_enable(uint32_t interrupt)
{
    SFDFA_NVIC_SET_ENABLE(interrupt / 32) = 1UL << interrupt % 32;
}

#endif
