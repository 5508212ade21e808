/*
 * sfdfa_samples.h: from samples of a sensor to a decision, section 14. Included by sfdfa.h for a network with a
 * front-end.
 *
 *     sfdfa_listen(&net);
 *     for each block of samples, as it comes:
 *         sfdfa_samples(&net, block, count);
 *     sfdfa_decide(&net, label, &result);
 */
#ifndef SFDFA_SAMPLES_H
#define SFDFA_SAMPLES_H

#include "sfdfa.h"

SFDFA_BEGIN_C

/* Forget what was heard: a recording begins. After sfdfa_init that is so already. */
void sfdfa_listen(sfdfa_t *net);

/*
 * Take `count` samples of each of SFDFA_AXES axes, one of each axis at a time, at the rate that the network was made
 * for. What a frame takes is done in the call that completes it.
 */
void sfdfa_samples(sfdfa_t *net, const int16_t *samples, uint16_t count);

/*
 * The readings of what was heard so far. Returns SFDFA_ERROR_STATE if that is nothing.
 */
int sfdfa_heard(sfdfa_t *net, int16_t *readings);

/*
 * Predict what was heard so far, and learn it if `label` is a class. Then a recording begins, or, where the window
 * slides, it goes on; where utterances are looked for, the next one may come.
 *
 * Returns SFDFA_ERROR_STATE if nothing was heard, else what sfdfa_classify would.
 */
int sfdfa_decide(sfdfa_t *net, int32_t label, sfdfa_result_t *result);

#if SFDFA_HANGOVER > 0
/*
 * Whether an utterance has begun and ended. What comes after it is not heard before sfdfa_decide or sfdfa_listen.
 */
bool sfdfa_ended(const sfdfa_t *net);
#endif

SFDFA_END_C

#endif
