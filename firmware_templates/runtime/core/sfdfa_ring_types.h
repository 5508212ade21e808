/*
 * sfdfa_ring_types.h: what a ring of samples adds to what is learned and to a running sample, section 12.
 */
#ifndef SFDFA_RING_TYPES_H
#define SFDFA_RING_TYPES_H

/* Members of sfdfa_learned_t, written by sfdfa_rehearsal.c: how many samples were ever stored, and the samples. */
#define SFDFA_LEARNED_OF_RING \
    uint32_t stored; \
    uint8_t ring[SFDFA_RING_SLOTS * SFDFA_SLOT_BYTES];

/* The same as stretches of the state. */
#define SFDFA_REGIONS_OF_RING REGION(stored), REGION(ring),

/* Of sfdfa_learning_t: the running sample as it will lie in the ring, written event by event. */
#define SFDFA_LEARNING_OF_RING uint8_t held[SFDFA_SLOT_BYTES];

#endif
