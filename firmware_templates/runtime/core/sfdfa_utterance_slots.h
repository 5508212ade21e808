/*
 * sfdfa_utterance_slots.h: one utterance out of what is heard, section 14. It is louder than the noise before and after
 * it, which is followed all the time.
 */
#ifndef SFDFA_UTTERANCE_SLOTS_H
#define SFDFA_UTTERANCE_SLOTS_H

#include "sfdfa_joined_frames.h"

enum { WAITING, SPEAKING, ENDED };

static void begin_utterance(sfdfa_frontend_t *frontend)
{
    empty_slots(frontend);
    frontend->phase = WAITING;
}

static void begin_slots(sfdfa_frontend_t *frontend)
{
    begin_utterance(frontend);
    frontend->noise = SFDFA_LOG_FLOOR;
}

/* L: the deviation of the loudest axis. */
static int16_t loudness_of(const sfdfa_frontend_t *frontend)
{
    int32_t loudest = INT16_MIN;
    for (uint8_t axis = 0; axis < SFDFA_AXES; axis++) {
        const int16_t *x = frontend->waiting[axis];
        loudest = sfdfa_larger(loudest, deviation_of(x, mean_of(x)));
    }
    return (int16_t)loudest;
}

/* Whether the frame that waits is well above the noise. The noise falls at once, and grows slowly. */
static bool is_loud(sfdfa_frontend_t *frontend)
{
    const int32_t loudness = loudness_of(frontend);
    const int32_t noise = frontend->noise;
    const int32_t grown = noise + SFDFA_DRIFT;
    frontend->noise = (int16_t)(loudness < grown ? loudness : grown);
    return loudness >= noise + SFDFA_RISE;
}

/* The last SFDFA_LEAD frames are remembered: an utterance may begin softly. */
static void keep_lead(sfdfa_frontend_t *frontend)
{
    if (frontend->slots == SFDFA_LEAD) {
        for (uint8_t k = 0; k + 1 < SFDFA_LEAD; k++) {
            for (uint16_t i = 0; i < SFDFA_FRAME_VALUES; i++) {
                frontend->slot[k][i] = frontend->slot[k + 1][i];
            }
        }
        frontend->slots--;
    }
    (void)join_frame(frontend);
}

static void begin_speaking(sfdfa_frontend_t *frontend)
{
    frontend->phase = SPEAKING;
    frontend->heard = frontend->slots;
    frontend->loud = 0;
    frontend->quiet = 0;
}

static void end_speaking(sfdfa_frontend_t *frontend)
{
    if (frontend->loud >= SFDFA_SHORTEST) {
        frontend->phase = ENDED;
        return;
    }
    begin_utterance(frontend); /* it was a click */
    keep_lead(frontend);
}

static void speak(sfdfa_frontend_t *frontend, bool loud)
{
    frontend->heard += join_frame(frontend);
    if (loud) {
        frontend->loud = (uint8_t)(frontend->loud + (frontend->loud < SFDFA_SHORTEST));
        frontend->quiet = 0;
        frontend->spoken = frontend->heard;
    } else if (++frontend->quiet == SFDFA_HANGOVER) {
        end_speaking(frontend);
    }
}

static void take_frame(sfdfa_frontend_t *frontend)
{
    const bool loud = is_loud(frontend);
    if (frontend->phase == WAITING && loud) {
        begin_speaking(frontend);
    }
    if (frontend->phase == WAITING) {
        keep_lead(frontend);
    } else if (frontend->phase == SPEAKING) {
        speak(frontend, loud);
    }
}

/* Those before the quiet frames at the end. */
static uint8_t slots_heard(const sfdfa_frontend_t *frontend)
{
    if (frontend->phase == WAITING) {
        return frontend->slots;
    }
    const uint32_t spoken = (frontend->spoken + (UINT32_C(1) << frontend->group) - 1) >> frontend->group;
    return (uint8_t)(spoken < frontend->slots ? spoken : frontend->slots);
}

/* The noise and the samples of the frame under way stay. */
static void go_on(sfdfa_t *net)
{
    begin_utterance(&net->frontend);
}

bool sfdfa_ended(const sfdfa_t *net)
{
    return net->frontend.phase == ENDED;
}

#endif
