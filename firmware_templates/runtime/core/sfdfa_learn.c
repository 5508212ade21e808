/*
 * sfdfa_learn.c: from the spike counts of a sample to the step of every neuron, sections 6 and 7 of docs/ARITHMETIC.md.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS

#include "sfdfa_draws.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"
#include "sfdfa_readout.h"
#include "sfdfa_residual.h"

#define DELTA_LIMIT ((1L << 20) - 1)
#define STEP_DELTA_BITS 13

/* The largest delta there can be in a hidden layer: of the error, which is at most a target or all spikes, and of the regulariser. */
#define LARGER(x, y) ((x) > (y) ? (x) : (y))
#define ERROR_MAX LARGER(LARGER(SFDFA_TARGET_TRUE, SFDFA_TARGET_FALSE), SFDFA_MAX_SPIKES)
#if SFDFA_INTEGRATES
#define PROJECTED_MAX (128L * SFDFA_OUTPUTS * SFDFA_ERROR_GAIN)
#else
#define PROJECTED_MAX (128L * SFDFA_OUTPUTS * ERROR_MAX)
#endif
#define DELTA_MAX (PROJECTED_MAX + SFDFA_REGULARISER * 65535L / 8192 + 1)
#define STEP_DELTA_LIMIT ((1 << STEP_DELTA_BITS) - 1)

#if SFDFA_INTEGRATES

bool sfdfa_is_eligible(const sfdfa_t *net, uint8_t layer_index, uint16_t neuron)
{
    return net->sample.counts[sfdfa_layers[layer_index].first_neuron + neuron] > 0;
}

#else

bool sfdfa_has_virtual_spike(const sfdfa_t *net, uint16_t output)
{
    const uint16_t neuron = (uint16_t)(sfdfa_layers[SFDFA_LAYERS - 1].first_neuron + output);
    return net->sample.counts[neuron] == 0 && net->learning.error[output] > 0;
}

bool sfdfa_is_eligible(const sfdfa_t *net, uint8_t layer_index, uint16_t neuron)
{
    return net->sample.counts[sfdfa_layers[layer_index].first_neuron + neuron] > 0 ||
           (layer_index == SFDFA_LAYERS - 1 && sfdfa_has_virtual_spike(net, neuron));
}

#endif

#if SFDFA_COMPACT

static void begin_erring(sfdfa_learning_t *learning)
{
    (void)learning;
}

static void note_erring(sfdfa_learning_t *learning, uint16_t o)
{
    (void)learning;
    (void)o;
}

#else

static void begin_erring(sfdfa_learning_t *learning)
{
    learning->errors = 0;
}

/* List an output if it has an error, which with one-sided errors few have. */
static void note_erring(sfdfa_learning_t *learning, uint16_t o)
{
    learning->erring[learning->errors] = (sfdfa_erring_t){learning->error[o], (sfdfa_index_t)o};
    learning->errors = (uint16_t)(learning->errors + (learning->error[o] != 0));
}

#endif

#if SFDFA_INTEGRATES

static SFDFA_OWN_FRAME void compute_errors(sfdfa_t *net, uint16_t label)
{
    sfdfa_learning_t *learning = &net->learning;
    begin_erring(learning);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->error[o] = sfdfa_readout_error(net, o, label);
        note_erring(learning, o);
    }
}

#else

/* e of section 6. Without a branch, since the loop over few outputs is unrolled and would ask each copy. */
static inline int16_t error_of(uint8_t count, uint16_t o, uint16_t label)
{
    const int32_t is_true = sfdfa_sign_mask((int32_t)(o ^ label) - 1);
    const int32_t error = SFDFA_TARGET_FALSE + ((SFDFA_TARGET_TRUE - SFDFA_TARGET_FALSE) & is_true) - count;
#if SFDFA_ONE_SIDED_ERROR
    const int32_t is_false = ~is_true;
    return (int16_t)((sfdfa_larger((error ^ is_false) - is_false, 0) ^ is_false) - is_false);
#else
    return (int16_t)error;
#endif
}

