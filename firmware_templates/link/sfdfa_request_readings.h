/*
 * sfdfa_request_readings.h: READINGS, a sample of readings, of which the device makes the events.
 */
#ifndef SFDFA_REQUEST_READINGS_H
#define SFDFA_REQUEST_READINGS_H

#include "sfdfa_link_cycles.h"
#include "sfdfa_link_sample.h"
#include "sfdfa_protocol.h"
#include "core/sfdfa_compiler.h"
#include "core/sfdfa_sort.h"
#if SFDFA_LINK_PIECES
#include "sfdfa_readings_in_pieces.h"
#else
#include "sfdfa_readings_in_one.h"
#endif

/* Make the events of a sample and put them in order. */
static SFDFA_OWN_FRAME void sort_readings(sfdfa_link_t *link, const sfdfa_arrived_t *arrived, sfdfa_tick_ends_t *ends)
{
    sfdfa_reading_t room[SFDFA_READING_ROOM];
    const sfdfa_reading_t *readings = sfdfa_in_library_form(arrived, room);
    const uint32_t start = sfdfa_board_cycles();
    sfdfa_sort_readings(link->net, readings, ends);
    sfdfa_link_count_cycles(link, SFDFA_PHASES, start);
}

static SFDFA_OWN_FRAME int16_t give_readings(sfdfa_link_t *link, const sfdfa_arrived_t *arrived)
{
    sfdfa_tick_ends_t ends;
    sort_readings(link, arrived, &ends);
    int16_t status = 0;
    uint16_t k = 0;
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (; status == 0 && k < ends.of[t]; k++) {
            status = sfdfa_link_event(link, t, link->net->sample.event[k]);
        }
    }
    return status;
}

static int16_t run_readings(sfdfa_link_t *link, const sfdfa_gathered_t *gathered)
{
    link->sampling = false;
    int16_t status = sfdfa_link_begin_sample(link, gathered->flags, gathered->label, SFDFA_READING_PHASES);
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
