/*
 * sfdfa_readout.h: an output layer that integrates, section 5a of docs/ARITHMETIC.md. Its neurons have neither
 * membranes nor spikes: their activity is a sum over their inputs, each of which counts the more the earlier it spikes.
 */
#ifndef SFDFA_READOUT_H
#define SFDFA_READOUT_H

#include "sfdfa_internal.h"

/* Forget the last sample. */
void sfdfa_readout_begin(sfdfa_t *net);

/* Take an input of the output layer that has spiked, with its kappa of the whole sample. */
void sfdfa_readout_add(sfdfa_t *net, uint16_t input, uint16_t kappa);

/* Take the inputs of the output layer in the tick at hand. */
void sfdfa_readout_tick(sfdfa_t *net, sfdfa_inputs_t inputs);

/* Whether the sample is decided by the ticks so far, of which the one at hand is the last. */
bool sfdfa_readout_decides(const sfdfa_t *net);

/* After the last tick: the probabilities of the outputs. Returns the prediction. */
uint16_t sfdfa_readout_end(sfdfa_t *net);

/* e of an output for a sample of class `label`, after the last tick. */
int16_t sfdfa_readout_error(const sfdfa_t *net, uint16_t output, uint16_t label);

/* Whether a sample of class `label` is known already, so that nothing is learned from it. */
bool sfdfa_readout_knows(const sfdfa_t *net, uint16_t label);

/* Whether a label is wanted for the sample, which has none. Moves the bound. */
bool sfdfa_readout_asks(sfdfa_t *net);

/* Change the output weights by the errors of the sample, once the hidden layers have learned. */
void sfdfa_readout_learn(sfdfa_t *net);

#endif
