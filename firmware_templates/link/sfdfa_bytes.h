/*
 * sfdfa_bytes.h: numbers in little-endian bytes.
 */
#ifndef SFDFA_BYTES_H
#define SFDFA_BYTES_H

#include <stdint.h>

static inline uint16_t sfdfa_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | (uint16_t)bytes[1] << 8);
}

static inline uint32_t sfdfa_get_u32(const uint8_t *bytes)
{
    return sfdfa_get_u16(bytes) | (uint32_t)sfdfa_get_u16(bytes + 2) << 16;
}

/* Put a number at `bytes`. Returns what lies behind it. */
static inline uint8_t *sfdfa_put_u16(uint8_t *bytes, uint16_t number)
{
    bytes[0] = (uint8_t)(number & 0xFF);
    bytes[1] = (uint8_t)(number >> 8);
    return bytes + 2;
}

static inline uint8_t *sfdfa_put_u32(uint8_t *bytes, uint32_t number)
{
    return sfdfa_put_u16(sfdfa_put_u16(bytes, (uint16_t)(number & 0xFFFF)), (uint16_t)(number >> 16));
}

#endif
