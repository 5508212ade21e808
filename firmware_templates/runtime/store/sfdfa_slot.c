/*
 * sfdfa_slot.c: the header of a slot, made and read, and the state behind it.
 */
#include "sfdfa_slot.h"

#include "core/sfdfa_compiler.h"
#include "core/sfdfa_crc.h"

#define HASH_BYTES 32

/* Places in a header. */
enum {
    FORMAT = 4,
    GENERATION = 8,
    LENGTH = 12,
    HASH = 16,
    CRC = HASH + HASH_BYTES,
};

static const SFDFA_FLASH char magic[FORMAT] = {'S', 'F', 'D', 'S'};
static const SFDFA_FLASH char model_hash[] = SFDFA_MODEL_HASH;

static uint8_t digit(char letter)
{
    return (uint8_t)(letter <= '9' ? letter - '0' : letter - 'a' + 10);
}

static void put(uint8_t *bytes, uint32_t number)
{
    for (uint8_t k = 0; k < 4; k++) {
        bytes[k] = (uint8_t)(number >> 8 * k & 0xFF);
    }
}

static uint32_t get(const uint8_t *bytes)
{
    uint32_t number = 0;
    for (uint8_t k = 0; k < 4; k++) {
        number |= (uint32_t)bytes[k] << 8 * k;
    }
    return number;
}

uint32_t sfdfa_slot_header(uint8_t header[SFDFA_STORE_HEADER], uint32_t generation)
{
    for (uint8_t k = 0; k < FORMAT; k++) {
        header[k] = (uint8_t)magic[k];
    }
    put(header + FORMAT, SFDFA_STORE_FORMAT);
    put(header + GENERATION, generation);
    put(header + LENGTH, SFDFA_STATE_BYTES);
    for (uint8_t k = 0; k < HASH_BYTES; k++) {
        header[HASH + k] = (uint8_t)(digit(model_hash[2 * k]) << 4 | digit(model_hash[2 * k + 1]));
    }
    return sfdfa_crc32(0, header, CRC);
}

void sfdfa_slot_seal(uint8_t header[SFDFA_STORE_HEADER], uint32_t crc)
{
    put(header + CRC, crc);
}

/* A header is longer than what is read at a time. Returns whether the memory could be read. */
static bool read_header(const sfdfa_flash_t *flash, uint8_t slot, uint8_t header[SFDFA_STORE_HEADER])
{
    const uint32_t address = sfdfa_slot_address(flash, slot);
    bool read = true;
    for (uint16_t k = 0; k < SFDFA_STORE_HEADER; k = (uint16_t)(k + SFDFA_STORE_PIECE)) {
        read = read && flash->read(address + k, header + k, sfdfa_slot_piece((uint32_t)(SFDFA_STORE_HEADER - k))) == 0;
    }
    return read;
}

sfdfa_owner_t sfdfa_slot_owner(const sfdfa_flash_t *flash, uint8_t slot, uint32_t *generation)
{
    uint8_t found[SFDFA_STORE_HEADER];
    uint8_t own[SFDFA_STORE_HEADER];
    if (!read_header(flash, slot, found)) {
        return SFDFA_SLOT_EMPTY;
    }
    *generation = get(found + GENERATION);
    (void)sfdfa_slot_header(own, *generation);
    if (!sfdfa_are_equal(found, own, FORMAT)) {
        return SFDFA_SLOT_EMPTY;
    }
    return sfdfa_are_equal(found, own, CRC) ? SFDFA_SLOT_OWN : SFDFA_SLOT_OTHER;
}

/* Continue a CRC over `bytes` of the state of a slot. Returns whether the memory could be read. */
static bool add_body(const sfdfa_flash_t *flash, uint8_t slot, uint32_t bytes, uint32_t *crc)
{
    uint8_t piece[SFDFA_STORE_PIECE];
    const uint32_t body = sfdfa_slot_address(flash, slot) + sfdfa_slot_body(flash);
    uint16_t size = 0;
    for (uint32_t k = 0; k < bytes; k += size) {
        size = sfdfa_slot_piece(bytes - k);
        if (flash->read(body + k, piece, size) != 0) {
            return false;
        }
        *crc = sfdfa_crc32(*crc, piece, size);
    }
    return true;
}

bool sfdfa_slot_is_whole(const sfdfa_flash_t *flash, uint8_t slot)
{
    uint8_t header[SFDFA_STORE_HEADER];
    if (!read_header(flash, slot, header)) {
        return false;
    }
    const uint32_t length = get(header + LENGTH);
    uint32_t crc = sfdfa_crc32(0, header, CRC);
    return length <= flash->slot_bytes - sfdfa_slot_body(flash) && add_body(flash, slot, length, &crc) &&
           get(header + CRC) == crc;
}

bool sfdfa_slot_restore(const sfdfa_flash_t *flash, uint8_t slot, sfdfa_t *net)
{
    uint8_t piece[SFDFA_STORE_PIECE];
    const uint32_t body = sfdfa_slot_address(flash, slot) + sfdfa_slot_body(flash);
    uint32_t crc = 0;
    uint16_t size = 0;
    for (uint32_t k = 0; k < SFDFA_STATE_BYTES; k += size) {
        size = sfdfa_slot_piece(SFDFA_STATE_BYTES - k);
        if (flash->read(body + k, piece, size) != 0) {
            return false;
        }
        crc = sfdfa_crc32(crc, piece, size);
        (void)sfdfa_state_write(net, k, piece, size);
    }
    return sfdfa_state_accept(net, crc) == SFDFA_OK;
}
