/*
 * sfdfa_requests.h: what a host can ask for, section "Requests" of docs/PROTOCOL.md: from the type of a request to its
 * handler.
 *
 * A handler reads its payload from the frame and writes its answer to the same place; it returns the length of the
 * answer, or a negative number for an error.
 */
#ifndef SFDFA_REQUESTS_H
#define SFDFA_REQUESTS_H

#include "sfdfa_protocol.h"
#include "sfdfa_request_hello.h"
#include "sfdfa_request_sample.h"
#include "sfdfa_request_state.h"
#if SFDFA_FEATURES > 0
#include "sfdfa_request_readings.h"
#endif
#if SFDFA_AXES > 0
#include "sfdfa_request_recording.h"
#endif
#if SFDFA_RING_SLOTS > 0
#include "sfdfa_request_label.h"
#endif

/* A request whose payload has one length. */
static int16_t request_of_length(sfdfa_link_t *link, uint8_t type, uint16_t length)
{
    switch (type) {
    case SFDFA_HELLO:
        return length == 0 ? sfdfa_request_hello(link) : -SFDFA_REFUSE_LENGTH;
    case SFDFA_STATE_CRC:
        return length == 0 ? sfdfa_request_state_crc(link) : -SFDFA_REFUSE_LENGTH;
    case SFDFA_READ:
        return length == 6 ? sfdfa_request_read(link) : -SFDFA_REFUSE_LENGTH;
    case SFDFA_ACCEPT:
        return length == 4 ? sfdfa_request_accept(link) : -SFDFA_REFUSE_LENGTH;
    case SFDFA_RESET:
        return length == 0 ? sfdfa_request_reset(link) : -SFDFA_REFUSE_LENGTH;
    case SFDFA_RATE:
        return length == 2 ? sfdfa_request_rate(link) : -SFDFA_REFUSE_LENGTH;
    case SFDFA_STATISTICS:
        return length == 0 ? sfdfa_request_statistics(link) : -SFDFA_REFUSE_LENGTH;
#if SFDFA_RING_SLOTS > 0
    case SFDFA_LATE_LABEL:
        return length == 4 ? sfdfa_request_late_label(link) : -SFDFA_REFUSE_LENGTH;
#endif
    default:
        return -SFDFA_REFUSE_TYPE;
    }
}

/* Execute the request in the frame. */
static int16_t sfdfa_request(sfdfa_link_t *link)
{
    const uint8_t type = sfdfa_frame_type(&link->frame);
    switch (type) {
    case SFDFA_SAMPLE:
        return sfdfa_request_sample(link);
#if SFDFA_FEATURES > 0
    case SFDFA_READINGS:
        return sfdfa_request_readings(link);
#endif
#if SFDFA_AXES > 0
    case SFDFA_RECORDING:
        return sfdfa_request_recording(link);
#endif
    case SFDFA_WRITE:
        return sfdfa_request_write(link);
    default:
        return request_of_length(link, type, sfdfa_frame_length(&link->frame));
    }
}

#endif
