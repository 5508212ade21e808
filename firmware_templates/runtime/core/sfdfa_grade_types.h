/*
 * sfdfa_grade_types.h: what feedback that learns by grades on the spikes has in a running sample, section 7.
 */
#ifndef SFDFA_GRADE_TYPES_H
#define SFDFA_GRADE_TYPES_H

/*
 * Of sfdfa_learning_t: the grades on their way; d of each output; and of each output what is drawn for the dither of
 * feedback. Written after the last tick, but for the first, and read while feedback learns.
 */
#define SFDFA_LEARNING_OF_FEEDBACK \
    sfdfa_grades_t grades; \
    int16_t output_grade[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)]; \
    uint16_t output_draw[SFDFA_WHOLE_VECTORS(SFDFA_OUTPUTS)];

#define SFDFA_SCRATCH_OF_FEEDBACK

#endif
