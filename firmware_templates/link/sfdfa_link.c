/*
 * sfdfa_link.c: a session. Requests come in the order of their numbers, each is executed once, and its answer is kept
 * for when it gets lost.
 */
#include "sfdfa_link.h"

#include "sfdfa_bytes.h"
#include "sfdfa_link_cycles.h"
#include "sfdfa_requests.h"

void sfdfa_link_init(sfdfa_link_t *link, sfdfa_t *net, uint8_t woke)
{
    link->net = net;
#if SFDFA_COMPACT
    link->frame.body = net->scratch.lent;
#endif
    sfdfa_frame_init(&link->frame);
    link->greeted = false;
    link->last = 0;
    link->answered = 0;
    link->arriving = SFDFA_ARRIVING_NOTHING;
    link->woke = woke;
    link->replaced = false;
    link->executed = 0;
    sfdfa_link_init_cycles(link);
}

/* Write SFDFA_ERROR: its code and the sequence number that is due. Returns its length. */
static uint16_t put_error(sfdfa_link_t *link, uint8_t code)
{
    uint8_t *const payload = sfdfa_frame_payload(&link->frame);
    *payload = code;
    return (uint16_t)(sfdfa_put_u16(payload + 1, (uint16_t)(link->last + 1)) - payload);
}

static void send_error(sfdfa_link_t *link, uint16_t sequence, uint8_t code)
{
    sfdfa_frame_send(&link->frame, SFDFA_ERROR, sequence, put_error(link, code), sfdfa_board_write);
}

/* Keep an answer and send it. `made` is what the handler returned. */
static void answer(sfdfa_link_t *link, uint8_t type, uint16_t sequence, int16_t made)
{
    uint8_t *payload = sfdfa_frame_payload(&link->frame);
    uint16_t length = (uint16_t)made;
    uint8_t reply = (uint8_t)(type | SFDFA_REPLY);
    if (made < 0) {
        reply = SFDFA_ERROR;
        length = put_error(link, (uint8_t)-made);
    }
    sfdfa_answer_t *kept = &link->answers[sequence % SFDFA_WINDOW];
    kept->type = reply;
    kept->length = length <= SFDFA_RESULT_BYTES ? length : 0;
    for (uint16_t i = 0; i < kept->length; i++) {
        kept->payload[i] = payload[i];
    }
    sfdfa_frame_send(&link->frame, reply, sequence, length, sfdfa_board_write);
}

static void answer_again(sfdfa_link_t *link, uint16_t sequence)
{
    const sfdfa_answer_t *kept = &link->answers[sequence % SFDFA_WINDOW];
    uint8_t *payload = sfdfa_frame_payload(&link->frame);
    for (uint16_t i = 0; i < kept->length; i++) {
        payload[i] = kept->payload[i];
    }
    sfdfa_frame_send(&link->frame, kept->type, sequence, kept->length, sfdfa_board_write);
}

/* Whether a request changes nothing, so that its answer can be made again. */
static bool is_query(uint8_t type)
{
    return type == SFDFA_READ || type == SFDFA_STATISTICS || type == SFDFA_STATE_CRC;
}

static void execute_and_answer(sfdfa_link_t *link, uint8_t type, uint16_t sequence)
{
    link->last = sequence;
    link->answered = (uint8_t)(link->answered < SFDFA_WINDOW ? link->answered + 1 : SFDFA_WINDOW);
    link->executed++;
    answer(link, type, sequence, sfdfa_request(link));
}

static void take_request(sfdfa_link_t *link)
{
    const uint8_t type = sfdfa_frame_type(&link->frame);
    const uint16_t sequence = sfdfa_frame_sequence(&link->frame);
    const uint16_t age = (uint16_t)(link->last - sequence);
    if (sfdfa_frame_version(&link->frame) != SFDFA_PROTOCOL_VERSION) {
        send_error(link, sequence, SFDFA_REFUSE_VERSION);
    } else if (type == SFDFA_HELLO) {
        link->greeted = true;
        link->answered = 0;
        execute_and_answer(link, type, sequence);
    } else if (!link->greeted) {
        send_error(link, sequence, SFDFA_REFUSE_HELLO_FIRST);
    } else if (age == UINT16_MAX) {
        execute_and_answer(link, type, sequence);
    } else if (age >= link->answered) {
        send_error(link, sequence, SFDFA_REFUSE_SEQUENCE);
    } else if (is_query(type)) {
        const int16_t made = sfdfa_request(link);
        answer(link, type, sequence, made);
    } else {
        answer_again(link, sequence);
    }
}

void sfdfa_link_receive(sfdfa_link_t *link, uint8_t byte)
{
    if (sfdfa_frame_receive(&link->frame, byte)) {
        take_request(link);
    }
}

bool sfdfa_link_poll(sfdfa_link_t *link)
{
    const int16_t byte = sfdfa_board_read();
    if (byte >= 0) {
        sfdfa_link_receive(link, (uint8_t)byte);
    } else if (byte == SFDFA_BOARD_LOST) {
        sfdfa_frame_break(&link->frame);
    }
    return byte != SFDFA_BOARD_NONE;
}
