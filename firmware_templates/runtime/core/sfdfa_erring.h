/*
 * sfdfa_erring.h: the list of outputs with an error.
 */
#ifndef SFDFA_ERRING_H
#define SFDFA_ERRING_H

#include "core/sfdfa_internal.h"

static void begin_erring(sfdfa_learning_t *learning)
{
    learning->errors = 0;
}

/* List an output if it has an error, which with one-sided errors few have. */
static void note_erring(sfdfa_learning_t *learning, uint16_t o)
{
    learning->erring[learning->errors] = (sfdfa_erring_t){learning->error[o], (sfdfa_index_t)o};
    learning->errors = (uint16_t)(learning->errors + (learning->error[o] != 0));
}

#endif
