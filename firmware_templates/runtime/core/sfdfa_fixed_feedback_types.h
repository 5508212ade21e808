/*
 * sfdfa_fixed_feedback_types.h: feedback that does not learn needs nothing while a sample runs.
 */
#ifndef SFDFA_FIXED_FEEDBACK_TYPES_H
#define SFDFA_FIXED_FEEDBACK_TYPES_H

#define SFDFA_LEARNING_OF_FEEDBACK
#define SFDFA_SCRATCH_OF_FEEDBACK

#endif
