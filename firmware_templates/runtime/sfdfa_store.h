/*
 * sfdfa_store.h: what was learned, kept in flash or EEPROM. docs/PERSISTENCE.md gives the bytes and what a power cut
 * can leave.
 *
 *     static sfdfa_store_t store;
 *     sfdfa_store_init(&store, &flash, 1000);
 *     woke = sfdfa_store_wake(&store, &net);       in place of sfdfa_init
 *     for ever:
 *         learn a sample, or, when there is nothing else to do, sfdfa_store_idle(&store, &net);
 *
 * A snapshot is written in pieces, one for each call, into the oldest of a ring of slots, and counts only when all of
 * it has been read back. Until then, whenever the power fails, the one before it is found. If the network learns
 * meanwhile, the snapshot begins again.
 */
#ifndef SFDFA_STORE_H
#define SFDFA_STORE_H

#include "sfdfa.h"

SFDFA_BEGIN_C

#define SFDFA_STORE_FORMAT 1
#define SFDFA_STORE_HEADER 52 /* bytes of a header */
#define SFDFA_STORE_PIECE 32  /* most bytes that are read or programmed at a time */

/* The least bytes of a slot for memory that is programmed in units of so many bytes; a slot has whole pages. */
#define SFDFA_STORE_UNITS(bytes, unit) (((bytes) + (unit) - 1) / (unit) * (unit))
#define SFDFA_STORE_BYTES(unit) \
    (SFDFA_STORE_UNITS(SFDFA_STORE_HEADER, unit) + SFDFA_STORE_UNITS(SFDFA_STATE_BYTES, unit))

/* Besides the errors of sfdfa.h: the memory failed, or does not hold what was programmed. */
#define SFDFA_ERROR_MEMORY (-6)

/* What sfdfa_store_step returns while there is more to do. */
#define SFDFA_STORE_MORE 1

/*
 * Memory that keeps what it holds without power. Its functions return 0, or a negative number if they failed.
 *
 * `program` gets multiples of unit_bytes at multiples of it, or, where a unit is larger than SFDFA_STORE_PIECE, pieces
 * of so many bytes, one after the other up to the end of a unit. No unit is programmed twice between two erasures.
 */
typedef struct {
    uint32_t start;      /* of the first slot */
    uint32_t slot_bytes; /* whole pages, SFDFA_STORE_BYTES(unit_bytes) or more */
    uint32_t page_bytes; /* what is erased at a time, to 0xFF; 0 where bytes can be programmed over */
    uint16_t unit_bytes; /* a power of two */
    uint8_t slots;       /* 2 to 32 */
    int (*erase)(uint32_t page); /* a page; 0, or an error of the driver */
    int (*program)(uint32_t address, const uint8_t *bytes, uint16_t size); /* bytes, whole units; likewise */
    int (*read)(uint32_t address, uint8_t *bytes, uint16_t size); /* bytes; likewise */
} sfdfa_flash_t;

/* What was found at the start. */
typedef enum {
    SFDFA_WOKE_WITHOUT_STORE, /* nothing looked */
    SFDFA_WOKE_EMPTY,         /* no snapshot of any network: the initial state */
    SFDFA_WOKE_RESTORED,      /* the newest snapshot */
    SFDFA_WOKE_EARLIER,       /* one before it, for the newest is damaged */
    SFDFA_WOKE_DAMAGED,       /* snapshots of this network, none of them whole: the initial state */
    SFDFA_WOKE_OTHER,         /* snapshots of another network only: the initial state */
} sfdfa_woke_t;

/* A ring of slots and the snapshot that is being written. Nothing in it is for callers but `generation`. */
typedef struct {
    const sfdfa_flash_t *flash; /* where and by what it is kept */
    uint32_t generation; /* of the newest snapshot; counts up, and wraps */
    uint32_t every;      /* samples between two snapshots; 0: none by itself */
    uint32_t kept;       /* samples that had been learned when the newest snapshot was taken, or tried */
    uint32_t position;   /* bytes of the phase that are done */
    uint32_t crc; /* of what was written so far */
    uint8_t slot;        /* the one to be written next */
    uint8_t phase; /* of taking a snapshot, sfdfa_store.c */
    bool erased;         /* that slot is, since the power came on */
    bool due;            /* take a snapshot however few samples were learned */
    bool ahead;          /* that slot was erased ahead, or it was tried */
    bool failing;        /* the power was failing when sfdfa_store_watch looked last */
} sfdfa_store_t;

/*
 * Set up a store for `flash`, which must stay where it is. Must come first.
 *
 * Returns SFDFA_ERROR_RANGE if the slots are too few, too many, too small for the network, or no whole pages.
 */
int sfdfa_store_init(sfdfa_store_t *store, const sfdfa_flash_t *flash, uint32_t every);

/* Set the network to the newest snapshot that is whole, or else as sfdfa_init does. Returns what was found. */
sfdfa_woke_t sfdfa_store_wake(sfdfa_store_t *store, sfdfa_t *net);

/*
 * Begin a snapshot, forgetting one that is under way; then call sfdfa_store_step until it returns something else than
 * SFDFA_STORE_MORE. Each call erases one page, or programs or reads back one piece.
 *
 * sfdfa_store_step returns SFDFA_OK when the snapshot is there, or none is under way; SFDFA_ERROR_STATE if the network
 * has learned meanwhile, or holds a written state that was not accepted; SFDFA_ERROR_MEMORY if the memory failed. After
 * an error the snapshot before it is still there.
 */
void sfdfa_store_begin(sfdfa_store_t *store);
int sfdfa_store_step(sfdfa_store_t *store, const sfdfa_t *net);

/*
 * Take a snapshot from its beginning to its end, as when a brown-out is coming. Returns as the last sfdfa_store_step.
 */
int sfdfa_store_save(sfdfa_store_t *store, const sfdfa_t *net);

/*
 * Erase the slot that is next, so that a snapshot takes no longer than programming it does. Returns SFDFA_OK or
 * SFDFA_ERROR_MEMORY.
 */
int sfdfa_store_prepare(sfdfa_store_t *store);

/* Ask for a snapshot at the next idle time, whatever was learned: the state was replaced. */
void sfdfa_store_mark(sfdfa_store_t *store);

/*
 * Take the next step of a snapshot that is due, or under way. For when nothing else is to be done, between samples or
 * in the middle of one.
 *
 * Returns whether there was anything to do.
 */
bool sfdfa_store_idle(sfdfa_store_t *store, const sfdfa_t *net);

/*
 * In place of sfdfa_store_idle, where a brown-out line tells that the power is going: between samples, as often as
 * possible. While it holds, the next slot is erased ahead. When it fails, what was learned since the last snapshot is
 * kept at once, and only once until the power was back.
 *
 * Returns whether there was anything to do.
 */
bool sfdfa_store_watch(sfdfa_store_t *store, const sfdfa_t *net, bool power_fails);

SFDFA_END_C

#endif
