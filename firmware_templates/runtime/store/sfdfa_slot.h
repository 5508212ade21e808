/*
 * sfdfa_slot.h: one slot of a store: its header, docs/PERSISTENCE.md, and whether it is whole.
 */
#ifndef SFDFA_SLOT_H
#define SFDFA_SLOT_H

#include "sfdfa_store.h"

/* Whose snapshot the header of a slot says it is. */
typedef enum {
    SFDFA_SLOT_EMPTY,
    SFDFA_SLOT_OTHER, /* another network's, or of another format */
    SFDFA_SLOT_OWN,
} sfdfa_owner_t;

static inline uint32_t sfdfa_slot_address(const sfdfa_flash_t *flash, uint8_t slot)
{
    return flash->start + slot * flash->slot_bytes;
}

/* Where the state begins in a slot, and how many bytes it takes there. */
static inline uint32_t sfdfa_slot_body(const sfdfa_flash_t *flash)
{
    return SFDFA_STORE_UNITS(SFDFA_STORE_HEADER, (uint32_t)flash->unit_bytes);
}

static inline uint32_t sfdfa_slot_body_bytes(const sfdfa_flash_t *flash)
{
    return SFDFA_STORE_UNITS((uint32_t)SFDFA_STATE_BYTES, (uint32_t)flash->unit_bytes);
}

/* How much of `bytes` is done at a time. */
static inline uint16_t sfdfa_slot_piece(uint32_t bytes)
{
    return (uint16_t)(bytes < SFDFA_STORE_PIECE ? bytes : SFDFA_STORE_PIECE);
}

static inline bool sfdfa_are_equal(const uint8_t *bytes, const uint8_t *others, uint16_t size)
{
    bool equal = true;
    for (uint16_t k = 0; k < size; k++) {
        equal = equal && bytes[k] == others[k];
    }
    return equal;
}

/* Make the header of a snapshot, without its CRC. Returns the CRC of what there is. */
uint32_t sfdfa_slot_header(uint8_t header[SFDFA_STORE_HEADER], uint32_t generation);

/* Put the CRC into a header. */
void sfdfa_slot_seal(uint8_t header[SFDFA_STORE_HEADER], uint32_t crc);

/* Read the header of a slot. Returns whose it is, and, if it is this network's, its generation. */
sfdfa_owner_t sfdfa_slot_owner(const sfdfa_flash_t *flash, uint8_t slot, uint32_t *generation);

/* Whether header and state of a slot, whosever it is, are what was written. */
bool sfdfa_slot_is_whole(const sfdfa_flash_t *flash, uint8_t slot);

/* Write the state of a slot into the network. Returns whether it was accepted. */
bool sfdfa_slot_restore(const sfdfa_flash_t *flash, uint8_t slot, sfdfa_t *net);

#endif
