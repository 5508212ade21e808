/*
 * sfdfa_sum_grades.h: grades over rows of weights, for any processor.
 */
#ifndef SFDFA_SUM_GRADES_H
#define SFDFA_SUM_GRADES_H

#include "scalar/sfdfa_sum_grades.h"

#endif
