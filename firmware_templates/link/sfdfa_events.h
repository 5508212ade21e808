/*
 * sfdfa_events.h: the events of a SAMPLE chunk, section "Samples" of docs/PROTOCOL.md.
 */
#ifndef SFDFA_EVENTS_H
#define SFDFA_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Where decoding stands within a sample, and within a chunk of it. */
typedef struct {
    uint16_t tick; /* of the event before */
    uint32_t channel; /* of the event before */
    bool any;      /* an event came before */
    uint32_t mean; /* 8 times the mean gap */
    const uint8_t *bytes; /* what is left of the message */
    uint16_t bits_left; /* of the message */
    uint8_t bit; /* of *bytes, next to be read */
} sfdfa_events_t;

void sfdfa_events_begin_sample(sfdfa_events_t *events);
void sfdfa_events_begin_chunk(sfdfa_events_t *events, const uint8_t *bytes, uint16_t size);

/*
 * Decode the next event into `tick` and `channel`; the tick may be out of range and must be checked.
 *
 * Returns false if the chunk ends within it.
 */
bool sfdfa_events_next(sfdfa_events_t *events);

#endif
