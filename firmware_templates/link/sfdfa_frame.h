/*
 * sfdfa_frame.h: frames on a serial line, docs/PROTOCOL.md: finding one in a stream of bytes, and writing one.
 */
#ifndef SFDFA_FRAME_H
#define SFDFA_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "sfdfa.h"
#include "sfdfa_board.h"

#define SFDFA_PROTOCOL_VERSION 3
#define SFDFA_FRAME_HEADER 6
#define SFDFA_FRAME_CRC 4
#define SFDFA_FRAME_BODY (SFDFA_FRAME_HEADER + SFDFA_MAX_PAYLOAD + SFDFA_FRAME_CRC)
#define SFDFA_FRAME_ON_LINE (SFDFA_FRAME_BODY + SFDFA_FRAME_BODY / 254 + 3) /* with COBS and both zeros, at most */

/* A frame being received, or the last one that was; also the place where a reply is made. */
typedef struct {
#if SFDFA_COMPACT
    uint8_t *body; /* SFDFA_FRAME_BODY bytes of the network's scratch */
#else
    uint8_t body[SFDFA_FRAME_BODY]; /* bytes of the frame so far, without COBS */
#endif
    uint16_t size;    /* bytes of the body so far */
    uint8_t run;      /* bytes left in the current COBS run */
    bool zero_after;  /* the run stands for a zero after it */
    bool broken;      /* too long: wait for the next zero */
    uint32_t dropped; /* frames that were not whole, since the start */
} sfdfa_frame_t;

void sfdfa_frame_init(sfdfa_frame_t *frame);

/*
 * Take one byte from the line.
 *
 * Returns whether a whole frame with the right length and CRC is now in `body`; it stays there until the next byte is
 * taken.
 */
bool sfdfa_frame_receive(sfdfa_frame_t *frame, uint8_t byte);

/* Bytes are missing here: drop what stands between the zeros around this place. */
void sfdfa_frame_break(sfdfa_frame_t *frame);

/* Parts of the frame in `body`. */
uint8_t sfdfa_frame_version(const sfdfa_frame_t *frame);
uint8_t sfdfa_frame_type(const sfdfa_frame_t *frame);
uint16_t sfdfa_frame_sequence(const sfdfa_frame_t *frame);
uint16_t sfdfa_frame_length(const sfdfa_frame_t *frame);
uint8_t *sfdfa_frame_payload(sfdfa_frame_t *frame);

/*
 * Send the `length` bytes, at most SFDFA_MAX_PAYLOAD, that stand at sfdfa_frame_payload as a frame. Uses up `body`.
 *
 * `write` is called with the bytes for the line, in one or more pieces.
 */
void sfdfa_frame_send(sfdfa_frame_t *frame, uint8_t type, uint16_t sequence, uint16_t length,
                      void (*write)(const uint8_t *bytes, uint16_t size));

#endif
