/*
 * sfdfa_input.h: the synaptic currents of a layer in one tick, X of section 5 of docs/ARITHMETIC.md: four weights of 8
 * bits at a time in a word of 32 bits where that is quicker, else weight by weight.
 */
#ifndef SFDFA_INPUT_H
#define SFDFA_INPUT_H

#include "core/sfdfa_compiler.h"
#include "core/sfdfa_internal.h"
#include "scalar/sfdfa_sum_rows.h"

/* Whether there is an instruction that adds two bytes, each with its sign, to the halves of a word. */
#if defined(__ARM_FEATURE_SIMD32) && defined(__GNUC__)
#define SFDFA_ADD_BYTES(halves, word) __asm__("sxtab16 %0, %0, %1" : "+r"(halves) : "r"(word))
#define SFDFA_ADD_UPPER_BYTES(halves, word) __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(halves) : "r"(word))
#define SFDFA_ADDS_BYTES 1
#else
#define SFDFA_ADD_BYTES(halves, word) (void)(halves)
#define SFDFA_ADD_UPPER_BYTES(halves, word) (void)(halves)
#define SFDFA_ADDS_BYTES 0
#endif

/* Words of weights that are summed at a time, as many as there are registers for. */
#if defined(__arm__)
#define SFDFA_PACKED_WORDS 4
#else
#define SFDFA_PACKED_WORDS 2
#endif

/*
 * Whether the third weight is left in the sums of the others, and taken out at the end: an instruction fewer for a
 * word.
 */
#define UNMASKED (SFDFA_PACKED_WORDS == 4)

/* What is added to a weight so that no sum is negative and borrows from its neighbour. */
#define SFDFA_RAISED (SFDFA_ADDS_BYTES ? 0 : 128)

/* The sums of the four weights of a word over some rows. */
typedef struct {
    uint32_t even; /* of the first weight in the lower half, of the third in the upper */
    uint32_t odd; /* of the second and the fourth; if UNMASKED, and of the third times 2^8 */
} sfdfa_lanes_t;

static inline void sfdfa_add_word(sfdfa_lanes_t *lanes, uint32_t word)
{
    if (SFDFA_ADDS_BYTES) {
        SFDFA_ADD_BYTES(lanes->even, word);
        SFDFA_ADD_UPPER_BYTES(lanes->odd, word);
        return;
    }
    word ^= UINT32_C(0x80808080);
    lanes->even += word & UINT32_C(0x00FF00FF);
    lanes->odd += UNMASKED ? word >> 8 : word >> 8 & UINT32_C(0x00FF00FF);
}

/* The sums of four neurons, which `raised` was added to. */
static inline void sfdfa_store_lanes(int32_t *sums, sfdfa_lanes_t lanes, int32_t raised)
{
    if (SFDFA_ADDS_BYTES) {
        sums[0] = (int16_t)lanes.even;
        sums[1] = (int16_t)lanes.odd;
        sums[2] = (int16_t)(lanes.even >> 16);
        sums[3] = (int16_t)(lanes.odd >> 16);
        return;
    }
    if (UNMASKED) {
        lanes.odd -= lanes.even >> 16 << 8;
    }
    sums[0] = (int32_t)(lanes.even & 0xFFFF) - raised;
    sums[1] = (int32_t)(lanes.odd & 0xFFFF) - raised;
    sums[2] = (int32_t)(lanes.even >> 16) - raised;
    sums[3] = (int32_t)(lanes.odd >> 16) - raised;
}

/* Whether sums over rows take four weights of a row at a time: not where there are no words of 32 bits. */
#ifndef SFDFA_PACKED
#if SFDFA_WEIGHT_BITS == 8 && defined(__GNUC__) && !defined(__AVR__)
#define SFDFA_PACKED 1
#else
#define SFDFA_PACKED 0
#endif
#endif

/* Whether words may lie at any address. */
#if defined(__ARM_FEATURE_UNALIGNED)
#define SFDFA_WORDS_ANYWHERE 1
#else
#define SFDFA_WORDS_ANYWHERE 0
#endif

/* With more rows the sums could leave their lanes of 16 bits. */
#define SFDFA_PACKED_MOST_ROWS 255

#define SFDFA_PACKED_NEURONS (4 * SFDFA_PACKED_WORDS)

/* Four weights, wherever they lie. */
typedef uint32_t SFDFA_MAY_ALIAS sfdfa_word_t;

/*
 * sums[i] = the sum over `count` rows of the weights of the first neurons, four for each word; the rows begin at
 * multiples of four bytes.
 */
static inline void sfdfa_sum_words(int32_t *sums, const int8_t *weights, uint16_t row, const sfdfa_index_t *inputs,
                                   uint16_t count, uint8_t word_count)
{
    sfdfa_lanes_t lanes[SFDFA_PACKED_WORDS] = {{0, 0}};
    for (const sfdfa_index_t *input = inputs; input != &inputs[count]; input++) {
        const sfdfa_word_t *words = (const sfdfa_word_t *)(const void *)&weights[(uint32_t)*input * row];
        SFDFA_UNROLL
        for (uint8_t k = 0; k < word_count; k++) {
            sfdfa_add_word(&lanes[k], words[k]);
        }
    }
    SFDFA_UNROLL
    for (uint8_t k = 0; k < word_count; k++) {
        sfdfa_store_lanes(&sums[4 * k], lanes[k], SFDFA_RAISED * (int32_t)count);
    }
}

/* Whether all rows of a layer begin at multiples of four bytes, or need not to. */
static inline bool rows_are_words(sfdfa_layer_table_t *layer)
{
    return SFDFA_WORDS_ANYWHERE || (layer->row % 4 == 0 && layer->first_weight % 4 == 0);
}

/* Sum as many neurons as the words take. Returns how many they took. */
static inline uint16_t sum_packed(int32_t *current, const int8_t *weights, sfdfa_layer_table_t *layer,
                                  sfdfa_inputs_t inputs)
{
    uint16_t first = 0;
    if (rows_are_words(layer) && inputs.count <= SFDFA_PACKED_MOST_ROWS) {
        for (; first + SFDFA_PACKED_NEURONS <= layer->neurons; first = (uint16_t)(first + SFDFA_PACKED_NEURONS)) {
            sfdfa_sum_words(&current[first], &weights[first], layer->row, inputs.index, inputs.count,
                            SFDFA_PACKED_WORDS);
        }
        if (SFDFA_PACKED_WORDS > 2 && first + 8 <= layer->neurons) {
            sfdfa_sum_words(&current[first], &weights[first], layer->row, inputs.index, inputs.count, 2);
            first = (uint16_t)(first + 8);
        }
    }
    return first;
}

/* X of section 5, to be scaled up if its unit is larger than that of the states. */
static inline void sfdfa_sum_inputs(sfdfa_t *net, sfdfa_layer_table_t *layer, sfdfa_inputs_t inputs)
{
    uint16_t summed = 0;
    if (SFDFA_PACKED) {
        const int8_t *weights = (const int8_t *)&net->learned.weights[layer->first_weight];
        summed = sum_packed(net->scratch.membranes.current, weights, layer, inputs);
    }
    sfdfa_sum_rows_from(net, layer, inputs, summed);
}

#endif
