/*
 * sfdfa_learning.h: a network that does not learn needs nothing but what it runs with.
 */
#ifndef SFDFA_LEARNING_H
#define SFDFA_LEARNING_H

#include "sfdfa_config.h"
#include SFDFA_ORDER(sfdfa_sample.h)

/* What lies where learning would need more. */
typedef struct {
    sfdfa_membranes_t membranes; /* of all neurons */
} sfdfa_scratch_t;

#endif
