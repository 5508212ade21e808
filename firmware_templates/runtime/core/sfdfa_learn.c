/*
 * sfdfa_learn.c: from the spike counts of a sample to the step of every neuron, sections 6 and 7 of docs/ARITHMETIC.md.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS

#include "sfdfa_draws.h"
#include "sfdfa_fixed.h"
#include "sfdfa_kernels.h"
#include "sfdfa_random.h"

#define DELTA_LIMIT ((1L << 20) - 1)
#define STEP_DELTA_BITS 13

/* The largest delta there can be in a hidden layer: of the error, which is at most a target or all spikes, and of the regulariser. */
#define LARGER(x, y) ((x) > (y) ? (x) : (y))
#define ERROR_MAX LARGER(LARGER(SFDFA_TARGET_TRUE, SFDFA_TARGET_FALSE), SFDFA_MAX_SPIKES)
#define DELTA_MAX (128L * SFDFA_OUTPUTS * ERROR_MAX + SFDFA_REGULARISER * 65535L / 8192 + 1)
#define STEP_DELTA_LIMIT ((1 << STEP_DELTA_BITS) - 1)

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

#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0

/* Of each output, for the dither of feedback. */
static inline uint16_t *output_draws(sfdfa_t *net)
{
#if SFDFA_COMPACT
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

/* The rate of a layer as it is now. */
static inline int32_t scaled_rate(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return sfdfa_round_shift((int32_t)layer->rate * net->learned.rate_scale, 12);
}

#if SFDFA_REPLAYS_TICKS
#include "vectors/sfdfa_learn_vectors.h"
#else
#include "sfdfa_learn_neurons.h"
#endif

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
