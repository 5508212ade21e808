/*
 * learn_counted.h: the same samples on every machine.
 */
#ifndef LEARN_COUNTED_H
#define LEARN_COUNTED_H

#include "sfdfa.h"

#define COUNTED_SAMPLES 20

static sfdfa_t counted;
static sfdfa_reading_t counted_readings[SFDFA_FEATURES];

/* Returns the checksum of the state after COUNTED_SAMPLES learned samples, or 0 if the library refuses one. */
static uint32_t learn_counted(void)
{
    sfdfa_result_t result;
    uint32_t random = 1;
    if (sfdfa_init(&counted) != SFDFA_OK) {
        return 0;
    }
    for (uint16_t sample = 0; sample < COUNTED_SAMPLES; sample++) {
        for (uint16_t feature = 0; feature < SFDFA_FEATURES; feature++) {
            random = random * 1664525UL + 1013904223UL;
            counted_readings[feature] = (sfdfa_reading_t)(random >> 16 & 15);
        }
        if (sfdfa_classify(&counted, counted_readings, sample % SFDFA_OUTPUTS, &result) != SFDFA_OK) {
            return 0;
        }
    }
    return sfdfa_state_crc(&counted);
}

#endif
