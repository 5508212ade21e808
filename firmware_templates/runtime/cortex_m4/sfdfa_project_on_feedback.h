/*
 * sfdfa_project_on_feedback.h: the errors of outputs that integrate, projected on the feedback of a hidden neuron,
 * section 6 of docs/ARITHMETIC.md, four outputs at a time.
 */
#ifndef SFDFA_PROJECT_ON_FEEDBACK_H
#define SFDFA_PROJECT_ON_FEEDBACK_H

#include "core/sfdfa_internal.h"

/* Add to a sum the products of four errors with the feedback of their outputs. Loads that follow each other overlap. */
static inline int32_t add_four_products(int32_t sum, const int8_t *feedback, const sfdfa_error_t *error)
{
    uint32_t even, odd, first, second;
    __asm__("ldr %1, [%5]\n\t"
            "ldr %3, [%6]\n\t"
            "ldr %4, [%6, #4]\n\t"
            "sxtb16 %2, %1, ror #8\n\t"
            "sxtb16 %1, %1\n\t"
            "smlabb %0, %1, %3, %0\n\t"
            "smlabt %0, %2, %3, %0\n\t"
            "smlatb %0, %1, %4, %0\n\t"
            "smlatt %0, %2, %4, %0"
            : "+r"(sum), "=&r"(even), "=&r"(odd), "=&r"(first), "=&r"(second)
            : "r"(feedback), "r"(error), "m"(*(const int8_t(*)[4])feedback), "m"(*(const sfdfa_error_t(*)[4])error));
    return sum;
}

/* Before it is scaled. */
static inline int32_t project_on_feedback(const sfdfa_t *net, sfdfa_layer_table_t *layer, uint16_t i)
{
    const int8_t *feedback = &net->learned.feedback[layer->first_feedback + (uint32_t)i * SFDFA_OUTPUTS];
    const sfdfa_error_t *error = net->learning.error;
    int32_t sum = 0;
    SFDFA_ALL_OUTPUTS
    for (uint16_t o = 0; o + 4 <= SFDFA_OUTPUTS; o = (uint16_t)(o + 4)) {
        sum = add_four_products(sum, &feedback[o], &error[o]);
    }
    for (uint16_t o = SFDFA_OUTPUTS / 4 * 4; o < SFDFA_OUTPUTS; o++) {
        sum += feedback[o] * (int32_t)error[o];
    }
    return sum;
}

#endif
