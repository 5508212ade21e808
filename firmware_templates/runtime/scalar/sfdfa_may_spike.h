/*
 * sfdfa_may_spike.h: whether a neuron of a hidden layer without inputs can still spike. DESIGN.md, "Neurons that are
 * done", has the proof.
 */
#ifndef SFDFA_MAY_SPIKE_H
#define SFDFA_MAY_SPIKE_H

#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"

/*
 * 1 if a neuron without further inputs, below its threshold, may still reach it, else 0. Of B y - A y^2, which its
 * potential follows, the peak is at B^2 / 4A; past it the potential falls. Both sides are rounded so that the doubt is
 * on the side of the spike.
 */
static inline uint8_t sfdfa_may_spike(sfdfa_layer_table_t *layer, int32_t a, int32_t b)
{
    const int32_t gains = sfdfa_floor_shift(a * layer->decay_s, 1);
    const int32_t loses = sfdfa_floor_shift(b * layer->decay, 1);
    const int32_t falls = sfdfa_sign_mask(gains - loses) | sfdfa_sign_mask(a - 1);
    if ((falls & sfdfa_sign_mask(b - a - layer->quiet_below)) != 0) {
        return 0;
    }
    const uint8_t shift = layer->quiet_shift;
    const int32_t size_a = sfdfa_clamp(sfdfa_floor_shift(a, shift), 0, INT32_C(1) << 16);
    const int32_t size_b = sfdfa_clamp(sfdfa_floor_shift(b, shift), 0, INT32_C(1) << 15) + 1;
    const int32_t peaks_below = sfdfa_sign_mask(size_b * size_b - size_a * layer->quiet_factor - 1);
    return (uint8_t)(1 + peaks_below);
}

#endif
