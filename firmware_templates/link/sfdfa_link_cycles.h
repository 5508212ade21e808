/*
 * sfdfa_link_cycles.h: what the phases of a sample took, as far as the board can tell.
 */
#ifndef SFDFA_LINK_CYCLES_H
#define SFDFA_LINK_CYCLES_H

#include "sfdfa_board.h"

#if SFDFA_BOARD_CYCLE_BITS > 0
#include "sfdfa_counted_cycles.h"
#else
#include "sfdfa_no_cycles.h"
#endif

#endif
