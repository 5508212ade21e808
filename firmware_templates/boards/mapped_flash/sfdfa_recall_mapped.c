/*
 * sfdfa_recall_mapped.c: flash that is read like any memory.
 */
#include "sfdfa_board.h"

int sfdfa_board_recall(uint32_t address, uint8_t *bytes, uint16_t size)
{
    const volatile uint8_t *flash =
        (const volatile uint8_t *)(uintptr_t)address; /* it changes behind the compiler's back */
    for (uint16_t k = 0; k < size; k++) {
        bytes[k] = flash[k];
    }
    return 0;
}
