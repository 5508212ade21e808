/*
 * sfdfa_error.h: deltas and rates, section 6 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_ERROR_H
#define SFDFA_ERROR_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"

#define DELTA_LIMIT ((1L << 20) - 1)
#define STEP_DELTA_BITS 13

/*
 * The largest delta there can be in a hidden layer: of the error, which is at most a target or all spikes, and of the
 * regulariser.
 */
#define LARGER(x, y) ((x) > (y) ? (x) : (y))
#define ERROR_MAX LARGER(LARGER(SFDFA_TARGET_TRUE, SFDFA_TARGET_FALSE), SFDFA_MAX_SPIKES)
#define DELTA_MAX \
    (128L * SFDFA_OUTPUTS * (SFDFA_INTEGRATES ? SFDFA_ERROR_GAIN : ERROR_MAX) + SFDFA_REGULARISER * 65535L / 8192 + 1)
#define STEP_DELTA_LIMIT ((1 << STEP_DELTA_BITS) - 1)

/* Move a hidden neuron's mean rate. Returns what the regulariser adds to delta. */
static inline int32_t regulate(uint16_t *mean_rate, uint8_t count)
{
    const int32_t mean = *mean_rate;
    const int32_t next = mean + sfdfa_round_shift(2048 * (int32_t)count - mean, 7);
    *mean_rate = (uint16_t)next;
    return sfdfa_round_shift(SFDFA_REGULARISER * (SFDFA_RATE_TARGET - next), 13);
}

/* The rate of a layer as it is now. */
static inline int32_t scaled_rate(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return sfdfa_round_shift((int32_t)layer->rate * net->learned.rate_scale, 12);
}

#endif
