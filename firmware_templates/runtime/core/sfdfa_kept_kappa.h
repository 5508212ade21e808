/*
 * sfdfa_kept_kappa.h: kappa of section 5a of docs/ARITHMETIC.md, kept while a sample runs.
 */
#ifndef SFDFA_KAPPA_H
#define SFDFA_KAPPA_H

#include "core/sfdfa_internal.h"

/* Whether it is: where rows are summed in each tick, only learning asks for it. A macro, as not every core asks. */
#define SFDFA_KEEPS_KAPPA(net) (SFDFA_DECIDE_MARGIN == 0 || (net)->sample.learns)

/* Before it is asked for to learn: it is there. */
static inline void sfdfa_find_kappa(sfdfa_t *net)
{
    (void)net;
}

#endif
