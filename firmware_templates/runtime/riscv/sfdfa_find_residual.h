/*
 * sfdfa_find_residual.h: the residual of one hidden layer, section 7a of docs/ARITHMETIC.md, by the kernel of RISC-V.
 */
#ifndef SFDFA_FIND_RESIDUAL_H
#define SFDFA_FIND_RESIDUAL_H

#include "core/sfdfa_internal.h"
#include "sfdfa_riscv.h"

static inline void find_residual(sfdfa_t *net)
{
    const uint8_t *counts = &net->sample.counts[sfdfa_layers[0].first_neuron];
    const sfdfa_riscv_residual_t kernel = {
        .count = counts,
        .end = &counts[SFDFA_HIDDEN],
        .row = &net->learned.weights[sfdfa_layers[1].first_weight],
        .feedback = net->learned.feedback,
        .key = net->learning.sample_key ^ UINT32_C(0x80000000),
        .residual = net->learning.residual,
    };
    net->learning.turn = 0;
    sfdfa_riscv_find_residual(&kernel);
}

#endif
