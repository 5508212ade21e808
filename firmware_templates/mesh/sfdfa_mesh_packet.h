/*
 * sfdfa_mesh_packet.h: keys and payloads, section 3 of docs/MESH.md.
 */
#ifndef SFDFA_MESH_PACKET_H
#define SFDFA_MESH_PACKET_H

#include <stdint.h>

enum {
    SFDFA_MESH_START = 0,
    SFDFA_MESH_SPIKE = 1,
    SFDFA_MESH_END = 2,
    SFDFA_MESH_REPORT = 3,
    SFDFA_MESH_VERDICT = 4,
    SFDFA_MESH_GRADE = 5,
    SFDFA_MESH_ERROR = 6,
    SFDFA_MESH_READY = 7,
    SFDFA_MESH_COMMIT = 8,
    SFDFA_MESH_RESULT = 9,
    SFDFA_MESH_DONE = 10,
    SFDFA_MESH_AGAIN = 11,
    SFDFA_MESH_PREPARE = 12,
    SFDFA_MESH_EVENTS = 13,
    SFDFA_MESH_RANKS = 14,
    SFDFA_MESH_SUM = 15,
};

/* What is learned of a sample. */
enum {
    SFDFA_MESH_NOTHING = 0,
    SFDFA_MESH_KNOWN = 1,
    SFDFA_MESH_LEARN = 2,
};

/* In the field of an error, beside what is learned. */
#define SFDFA_MESH_ACTION 3
#define SFDFA_MESH_WANTS_RANKS 4

/* Fields of events, */
enum {
    SFDFA_MESH_CHANNELS = 0,
    SFDFA_MESH_TICKS = 1,
};

/* of reports, */
enum {
    SFDFA_MESH_COUNT = 0,
    SFDFA_MESH_POTENTIAL = 1,
    SFDFA_MESH_OUTPUT_GRADE = 2,
};

/* of sums, each times the number of outputs, */
enum {
    SFDFA_MESH_SUM_LOW = 0,
    SFDFA_MESH_SUM_HIGH = 1,
    SFDFA_MESH_SUM_D = 2,
    SFDFA_MESH_SUM_EXPLAINED = 3,
    SFDFA_MESH_SUM_SPIKES = 4,
};

/* and of results. */
enum {
    SFDFA_MESH_RESULT_OUTPUT = 0,
    SFDFA_MESH_RESULT_SUMMARY = 1,
    SFDFA_MESH_RESULT_MARGIN = 2,
    SFDFA_MESH_RESULT_ABORTED = 3,
};

#define SFDFA_MESH_NO_LABEL 0xFFFF
#define SFDFA_MESH_TURNS 16
#define SFDFA_MESH_NEW_TURNS 7 /* a packet up to so many turns ahead opens its turn */

#define SFDFA_MESH_FIELD UINT32_C(0x00FF0000) /* of a key: layer or field */

static inline uint32_t sfdfa_mesh_key(uint32_t kind, uint8_t turn, uint8_t layer, uint16_t source)
{
    return kind << 28 | (uint32_t)turn << 24 | (uint32_t)layer << 16 | source;
}

static inline uint8_t sfdfa_mesh_kind(uint32_t key)
{
    return (uint8_t)(key >> 28);
}

static inline uint8_t sfdfa_mesh_turn(uint32_t key)
{
    return (uint8_t)(key >> 24 & 0xF);
}

/* Layer or field. */
static inline uint8_t sfdfa_mesh_layer(uint32_t key)
{
    return (uint8_t)(key >> 16);
}

static inline uint16_t sfdfa_mesh_source(uint32_t key)
{
    return (uint16_t)key;
}

/* Two numbers of 16 bits. */
static inline uint32_t sfdfa_mesh_pair(uint16_t low, uint16_t high)
{
    return (uint32_t)high << 16 | low;
}

static inline uint16_t sfdfa_mesh_low(uint32_t payload)
{
    return (uint16_t)payload;
}

static inline uint16_t sfdfa_mesh_high(uint32_t payload)
{
    return (uint16_t)(payload >> 16);
}

/* e, and below it d or R. */
#define SFDFA_MESH_GRADE_BITS 22

static inline uint32_t sfdfa_mesh_error(int32_t error, int32_t grade)
{
    return (uint32_t)error << SFDFA_MESH_GRADE_BITS | ((uint32_t)grade & ((UINT32_C(1) << SFDFA_MESH_GRADE_BITS) - 1));
}

/* A payload with a tick and 16 bits. */
static inline uint32_t sfdfa_mesh_at_tick(uint8_t tick, uint16_t low)
{
    return (uint32_t)tick << 24 | low;
}

static inline uint8_t sfdfa_mesh_tick(uint32_t payload)
{
    return (uint8_t)(payload >> 24);
}

static inline int32_t sfdfa_mesh_value(uint32_t payload)
{
    return (int32_t)payload; /* two's complement */
}

static inline int16_t sfdfa_mesh_grade(uint32_t payload)
{
    return (int16_t)(uint16_t)payload;
}

#endif
