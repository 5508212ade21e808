/*
 * sfdfa.h: a spiking network that learns online, in integers.
 *
 * The library is freestanding C11: no heap, no float, no input or output, no recursion. All state lives in one
 * `sfdfa_t` of the caller. Section numbers are those of docs/ARITHMETIC.md, which says what it computes to the bit.
 *
 *     static sfdfa_t net;
 *     sfdfa_init(&net);
 *     for each sample:
 *         sfdfa_sample_begin(&net, true);
 *         for each input spike, in time order:
 *             sfdfa_event(&net, tick, channel);
 *         sfdfa_sample_end(&net, label, &result);
 *
 * A network that takes readings makes the events itself: sfdfa_encode.h.
 */
#ifndef SFDFA_H
#define SFDFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sfdfa_config.h"

#define SFDFA_RUNTIME_VERSION 1
#if SFDFA_NETWORK_VERSION != SFDFA_RUNTIME_VERSION
#error "sfdfa_network.h was generated for another version of the runtime: build the network again"
#endif

SFDFA_BEGIN_C

/* Errors are negative. */
enum {
    SFDFA_OK = 0,
    SFDFA_KNOWN = 1,           /* no error: of a label that came later, the sample was known already */
    SFDFA_ERROR_RANGE = -1,    /* a tick, channel, label, offset or rate is out of range */
    SFDFA_ERROR_ORDER = -2,    /* events must increase strictly in (tick, channel) */
    SFDFA_ERROR_CAPACITY = -3, /* more than SFDFA_MAX_EVENTS events in a sample */
    SFDFA_ERROR_STATE = -4,    /* the call does not fit: no sample begun, or a written state not yet accepted */
    SFDFA_ERROR_LAYOUT = -5,   /* this header and the library were compiled with other layouts */
};

/* A network with all its state; sfdfa_layout.h says what is in it, for the compiler to know how large it is. */
typedef struct sfdfa sfdfa_t;

/*
 * Set the initial weights and state. Must come first; may be called again at any time to start over.
 *
 * Its true name carries the network and the core, so that the library of another one does not link. Returns
 * SFDFA_ERROR_LAYOUT, and does nothing, if the library's compiler made sfdfa_t of another size: both need the same
 * options.
 */
int SFDFA_CHECKED_INIT(sfdfa_t *net, size_t size);
static inline int sfdfa_init(sfdfa_t *net);

/*
 * Begin a sample, forgetting any that was begun and not ended. With `learn` the sample can be learned at its end.
 *
 * Returns SFDFA_ERROR_STATE if a written state has not been accepted.
 */
int sfdfa_sample_begin(sfdfa_t *net, bool learn);

/*
 * Give one input spike. Spikes must come in increasing (tick, channel); ticks that are over are computed on the way.
 *
 * Returns a negative error for a spike that is out of range, out of order or one too many; the sample is then as it was
 * before the call and can go on.
 */
int sfdfa_event(sfdfa_t *net, uint16_t tick, uint16_t channel);

/* The label of a sample of which the class is not known: predict, learn nothing. */
#define SFDFA_NO_LABEL (-1)

/* How often values were clamped since sfdfa_init, section 10. */
typedef struct {
    uint32_t state; /* clamped A and B */
    uint32_t grades; /* clamped sums of grades */
    uint32_t eligibility; /* clamped E and s */
    uint32_t update; /* clamped D */
    uint32_t spikes; /* spikes past a layer's capacity */
} sfdfa_saturations_t;

/* What a sample gave, section 5. */
typedef struct {
    uint16_t prediction; /* class, from 0 */
#if SFDFA_INTEGRATES
    uint8_t probabilities[SFDFA_OUTPUTS]; /* of each output, in 1/256, at most 255: section 5a */
    uint8_t ticks_run;                    /* until the sample was decided */
    bool learned;                         /* it had a label, and was not known already */
    bool asks;                            /* it has no label and wants one, section 8a */
    bool certain;                         /* the probability of the prediction is 256, one more than fits above */
#else
    uint8_t counts[SFDFA_OUTPUTS]; /* spikes of each output */
#endif
    uint32_t squared_error; /* section 5a or 6; 0 without a label. The loss is half of it */
} sfdfa_result_t;

/*
 * Compute the remaining ticks, predict, and learn if the sample was begun so and `label` is a class.
 *
 * Returns SFDFA_ERROR_STATE if no sample was begun, SFDFA_ERROR_RANGE for any other label than SFDFA_NO_LABEL.
 */
int sfdfa_sample_end(sfdfa_t *net, int32_t label, sfdfa_result_t *result);

#if SFDFA_RING_SLOTS > 0
/*
 * Give the class of a sample that asked for it, put into the ring `age` samples before the newest, and learn it now.
 *
 * Returns SFDFA_OK if it was learned, SFDFA_KNOWN if it was known already, SFDFA_ERROR_RANGE if there is no such sample
 * or class, SFDFA_ERROR_STATE if it has a label already or another sample is under way.
 */
int sfdfa_label(sfdfa_t *net, uint16_t age, int32_t label);
#endif

/*
 * Scale the learning rate, in 1/4096 of the rate that was built in; 4096 after sfdfa_init.
 *
 * Returns SFDFA_ERROR_RANGE above 4096.
 */
int sfdfa_set_rate_scale(sfdfa_t *net, uint16_t rate_scale);

/* CRC-32 of weights and feedback, section 12. */
uint32_t sfdfa_state_crc(const sfdfa_t *net);

/* How many weights, and how many feedback weights, lie at either end of their range. */
uint32_t sfdfa_weights_at_limit(const sfdfa_t *net);
uint32_t sfdfa_feedback_at_limit(const sfdfa_t *net);

/*
 * Copy `size` of the SFDFA_STATE_BYTES of the learned state, from `offset` in the order of section 12, out of or into
 * the network. After writing, no sample can begin until sfdfa_state_accept has found the state to be sound.
 *
 * Return SFDFA_ERROR_RANGE for bytes outside the state.
 */
int sfdfa_state_read(const sfdfa_t *net, uint32_t offset, uint8_t *bytes, uint32_t size);
int sfdfa_state_write(sfdfa_t *net, uint32_t offset, const uint8_t *bytes, uint32_t size);

/* CRC-32 of all SFDFA_STATE_BYTES, as they are read. It goes with a state that is kept or sent. */
uint32_t sfdfa_whole_crc(const sfdfa_t *net);

/*
 * Check a written state against the CRC-32 that came with it, and its values.
 *
 * Returns SFDFA_ERROR_STATE if it is not that state, as when it was written only in part, or a value is outside
 * section 3; then write again or call sfdfa_init.
 */
int sfdfa_state_accept(sfdfa_t *net, uint32_t whole_crc);

SFDFA_END_C

#include "sfdfa_layout.h"
#if SFDFA_FEATURES > 0
#include "sfdfa_encode.h"
#endif
#if SFDFA_AXES > 0
#include "sfdfa_samples.h"
#endif

#endif
