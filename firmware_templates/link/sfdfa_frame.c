/*
 * sfdfa_frame.c: COBS and CRC, byte by byte, in one buffer.
 */
#include "sfdfa_frame.h"

#include "sfdfa_bytes.h"
#include "core/sfdfa_crc.h"

#define LONGEST_RUN 254

static void start_over(sfdfa_frame_t *frame)
{
    frame->size = 0;
    frame->run = 0;
    frame->zero_after = false;
    frame->broken = false;
}

void sfdfa_frame_init(sfdfa_frame_t *frame)
{
    start_over(frame);
    frame->dropped = 0;
}

static void append(sfdfa_frame_t *frame, uint8_t byte)
{
    if (frame->size < SFDFA_FRAME_BODY) {
        frame->body[frame->size++] = byte;
    } else {
        frame->broken = true;
    }
}

/* Whether the bytes between two zeros are a frame. */
static bool is_whole(sfdfa_frame_t *frame)
{
    if (frame->broken || frame->run != 0 || frame->size < SFDFA_FRAME_HEADER + SFDFA_FRAME_CRC) {
        return false;
    }
    const uint16_t covered = (uint16_t)(frame->size - SFDFA_FRAME_CRC);
    return sfdfa_frame_length(frame) == covered - SFDFA_FRAME_HEADER &&
           sfdfa_get_u32(&frame->body[covered]) == sfdfa_crc32(0, frame->body, covered);
}

static bool end_frame(sfdfa_frame_t *frame)
{
    const bool empty = frame->size == 0 && frame->run == 0 && !frame->zero_after && !frame->broken;
    const bool whole = is_whole(frame);
    if (!empty && !whole) {
        frame->dropped++;
    }
    const uint16_t size = frame->size;
    start_over(frame);
    /* The body stays; only a new byte writes over it. */
    return whole && size > 0;
}

bool sfdfa_frame_receive(sfdfa_frame_t *frame, uint8_t byte)
{
    if (byte == 0) {
        return end_frame(frame);
    }
    if (frame->run > 0) {
        append(frame, byte);
        frame->run--;
        return false;
    }
    if (frame->zero_after) {
        append(frame, 0);
    }
    frame->run = (uint8_t)(byte - 1);
    frame->zero_after = frame->run < LONGEST_RUN;
    return false;
}

void sfdfa_frame_break(sfdfa_frame_t *frame)
{
    frame->broken = true;
}

uint8_t sfdfa_frame_version(const sfdfa_frame_t *frame)
{
    return frame->body[0];
}

uint8_t sfdfa_frame_type(const sfdfa_frame_t *frame)
{
    return frame->body[1];
}

uint16_t sfdfa_frame_sequence(const sfdfa_frame_t *frame)
{
    return sfdfa_get_u16(&frame->body[2]);
}

uint16_t sfdfa_frame_length(const sfdfa_frame_t *frame)
{
    return sfdfa_get_u16(&frame->body[4]);
}

uint8_t *sfdfa_frame_payload(sfdfa_frame_t *frame)
{
    return &frame->body[SFDFA_FRAME_HEADER];
}

/* Write `size` bytes in COBS. */
static void write_cobs(const uint8_t *bytes, uint16_t size, void (*write)(const uint8_t *bytes, uint16_t size))
{
    /* As if a zero stood before the first byte: every code but after a full run stands for one. */
    bool zero_before = true;
    while (size > 0 || zero_before) {
        uint16_t run = 0;
        while (run < size && run < LONGEST_RUN && bytes[run] != 0) {
            run++;
        }
        const uint8_t code = (uint8_t)(run + 1);
        write(&code, 1);
        write(bytes, run);
        zero_before = run < LONGEST_RUN && run < size;
        const uint16_t used = (uint16_t)(run + (zero_before ? 1 : 0));
        bytes += used;
        size = (uint16_t)(size - used);
    }
}

void sfdfa_frame_send(sfdfa_frame_t *frame, uint8_t type, uint16_t sequence, uint16_t length,
                      void (*write)(const uint8_t *bytes, uint16_t size))
{
    const uint8_t zero = 0;
    const uint16_t covered = (uint16_t)(SFDFA_FRAME_HEADER + length);
    frame->body[0] = SFDFA_PROTOCOL_VERSION;
    frame->body[1] = type;
    sfdfa_put_u16(&frame->body[2], sequence);
    sfdfa_put_u16(&frame->body[4], length);
    sfdfa_put_u32(&frame->body[covered], sfdfa_crc32(0, frame->body, covered));
    write(&zero, 1);
    write_cobs(frame->body, (uint16_t)(covered + SFDFA_FRAME_CRC), write);
    write(&zero, 1);
    start_over(frame);
}
