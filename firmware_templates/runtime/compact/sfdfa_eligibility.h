/*
 * sfdfa_eligibility.h: draws are made when they are wanted.
 */
#ifndef SFDFA_ELIGIBILITY_H
#define SFDFA_ELIGIBILITY_H

#include "core/sfdfa_draws.h"

/* Where the draws of outputs lie. */
#define SFDFA_OUTPUT_DRAW(net) ((net)->scratch.update.output_draw)

#endif
