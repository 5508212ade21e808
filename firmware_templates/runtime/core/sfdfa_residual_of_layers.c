/*
 * sfdfa_residual_of_layers.c: the residual of a hidden layer, section 7a of docs/ARITHMETIC.md, whose grades are passed
 * on from layer to layer.
 */
#include "core/sfdfa_divide.h"
#include "core/sfdfa_fixed.h"
#include "core/sfdfa_kernels.h"
#include "core/sfdfa_random.h"
#include "core/sfdfa_residual.h"
#include SFDFA_LEARNING(sfdfa_eligibility.h)

static inline const uint8_t *counts_of(const sfdfa_t *net, sfdfa_layer_table_t *layer)
{
    return &net->sample.counts[layer->first_neuron];
}

/* The grades of the layer whose turn it is: its directions. */
static SFDFA_OWN_FRAME void begin_directions(sfdfa_t *net, uint8_t turn)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[turn];
    const uint8_t *counts = counts_of(net, layer);
    int16_t *grade = net->scratch.residual.grade;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        grade[i] = counts[i] > 0 ? (int16_t)(64 * sfdfa_direction(sfdfa_drawn(net, turn, i))) : 0;
    }
}

/* Sum what a layer gets from the one before, neuron by neuron, each product shifted. */
static SFDFA_OWN_FRAME void pass_grades(sfdfa_t *net, uint8_t layer_index, uint8_t shift)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = counts_of(net, &sfdfa_layers[layer_index - 1]);
    const sfdfa_weight_t *row = &net->learned.weights[layer->first_weight];
    sfdfa_residual_t *residual = &net->scratch.residual;
    for (uint16_t k = 0; k < layer->neurons; k++) {
        residual->sum[k] = 0;
    }
    for (uint16_t i = 0; i < layer->inputs; i++) {
        if (counts[i] > 0) {
            sfdfa_add_graded_row(residual->sum, row, residual->grade[i], shift, layer->neurons);
        }
        row += layer->row;
    }
}

/*
 * Whether the directions of the neurons before a hidden layer are passed on four weights of 8 bits at a time: where
 * they lie in words, and no sum leaves its 16 bits.
 */
#if SFDFA_WEIGHT_BITS == 8 && SFDFA_VECTOR_LANES == 1 && defined(__GNUC__) && !defined(__AVR__)
#define PASSES_WORDS 1
#else
#define PASSES_WORDS 0
#endif
#define MOST_SENDERS 255

static inline bool passes_words(sfdfa_layer_table_t *layer)
{
    const uint32_t alignment = layer->row | layer->first_weight | layer->neurons;
    return PASSES_WORDS && layer->weight_fraction_bits == 6 && alignment % 4 == 0 && layer->inputs <= MOST_SENDERS;
}

/* Four weights, and two sums of 16 bits. */
typedef uint32_t SFDFA_MAY_ALIAS word_t;
#define IN_BOTH(half) ((half) * UINT32_C(0x10001))

/*
 * Add to the sums of each four neurons, of the first and the third and of the others, what a neuron sends them. Bytes
 * are weights raised by 128, or with the direction -1 their complements: floor((weight + 2^(n-1)) / 2^n), or that of
 * its negative, is a shift of byte and `rounding`, less 128 / 2^n, n = SFDFA_PASS_SHIFT.
 */
static SFDFA_OWN_WORK void add_direction(uint32_t *sums, const word_t *row, const word_t *end, uint32_t flip,
                                         uint32_t rounding)
{
    for (; row != end; row++) {
        const uint32_t bytes = *row ^ flip;
        *sums++ += ((bytes & IN_BOTH(0xFF)) + rounding) >> SFDFA_PASS_SHIFT & IN_BOTH(0x1FF >> SFDFA_PASS_SHIFT);
        *sums++ += ((bytes >> 8 & IN_BOTH(0xFF)) + rounding) >> SFDFA_PASS_SHIFT & IN_BOTH(0x1FF >> SFDFA_PASS_SHIFT);
    }
}

