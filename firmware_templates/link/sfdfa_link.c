/*
 * sfdfa_link.c: requests and answers.
 *
 * A request handler reads its payload from the frame and writes its answer to the same place; it returns the length of
 * the answer, or a negative number for an error.
 */
#include "sfdfa_link.h"

#include "sfdfa_bytes.h"
#include "sfdfa_woke.h"
#include "core/sfdfa_internal.h"
#if SFDFA_FEATURES > 0
#include "core/sfdfa_sort.h"
#endif

enum {
    HELLO = 0x01,
    SAMPLE = 0x02,
    STATE_CRC = 0x03,
    READ = 0x04,
    WRITE = 0x05,
    ACCEPT = 0x06,
    RESET = 0x07,
    RATE = 0x08,
    STATISTICS = 0x09,
    READINGS = 0x0A,
    LATE_LABEL = 0x0B,
    REPLY = 0x80,
    ERROR = 0xFF,
};

/* Codes of ERROR, negated where a handler returns them. */
enum {
    ERROR_HELLO_FIRST = 1,
    ERROR_SEQUENCE = 2,
    ERROR_TYPE = 3,
    ERROR_LENGTH = 4,
    ERROR_VERSION = 5,
    ERROR_RANGE = 6,
    ERROR_ORDER = 7,
    ERROR_CAPACITY = 8,
    ERROR_NOT_READY = 9,
    ERROR_DAMAGED = 10,
};

/* Flags of a chunk of a sample, of events or of readings. */
enum {
    FIRST = 1,
    LAST = 2,
    LEARN = 4,
    LABEL = 8,
};

#define LEARNED_BIT 5 /* of the flags of an answer: weights were changed */

/* Before what is measured of a sample, so that it takes the same time for events and for readings. */
#ifdef __GNUC__
#define ONE_COPY __attribute__((noinline))
#else
#define ONE_COPY
#endif

#define HELLO_INTEGRATES 0x8000U /* beside the number of readings */

#if SFDFA_BOARD_CYCLE_BITS > 0

/* Cycles since `start`, as far as the board's counter reaches. */
static uint32_t cycles_since(uint32_t start)
{
    return (sfdfa_board_cycles() - start) << (32 - SFDFA_BOARD_CYCLE_BITS) >> (32 - SFDFA_BOARD_CYCLE_BITS);
}

/* What reading the counter takes: the second time, since the first may wait for the flash. */
static void init_cycles(sfdfa_link_t *link)
{
    for (uint8_t reading = 0; reading < 2; reading++) {
        link->read_cycles = cycles_since(sfdfa_board_cycles());
    }
}

/* A sample of so many phases begins. */
static void clear_cycles(sfdfa_link_t *link, uint8_t phases)
{
    for (uint8_t phase = 0; phase < SFDFA_READING_PHASES; phase++) {
        link->cycles[phase] = 0;
    }
    link->phases = phases;
}

/* Add to a phase what went by since `start`, without what reading the counter takes. */
static void count_cycles(sfdfa_link_t *link, uint8_t phase, uint32_t start)
{
    link->cycles[phase] += cycles_since(start) - link->read_cycles;
}

static uint8_t *put_cycles(const sfdfa_link_t *link, uint8_t *put)
{
    for (uint8_t phase = 0; phase < link->phases; phase++) {
        put = sfdfa_put_u32(put, link->cycles[phase]);
    }
    return put;
}

#else

static void init_cycles(sfdfa_link_t *link)
{
    (void)link;
}

static void clear_cycles(sfdfa_link_t *link, uint8_t phases)
{
    (void)link;
    (void)phases;
}

static void count_cycles(sfdfa_link_t *link, uint8_t phase, uint32_t start)
{
    (void)link;
    (void)phase;
    (void)start;
}

static uint8_t *put_cycles(const sfdfa_link_t *link, uint8_t *put)
{
    (void)link;
    return put;
}

#endif

/* Forget readings of a sample that is not complete. */
static inline void drop_pieces(sfdfa_link_t *link)
{
#if SFDFA_LINK_PIECES
    link->pieces.begun = false;
#else
    (void)link;
#endif
}

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
    link->sampling = false;
    drop_pieces(link);
    link->executed = 0;
    sfdfa_link_set_woke(link, woke);
    init_cycles(link);
}

