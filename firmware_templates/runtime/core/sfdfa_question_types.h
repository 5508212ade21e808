/*
 * sfdfa_question_types.h: what a network that asks for labels has for it, section 8a.
 */
#ifndef SFDFA_QUESTION_TYPES_H
#define SFDFA_QUESTION_TYPES_H

/* Of sfdfa_learned_t: the lead below which it asks, in the unit of `lead`; sfdfa_readout_asks moves it. */
#define SFDFA_LEARNED_OF_QUESTIONS uint16_t ask_bound;

/* The same as a stretch of the state. */
#define SFDFA_REGIONS_OF_QUESTIONS REGION(ask_bound),

/* Of sfdfa_readout_t: d, written by sfdfa_readout_end and read by sfdfa_readout_asks. */
#define SFDFA_READOUT_OF_QUESTIONS uint16_t lead;

#endif
