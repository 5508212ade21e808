/*
 * sfdfa_eligibility.h: draws are made when they are wanted.
 */
#ifndef SFDFA_ELIGIBILITY_H
#define SFDFA_ELIGIBILITY_H

#include "sfdfa_config.h"

#if SFDFA_LEARNS
#include "core/sfdfa_draws.h"
#endif

/* Where the draws of outputs lie. */
#if SFDFA_RESIDUAL_FEEDBACK
#define SFDFA_OUTPUT_DRAW(net) ((net)->learning.output_draw)
#else
#define SFDFA_OUTPUT_DRAW(net) ((net)->scratch.update.output_draw)
#endif

#endif
