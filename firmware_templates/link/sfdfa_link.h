/*
 * sfdfa_link.h: a network behind a serial line, docs/PROTOCOL.md. It is a client of sfdfa.h like any other.
 */
#ifndef SFDFA_LINK_H
#define SFDFA_LINK_H

#include "sfdfa.h"
#include "sfdfa_events.h"
#include "sfdfa_frame.h"

/* Whether readings of a sample come in pieces, which are put together here, since a frame does not hold them all. */
#if SFDFA_FEATURES > 0
#define SFDFA_LINK_PIECES (3 + SFDFA_FEATURES * (SFDFA_READING_BITS / 8) > SFDFA_MAX_PAYLOAD)
#else
#define SFDFA_LINK_PIECES 0
#endif

#define SFDFA_PHASES 2                                              /* of a sample of events, */
#define SFDFA_READING_PHASES (SFDFA_PHASES + (SFDFA_FEATURES > 0)) /* of one of readings, */
#define SFDFA_MOST_PHASES (SFDFA_READING_PHASES + (SFDFA_AXES > 0)) /* and of a recording */
#define SFDFA_RESULT_CYCLES (SFDFA_BOARD_CYCLE_BITS > 0 ? 4 * SFDFA_MOST_PHASES : 0)
#define SFDFA_RESULT_BYTES (3 + SFDFA_OUTPUTS + SFDFA_INTEGRATES + SFDFA_RESULT_CYCLES)
#define SFDFA_HELLO_BYTES 69 /* without the board's name */
#if SFDFA_RESULT_BYTES > SFDFA_MAX_PAYLOAD || SFDFA_HELLO_BYTES > SFDFA_MAX_PAYLOAD
#error "SFDFA_MAX_PAYLOAD is too small for RESULT or HELLO"
#endif
#if SFDFA_MAX_PAYLOAD > 8191
#error "SFDFA_MAX_PAYLOAD may be at most 8191: a chunk's bits are counted in 16 bits"
#endif
#if (SFDFA_WINDOW & (SFDFA_WINDOW - 1)) != 0 || SFDFA_WINDOW < 1 || SFDFA_WINDOW > 64
#error "SFDFA_WINDOW must be a power of two up to 64"
#endif

#if SFDFA_COMPACT && SFDFA_LENT_BYTES < SFDFA_FRAME_BODY
#error "SFDFA_LENT_BYTES is too small for a frame"
#endif

/* An answer kept in case it is asked for again. Longer ones, to requests that change nothing, are made again. */
typedef struct {
    uint8_t type;                        /* of the frame */
    uint16_t length;                     /* of the payload, in bytes */
    uint8_t payload[SFDFA_RESULT_BYTES]; /* as it was sent */
} sfdfa_answer_t;

#if SFDFA_LINK_PIECES
/* Readings of a sample that is not complete, written by READINGS and given to the network with the last. */
typedef struct {
    uint8_t flags;  /* of the first piece, */
    uint16_t label; /* and its label */
    uint16_t count; /* readings so far */
    sfdfa_reading_t reading[SFDFA_FEATURES]; /* those so far, in the unit of each feature */
} sfdfa_pieces_t;
#endif

/* What a sample comes as. One at a time: anything of another sample ends it. */
typedef enum {
    SFDFA_ARRIVING_NOTHING = 0,
    SFDFA_ARRIVING_EVENTS = 1,
    SFDFA_ARRIVING_READINGS = 2,
    SFDFA_ARRIVING_RECORDING = 3,
} sfdfa_arriving_t;

/* A network and its line. All of it is the link's own, but where it is said who else reads or writes it. */
typedef struct {
    sfdfa_t *net;               /* the caller's */
    sfdfa_frame_t frame;        /* the request under way, then its answer */
    sfdfa_events_t events;      /* where decoding a sample stands */
#if SFDFA_LINK_PIECES
    sfdfa_pieces_t pieces;      /* readings so far, while they arrive */
#endif
#if SFDFA_AXES > 0
    uint8_t recording_flags;    /* of the first piece of a recording, while it arrives, */
    uint16_t recording_label;   /* and its label */
#endif
    bool greeted;               /* a HELLO came since the start */
    uint16_t last;              /* sequence number of the request executed last */
    uint8_t answered;           /* answers kept so far, at most SFDFA_WINDOW */
    uint8_t arriving;           /* an sfdfa_arriving_t: of what a first part was taken and no last one yet */
    bool replaced;              /* the state was reset or written; a keeper sets it to false */
    uint8_t woke;               /* an sfdfa_woke_t, what the store found at the start; for HELLO */
    int32_t label;              /* class of the sample, or SFDFA_NO_LABEL */
    sfdfa_saturations_t before; /* those of the network when the sample began */
#if SFDFA_BOARD_CYCLE_BITS > 0
    uint32_t read_cycles;                  /* what reading the counter of cycles takes */
    uint32_t cycles[SFDFA_MOST_PHASES];    /* of each phase of the sample */
    uint8_t phases;                        /* of the sample, that its RESULT tells of */
#endif
    uint32_t executed;                    /* requests since the start; for HELLO */
    sfdfa_answer_t answers[SFDFA_WINDOW]; /* by sequence number modulo SFDFA_WINDOW */
} sfdfa_link_t;

/* `woke`: an sfdfa_woke_t of sfdfa_store.h, which the host is told; 0 without a store. */
void sfdfa_link_init(sfdfa_link_t *link, sfdfa_t *net, uint8_t woke);

/* Take one byte from the line; when it completes a request, execute it and answer through sfdfa_board_write. */
void sfdfa_link_receive(sfdfa_link_t *link, uint8_t byte);

/*
 * Take what sfdfa_board_read gives. Where bytes are missing, what they belonged to is dropped, and the host sends it
 * again.
 *
 * Returns whether there was anything.
 */
bool sfdfa_link_poll(sfdfa_link_t *link);

#endif
