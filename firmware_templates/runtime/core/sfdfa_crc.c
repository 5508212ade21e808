/*
 * sfdfa_crc.c: CRC-32 by nibbles, with a table of 64 bytes.
 */
#include "sfdfa_crc.h"

#include "sfdfa_compiler.h"

static const SFDFA_FLASH uint32_t remainders[16] = {
    0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
    0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
};

uint32_t sfdfa_crc32(uint32_t crc, const uint8_t *bytes, uint32_t size)
{
    crc = ~crc;
    for (uint32_t k = 0; k < size; k++) {
        crc ^= bytes[k];
        crc = crc >> 4 ^ remainders[crc & 0xF];
        crc = crc >> 4 ^ remainders[crc & 0xF];
    }
    return ~crc;
}
