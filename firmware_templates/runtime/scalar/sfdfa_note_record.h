/*
 * sfdfa_note_record.h: of a record replay has no more to note.
 */
#ifndef SFDFA_NOTE_RECORD_H
#define SFDFA_NOTE_RECORD_H

#include "sfdfa.h"

static inline void sfdfa_note_record(sfdfa_t *net, uint16_t output)
{
    (void)net, (void)output;
}

#endif
