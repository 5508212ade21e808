/*
 * fuzz_link.c: any bytes to the link, and any requests.
 *
 * The first byte of an input chooses: even, the rest is what comes from the line, and if its second bit is set, too, as
 * many bytes on some are told to be missing; odd, the rest is a list of requests, each
 *
 *     type u8 | step i8 | length u8 | payload
 *
 * which are put into whole frames here, with the sequence number that is due plus `step`, so that mutations reach what
 * lies behind the CRC. Whatever comes, every answer must be a whole frame of an answer's type, and the device must
 * still answer a HELLO afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "sfdfa_link.h"

#define HELLO 0x01
#define REPLY 0x80
#define ERROR 0xFF
#define MOST_REQUESTS 24 /* of an input, to keep it quick */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sfdfa_t net;
static sfdfa_link_t serial;
static sfdfa_frame_t sender;   /* makes the requests' frames */
static sfdfa_frame_t answered; /* reads the answers */
static uint32_t answers;
static const uint8_t *arriving; /* from the line, */
static size_t left;             /* how many */
static size_t lost_at;          /* of them are left when some are told to be missing */

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_answer(void)
{
    must(sfdfa_frame_version(&answered) == SFDFA_PROTOCOL_VERSION);
    must(sfdfa_frame_type(&answered) == ERROR || (sfdfa_frame_type(&answered) & REPLY) != 0);
    must(sfdfa_frame_type(&answered) != ERROR || sfdfa_frame_length(&answered) == 3);
    answers++;
}

/* The board. */

void sfdfa_board_write(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        if (sfdfa_frame_receive(&answered, bytes[k])) {
            check_answer();
        }
    }
    must(answered.dropped == 0);
}

int16_t sfdfa_board_read(void)
{
    if (left == lost_at) {
        lost_at = SIZE_MAX;
        return SFDFA_BOARD_LOST;
    }
    if (left == 0) {
        return SFDFA_BOARD_NONE;
    }
    left--;
    return *arriving++;
}

uint32_t sfdfa_board_cycles(void)
{
    return 0;
}

static void give(const uint8_t *bytes, uint16_t size)
{
    for (uint16_t k = 0; k < size; k++) {
        sfdfa_link_receive(&serial, bytes[k]);
    }
}

static void request(uint8_t type, uint16_t sequence, const uint8_t *payload, uint16_t length)
{
    memcpy(sfdfa_frame_payload(&sender), payload, length);
    sfdfa_frame_send(&sender, type, sequence, length, give);
}

static void requests(const uint8_t *data, size_t size)
{
    for (int count = 0; count < MOST_REQUESTS && size >= 3; count++) {
        size_t length = data[2];
        length = length < SFDFA_MAX_PAYLOAD ? length : SFDFA_MAX_PAYLOAD;
        if (length > size - 3) {
            length = size - 3;
        }
        request(data[0], (uint16_t)(serial.last + 1 + (int8_t)data[1]), data + 3, (uint16_t)length);
        data += 3 + length;
        size -= 3 + length;
    }
}

static void bytes(const uint8_t *data, size_t size)
{
    arriving = data + 1;
    left = size - 1;
    lost_at = (data[0] & 2) != 0 && left > data[0] ? left - data[0] : SIZE_MAX;
    while (sfdfa_link_poll(&serial)) {
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zero = 0;
    sfdfa_init(&net);
    sfdfa_link_init(&serial, &net, 0);
    sfdfa_frame_init(&answered);
    if (size > 0) {
        if (data[0] % 2 == 0) {
            bytes(data, size);
        } else {
            requests(data + 1, size - 1);
        }
    }
    give(&zero, 1);
    const uint32_t before = answers;
    request(HELLO, 1, &zero, 0);
    must(answers == before + 1);
    return 0;
}
