/*
 * sfdfa_request_state.h: requests about what the network has learned: its CRC, its bytes, how fast it learns, and how
 * much was clamped.
 */
#ifndef SFDFA_REQUEST_STATE_H
#define SFDFA_REQUEST_STATE_H

#include "sfdfa_bytes.h"
#include "sfdfa_link.h"
#include "sfdfa_protocol.h"

/* No sample goes on after this one's state was changed. */
static void drop_sample(sfdfa_link_t *link)
{
    link->arriving = SFDFA_ARRIVING_NOTHING;
}

static int16_t sfdfa_request_state_crc(sfdfa_link_t *link)
{
    sfdfa_put_u32(sfdfa_frame_payload(&link->frame), sfdfa_state_crc(link->net));
    return 4;
}

static int16_t sfdfa_request_read(sfdfa_link_t *link)
{
    uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint32_t offset = sfdfa_get_u32(payload);
    const uint16_t size = sfdfa_get_u16(payload + 4);
    if (size > SFDFA_MAX_PAYLOAD) {
        return -SFDFA_REFUSE_RANGE;
    }
    const int status = sfdfa_state_read(link->net, offset, payload, size);
    return status == SFDFA_OK ? (int16_t)size : sfdfa_refusal(status);
}

static int16_t sfdfa_request_write(sfdfa_link_t *link)
{
    const uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint16_t length = sfdfa_frame_length(&link->frame);
    if (length < 4) {
        return -SFDFA_REFUSE_LENGTH;
    }
    drop_sample(link);
    const uint32_t size = (uint32_t)length - 4;
    return sfdfa_refusal(sfdfa_state_write(link->net, sfdfa_get_u32(payload), payload + 4, size));
}

static int16_t sfdfa_request_accept(sfdfa_link_t *link)
{
    const uint32_t crc = sfdfa_get_u32(sfdfa_frame_payload(&link->frame));
    link->replaced = true;
    return sfdfa_refusal(sfdfa_state_accept(link->net, crc));
}

static int16_t sfdfa_request_reset(sfdfa_link_t *link)
{
    drop_sample(link);
    sfdfa_init(link->net);
    link->replaced = true;
    return 0;
}

static int16_t sfdfa_request_rate(sfdfa_link_t *link)
{
    const uint16_t scale = sfdfa_get_u16(sfdfa_frame_payload(&link->frame));
    return sfdfa_refusal(sfdfa_set_rate_scale(link->net, scale));
}

static int16_t sfdfa_request_statistics(sfdfa_link_t *link)
{
    const sfdfa_saturations_t *counts = &link->net->saturations;
    uint8_t *put = sfdfa_frame_payload(&link->frame);
    put = sfdfa_put_u32(put, counts->state);
    put = sfdfa_put_u32(put, counts->grades);
    put = sfdfa_put_u32(put, counts->eligibility);
    put = sfdfa_put_u32(put, counts->update);
    put = sfdfa_put_u32(put, counts->spikes);
    put = sfdfa_put_u32(put, sfdfa_weights_at_limit(link->net));
    sfdfa_put_u32(put, sfdfa_feedback_at_limit(link->net));
    return 28;
}

#endif
