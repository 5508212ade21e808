/*
 * sfdfa_encode.h: from readings to a sample, section 13. Included by sfdfa.h for a network that takes readings.
 *
 *     sfdfa_reading_t readings[SFDFA_FEATURES];
 *     sfdfa_classify(&net, readings, label, &result);
 *
 * What a reading of each feature means is said in sfdfa_names.h.
 */
#ifndef SFDFA_ENCODE_H
#define SFDFA_ENCODE_H

#include "sfdfa.h"

SFDFA_BEGIN_C

#if SFDFA_READING_BITS == 8
typedef uint8_t sfdfa_reading_t;
#else
typedef int16_t sfdfa_reading_t;
#endif

/*
 * Give a sample that was just begun all its input, as events of SFDFA_FEATURES readings; sfdfa_sample_end is to follow.
 * Of more than SFDFA_MAX_EVENTS events the first ones count.
 *
 * Returns SFDFA_ERROR_STATE if no sample was begun, SFDFA_ERROR_ORDER if this one has had events.
 */
int sfdfa_encode(sfdfa_t *net, const sfdfa_reading_t *readings);

/*
 * A whole sample: begin it, give it `readings`, and end it. It is learned if `label` is a class, and only predicted
 * with SFDFA_NO_LABEL; a network that asks for labels may then ask for this one.
 *
 * Returns what sfdfa_sample_begin or sfdfa_sample_end would.
 */
int sfdfa_classify(sfdfa_t *net, const sfdfa_reading_t *readings, int32_t label, sfdfa_result_t *result);

SFDFA_END_C

#endif
