/*
 * sfdfa_frontend.c: from samples to readings, section 14. Samples wait until they make a frame; frames become slots, of
 * which all that was heard has a few; and the readings are means of slots.
 */
#include "sfdfa.h"

#include <stddef.h>

#include "sfdfa_divide.h"
#include "sfdfa_fixed.h"
#include "sfdfa_log.h"

#if SFDFA_BANDS > 0
#include "sfdfa_spectrum.h"
#endif

#define LARGEST_GROUP 14

#if SFDFA_VALUES_WITH_MEAN

static int16_t mean_of(const int16_t *x)
{
    int32_t sum = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
        sum += x[i];
    }
    return (int16_t)sfdfa_round_shift(sum, SFDFA_FRAME_BITS);
}

#endif

#if SFDFA_VALUES_WITH_DEVIATION

/* The sum of squares by halves, each of which stays in 32 bits. */
static int16_t deviation_of(const int16_t *x, int16_t mean)
{
    uint32_t high = 0;
    uint32_t low = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES; i++) {
        const int32_t d = sfdfa_clamp((int32_t)x[i] - mean, INT16_MIN, INT16_MAX);
        const uint32_t square = (uint32_t)(d * d);
        high += square >> 16;
        low += square & UINT16_MAX;
    }
    const uint32_t power = (high << (16 - SFDFA_FRAME_BITS)) + (low >> SFDFA_FRAME_BITS);
    return (int16_t)sfdfa_larger(sfdfa_log2(power + sfdfa_is_below(power, 1)), SFDFA_LOG_FLOOR);
}

#endif

#if SFDFA_VALUES_WITH_SHAPE

static int16_t slope_of(const int16_t *x)
{
    int32_t rise = 0;
    for (uint16_t i = 0; i < SFDFA_FRAME_SAMPLES / 2; i++) {
        rise += (int32_t)x[SFDFA_FRAME_SAMPLES / 2 + i] - x[i];
    }
    return (int16_t)sfdfa_clamp(sfdfa_round_shift(rise, SFDFA_FRAME_BITS - 1), INT16_MIN, INT16_MAX);
}

static int16_t crossings_of(const int16_t *x, int16_t mean)
{
    int16_t crossings = 0;
    int32_t before = sfdfa_sign_mask((int32_t)x[0] - mean);
    for (uint16_t i = 1; i < SFDFA_FRAME_SAMPLES; i++) {
        const int32_t below = sfdfa_sign_mask((int32_t)x[i] - mean);
        crossings = (int16_t)(crossings + ((below ^ before) & 1));
        before = below;
    }
    return crossings;
}

#endif

/* V values of a frame of one axis. */
static void find_values(sfdfa_frontend_t *frontend, uint8_t axis, int16_t *values)
{
    const int16_t *x = frontend->waiting[axis];
    int16_t mean = 0;
#if SFDFA_VALUES_WITH_MEAN
    mean = mean_of(x);
    *values++ = mean;
#endif
#if SFDFA_VALUES_WITH_DEVIATION
    *values++ = deviation_of(x, mean);
#endif
#if SFDFA_VALUES_WITH_SHAPE
    *values++ = slope_of(x);
    *values++ = crossings_of(x, mean);
#endif
#if SFDFA_BANDS > 0
    sfdfa_band_values(values, &frontend->wave, x, mean);
#endif
    (void)mean, (void)values;
}

#if SFDFA_SLIDING

static void take_frame(sfdfa_frontend_t *frontend)
{
    for (uint8_t axis = 0; axis < SFDFA_AXES; axis++) {
        find_values(frontend, axis, &frontend->slot[frontend->next][axis * SFDFA_AXIS_VALUES]);
    }
    frontend->next = (uint8_t)(frontend->next + 1 < SFDFA_SLOTS ? frontend->next + 1 : 0);
    if (frontend->slots < SFDFA_SLOTS) {
        frontend->slots++;
    }
}

/* The k-th slot in the order of time. */
static const int16_t *slot_of(const sfdfa_frontend_t *frontend, uint8_t k)
{
    const uint16_t place = (uint16_t)(frontend->next + SFDFA_SLOTS - frontend->slots + k);
    return frontend->slot[place < SFDFA_SLOTS       ? place
                          : place < 2 * SFDFA_SLOTS ? place - SFDFA_SLOTS
                                                    : place - 2 * SFDFA_SLOTS];
}

#else

/* Neighbours become one, so that half of the slots are free again. */
static void join_slots(sfdfa_frontend_t *frontend)
{
    for (uint8_t k = 0; k < SFDFA_SLOTS / 2; k++) {
        for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
            const int32_t both = (int32_t)frontend->slot[2 * k][i] + frontend->slot[2 * k + 1][i];
            frontend->slot[k][i] = (int16_t)sfdfa_round_shift(both, 1);
        }
    }
    frontend->slots = SFDFA_SLOTS / 2;
    frontend->group++;
}

/* The frames that were summed make a slot. */
static void end_slot(sfdfa_frontend_t *frontend)
{
    int16_t *slot = frontend->slot[frontend->slots++];
    for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
        slot[i] = (int16_t)sfdfa_rescale(frontend->sum[i], (int8_t)frontend->group);
        frontend->sum[i] = 0;
    }
    frontend->frames = 0;
    if (frontend->slots == SFDFA_SLOTS) {
        join_slots(frontend);
    }
}

static void take_frame(sfdfa_frontend_t *frontend)
{
    if (frontend->group > LARGEST_GROUP) {
        return;
    }
    for (uint8_t axis = 0; axis < SFDFA_AXES; axis++) {
        int16_t values[SFDFA_AXIS_VALUES];
        find_values(frontend, axis, values);
        for (uint16_t i = 0; i < SFDFA_AXIS_VALUES; i++) {
            frontend->sum[axis * SFDFA_AXIS_VALUES + i] += values[i];
        }
    }
    frontend->frames++;
    if (frontend->frames == 1U << frontend->group) {
        end_slot(frontend);
    }
}

static const int16_t *slot_of(const sfdfa_frontend_t *frontend, uint8_t k)
{
    return frontend->slot[k];
}

#endif

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
    const uint8_t first = (uint8_t)sfdfa_divide((uint32_t)segment * frontend->slots, SFDFA_SEGMENTS, 8);
    uint8_t last = (uint8_t)sfdfa_divide((segment + 1U) * frontend->slots, SFDFA_SEGMENTS, 8);
    last = last > first ? last : (uint8_t)(first + 1);
    for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
        int32_t sum = 0;
        for (uint8_t k = first; k < last; k++) {
            sum += slot_of(frontend, k)[i];
        }
        values[i] = mean_of_sum(sum, (uint16_t)(last - first));
    }
}

#if SFDFA_CENTRED

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

#endif

void sfdfa_listen(sfdfa_t *net)
{
    sfdfa_frontend_t *frontend = &net->frontend;
    for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
        frontend->sum[i] = 0;
    }
    frontend->filled = 0;
    frontend->frames = 0;
    frontend->group = 0;
    frontend->slots = 0;
    frontend->next = 0;
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
#if SFDFA_CENTRED
    centre(readings);
#endif
    return SFDFA_OK;
}

int sfdfa_decide(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    sfdfa_reading_t readings[SFDFA_FEATURES];
    int status = sfdfa_heard(net, readings);
    if (status == SFDFA_OK) {
        status = sfdfa_classify(net, readings, label, result);
    }
#if !SFDFA_SLIDING
    if (status == SFDFA_OK) {
        sfdfa_listen(net);
    }
#endif
    return status;
}
