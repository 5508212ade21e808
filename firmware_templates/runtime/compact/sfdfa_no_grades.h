/*
 * sfdfa_no_grades.h: feedback that is not learned, or not there, asks for no grades.
 */
#ifndef SFDFA_GRADES_H
#define SFDFA_GRADES_H

#include "core/sfdfa_internal.h"

static inline void begin_grades(sfdfa_t *net)
{
    (void)net;
}

static inline void begin_sum(sfdfa_run_t *run)
{
    (void)run;
}

static inline void sum_grades(sfdfa_t *net, uint8_t t)
{
    (void)net, (void)t;
}

static inline void note_first_spike(sfdfa_t *net, uint16_t i, uint8_t t)
{
    (void)net, (void)i, (void)t;
}

static inline void send_grade(sfdfa_t *net, uint16_t o)
{
    (void)net, (void)o;
}

#endif
