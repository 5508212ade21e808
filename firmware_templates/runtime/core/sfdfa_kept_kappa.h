/*
 * sfdfa_kept_kappa.h: kappa of section 5a of docs/ARITHMETIC.md, kept while a sample runs.
 */
#ifndef SFDFA_KAPPA_H
#define SFDFA_KAPPA_H

#include "core/sfdfa_internal.h"

/* Whether it is: where rows are summed in each tick, only learning asks for it. */
static inline bool sfdfa_keeps_kappa(const sfdfa_t *net)
{
    return SFDFA_DECIDE_MARGIN == 0 || net->sample.learns;
}

/* Before it is asked for to learn: it is there. */
static inline void sfdfa_find_kappa(sfdfa_t *net)
{
    (void)net;
}

#endif
