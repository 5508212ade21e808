/*
 * sfdfa_request_recording.h: RECORDING, samples of a sensor, which the device hears as they come; with the last piece
 * it makes readings of them, and events of these.
 */
#ifndef SFDFA_REQUEST_RECORDING_H
#define SFDFA_REQUEST_RECORDING_H

#include "sfdfa_arrived_readings.h"
#include "sfdfa_link_cycles.h"
#include "sfdfa_link_sample.h"
#include "sfdfa_protocol.h"
#include "sfdfa_sorted_events.h"
#include "core/sfdfa_compiler.h"

#define SFDFA_SAMPLE_BYTES (2 * SFDFA_AXES) /* of all axes at one time */
#define SFDFA_HEARD_AT_ONCE 8               /* samples of each axis; the prediction of cycles has the same number */

static SFDFA_OWN_FRAME void hear_block(sfdfa_link_t *link, const uint8_t *bytes, uint16_t count)
{
    int16_t block[SFDFA_HEARD_AT_ONCE * SFDFA_AXES];
    for (uint16_t k = 0; k < count * SFDFA_AXES; k++) {
        block[k] = sfdfa_get_reading(bytes + 2 * k);
    }
    const uint32_t start = sfdfa_board_cycles();
    sfdfa_samples(link->net, block, count);
    sfdfa_link_count_cycles(link, SFDFA_READING_PHASES, start);
}

static int16_t hear(sfdfa_link_t *link, const uint8_t *bytes, uint16_t size)
{
    if (size % SFDFA_SAMPLE_BYTES != 0) {
        return -SFDFA_REFUSE_LENGTH;
    }
    for (uint16_t rest = size / SFDFA_SAMPLE_BYTES; rest > 0;) {
        const uint16_t count = rest < SFDFA_HEARD_AT_ONCE ? rest : SFDFA_HEARD_AT_ONCE;
        hear_block(link, bytes, count);
        bytes += count * SFDFA_SAMPLE_BYTES;
        rest = (uint16_t)(rest - count);
    }
    return 0;
}

/* A piece, of which the first has a label. */
static int16_t hear_labelled(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    if ((flags & SFDFA_FIRST_CHUNK) == 0) {
        return link->arriving == SFDFA_ARRIVING_RECORDING ? hear(link, bytes, size) : -SFDFA_REFUSE_NOT_READY;
    }
    if (size < 2) {
        return -SFDFA_REFUSE_LENGTH;
    }
    link->recording_flags = flags;
    link->recording_label = sfdfa_get_u16(bytes);
    sfdfa_link_clear_cycles(link, SFDFA_MOST_PHASES);
    sfdfa_listen(link->net);
    return hear(link, bytes + 2, (uint16_t)(size - 2));
}

/* The events of what was heard, in order. */
static SFDFA_OWN_FRAME int16_t sort_heard(sfdfa_link_t *link, sfdfa_tick_ends_t *ends)
{
    sfdfa_reading_t readings[SFDFA_FEATURES];
    const uint32_t start = sfdfa_board_cycles();
    const int status = sfdfa_heard(link->net, readings);
    sfdfa_link_count_cycles(link, SFDFA_READING_PHASES, start);
    if (status == SFDFA_OK) {
        sfdfa_link_sort_readings(link, readings, ends);
    }
    return sfdfa_refusal(status);
}

static SFDFA_OWN_FRAME int16_t give_heard(sfdfa_link_t *link)
{
    sfdfa_tick_ends_t ends;
    const int16_t status = sort_heard(link, &ends);
    return status == 0 ? sfdfa_link_give_sorted(link, &ends) : status;
}

static int16_t run_heard(sfdfa_link_t *link)
{
    int16_t status = sfdfa_link_begin_sample(link, link->recording_flags, link->recording_label);
    if (status == 0) {
        status = give_heard(link);
    }
    return status == 0 ? sfdfa_link_end_sample(link) : status;
}

/* What is wrong with a piece ends its recording. */
static int16_t sfdfa_request_recording(sfdfa_link_t *link)
{
    const uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint16_t length = sfdfa_frame_length(&link->frame);
    if (length == 0) {
        link->arriving = SFDFA_ARRIVING_NOTHING;
        return -SFDFA_REFUSE_LENGTH;
    }
    const uint8_t flags = payload[0];
    const int16_t status = hear_labelled(link, flags, payload + 1, (uint16_t)(length - 1));
    const bool more = status == 0 && (flags & SFDFA_LAST_CHUNK) == 0;
    link->arriving = more ? SFDFA_ARRIVING_RECORDING : SFDFA_ARRIVING_NOTHING;
    return status == 0 && !more ? run_heard(link) : status;
}

#endif
