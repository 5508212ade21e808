/*
 * sfdfa_no_grades.h: feedback that is not learned, or not there, asks for no grades.
 */
#ifndef SFDFA_GRADES_H
#define SFDFA_GRADES_H

#include "core/sfdfa_internal.h"

static inline void sfdfa_begin_grades(sfdfa_learning_t *learning)
{
    (void)learning;
}

/* Nothing is summed while the sample runs. */
static inline void sfdfa_sum_grades(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    (void)net, (void)layer, (void)inputs;
}

static inline const int16_t *sfdfa_send_grades(sfdfa_t *net, uint8_t layer_index, sfdfa_inputs_t spikes)
{
    (void)net, (void)layer_index, (void)spikes;
    return NULL;
}

static inline void sfdfa_add_output_grades(sfdfa_t *net, sfdfa_inputs_t spikes)
{
    (void)net, (void)spikes;
}

#endif
