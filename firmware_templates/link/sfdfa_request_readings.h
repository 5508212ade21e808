/*
 * sfdfa_request_readings.h: READINGS, a sample of readings, of which the device makes the events.
 */
#ifndef SFDFA_REQUEST_READINGS_H
#define SFDFA_REQUEST_READINGS_H

#include "sfdfa_link_cycles.h"
#include "sfdfa_link_sample.h"
#include "sfdfa_protocol.h"
#include "sfdfa_sorted_events.h"
#include "core/sfdfa_compiler.h"
#if SFDFA_LINK_PIECES
#include "sfdfa_readings_in_pieces.h"
#else
#include "sfdfa_readings_in_one.h"
#endif

static SFDFA_OWN_FRAME void sort_arrived(sfdfa_link_t *link, const sfdfa_arrived_t *arrived, sfdfa_tick_ends_t *ends)
{
    sfdfa_reading_t room[SFDFA_READING_ROOM];
    sfdfa_link_sort_readings(link, sfdfa_in_library_form(arrived, room), ends);
}

static SFDFA_OWN_FRAME int16_t give_readings(sfdfa_link_t *link, const sfdfa_arrived_t *arrived)
{
    sfdfa_tick_ends_t ends;
    sort_arrived(link, arrived, &ends);
    return sfdfa_link_give_sorted(link, &ends);
}

static int16_t run_readings(sfdfa_link_t *link, const sfdfa_gathered_t *gathered)
{
    sfdfa_link_clear_cycles(link, SFDFA_READING_PHASES);
    int16_t status = sfdfa_link_begin_sample(link, gathered->flags, gathered->label);
    if (status == 0) {
        status = give_readings(link, gathered->readings);
    }
    return status == 0 ? sfdfa_link_end_sample(link) : status;
}

static int16_t sfdfa_request_readings(sfdfa_link_t *link)
{
    const uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint16_t length = sfdfa_frame_length(&link->frame);
    sfdfa_gathered_t gathered;
    if (length == 0) {
        return -SFDFA_REFUSE_LENGTH;
    }
    const int16_t status = sfdfa_gather(link, payload[0], payload + 1, (uint16_t)(length - 1), &gathered);
    return status > 0 ? run_readings(link, &gathered) : status;
}

#endif
