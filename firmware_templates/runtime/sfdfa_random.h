/*
 * sfdfa_random.h: indexed randomness, section 4 of docs/ARITHMETIC.md. Every draw is a function of what it is for, so neither
 * the order of loops nor a repeated sample changes it.
 */
#ifndef SFDFA_RANDOM_H
#define SFDFA_RANDOM_H

#include <stdint.h>

static inline uint32_t sfdfa_mix(uint32_t x)
{
    x ^= x >> 16;
    x *= UINT32_C(0x7FEB352D);
    x ^= x >> 15;
    x *= UINT32_C(0x846CA68B);
    x ^= x >> 16;
    return x;
}

static inline uint32_t sfdfa_sample_key(uint32_t seed, uint32_t samples)
{
    return sfdfa_mix(sfdfa_mix(seed) ^ samples);
}

static inline uint32_t sfdfa_neuron_draw(uint32_t sample_key, uint8_t layer, uint16_t neuron)
{
    return sfdfa_mix(sample_key ^ (UINT32_C(0x80000000) | (uint32_t)layer << 24 | neuron));
}

static inline uint32_t sfdfa_event_draw(uint32_t sample_key, uint8_t layer, uint8_t tick, uint16_t input)
{
    return sfdfa_mix(sample_key ^ ((uint32_t)layer << 24 | (uint32_t)tick << 16 | input));
}

/* The direction in which a hidden neuron probes the outputs, +1 or -1. */
static inline int8_t sfdfa_direction(uint32_t neuron_draw)
{
    return (neuron_draw >> 31) != 0 ? -1 : 1;
}

/* Dither of a feedback update of neuron and output, below 2^bits. */
static inline int32_t sfdfa_feedback_dither(uint32_t neuron_draw, uint32_t output_draw, uint8_t bits)
{
    return (int32_t)(((neuron_draw ^ output_draw) >> 16) & ((UINT32_C(1) << bits) - 1));
}

#endif
