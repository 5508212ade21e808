/*
 * sfdfa_random.h: indexed randomness, section 4 of docs/ARITHMETIC.md. Every draw is a function of what it is for, so
 * neither the order of loops nor a repeated sample changes it.
 */
#ifndef SFDFA_RANDOM_H
#define SFDFA_RANDOM_H

#include <stdint.h>

#include "sfdfa_fixed.h"
#include "sfdfa_compiler.h"

/* mask(n), n from 0 to 31. */
static inline uint32_t sfdfa_mask(uint8_t n)
{
    return (UINT32_C(1) << n) - 1;
}

/* floor(x / 2^15); on an AVR by words, where GCC would go bit by bit. */
static inline uint32_t sfdfa_shift_15(uint32_t x)
{
    return SFDFA_ON_AVR ? (x >> 16) * 2 + ((uint16_t)x >> 15) : x >> 15;
}

static SFDFA_OWN_FRAME uint32_t sfdfa_mix(uint32_t x)
{
    x ^= x >> 16;
    x *= sfdfa_opaque(UINT32_C(0x7FEB352D));
    x ^= sfdfa_shift_15(x);
    x *= sfdfa_opaque(UINT32_C(0x846CA68B));
    x ^= x >> 16;
    return x;
}

static inline uint32_t sfdfa_sample_key(uint32_t seed, uint32_t samples)
{
    return sfdfa_mix(sfdfa_mix(seed) ^ samples);
}

static SFDFA_OWN_FRAME uint32_t sfdfa_neuron_draw(uint32_t sample_key, uint8_t layer, uint16_t neuron)
{
    return sfdfa_mix(sample_key ^ (UINT32_C(0x80000000) | (uint32_t)layer << 24 | neuron));
}

/*
 * What all event draws of a layer and tick have in common: that of an input is sfdfa_mix of this, exclusive or its
 * number.
 */
static inline uint32_t sfdfa_tick_key(uint32_t sample_key, uint8_t layer, uint8_t tick)
{
    return sample_key ^ ((uint32_t)layer << 24 | (uint32_t)tick << 16);
}

static inline uint32_t sfdfa_event_draw(uint32_t sample_key, uint8_t layer, uint8_t tick, uint16_t input)
{
    return sfdfa_mix(sfdfa_tick_key(sample_key, layer, tick) ^ input);
}

/* Draw k of a sample that is for no layer. */
static inline uint32_t sfdfa_extra_draw(uint32_t sample_key, uint8_t k)
{
    return sfdfa_mix(sample_key ^ (UINT32_C(0xFF000000) | k));
}

/* The direction in which a hidden neuron probes the outputs, +1 or -1. */
static inline int8_t sfdfa_direction(uint32_t neuron_draw)
{
    return (int8_t)(1 - 2 * (int8_t)(neuron_draw >> 31));
}

/* What a neuron or event draw gives to the dither of weights: that of a synapse is the exclusive or of the two. */
static inline uint16_t sfdfa_weight_draw(uint32_t draw, uint8_t bits)
{
    return (uint16_t)(draw & sfdfa_mask(bits));
}

/* What a neuron draw gives to the dither of feedback: that of neuron and output is the exclusive or of theirs. */
static inline uint16_t sfdfa_feedback_draw(uint32_t neuron_draw, uint8_t bits)
{
    return (uint16_t)(neuron_draw >> 16 & sfdfa_mask(bits));
}

#endif
