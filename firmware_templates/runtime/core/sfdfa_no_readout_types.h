/*
 * sfdfa_no_readout_types.h: outputs that spike are neurons like others, and have nothing of their own.
 */
#ifndef SFDFA_NO_READOUT_TYPES_H
#define SFDFA_NO_READOUT_TYPES_H

#define SFDFA_SAMPLE_OF_READOUT
#define SFDFA_SCRATCH_OF_READOUT

#endif
