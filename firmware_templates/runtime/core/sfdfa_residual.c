/*
 * sfdfa_residual.c: feedback weights that learn by the residual, section 7a of docs/ARITHMETIC.md.
 *
 * What its loops take depends on the layer whose turn it is, and on how many neurons have spiked: each in that layer
 * and in those after it costs a row of weights, each in that layer two rows of feedback more.
 */
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_residual.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)
#include SFDFA_OUTPUT_ROWS

void sfdfa_residual_learn(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    change_feedback(net, feedback, sfdfa_direction(neuron_draw),
                    sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT));
}
