/*
 * sfdfa_arrived_readings.h: readings as they come over the line, a byte or two each.
 */
#ifndef SFDFA_ARRIVED_READINGS_H
#define SFDFA_ARRIVED_READINGS_H

#include "sfdfa_bytes.h"
#include "sfdfa_link.h"

#define SFDFA_READING_BYTES (SFDFA_READING_BITS / 8)

static inline sfdfa_reading_t sfdfa_get_reading(const uint8_t *bytes)
{
    if (SFDFA_READING_BITS == 8) {
        return *bytes;
    }
    const uint16_t bits = sfdfa_get_u16(bytes);
    return (sfdfa_reading_t)(bits < 0x8000 ? bits : (int32_t)bits - 0x10000);
}

#endif
