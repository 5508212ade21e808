/*
 * sfdfa_signed_rows.h: rows of bytes with a sign, four at a time, by the DSP extension.
 */
#ifndef SFDFA_SIGNED_ROWS_H
#define SFDFA_SIGNED_ROWS_H

#include <stdint.h>

#include "core/sfdfa_compiler.h"

/* Words of a row of one byte for each output, the last of which may be in part. */
#define SFDFA_OUTPUT_WORDS ((SFDFA_OUTPUTS + 3) / 4)
#define SFDFA_LAST_BYTES (SFDFA_OUTPUTS - 4 * (SFDFA_OUTPUT_WORDS - 1))

/* A word or a half that may lie anywhere. */
typedef struct {
    uint32_t word; /* four weights */
} __attribute__((packed, may_alias)) sfdfa_anywhere_t;
typedef struct {
    uint16_t half; /* two weights */
} __attribute__((packed, may_alias)) sfdfa_half_anywhere_t;

static inline uint32_t sfdfa_word_at(const void *place)
{
    return ((const sfdfa_anywhere_t *)place)->word;
}

/* Word k of such a row; of the last one nothing behind the row is read, and is 0. */
static inline uint32_t sfdfa_row_word(const int8_t *row, uint16_t k)
{
    const int8_t *place = &row[4 * k];
    if (k + 1 < SFDFA_OUTPUT_WORDS || SFDFA_LAST_BYTES == 4) {
        return sfdfa_word_at(place);
    }
    uint32_t word = SFDFA_LAST_BYTES == 1 ? (uint8_t)place[0] : ((const sfdfa_half_anywhere_t *)place)->half;
    if (SFDFA_LAST_BYTES == 3) {
        word |= (uint32_t)(uint8_t)place[2] << 16;
    }
    return word;
}

/* The first and the third byte, each with its sign in a half. */
static inline uint32_t sfdfa_even_bytes(uint32_t word)
{
    __asm__("sxtb16 %0, %0" : "+r"(word));
    return word;
}

/* The second and the fourth. */
static inline uint32_t sfdfa_odd_bytes(uint32_t word)
{
    __asm__("sxtb16 %0, %0, ror #8" : "+r"(word));
    return word;
}

#endif
