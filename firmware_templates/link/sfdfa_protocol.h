/*
 * sfdfa_protocol.h: the numbers of docs/PROTOCOL.md.
 */
#ifndef SFDFA_PROTOCOL_H
#define SFDFA_PROTOCOL_H

#include "sfdfa.h"
#include "core/sfdfa_compiler.h"

/* Types of frames. */
enum {
    SFDFA_HELLO = 0x01,
    SFDFA_SAMPLE = 0x02,
    SFDFA_STATE_CRC = 0x03,
    SFDFA_READ = 0x04,
    SFDFA_WRITE = 0x05,
    SFDFA_ACCEPT = 0x06,
    SFDFA_RESET = 0x07,
    SFDFA_RATE = 0x08,
    SFDFA_STATISTICS = 0x09,
    SFDFA_READINGS = 0x0A,
    SFDFA_LATE_LABEL = 0x0B,
    SFDFA_RECORDING = 0x0C,
    SFDFA_REPLY = 0x80, /* with the type of what is answered */
    SFDFA_ERROR = 0xFF,
};

/* Codes of SFDFA_ERROR, negated where a handler returns them. */
enum {
    SFDFA_REFUSE_HELLO_FIRST = 1,
    SFDFA_REFUSE_SEQUENCE = 2,
    SFDFA_REFUSE_TYPE = 3,
    SFDFA_REFUSE_LENGTH = 4,
    SFDFA_REFUSE_VERSION = 5,
    SFDFA_REFUSE_RANGE = 6,
    SFDFA_REFUSE_ORDER = 7,
    SFDFA_REFUSE_CAPACITY = 8,
    SFDFA_REFUSE_NOT_READY = 9,
    SFDFA_REFUSE_DAMAGED = 10,
};

/* Flags of a chunk of a sample: of events, of readings or of a recording. */
enum {
    SFDFA_FIRST_CHUNK = 1,
    SFDFA_LAST_CHUNK = 2,
    SFDFA_LEARN_CHUNK = 4,
    SFDFA_LABEL_CHUNK = 8,
};

#define SFDFA_HELLO_INTEGRATES 0x8000U /* beside the number of readings */
#define SFDFA_LEARNED_BIT 5             /* of the flags of an answer: weights were changed */

/* The code, negated, of a status of the library; 0 where it is no error. */
static SFDFA_OWN_FRAME int16_t sfdfa_refusal(int status)
{
    switch (status) {
    case SFDFA_OK:
        return 0;
    case SFDFA_ERROR_RANGE:
        return -SFDFA_REFUSE_RANGE;
    case SFDFA_ERROR_ORDER:
        return -SFDFA_REFUSE_ORDER;
    case SFDFA_ERROR_CAPACITY:
        return -SFDFA_REFUSE_CAPACITY;
    default:
        return -SFDFA_REFUSE_NOT_READY;
    }
}

#endif
