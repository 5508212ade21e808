/*
 * sfdfa_request_sample.h: SAMPLE, a sample of events in one or more chunks.
 */
#ifndef SFDFA_REQUEST_SAMPLE_H
#define SFDFA_REQUEST_SAMPLE_H

#include "sfdfa_bytes.h"
#include "sfdfa_link_sample.h"
#include "sfdfa_protocol.h"
#include "core/sfdfa_compiler.h"

static int16_t take_events(sfdfa_link_t *link, uint16_t count)
{
    for (; count > 0; count--) {
        if (!sfdfa_events_next(&link->events)) {
            return -SFDFA_REFUSE_DAMAGED;
        }
        const int16_t status = sfdfa_link_event(link, link->events.tick, (uint16_t)link->events.channel);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

static SFDFA_OWN_FRAME int16_t take_chunk(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    if ((flags & SFDFA_FIRST_CHUNK) != 0) {
        if (size < 2) {
            return -SFDFA_REFUSE_LENGTH;
        }
        sfdfa_link_clear_cycles(link, SFDFA_PHASES);
        const int16_t status = sfdfa_link_begin_sample(link, flags, sfdfa_get_u16(bytes));
        if (status != 0) {
            return status;
        }
        bytes += 2;
        size = (uint16_t)(size - 2);
    } else if (link->arriving != SFDFA_ARRIVING_EVENTS) {
        return -SFDFA_REFUSE_NOT_READY;
    }
    if (size < 2) {
        return -SFDFA_REFUSE_LENGTH;
    }
    sfdfa_events_begin_chunk(&link->events, bytes + 2, (uint16_t)(size - 2));
    return take_events(link, sfdfa_get_u16(bytes));
}

static int16_t sfdfa_request_sample(sfdfa_link_t *link)
{
    const uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint16_t length = sfdfa_frame_length(&link->frame);
    if (length < 1) {
        return -SFDFA_REFUSE_LENGTH;
    }
    const uint8_t flags = payload[0];
    int16_t answer = take_chunk(link, flags, payload + 1, (uint16_t)(length - 1));
    const bool more = answer == 0 && (flags & SFDFA_LAST_CHUNK) == 0;
    link->arriving = more ? SFDFA_ARRIVING_EVENTS : SFDFA_ARRIVING_NOTHING;
    if (answer == 0 && !more) {
        answer = sfdfa_link_end_sample(link);
    }
    return answer;
}

#endif
