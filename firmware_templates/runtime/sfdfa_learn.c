/*
 * sfdfa_learn.c: from the spike counts of a sample to the step of every neuron, sections 6 and 7 of docs/ARITHMETIC.md.
 */
#include "sfdfa_internal.h"

#if SFDFA_LEARNS

#include "sfdfa_divide.h"
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

/* e of section 6. */
static SFDFA_OWN_FRAME void compute_errors(sfdfa_t *net, uint16_t label)
{
    sfdfa_learning_t *learning = &net->learning;
    const uint8_t *counts = &net->sample.counts[sfdfa_layers[SFDFA_LAYERS - 1].first_neuron];
    begin_erring(learning);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        int16_t error = (int16_t)((o == label ? SFDFA_TARGET_TRUE : SFDFA_TARGET_FALSE) - counts[o]);
#if SFDFA_ONE_SIDED_ERROR
        error = (int16_t)(o == label ? sfdfa_larger(error, 0) : -sfdfa_larger(-error, 0));
#endif
        learning->error[o] = (sfdfa_error_t)error;
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

/* The error as a hidden neuron's feedback sees it. */
static SFDFA_OWN_FRAME int32_t project_error(const sfdfa_learning_t *learning, const int8_t *feedback)
{
    int32_t sum = 0;
#if SFDFA_COMPACT
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        sum += feedback[o] * (int32_t)learning->error[o];
    }
#else
    const sfdfa_erring_t *end = &learning->erring[learning->errors];
    for (const sfdfa_erring_t *erring = learning->erring; erring != end; erring++) {
        sum += feedback[erring->output] * (int32_t)erring->error;
    }
#endif
    return sum;
}

/* delta of section 6, clamped where it could be too large. */
static inline int32_t limit_delta(int32_t delta, uint32_t *saturations)
{
#if DELTA_MAX > DELTA_LIMIT
    return sfdfa_saturate(delta, DELTA_LIMIT, saturations);
#else
    (void)saturations;
    return delta;
#endif
}

#endif

#if SFDFA_NORMALISED

static inline int32_t size_of(int32_t delta)
{
    const int32_t sign = sfdfa_sign_mask(delta);
    return (delta ^ sign) - sign;
}

/* q of section 6. */
static inline void move_mean(int32_t *mean_delta, int32_t delta)
{
    *mean_delta += sfdfa_round_shift(1024 * size_of(delta) - *mean_delta, 10);
}

/* delta over its own running mean. */
static SFDFA_OWN_FRAME int32_t normalise(int32_t delta, int32_t mean_delta, uint32_t *saturations)
{
    const int32_t sign = sfdfa_sign_mask(delta);
    const uint32_t divisor = (uint32_t)sfdfa_round_shift(mean_delta, 10) + 32;
    const uint32_t dividend = (uint32_t)size_of(delta) * (SFDFA_STEP_GAIN * 4) + divisor / 2;
    const int32_t fits = sfdfa_sign_mask((int32_t)(dividend >> STEP_DELTA_BITS) - (int32_t)divisor); /* else it is clamped */
    const int32_t quotient = (int32_t)sfdfa_divide(dividend & (uint32_t)fits, divisor, STEP_DELTA_BITS);
    *saturations += (uint32_t)(1 + fits);
    return ((quotient | (STEP_DELTA_LIMIT & ~fits)) ^ sign) - sign;
}

#else

static inline void move_mean(int32_t *mean_delta, int32_t delta)
{
    (void)mean_delta;
    (void)delta;
}

static int32_t normalise(int32_t delta, int32_t mean_delta, uint32_t *saturations)
{
    (void)mean_delta;
    return sfdfa_saturate(delta, STEP_DELTA_LIMIT, saturations);
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
        const uint32_t draw = sfdfa_neuron_draw(net->learning.sample_key, SFDFA_LAYERS - 1, o);
        output_draws(net)[o] = sfdfa_feedback_draw(draw, SFDFA_FEEDBACK_SHIFT);
    }
}

