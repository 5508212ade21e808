/*
 * sfdfa_readings_in_one.h: a frame holds all readings of a sample, which stay where they arrived.
 */
#ifndef SFDFA_READINGS_IN_ONE_H
#define SFDFA_READINGS_IN_ONE_H

#include "sfdfa_arrived_readings.h"
#include "sfdfa_link_sample.h"
#include "sfdfa_protocol.h"

/* As readings arrive. Bytes are those of the library, but words may lie at an odd address. */
typedef uint8_t sfdfa_arrived_t;

/* All readings of a sample, with its flags and its label. */
typedef struct {
    uint8_t flags; /* of the request */
    uint16_t label; /* of the sample, where the flags say that it has one */
    const sfdfa_arrived_t *readings; /* SFDFA_FEATURES of them, as they arrived */
} sfdfa_gathered_t;

#define SFDFA_READING_ROOM (SFDFA_READING_BITS == 8 ? 1 : SFDFA_FEATURES)

static inline const sfdfa_reading_t *sfdfa_in_library_form(const sfdfa_arrived_t *arrived, sfdfa_reading_t *room)
{
    if (SFDFA_READING_BITS == 8) {
        return (const sfdfa_reading_t *)(const void *)arrived;
    }
    for (uint16_t k = 0; k < SFDFA_FEATURES; k++) {
        room[k] = sfdfa_get_reading(arrived + SFDFA_READING_BYTES * k);
    }
    return room;
}

/* Take the only piece. Returns 1 with a sample in `gathered`, or an error. */
static inline int16_t sfdfa_gather(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size,
                                   sfdfa_gathered_t *gathered)
{
    link->arriving = SFDFA_ARRIVING_NOTHING;
    if ((flags & SFDFA_FIRST_CHUNK) == 0) {
        return -SFDFA_REFUSE_NOT_READY;
    }
    if ((flags & SFDFA_LAST_CHUNK) == 0 || size != 2 + SFDFA_FEATURES * SFDFA_READING_BYTES) {
        return -SFDFA_REFUSE_LENGTH;
    }
    gathered->flags = flags;
    gathered->label = sfdfa_get_u16(bytes);
    gathered->readings = bytes + 2;
    return 1;
}

#endif
