/*
 * sfdfa_crc.h: CRC-32 as in IEEE 802.3 and zlib.
 */
#ifndef SFDFA_CRC_H
#define SFDFA_CRC_H

#include <stdint.h>

/* The CRC of what `crc` stands for followed by `size` bytes; 0 stands for nothing. */
uint32_t sfdfa_crc32(uint32_t crc, const uint8_t *bytes, uint32_t size);

#endif
