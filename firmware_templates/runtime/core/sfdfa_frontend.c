/*
 * sfdfa_frontend.c: from samples to readings, section 14. Samples wait until they make a frame; frames become slots, of
 * which all that was heard has a few; and the readings are means of slots.
 */
#include "sfdfa.h"

#include <stddef.h>

#include "sfdfa_divide.h"
#include "sfdfa_fixed.h"
#include SFDFA_FRAME_SLOTS

/* The last samples of a frame are the first ones of the next. */
static void keep_overlap(sfdfa_frontend_t *frontend)
{
    for (uint8_t axis = 0; axis < SFDFA_AXES; axis++) {
        for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES - SFDFA_HOP; i++) {
            frontend->waiting[axis][i] = frontend->waiting[axis][i + SFDFA_HOP];
        }
    }
    frontend->filled = SFDFA_FRAME_SAMPLES - SFDFA_HOP;
}

/* A recording that is shorter than a frame has one all the same. */
static void take_short_frame(sfdfa_frontend_t *frontend)
{
    for (uint8_t axis = 0; axis < SFDFA_AXES; axis++) {
        for (uint16_t i = frontend->filled; i < SFDFA_FRAME_SAMPLES; i++) {
            frontend->waiting[axis][i] = 0;
        }
    }
    take_frame(frontend);
}

/* floor((2 sum + count) / (2 count)), for a sum of at most 4096 numbers of 16 bits. */
static int16_t mean_of_sum(int32_t sum, uint16_t count)
{
    const uint32_t doubled = (uint32_t)(2 * (sum + INT32_C(32768) * count) + count);
    return (int16_t)((int32_t)sfdfa_divide(doubled, 2U * count, 17) - 32768);
}

static void find_segment(const sfdfa_frontend_t *frontend, uint8_t segment, int16_t *values)
{
    const uint32_t slots = slots_heard(frontend);
    const uint8_t first = (uint8_t)sfdfa_divide(segment * slots, SFDFA_SEGMENTS, 8);
    uint8_t last = (uint8_t)sfdfa_divide((segment + 1U) * slots, SFDFA_SEGMENTS, 8);
    last = last > first ? last : (uint8_t)(first + 1);
    for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
        int32_t sum = 0;
        for (uint8_t k = first; k < last; k++) {
            sum += slot_of(frontend, k)[i];
        }
        values[i] = mean_of_sum(sum, (uint16_t)(last - first));
    }
}

static void centre(int16_t *readings)
{
    int32_t sum = 0;
    for (uint16_t i = 0; i < SFDFA_FEATURES; i++) {
        sum += readings[i];
    }
    const int16_t middle = mean_of_sum(sum, SFDFA_FEATURES);
    for (uint16_t i = 0; i < SFDFA_FEATURES; i++) {
        readings[i] = (int16_t)sfdfa_clamp((int32_t)readings[i] - middle, INT16_MIN, INT16_MAX);
    }
}

void sfdfa_listen(sfdfa_t *net)
{
    sfdfa_frontend_t *frontend = &net->frontend;
    frontend->filled = 0;
    begin_slots(frontend);
}

/* As many samples as there are and the frame under way lacks. Returns how many. */
static uint16_t take_samples(sfdfa_frontend_t *frontend, const int16_t *samples, uint16_t count)
{
    const uint16_t lacking = (uint16_t)(SFDFA_FRAME_SAMPLES - frontend->filled);
    count = count < lacking ? count : lacking;
    for (uint8_t axis = 0; axis < SFDFA_AXES; axis++) {
        int16_t *to = &frontend->waiting[axis][frontend->filled];
        const int16_t *from = &samples[axis];
        for (uint16_t i = 0; i < count; i++) {
            *to++ = *from;
            from += SFDFA_AXES;
        }
    }
    frontend->filled = (uint16_t)(frontend->filled + count);
    return count;
}

void sfdfa_samples(sfdfa_t *net, const int16_t *samples, uint16_t count)
{
    sfdfa_frontend_t *frontend = &net->frontend;
    while (count > 0) {
        const uint16_t taken = take_samples(frontend, samples, count);
        samples += (size_t)taken * SFDFA_AXES;
        count = (uint16_t)(count - taken);
        if (frontend->filled == SFDFA_FRAME_SAMPLES) {
            take_frame(frontend);
            keep_overlap(frontend);
        }
    }
}

int sfdfa_heard(sfdfa_t *net, int16_t *readings)
{
    sfdfa_frontend_t *frontend = &net->frontend;
    if (frontend->slots == 0) {
        if (frontend->filled == 0) {
            return SFDFA_ERROR_STATE;
        }
        take_short_frame(frontend);
    }
    for (uint8_t segment = 0; segment < SFDFA_SEGMENTS; segment++) {
        find_segment(frontend, segment, &readings[segment * SFDFA_FRAME_VALUES]);
    }
    if (SFDFA_CENTRED) {
        centre(readings);
    }
    return SFDFA_OK;
}

int sfdfa_decide(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    sfdfa_reading_t readings[SFDFA_FEATURES];
    int status = sfdfa_heard(net, readings);
    if (status == SFDFA_OK) {
        status = sfdfa_classify(net, readings, label, result);
    }
    if (status == SFDFA_OK) {
        go_on(net);
    }
    return status;
}
