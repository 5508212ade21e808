/*
 * integer_mlp.c: the rival. A multilayer perceptron with one hidden layer, trained by backpropagation and plain SGD
 * with a batch of one, in 8-bit weights and no float: what a careful person would put on a microcontroller instead of a
 * spiking network.
 *
 * It takes the place of the runtime behind sfdfa.h, so that the same link, boards, schedules and counters measure both.
 * An input spike at tick t stands for the value window - t; pixels that are zero send nothing and cost nothing. Weights
 * are stored as the spiking network's are, input by input, in the same array, and start as they do: from the table of
 * the generated network.
 *
 *     hidden    a = clamp(W1 x, 0, 255)           rectified
 *     output    p = softmax(W2 a)                 by a table of powers of two
 *     errors    e = onehot - p;  d = W2' e where a > 0
 *     weights   W2 += rate e a;  W1 += rate d x   rounded stochastically, only where x, a and d are not 0
 *
 * A sample of which the right probability is MLP_LEARN_BELOW / 256 or more is only predicted. A Cortex-M0 or M4 sums
 * the first layer with the kernel of the spiking network: inputs of one tick have one value, so their weights are summed
 * before they are multiplied by it.
 */
#include "integer_mlp_config.h" /* MLP_WINDOW, MLP_RATE and MLP_LEARN_BELOW */
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_internal.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#if SFDFA_CORTEX_M0 || SFDFA_CORTEX_M4
#include SFDFA_CORE(sfdfa_input.h)
#endif

#define HIDDEN SFDFA_HIDDEN
#define OUTPUTS SFDFA_OUTPUTS

#define INPUT_BITS 4   /* an input is value / 2^4, */
#define HIDDEN_BITS 5  /* an activity a / 2^5, */
#define FIRST_BITS 8   /* a weight of the hidden layer w / 2^8, */
#define SECOND_BITS 7  /* of the output layer w / 2^7, */
#define ERROR_BITS 8   /* an error e / 2^8 and */
#define RATE_BITS 12   /* the rate r / 2^12 */

#define ACTIVITY_MAX 255
#define EXPONENT_BITS 4 /* of the table: 2^(-k / 2^4) */

/* What the perceptron needs beside its weights. */
static struct {
    int32_t sum[HIDDEN];
    uint8_t activity[HIDDEN];
    int16_t gradient[HIDDEN]; /* of the active ones, times the rate */
    uint16_t draw[HIDDEN];
    uint16_t active[HIDDEN];
    uint16_t actives;
    uint8_t value[SFDFA_MAX_EVENTS]; /* of the inputs in net->sample.event */
    int16_t error[OUTPUTS];
} mlp;

_Static_assert(SFDFA_LAYERS == 2 && SFDFA_WEIGHT_BITS == 8, "one hidden layer of 8-bit weights");

static int8_t *first_row(sfdfa_t *net, uint16_t input)
{
    return &net->learned.weights[(uint32_t)input * HIDDEN];
}

static int8_t *second_row(sfdfa_t *net, uint16_t hidden)
{
    return &net->learned.weights[(uint32_t)SFDFA_CHANNELS * HIDDEN + (uint32_t)hidden * OUTPUTS];
}

int sfdfa_sample_begin(sfdfa_t *net, bool learn)
{
    net->sample.begun = true;
    net->sample.learns = learn;
    net->sample.events = 0;
    for (uint16_t i = 0; i < HIDDEN; i++) {
        mlp.sum[i] = 0;
    }
    return SFDFA_OK;
}

int sfdfa_event(sfdfa_t *net, uint16_t tick, uint16_t channel)
{
    if (!net->sample.begun) {
        return SFDFA_ERROR_STATE;
    }
    if (tick > MLP_WINDOW || channel >= SFDFA_CHANNELS) {
        return SFDFA_ERROR_RANGE;
    }
    if (tick == MLP_WINDOW) {
        return SFDFA_OK; /* a value of 0 */
    }
    if (net->sample.events >= SFDFA_MAX_EVENTS) {
        return SFDFA_ERROR_CAPACITY;
    }
    mlp.value[net->sample.events] = (uint8_t)(MLP_WINDOW - tick);
    net->sample.event[net->sample.events++] = (sfdfa_index_t)channel;
    return SFDFA_OK;
}

/* Sum the inputs of the hidden layer. */
#if SFDFA_CORTEX_M0 || SFDFA_CORTEX_M4

