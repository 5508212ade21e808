/*
 * sfdfa_readings_in_pieces.h: readings of a sample that no frame holds are put together, as the library wants them.
 */
#ifndef SFDFA_READINGS_IN_PIECES_H
#define SFDFA_READINGS_IN_PIECES_H

#include "sfdfa_arrived_readings.h"
#include "sfdfa_link_sample.h"
#include "sfdfa_protocol.h"

/* As readings are at hand: those of the library. */
typedef sfdfa_reading_t sfdfa_arrived_t;

/* All readings of a sample, with the flags and the label that came with its first piece. */
typedef struct {
    uint8_t flags; /* of the request */
    uint16_t label; /* of the sample, where the flags say that it has one */
    const sfdfa_arrived_t *readings; /* SFDFA_FEATURES of them, as they arrived */
} sfdfa_gathered_t;

#define SFDFA_READING_ROOM 1

static inline const sfdfa_reading_t *sfdfa_in_library_form(const sfdfa_arrived_t *arrived, sfdfa_reading_t *room)
{
    (void)room;
    return arrived;
}

/* Put the readings of a piece behind those before it. */
static inline int16_t sfdfa_take_piece(sfdfa_pieces_t *pieces, const uint8_t *bytes, uint16_t size)
{
    const uint16_t count = size / SFDFA_READING_BYTES;
    if (size % SFDFA_READING_BYTES != 0 || count > SFDFA_FEATURES - pieces->count) {
        return -SFDFA_REFUSE_LENGTH;
    }
    for (uint16_t k = 0; k < count; k++) {
        pieces->reading[pieces->count++] = sfdfa_get_reading(bytes + SFDFA_READING_BYTES * k);
    }
    return 0;
}

/* The readings of a piece, behind the label if it is the first. */
static inline int16_t sfdfa_take_labelled(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    sfdfa_pieces_t *pieces = &link->pieces;
    if ((flags & SFDFA_FIRST_CHUNK) == 0) {
        return link->arriving == SFDFA_ARRIVING_READINGS ? sfdfa_take_piece(pieces, bytes, size)
                                                         : -SFDFA_REFUSE_NOT_READY;
    }
    if (size < 2) {
        return -SFDFA_REFUSE_LENGTH;
    }
    pieces->flags = flags;
    pieces->label = sfdfa_get_u16(bytes);
    pieces->count = 0;
    return sfdfa_take_piece(pieces, bytes + 2, (uint16_t)(size - 2));
}

/*
 * Take a piece. What is wrong with one ends its sample.
 *
 * Returns 1 where it was the last of a sample, which is then in `gathered`, 0 where more are to come, or an error.
 */
static inline int16_t sfdfa_gather(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size,
                                   sfdfa_gathered_t *gathered)
{
    const sfdfa_pieces_t *pieces = &link->pieces;
    const int16_t status = sfdfa_take_labelled(link, flags, bytes, size);
    const bool more = status == 0 && (flags & SFDFA_LAST_CHUNK) == 0;
    link->arriving = more ? SFDFA_ARRIVING_READINGS : SFDFA_ARRIVING_NOTHING;
    if (status != 0 || more) {
        return status;
    }
    gathered->flags = pieces->flags;
    gathered->label = pieces->label;
    gathered->readings = pieces->reading;
    return pieces->count == SFDFA_FEATURES ? 1 : -SFDFA_REFUSE_LENGTH;
}

#endif
