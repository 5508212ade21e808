/*
 * sfdfa_residual_of_one.c: the residual of one hidden layer, section 7a of docs/ARITHMETIC.md, where all of its grades
 * together cannot reach the limit of what an output gets: in one pass over the neurons that have spiked.
 */
#include "core/sfdfa_residual.h"
#include SFDFA_FIND_RESIDUAL

void sfdfa_residual_find(sfdfa_t *net)
{
    find_residual(net);
}
