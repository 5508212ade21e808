/*
 * sfdfa_no_ring_types.h: a network without a ring of samples has nothing of one.
 */
#ifndef SFDFA_NO_RING_TYPES_H
#define SFDFA_NO_RING_TYPES_H

#define SFDFA_LEARNED_OF_RING
#define SFDFA_REGIONS_OF_RING
#define SFDFA_LEARNING_OF_RING

#endif