/* The protocol's code for an error of the library. */
static int16_t library_error(int status)
{
    switch (status) {
    case SFDFA_OK:
        return 0;
    case SFDFA_ERROR_RANGE:
        return -ERROR_RANGE;
    case SFDFA_ERROR_ORDER:
        return -ERROR_ORDER;
    case SFDFA_ERROR_CAPACITY:
        return -ERROR_CAPACITY;
    default:
        return -ERROR_NOT_READY;
    }
}

/* The 32 bytes of a hash in hexadecimal digits. */
static uint8_t *put_hash(uint8_t *bytes, const SFDFA_FLASH char *digits)
{
    for (uint8_t i = 0; i < 64; i++) {
        const uint8_t digit = (uint8_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
        bytes[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
    }
    return bytes + 32;
}

static int16_t hello(sfdfa_link_t *link)
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
    put = sfdfa_put_u16(put, (uint16_t)(SFDFA_FEATURES | (SFDFA_INTEGRATES ? HELLO_INTEGRATES : 0)));
    put = sfdfa_put_u32(put, SFDFA_STATE_BYTES);
    put = sfdfa_put_u32(put, SFDFA_BOARD_CLOCK_HZ);
    put = sfdfa_put_u32(put, link->net->learned.samples);
    put = sfdfa_put_u32(put, link->executed);
    put = sfdfa_put_u32(put, link->frame.dropped);
    put = put_hash(put, hash);
    *put++ = sfdfa_link_woke(link);
    for (uint8_t i = 0; name[i] != '\0' && put < payload + SFDFA_MAX_PAYLOAD; i++) {
        *put++ = (uint8_t)name[i];
    }
    return (int16_t)(put - payload);
}

/* Bits for the tensors that were clamped since the sample began. */
static uint8_t saturated(const sfdfa_link_t *link)
{
    const sfdfa_saturations_t *now = &link->net->saturations;
    const sfdfa_saturations_t *before = &link->before;
    return (uint8_t)((now->state != before->state) | (now->grades != before->grades) << 1 |
                     (now->eligibility != before->eligibility) << 2 | (now->update != before->update) << 3 |
                     (now->spikes != before->spikes) << 4);
}

#if SFDFA_INTEGRATES

/* What else there is to know of the sample, in the bits above. */
static inline uint8_t outcome(const sfdfa_result_t *result)
{
    return (uint8_t)(result->learned << LEARNED_BIT | result->asks << 6 | result->certain << 7);
}

static uint8_t *put_outputs(uint8_t *put, const sfdfa_result_t *result)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        *put++ = result->probabilities[o];
    }
    *put++ = result->ticks_run;
    return put;
}

#else

static inline uint8_t outcome(const sfdfa_result_t *result)
{
    (void)result;
    return 0;
}

static inline uint8_t *put_outputs(uint8_t *put, const sfdfa_result_t *result)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        *put++ = result->counts[o];
    }
    return put;
}

#endif

/* Write RESULT in place of the request. Returns its length. */
static SFDFA_OWN_FRAME int16_t put_result(sfdfa_link_t *link, const sfdfa_result_t *result)
{
    uint8_t *const payload = sfdfa_frame_payload(&link->frame);
    uint8_t *put = sfdfa_put_u16(payload, result->prediction);
    *put++ = (uint8_t)(saturated(link) | outcome(result));
    put = put_outputs(put, result);
    return (int16_t)(put_cycles(link, put) - payload);
}

/* Run the sample to its end. */
static ONE_COPY int16_t end_sample(sfdfa_link_t *link)
{
    sfdfa_result_t result;
    const uint32_t start = sfdfa_board_cycles();
    const int status = sfdfa_sample_end(link->net, link->label, &result);
    count_cycles(link, 1, start);
    return status == SFDFA_OK ? put_result(link, &result) : library_error(status);
}

static int16_t begin_sample(sfdfa_link_t *link, uint8_t flags, uint16_t label, uint8_t phases)
{
    link->label = (flags & LABEL) != 0 ? (int32_t)label : SFDFA_NO_LABEL;
    link->before = link->net->saturations;
    clear_cycles(link, phases);
    sfdfa_events_begin_sample(&link->events);
    return library_error(sfdfa_sample_begin(link->net, (flags & LEARN) != 0));
}

static ONE_COPY int16_t count_event(sfdfa_link_t *link, uint16_t tick, uint16_t channel)
{
    const uint32_t start = sfdfa_board_cycles();
    const int status = sfdfa_event(link->net, tick, channel);
    count_cycles(link, 0, start);
    return library_error(status);
}

