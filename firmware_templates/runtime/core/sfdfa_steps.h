/*
 * sfdfa_steps.h: steps of neurons one after the other, section 6 of docs/ARITHMETIC.md.
 */
#ifndef SFDFA_STEPS_H
#define SFDFA_STEPS_H

#include "core/sfdfa_divide.h"
#include "core/sfdfa_error.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_random.h"
#include SFDFA_FEEDBACK
#include SFDFA_LEARNING(sfdfa_eligibility.h)

/* delta of section 6, clamped where it could be too large. */
static inline int32_t limit_delta(int32_t delta, uint32_t *saturations)
{
    return DELTA_MAX > DELTA_LIMIT ? sfdfa_saturate(delta, DELTA_LIMIT, saturations) : delta;
}

static inline int32_t size_of(int32_t delta)
{
    const int32_t sign = sfdfa_sign_mask(delta);
    return (delta ^ sign) - sign;
}

/* q of section 6. */
static inline void move_mean(int32_t *mean_delta, int32_t delta)
{
    if (SFDFA_NORMALISED) {
        *mean_delta += sfdfa_round_shift(1024 * size_of(delta) - *mean_delta, 10);
    }
}

/*
 * delta over its own running mean, or as it is. What has to live through the division is as small as can be, for the
 * stack of small boards.
 */
static SFDFA_OWN_FRAME int32_t normalise(int32_t delta, int32_t mean_delta, uint32_t *saturations)
{
    if (!SFDFA_NORMALISED) {
        return sfdfa_saturate(delta, STEP_DELTA_LIMIT, saturations);
    }
    const uint32_t divisor = (uint32_t)sfdfa_round_shift(mean_delta, 10) + SFDFA_NORMALISER_FLOOR;
    const uint32_t dividend = (uint32_t)size_of(delta) * (SFDFA_STEP_GAIN * 4) + divisor / 2;
    /* Else it is clamped. */
    const int32_t fits = sfdfa_sign_mask((int32_t)(dividend >> STEP_DELTA_BITS) - (int32_t)divisor);
    const int8_t kept = (int8_t)fits;
    const int8_t sign = (int8_t)sfdfa_sign_mask(delta);
    const int16_t quotient = (int16_t)sfdfa_divide(dividend & (uint32_t)fits, divisor, STEP_DELTA_BITS);
    *saturations += (uint32_t)(1 + kept);
    return ((quotient | (STEP_DELTA_LIMIT & ~kept)) ^ sign) - sign;
}

/* The step of a neuron that has a spike or a virtual one. */
static SFDFA_OWN_FRAME int16_t find_step(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, int32_t delta)
{
    uint32_t *saturations = &net->saturations.update;
    const int32_t normalised = normalise(delta, net->learned.mean_delta[layer->first_neuron + i], saturations);
    const int32_t exact = sfdfa_round_shift(scaled_rate(net, layer) * normalised, 10);
    return (int16_t)sfdfa_saturate(exact, INT16_MAX, saturations);
}

static inline void learn_neuron(sfdfa_t *net, uint8_t layer_index, uint16_t i, int32_t delta)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const int16_t step = find_step(net, layer, i, delta);
    const uint32_t draw = sfdfa_drawn(net, layer_index, i);
    if ((SFDFA_SENDS_GRADES || SFDFA_RESIDUAL_FEEDBACK) && layer_index != SFDFA_LAYERS - 1) {
        learn_feedback(net, layer, i, draw);
    }
    sfdfa_eligibility_learn(net, layer_index, i, step, sfdfa_weight_draw(draw, layer->dither_bits));
}

/* The delta of an output, whose running mean moves on. */
static inline int32_t find_output_delta(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t o)
{
    const int32_t delta = 64 * (int32_t)net->learning.error[o];
    move_mean(&net->learned.mean_delta[layer->first_neuron + o], delta);
    return delta;
}

#endif
