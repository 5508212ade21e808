/*
 * sfdfa_note_record.h: what traces note of a record.
 */
#ifndef SFDFA_NOTE_RECORD_H
#define SFDFA_NOTE_RECORD_H

#include "sfdfa.h"

/* sfdfa_trace.c: the record of a silent output has just changed. */
void sfdfa_note_record(sfdfa_t *net, uint16_t output);

#endif