static SFDFA_OWN_FRAME void compute_errors(sfdfa_t *net, uint16_t label)
{
    sfdfa_learning_t *learning = &net->learning;
    const uint8_t *counts = &net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron];
    begin_erring(learning);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        learning->error[o] = (sfdfa_error_t)error_of(counts[o], o, label);
        note_erring(learning, o);
    }
}

#endif

#if SFDFA_HIDDEN > 0

/* Move a hidden neuron's mean rate. Returns what the regulariser adds to delta. */
static inline int32_t regulate(uint16_t *mean_rate, uint8_t count)
{
    const int32_t mean = *mean_rate;
    const int32_t next = mean + sfdfa_round_shift(2048 * (int32_t)count - mean, 7);
    *mean_rate = (uint16_t)next;
    return sfdfa_round_shift(SFDFA_REGULARISER * (SFDFA_RATE_TARGET - next), 13);
}

#endif

#if (SFDFA_LEARNS_FEEDBACK || SFDFA_RESIDUAL_FEEDBACK) && SFDFA_HIDDEN > 0

/* Of each output, for the dither of feedback. */
static inline uint16_t *output_draws(sfdfa_t *net)
{
#if SFDFA_COMPACT && !SFDFA_RESIDUAL_FEEDBACK
    return net->scratch.update.output_draw;
#else
    return net->learning.output_draw;
#endif
}

static SFDFA_OWN_FRAME void draw_outputs(sfdfa_t *net)
{
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const uint32_t draw = sfdfa_drawn(net, SFDFA_LAYERS - 1, o);
        output_draws(net)[o] = sfdfa_feedback_draw(draw, SFDFA_FEEDBACK_SHIFT);
    }
}

#endif

#if SFDFA_HIDDEN > 0 || !SFDFA_INTEGRATES

/* The rate of a layer as it is now. */
static inline int32_t scaled_rate(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return sfdfa_round_shift((int32_t)layer->rate * net->learned.rate_scale, 12);
}

#endif

#if SFDFA_INTEGRATES && SFDFA_HIDDEN > 0

/* What the error is to a neuron of hidden layer `layer`, by its feedback or, where that is asked for, by the weights themselves. */
static SFDFA_OWN_FRAME int32_t project_on(const sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    const sfdfa_error_t *error = net->learning.error;
    int32_t sum = 0;
#if SFDFA_TRANSPOSES
    sfdfa_layer_table_t *outputs = layer + 1;
    const sfdfa_weight_t *row = &net->learned.weights[outputs->first_weight + (uint32_t)i * outputs->row];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += sfdfa_weight(row, o) * (int32_t)error[o];
    }
    sum = sfdfa_rescale(sum, (int8_t)(outputs->weight_fraction_bits - 6));
#else
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += feedback[o] * (int32_t)error[o];
    }
#endif
    return sfdfa_round_shift(SFDFA_ERROR_GAIN * sum, 8);
}

#endif

#if SFDFA_INTEGRATES && SFDFA_HIDDEN == 0
/* There is no layer but that of the outputs. */
#elif SFDFA_REPLAYS_TICKS
#include "vectors/sfdfa_learn_vectors.h"
#else
#include "sfdfa_learn_neurons.h"
#endif

#if SFDFA_INTEGRATES

SFDFA_HOT
void sfdfa_learn_sample(sfdfa_t *net, uint16_t label)
{
    compute_errors(net, label);
#if SFDFA_RESIDUAL_FEEDBACK
    sfdfa_residual_find(net);
    draw_outputs(net);
#endif
#if SFDFA_HIDDEN > 0
    for (uint8_t layer_index = 0; layer_index < SFDFA_LAYERS - 1; layer_index++) {
        learn_layer(net, layer_index);
    }
#endif
    sfdfa_readout_learn(net);
    net->learned.samples++;
}

#else

SFDFA_HOT
void sfdfa_learn_sample(sfdfa_t *net, uint16_t label)
{
    compute_errors(net, label);
#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0
    draw_outputs(net);
#endif
    for (uint8_t layer_index = 0; layer_index < SFDFA_LAYERS; layer_index++) {
        learn_layer(net, layer_index);
    }
    net->learned.samples++;
}

#endif
#endif
