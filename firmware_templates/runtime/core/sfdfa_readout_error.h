/*
 * sfdfa_readout_error.h: errors of outputs that integrate.
 */
#ifndef SFDFA_READOUT_ERROR_H
#define SFDFA_READOUT_ERROR_H

#include "sfdfa_readout.h"

#include "sfdfa_fixed.h"

/* Without a branch: the loops over few outputs are unrolled, and would ask each copy. */
int16_t sfdfa_readout_error(const sfdfa_t *net, uint16_t output, uint16_t label)
{
    const int32_t is_label = sfdfa_sign_mask((int32_t)(output ^ label) - 1);
    const int32_t target = SFDFA_TARGET_OTHER + ((256 - SFDFA_OUTPUTS * SFDFA_TARGET_OTHER) & is_label);
    return (int16_t)(target - (int32_t)net->sample.readout.output[output]);
}

#endif
