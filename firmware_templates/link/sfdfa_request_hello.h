/*
 * sfdfa_request_hello.h: HELLO, who is there.
 */
#ifndef SFDFA_REQUEST_HELLO_H
#define SFDFA_REQUEST_HELLO_H

#include "sfdfa_bytes.h"
#include "sfdfa_link.h"
#include "sfdfa_protocol.h"
#include "core/sfdfa_compiler.h"

/* The 32 bytes of a hash in hexadecimal digits. */
static uint8_t *put_hash(uint8_t *bytes, const SFDFA_FLASH char *digits)
{
    for (uint8_t i = 0; i < 64; i++) {
        const uint8_t digit = (uint8_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
        bytes[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
    }
    return bytes + 32;
}

static int16_t sfdfa_request_hello(sfdfa_link_t *link)
{
    static const SFDFA_FLASH char hash[] = SFDFA_MODEL_HASH;
    static const SFDFA_FLASH char name[] = SFDFA_BOARD_NAME;
    uint8_t *const payload = sfdfa_frame_payload(&link->frame);
    uint8_t *put = payload;
    *put++ = SFDFA_ARITHMETIC_VERSION;
    *put++ = SFDFA_WINDOW;
    *put++ = SFDFA_TICKS;
    *put++ = SFDFA_BOARD_CYCLE_BITS > 0 ? SFDFA_PHASES : 0;
    put = sfdfa_put_u16(put, SFDFA_RUNTIME_VERSION);
    put = sfdfa_put_u16(put, SFDFA_OUTPUTS);
    put = sfdfa_put_u16(put, SFDFA_CHANNELS);
    put = sfdfa_put_u16(put, SFDFA_MAX_EVENTS);
    put = sfdfa_put_u16(put, SFDFA_MAX_PAYLOAD);
    put = sfdfa_put_u16(put, (uint16_t)(SFDFA_FEATURES | (SFDFA_INTEGRATES ? SFDFA_HELLO_INTEGRATES : 0)));
    put = sfdfa_put_u32(put, SFDFA_STATE_BYTES);
    put = sfdfa_put_u32(put, SFDFA_BOARD_CLOCK_HZ);
    put = sfdfa_put_u32(put, link->net->learned.samples);
    put = sfdfa_put_u32(put, link->executed);
    put = sfdfa_put_u32(put, link->frame.dropped);
    put = put_hash(put, hash);
    *put++ = link->woke;
    for (uint8_t i = 0; name[i] != '\0' && put < payload + SFDFA_MAX_PAYLOAD; i++) {
        *put++ = (uint8_t)name[i];
    }
    return (int16_t)(put - payload);
}

#endif