#if SFDFA_CORTEX_M4

/* What the kernel has summed, times the value of these inputs: two sums to a word, of the first and third of four. */
static void add_sums(const sfdfa_t *net, int32_t value)
{
    const int32_t *restrict lanes = net->scratch.membranes.current;
    int32_t *restrict sum = mlp.sum;
    _Pragma("GCC unroll 4") for (uint16_t i = 0; i < HIDDEN; i += 4)
    {
        const int32_t even = *lanes++, odd = *lanes++;
        sum[i] += (int16_t)even * value;
        sum[i + 1] += (int16_t)odd * value;
        sum[i + 2] += (even >> 16) * value;
        sum[i + 3] += (odd >> 16) * value;
    }
}

_Static_assert(HIDDEN % 4 == 0, "whole words of weights");

#else

static void add_sums(const sfdfa_t *net, int32_t value)
{
    const int32_t *restrict current = net->scratch.membranes.current;
    int32_t *restrict sum = mlp.sum;
    _Pragma("GCC unroll 4") for (uint16_t i = 0; i < HIDDEN; i++)
    {
        sum[i] += current[i] * value;
    }
}

#endif

static void sum_inputs(sfdfa_t *net)
{
    enum { MOST_ROWS = 255 }; /* that the kernels take */
    const uint16_t events = net->sample.events;
    net->sample.narrow = false; /* sums as they are */
    for (uint16_t first = 0, end = 0; first < events; first = end) {
        const int32_t value = mlp.value[first];
        while (end < events && end - first < MOST_ROWS && mlp.value[end] == value) {
            end++;
        }
        const sfdfa_inputs_t inputs = {.index = &net->sample.event[first], .count = (uint16_t)(end - first)};
        sfdfa_sum_inputs(net, &sfdfa_layers[0], inputs);
        add_sums(net, value);
    }
}

#else

static void sum_inputs(sfdfa_t *net)
{
    for (uint16_t e = 0; e < net->sample.events; e++) {
        const int32_t value = mlp.value[e];
        const int8_t *restrict row = first_row(net, net->sample.event[e]);
        int32_t *restrict sum = mlp.sum;
        for (uint16_t i = 0; i < HIDDEN; i++) {
            sum[i] += row[i] * value;
        }
    }
}

#endif

static void rectify(void)
{
    mlp.actives = 0;
    for (uint16_t i = 0; i < HIDDEN; i++) {
        const int32_t activity = sfdfa_floor_shift(mlp.sum[i], INPUT_BITS + FIRST_BITS - HIDDEN_BITS);
        mlp.activity[i] = (uint8_t)sfdfa_clamp(activity, 0, ACTIVITY_MAX);
        mlp.active[mlp.actives] = i;
        mlp.actives = (uint16_t)(mlp.actives + (mlp.activity[i] > 0));
    }
}

static void sum_outputs(sfdfa_t *net, int32_t *outputs)
{
    for (uint16_t o = 0; o < OUTPUTS; o++) {
        outputs[o] = 0;
    }
    for (uint16_t k = 0; k < mlp.actives; k++) {
        const int8_t *row = second_row(net, mlp.active[k]);
        const int32_t activity = mlp.activity[mlp.active[k]];
        SFDFA_ALL_OUTPUTS
        for (uint16_t o = 0; o < OUTPUTS; o++) {
            outputs[o] += sfdfa_weight(row, o) * activity;
        }
    }
}

static uint16_t largest(const int32_t *outputs)
{
    uint16_t best = 0;
    for (uint16_t o = 1; o < OUTPUTS; o++) {
        best = outputs[o] > outputs[best] ? o : best;
    }
    return best;
}

/* 2^15 exp(-distance), the distance in units of 2^-(HIDDEN_BITS + SECOND_BITS). */
static uint32_t exponential(uint32_t distance)
{
    static const SFDFA_FLASH uint16_t power[1 << EXPONENT_BITS] = {
        32768, 31379, 30048, 28774, 27554, 26386, 25268, 24196, 23170, 22188, 21247, 20347, 19484, 18658, 17867, 17109,
    };
    /* 369 / 256 is the logarithm of e to the base of 2. */
    const uint32_t exponent = (distance * 369) >> (8 + HIDDEN_BITS + SECOND_BITS - EXPONENT_BITS);
    const uint32_t halvings = exponent >> EXPONENT_BITS;
    return halvings > 15 ? 0 : (uint32_t)power[exponent & ((1 << EXPONENT_BITS) - 1)] >> halvings;
}

