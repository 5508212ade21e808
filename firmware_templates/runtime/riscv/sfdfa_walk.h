/*
 * sfdfa_walk.h: the walk of a neuron over the listed inputs of its layer, by the kernel of RISC-V.
 */
#ifndef SFDFA_WALK_H
#define SFDFA_WALK_H

#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_listed_inputs.h"
#include "scalar/sfdfa_walker.h"

/*
 * Walk down from a spike, and change every input's weight. Of the walker, what it counts is brought up to date.
 */
void sfdfa_riscv_walk(sfdfa_walker_t *walker, int32_t gamma);

static inline void walk_listed(sfdfa_layer_table_t *layer, uint8_t place, sfdfa_walker_t *walker, int32_t gamma)
{
    (void)layer, (void)place;
    sfdfa_riscv_walk(walker, gamma);
}

#endif
