/*
 * sfdfa_request_label.h: LABEL, the class of a sample that asked for it, which is in the ring.
 */
#ifndef SFDFA_REQUEST_LABEL_H
#define SFDFA_REQUEST_LABEL_H

#include "sfdfa_bytes.h"
#include "sfdfa_link_sample.h"
#include "sfdfa_protocol.h"

static int16_t sfdfa_request_late_label(sfdfa_link_t *link)
{
    uint8_t *const payload = sfdfa_frame_payload(&link->frame);
    const uint16_t age = sfdfa_get_u16(payload);
    const uint16_t label = sfdfa_get_u16(payload + 2);
    link->before = link->net->saturations;
    const uint32_t start = sfdfa_board_cycles();
    const int status = sfdfa_label(link->net, age, label);
    const uint8_t *const end = sfdfa_link_put_since(link, payload + 1, start);
    if (status < 0) {
        return sfdfa_refusal(status);
    }
    *payload = (uint8_t)(sfdfa_link_saturated(link) | (status == SFDFA_OK) << SFDFA_LEARNED_BIT);
    return (int16_t)(end - payload);
}

#endif