/* B of section 7 for one hidden neuron. */
static SFDFA_OWN_FRAME void learn_feedback(sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i, uint32_t neuron_draw)
{
    int8_t *restrict feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    const int16_t *restrict output_grade = net->learning.output_grade;
    const uint16_t *restrict output_draw = output_draws(net);
    const int32_t direction = sfdfa_direction(neuron_draw);
    const uint16_t draw = sfdfa_feedback_draw(neuron_draw, SFDFA_FEEDBACK_SHIFT);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t dither = draw ^ output_draw[o];
        const int32_t change = sfdfa_floor_shift(direction * output_grade[o] - feedback[o] + dither, SFDFA_FEEDBACK_SHIFT);
        feedback[o] = (int8_t)sfdfa_clamp(feedback[o] + change, INT8_MIN, INT8_MAX);
    }
}

#endif

/* Learn from a neuron that has a spike or a virtual one. */
static inline void learn_neuron(sfdfa_t *net, uint8_t layer_index, uint16_t i, int32_t delta, int32_t rate, uint32_t *saturations)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint32_t draw = sfdfa_neuron_draw(net->learning.sample_key, layer_index, i);
    const int32_t normalised = normalise(delta, net->learned.mean_delta[layer->first_neuron + i], saturations);
    const int32_t step = sfdfa_saturate(sfdfa_round_shift(rate * normalised, 10), INT16_MAX, saturations);
#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0
    if (layer_index < SFDFA_LAYERS - 1) {
        learn_feedback(net, layer, i, draw);
    }
#endif
    sfdfa_eligibility_learn(net, layer_index, i, (int16_t)step, sfdfa_weight_draw(draw, layer->dither_bits));
}

/* The rate of a layer as it is now. */
static inline int32_t scaled_rate(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return sfdfa_round_shift((int32_t)layer->rate * net->learned.rate_scale, 12);
}

#if SFDFA_HIDDEN > 0

static void learn_hidden_layer(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint16_t neurons = layer->neurons;
    const uint8_t *count = &net->sample.counts[layer->first_neuron];
    uint16_t *mean_rate = &net->learned.mean_rate[layer->first_neuron];
    int32_t *mean_delta = &net->learned.mean_delta[layer->first_neuron];
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback];
    uint32_t saturations = 0;
    sfdfa_eligibility_begin_layer(net, layer_index);
    for (uint16_t i = 0; i < neurons; i++) {
        const int32_t regular = regulate(mean_rate++, *count);
        const int32_t delta = limit_delta(regular + project_error(&net->learning, feedback), &saturations);
        feedback += SFDFA_OUTPUTS;
        move_mean(mean_delta++, delta);
        if (*count++ > 0) {
            learn_neuron(net, layer_index, i, delta, scaled_rate(net, layer), &saturations);
        } else if (SFDFA_UPDATES_ROWS) {
            sfdfa_eligibility_learn(net, layer_index, i, 0, 0);
        }
    }
    net->saturations.update += saturations;
    sfdfa_eligibility_end_layer(net, layer_index);
}

#endif

static void learn_outputs(sfdfa_t *net)
{
    const uint8_t layer_index = SFDFA_LAYERS - 1;
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    uint32_t saturations = 0;
    sfdfa_eligibility_begin_layer(net, layer_index);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t delta = 64 * (int32_t)net->learning.error[o];
        move_mean(&net->learned.mean_delta[layer->first_neuron + o], delta);
        if (sfdfa_is_eligible(net, layer_index, o)) {
            learn_neuron(net, layer_index, o, delta, scaled_rate(net, layer), &saturations);
        } else if (SFDFA_UPDATES_ROWS) {
            sfdfa_eligibility_learn(net, layer_index, o, 0, 0);
        }
    }
    net->saturations.update += saturations;
    sfdfa_eligibility_end_layer(net, layer_index);
}

SFDFA_HOT
void sfdfa_learn_sample(sfdfa_t *net, uint16_t label)
{
    compute_errors(net, label);
#if SFDFA_LEARNS_FEEDBACK && SFDFA_HIDDEN > 0
    draw_outputs(net);
#endif
#if SFDFA_HIDDEN > 0
    for (uint8_t layer_index = 0; layer_index + 1 < SFDFA_LAYERS; layer_index++) {
        learn_hidden_layer(net, layer_index);
    }
#endif
    learn_outputs(net);
    net->learned.samples++;
}

#endif
