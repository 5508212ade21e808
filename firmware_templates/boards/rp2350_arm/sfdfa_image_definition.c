/*
 * sfdfa_image_definition.c: by which the RP2350's boot ROM knows the image. RP2350 Datasheet, "Bootrom", section
 * "Minimum Arm IMAGE_DEF". It must lie in the first 4 KB of the flash; the vector table is at their start.
 */
#include <stdint.h>

#define BLOCK_START 0xFFFFDED3UL
#define ITEM_IMAGE_TYPE (0x42UL | 1UL << 8) /* of one word */
#define EXECUTABLE_SECURE_ARM_RP2350 (1UL | 2UL << 4 | 0UL << 8 | 1UL << 12)
#define ITEM_LAST (0xFFUL | 1UL << 8) /* after one word of items */
#define NO_OTHER_BLOCK 0UL
#define BLOCK_END 0xAB123579UL

__attribute__((section(".image_definition"), used)) const uint32_t sfdfa_image_definition[] = {
    BLOCK_START, ITEM_IMAGE_TYPE | EXECUTABLE_SECURE_ARM_RP2350 << 16, ITEM_LAST, NO_OTHER_BLOCK, BLOCK_END,
};