static void compute_errors(const int32_t *outputs, uint16_t best, uint16_t label)
{
    uint32_t likelihood[OUTPUTS];
    uint32_t total = 0;
    for (uint16_t o = 0; o < OUTPUTS; o++) {
        likelihood[o] = exponential((uint32_t)(outputs[best] - outputs[o]));
        total += likelihood[o];
    }
    for (uint16_t o = 0; o < OUTPUTS; o++) {
        const uint32_t probability = (likelihood[o] << ERROR_BITS) / total;
        mlp.error[o] = (int16_t)((o == label ? 1 << ERROR_BITS : 0) - (int32_t)probability);
    }
}

/* Gradients of the active hidden neurons, then the weights between them and the outputs. */
static void learn_outputs(sfdfa_t *net, int32_t rate, uint32_t key)
{
    /* Of the rate times an error times an activity. */
    enum { SHIFT = ERROR_BITS + HIDDEN_BITS + RATE_BITS - SECOND_BITS };
    uint32_t output_draw[OUTPUTS];
    for (uint16_t o = 0; o < OUTPUTS; o++) {
        output_draw[o] = sfdfa_neuron_draw(key, 2, o);
    }
    uint16_t learning = 0;
    for (uint16_t k = 0; k < mlp.actives; k++) {
        const uint16_t i = mlp.active[k];
        int8_t *row = second_row(net, i);
        const uint32_t draw = sfdfa_neuron_draw(key, 1, i);
        const int32_t scaled = rate * mlp.activity[i];
        int32_t gradient = 0;
        for (uint16_t o = 0; o < OUTPUTS; o++) {
            gradient += sfdfa_weight(row, o) * (int32_t)mlp.error[o];
            const int32_t dither = (int32_t)((draw ^ output_draw[o]) & sfdfa_mask(SHIFT));
            sfdfa_change_weight(row, o, sfdfa_floor_shift(scaled * mlp.error[o] + dither, SHIFT));
        }
        /* In units of 2^-12: the rate times the gradient, with twelve of its 2 * 12 + 3 fraction bits. */
        const int32_t step = sfdfa_round_shift(sfdfa_round_shift(gradient, 4) * rate, ERROR_BITS + SECOND_BITS - 4);
        mlp.gradient[learning] = (int16_t)sfdfa_clamp(step, INT16_MIN, INT16_MAX);
        mlp.draw[learning] = sfdfa_weight_draw(draw >> 16, 8);
        mlp.active[learning] = i;
        learning = (uint16_t)(learning + (step != 0));
    }
    mlp.actives = learning;
}

static void learn_inputs(sfdfa_t *net, uint32_t key)
{
    enum { SHIFT = RATE_BITS + INPUT_BITS - FIRST_BITS };
    for (uint16_t e = 0; e < net->sample.events; e++) {
        const uint16_t input = net->sample.event[e];
        const int32_t value = mlp.value[e];
        const uint16_t draw = sfdfa_weight_draw(sfdfa_event_draw(key, 0, 0, input), 8);
        int8_t *row = first_row(net, input);
        for (uint16_t k = 0; k < mlp.actives; k++) {
            const int32_t dither = draw ^ mlp.draw[k];
            sfdfa_change_weight(row, mlp.active[k], sfdfa_floor_shift(mlp.gradient[k] * value + dither, SHIFT));
        }
    }
}

int sfdfa_sample_end(sfdfa_t *net, int32_t label, sfdfa_result_t *result)
{
    int32_t outputs[OUTPUTS];
    net->sample.begun = false;
    sum_inputs(net);
    rectify();
    sum_outputs(net, outputs);
    const uint16_t best = largest(outputs);
    *result = (sfdfa_result_t){.prediction = best};
    if (net->sample.learns && label != SFDFA_NO_LABEL) {
        const uint32_t key = sfdfa_sample_key(SFDFA_SEED, net->learned.samples);
        const int32_t rate = sfdfa_round_shift(MLP_RATE * (int32_t)net->learned.rate_scale, 12);
        compute_errors(outputs, best, (uint16_t)label);
        if (mlp.error[label] > (1 << ERROR_BITS) - MLP_LEARN_BELOW) {
            learn_outputs(net, rate, key);
            learn_inputs(net, key);
        }
        net->learned.samples++;
    }
    return SFDFA_OK;
}
