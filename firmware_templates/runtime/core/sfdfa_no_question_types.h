/*
 * sfdfa_no_question_types.h: a network that never asks has nothing for it.
 */
#ifndef SFDFA_NO_QUESTION_TYPES_H
#define SFDFA_NO_QUESTION_TYPES_H

#define SFDFA_LEARNED_OF_QUESTIONS
#define SFDFA_REGIONS_OF_QUESTIONS
#define SFDFA_READOUT_OF_QUESTIONS

#endif