static int16_t take_events(sfdfa_link_t *link, uint16_t count)
{
    for (; count > 0; count--) {
        if (!sfdfa_events_next(&link->events)) {
            return -ERROR_DAMAGED;
        }
        const int16_t status = count_event(link, link->events.tick, (uint16_t)link->events.channel);
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

static SFDFA_OWN_FRAME int16_t take_chunk(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    if ((flags & FIRST) != 0) {
        if (size < 2) {
            return -ERROR_LENGTH;
        }
        const int16_t status = begin_sample(link, flags, sfdfa_get_u16(bytes), SFDFA_PHASES);
        if (status != 0) {
            return status;
        }
        bytes += 2;
        size = (uint16_t)(size - 2);
    } else if (!link->sampling) {
        return -ERROR_NOT_READY;
    }
    if (size < 2) {
        return -ERROR_LENGTH;
    }
    sfdfa_events_begin_chunk(&link->events, bytes + 2, (uint16_t)(size - 2));
    return take_events(link, sfdfa_get_u16(bytes));
}

static int16_t sample(sfdfa_link_t *link)
{
    const uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint16_t length = sfdfa_frame_length(&link->frame);
    if (length < 1) {
        return -ERROR_LENGTH;
    }
    const uint8_t flags = payload[0];
    drop_pieces(link);
    int16_t answer = take_chunk(link, flags, payload + 1, (uint16_t)(length - 1));
    link->sampling = answer == 0 && (flags & LAST) == 0;
    if (answer == 0 && (flags & LAST) != 0) {
        answer = end_sample(link);
    }
    return answer;
}

#if SFDFA_FEATURES > 0

#define READING_BYTES (SFDFA_READING_BITS / 8)

static inline sfdfa_reading_t get_reading(const uint8_t *bytes)
{
#if SFDFA_READING_BITS == 8
    return *bytes;
#else
    const uint16_t bits = sfdfa_get_u16(bytes);
    return (sfdfa_reading_t)(bits < 0x8000 ? bits : (int32_t)bits - 0x10000);
#endif
}

/*
 * Readings as they are at hand: put together from pieces, or where they arrived. There bytes are those of the library,
 * but words may lie at an odd address.
 */
#if SFDFA_LINK_PIECES || SFDFA_READING_BITS == 8

typedef sfdfa_reading_t arrived_t;

#define READING_ROOM 1

static inline const sfdfa_reading_t *in_library_form(const arrived_t *arrived, sfdfa_reading_t *room)
{
    (void)room;
    return arrived;
}

#else

typedef uint8_t arrived_t;

#define READING_ROOM SFDFA_FEATURES

static inline const sfdfa_reading_t *in_library_form(const arrived_t *arrived, sfdfa_reading_t *room)
{
    for (uint16_t k = 0; k < SFDFA_FEATURES; k++) {
        room[k] = get_reading(arrived + READING_BYTES * k);
    }
    return room;
}

#endif

/* Make the events of a sample and put them in order. */
static SFDFA_OWN_FRAME void sort_readings(sfdfa_link_t *link, const arrived_t *arrived, sfdfa_tick_ends_t *ends)
{
    sfdfa_reading_t room[READING_ROOM];
    const sfdfa_reading_t *readings = in_library_form(arrived, room);
    const uint32_t start = sfdfa_board_cycles();
    sfdfa_sort_readings(link->net, readings, ends);
    count_cycles(link, SFDFA_PHASES, start);
}

static SFDFA_OWN_FRAME int16_t give_readings(sfdfa_link_t *link, const arrived_t *arrived)
{
    sfdfa_tick_ends_t ends;
    sort_readings(link, arrived, &ends);
    int16_t status = 0;
    uint16_t k = 0;
    for (uint16_t t = 0; t < SFDFA_TICKS; t++) {
        for (; status == 0 && k < ends.of[t]; k++) {
            status = count_event(link, t, link->net->sample.event[k]);
        }
    }
    return status;
}

/* A whole sample, whose flags and label came with its first piece. */
static int16_t run_readings(sfdfa_link_t *link, uint8_t flags, uint16_t label, const arrived_t *arrived)
{
    link->sampling = false;
    int16_t status = begin_sample(link, flags, label, SFDFA_READING_PHASES);
    if (status == 0) {
        status = give_readings(link, arrived);
    }
    return status == 0 ? end_sample(link) : status;
}

#if SFDFA_LINK_PIECES

/* Put the readings of a piece behind those before it. */
static int16_t take_piece(sfdfa_pieces_t *pieces, const uint8_t *bytes, uint16_t size)
{
    const uint16_t count = size / READING_BYTES;
    if (size % READING_BYTES != 0 || count > SFDFA_FEATURES - pieces->count) {
        return -ERROR_LENGTH;
    }
    for (uint16_t k = 0; k < count; k++) {
        pieces->reading[pieces->count++] = get_reading(bytes + READING_BYTES * k);
    }
    return 0;
}

static int16_t begin_pieces(sfdfa_pieces_t *pieces, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    if (size < 2) {
        return -ERROR_LENGTH;
    }
    *pieces = (sfdfa_pieces_t){.begun = true, .flags = flags, .label = sfdfa_get_u16(bytes), .count = 0};
    return take_piece(pieces, bytes + 2, (uint16_t)(size - 2));
}

/* The readings of a piece. What is wrong with one ends its sample. */
static int16_t readings_of(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    sfdfa_pieces_t *pieces = &link->pieces;
    if ((flags & FIRST) != 0) {
        return begin_pieces(pieces, flags, bytes, size);
    }
    return pieces->begun ? take_piece(pieces, bytes, size) : -ERROR_NOT_READY;
}

static int16_t take_pieces(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    sfdfa_pieces_t *pieces = &link->pieces;
    const int16_t status = readings_of(link, flags, bytes, size);
    if (status == 0 && (flags & LAST) == 0) {
        return 0;
    }
    drop_pieces(link);
    if (status != 0) {
        return status;
    }
    return pieces->count == SFDFA_FEATURES ? run_readings(link, pieces->flags, pieces->label, pieces->reading)
                                           : -ERROR_LENGTH;
}

#else

/* Where a frame holds all readings there is one piece. */
static int16_t take_pieces(sfdfa_link_t *link, uint8_t flags, const uint8_t *bytes, uint16_t size)
{
    if ((flags & FIRST) == 0) {
        return -ERROR_NOT_READY;
    }
    if ((flags & LAST) == 0 || size != 2 + SFDFA_FEATURES * READING_BYTES) {
        return -ERROR_LENGTH;
    }
    return run_readings(link, flags, sfdfa_get_u16(bytes), bytes + 2);
}

#endif

static int16_t readings(sfdfa_link_t *link)
{
    const uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint16_t length = sfdfa_frame_length(&link->frame);
    return length > 0 ? take_pieces(link, payload[0], payload + 1, (uint16_t)(length - 1)) : -ERROR_LENGTH;
}

#else

static int16_t readings(sfdfa_link_t *link)
{
    (void)link;
    return -ERROR_TYPE;
}

#endif

#if SFDFA_RING_SLOTS > 0

/* A label of a sample that asked for one, which is in the ring. */
static int16_t late_label(sfdfa_link_t *link)
{
    uint8_t *const payload = sfdfa_frame_payload(&link->frame);
    link->before = link->net->saturations;
    const int status = sfdfa_label(link->net, sfdfa_get_u16(payload), sfdfa_get_u16(payload + 2));
    if (status < 0) {
        return library_error(status);
    }
    *payload = (uint8_t)(saturated(link) | (status == SFDFA_OK) << LEARNED_BIT);
    return 1;
}

#else

static int16_t late_label(sfdfa_link_t *link)
{
    (void)link;
    return -ERROR_TYPE;
}

#endif

static int16_t state_crc(sfdfa_link_t *link)
{
    sfdfa_put_u32(sfdfa_frame_payload(&link->frame), sfdfa_state_crc(link->net));
    return 4;
}

static int16_t read(sfdfa_link_t *link)
{
    uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint32_t offset = sfdfa_get_u32(payload);
    const uint16_t size = sfdfa_get_u16(payload + 4);
    if (size > SFDFA_MAX_PAYLOAD) {
        return -ERROR_RANGE;
    }
    const int status = sfdfa_state_read(link->net, offset, payload, size);
    return status == SFDFA_OK ? (int16_t)size : library_error(status);
}

static int16_t write(sfdfa_link_t *link)
{
    const uint8_t *payload = sfdfa_frame_payload(&link->frame);
    const uint16_t length = sfdfa_frame_length(&link->frame);
    if (length < 4) {
        return -ERROR_LENGTH;
    }
    link->sampling = false;
    drop_pieces(link);
    return library_error(sfdfa_state_write(link->net, sfdfa_get_u32(payload), payload + 4, (uint32_t)length - 4));
}

static int16_t reset(sfdfa_link_t *link)
{
    link->sampling = false;
    drop_pieces(link);
    sfdfa_init(link->net);
    sfdfa_link_replaced(link);
    return 0;
}

static int16_t accept(sfdfa_link_t *link)
{
    sfdfa_link_replaced(link);
    return library_error(sfdfa_state_accept(link->net, sfdfa_get_u32(sfdfa_frame_payload(&link->frame))));
}

static int16_t statistics(sfdfa_link_t *link)
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

static int16_t execute_plain(sfdfa_link_t *link, uint8_t type, uint16_t length)
{
    switch (type) {
    case HELLO:
        return length == 0 ? hello(link) : -ERROR_LENGTH;
    case STATE_CRC:
        return length == 0 ? state_crc(link) : -ERROR_LENGTH;
    case READ:
        return length == 6 ? read(link) : -ERROR_LENGTH;
    case ACCEPT:
        return length == 4 ? accept(link) : -ERROR_LENGTH;
    case RESET:
        return length == 0 ? reset(link) : -ERROR_LENGTH;
    case RATE:
        return length == 2
                   ? library_error(sfdfa_set_rate_scale(link->net, sfdfa_get_u16(sfdfa_frame_payload(&link->frame))))
                   : -ERROR_LENGTH;
    case LATE_LABEL:
        return length == 4 ? late_label(link) : -ERROR_LENGTH;
    case STATISTICS:
        return length == 0 ? statistics(link) : -ERROR_LENGTH;
    default:
        return -ERROR_TYPE;
    }
}

static int16_t execute(sfdfa_link_t *link)
{
    const uint8_t type = sfdfa_frame_type(&link->frame);
    switch (type) {
    case SAMPLE:
        return sample(link);
    case READINGS:
        return readings(link);
    case WRITE:
        return write(link);
    default:
        return execute_plain(link, type, sfdfa_frame_length(&link->frame));
    }
}

/* Write ERROR: its code and the sequence number that is due. Returns its length. */
static uint16_t put_error(sfdfa_link_t *link, uint8_t code)
{
    uint8_t *const payload = sfdfa_frame_payload(&link->frame);
    *payload = code;
    return (uint16_t)(sfdfa_put_u16(payload + 1, (uint16_t)(link->last + 1)) - payload);
}

static void send_error(sfdfa_link_t *link, uint16_t sequence, uint8_t code)
{
    sfdfa_frame_send(&link->frame, ERROR, sequence, put_error(link, code), sfdfa_board_write);
}

/* Keep an answer and send it. `made` is what the handler returned. */
static void answer(sfdfa_link_t *link, uint8_t type, uint16_t sequence, int16_t made)
{
    uint8_t *payload = sfdfa_frame_payload(&link->frame);
    uint16_t length = (uint16_t)made;
    uint8_t reply = (uint8_t)(type | REPLY);
    if (made < 0) {
        reply = ERROR;
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
    return type == READ || type == STATISTICS || type == STATE_CRC;
}

static void execute_and_answer(sfdfa_link_t *link, uint8_t type, uint16_t sequence)
{
    link->last = sequence;
    link->answered = (uint8_t)(link->answered < SFDFA_WINDOW ? link->answered + 1 : SFDFA_WINDOW);
    link->executed++;
    answer(link, type, sequence, execute(link));
}

static void take_request(sfdfa_link_t *link)
{
    const uint8_t type = sfdfa_frame_type(&link->frame);
    const uint16_t sequence = sfdfa_frame_sequence(&link->frame);
    const uint16_t age = (uint16_t)(link->last - sequence);
    if (sfdfa_frame_version(&link->frame) != SFDFA_PROTOCOL_VERSION) {
        send_error(link, sequence, ERROR_VERSION);
    } else if (type == HELLO) {
        link->greeted = true;
        link->answered = 0;
        execute_and_answer(link, type, sequence);
    } else if (!link->greeted) {
        send_error(link, sequence, ERROR_HELLO_FIRST);
    } else if (age == UINT16_MAX) {
        execute_and_answer(link, type, sequence);
    } else if (age >= link->answered) {
        send_error(link, sequence, ERROR_SEQUENCE);
    } else if (is_query(type)) {
        const int16_t made = execute(link);
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