/* Each sum in a word of its own, from the last on, for the words begin where the halves do. */
static void spread_sums(int32_t *sum, uint16_t neurons, int32_t raised)
{
    const uint32_t *halves = (const uint32_t *)(const void *)sum;
    for (uint16_t k = neurons; k > 0; k = (uint16_t)(k - 4)) {
        const uint32_t even = halves[k / 2 - 2];
        const uint32_t odd = halves[k / 2 - 1];
        sum[k - 4] = (int32_t)(even & 0xFFFF) - raised;
        sum[k - 3] = (int32_t)(odd & 0xFFFF) - raised;
        sum[k - 2] = (int32_t)(even >> 16) - raised;
        sum[k - 1] = (int32_t)(odd >> 16) - raised;
    }
}

/* pass_grades from the layer whose turn it is to a hidden one. */
static SFDFA_OWN_FRAME void pass_directions(sfdfa_t *net, uint8_t turn)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[turn + 1];
    const uint8_t *counts = counts_of(net, &sfdfa_layers[turn]);
    const word_t *row = (const word_t *)(const void *)&net->learned.weights[layer->first_weight];
    const uint16_t words = layer->row / 4;
    const uint16_t neurons = layer->neurons;
    int32_t *sum = net->scratch.residual.sum;
    uint16_t senders = 0;
    for (uint16_t k = 0; k < neurons / 2; k++) {
        sum[k] = 0;
    }
    for (uint16_t i = 0; i < layer->inputs; i++) {
        if (counts[i] > 0) {
            const uint32_t backwards = sfdfa_drawn(net, turn, i) >> 31;
            const uint32_t flip = (0 - backwards) ^ (SFDFA_CELL_FLIP == 0 ? UINT32_C(0x80808080) : 0);
            const uint32_t half = SFDFA_PASS_SHIFT > 0 ? 1 << SFDFA_PASS_SHIFT >> 1 : 0;
            add_direction((uint32_t *)(void *)sum, row, row + words, flip, IN_BOTH(half + backwards));
            senders++;
        }
        row += words;
    }
    spread_sums(sum, neurons, senders * (128 >> SFDFA_PASS_SHIFT));
}

/* The grades that a hidden layer sends on. */
static void limit_grades(sfdfa_t *net, uint8_t layer_index)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[layer_index];
    const uint8_t *counts = counts_of(net, layer);
    sfdfa_residual_t *residual = &net->scratch.residual;
    for (uint16_t k = 0; k < layer->neurons; k++) {
        if (counts[k] > 0) {
            residual->grade[k] = (int16_t)sfdfa_saturate(residual->sum[k], INT16_MAX, &net->saturations.grades);
        }
    }
}

/* Take away from what the outputs got what the feedback of the layer accounts for. */
static SFDFA_OWN_FRAME void subtract_feedback(sfdfa_t *net, uint8_t turn)
{
    sfdfa_layer_table_t *layer = &sfdfa_layers[turn];
    const uint8_t *counts = counts_of(net, layer);
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback];
    sfdfa_lacking_t *restrict residual = net->learning.residual;
    for (uint16_t i = 0; i < layer->neurons; i++) {
        if (counts[i] > 0) {
            const int32_t direction = sfdfa_direction(sfdfa_drawn(net, turn, i));
            for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
                residual[o] = (sfdfa_lacking_t)(residual[o] - direction * feedback[o]);
            }
        }
        feedback += SFDFA_OUTPUTS;
    }
}

void sfdfa_residual_find(sfdfa_t *net)
{
    const uint8_t turn = SFDFA_LAYERS > 2 ? (uint8_t)sfdfa_remainder(net->learned.samples, SFDFA_LAYERS - 1) : 0;
    net->learning.turn = turn;
    uint8_t l = (uint8_t)(turn + 1);
    if (l + 1 < SFDFA_LAYERS && passes_words(&sfdfa_layers[l])) {
        pass_directions(net, turn);
        limit_grades(net, l++);
    } else {
        begin_directions(net, turn);
    }
    for (; l + 1 < SFDFA_LAYERS; l++) {
        pass_grades(net, l, (uint8_t)(sfdfa_layers[l].weight_fraction_bits + SFDFA_PASS_SHIFT));
        limit_grades(net, l);
    }
    pass_grades(net, SFDFA_LAYERS - 1, sfdfa_layers[SFDFA_LAYERS - 1].weight_fraction_bits);
    for (uint16_t o = 0; o < SFDFA_OUTPUTS; o++) {
        const int32_t got = sfdfa_saturate(net->scratch.residual.sum[o], INT16_MAX, &net->saturations.grades);
        net->learning.residual[o] = (sfdfa_lacking_t)got;
    }
    subtract_feedback(net, turn);
}
