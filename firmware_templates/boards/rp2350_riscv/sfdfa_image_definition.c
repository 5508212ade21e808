/*
 * sfdfa_image_definition.c: by which the RP2350's boot ROM knows an image for its RISC-V cores. RP2350 Datasheet,
 * "Bootrom", section "Minimum RISC-V IMAGE_DEF". It must lie in the first 4 KB of the flash.
 */
#include <stdint.h>

#define BLOCK_START 0xFFFFDED3UL
#define ITEM_IMAGE_TYPE (0x42UL | 1UL << 8) /* of one word */
#define EXECUTABLE_RISCV_RP2350 (1UL | 0UL << 4 | 1UL << 8 | 1UL << 12)
#define ITEM_ENTRY_POINT (0x44UL | 3UL << 8) /* of three words, with the address and the stack pointer */
#define ITEM_LAST (0xFFUL | 4UL << 8) /* after four words of items */
#define NO_OTHER_BLOCK 0UL
#define BLOCK_END 0xAB123579UL

extern uint32_t sfdfa_stack_top[];
void sfdfa_reset(void);

typedef union {
    uint32_t value; /* of a word that is none of the two others */
    void (*entry)(void); /* where the program begins */
    uint32_t *stack; /* where the stack begins */
} word_t;

__attribute__((section(".image_definition"), used)) const word_t sfdfa_image_definition[] = {
    {.value = BLOCK_START},      {.value = ITEM_IMAGE_TYPE | EXECUTABLE_RISCV_RP2350 << 16},
    {.value = ITEM_ENTRY_POINT}, {.entry = sfdfa_reset},
    {.stack = sfdfa_stack_top},  {.value = ITEM_LAST},
    {.value = NO_OTHER_BLOCK},   {.value = BLOCK_END},
};
