/*
 * sfdfa_cortex_m4_macros.h: what the assembly files of Cortex-M with the DSP extension begin with.
 */
#ifndef SFDFA_CORTEX_M4_MACROS_H
#define SFDFA_CORTEX_M4_MACROS_H

#include "cortex_m/sfdfa_cortex_m_assembly.h"

#if defined(__ASSEMBLER__)
/* clang-format off */

        .set    SAVED_BYTES, 36         /* of the registers that a kernel saves */
        .set    INDEX_BYTES, SFDFA_INDEX_BITS / 8

        .set    LAYER_NEURONS, 2        /* in sfdfa_layer_t */
        .set    LAYER_ROW, 4
        .set    LAYER_THRESHOLD, 28
        .set    LAYER_STATE_LIMIT, 32
        .set    LAYER_QUIET_BELOW, 40
        .set    LAYER_QUIET_FACTOR, 44
        .set    LAYER_QUIET_SHIFT, 46
        .set    LAYER_DECAY_S, 52
        .set    LAYER_DECAY, 54
        .set    LAYER_INPUT_SHIFT, 56
        .set    LAYER_FRACTION_BITS, 58

        .macro  load_index index, pointer
        .if     INDEX_BYTES == 1
        ldrb    \index, [\pointer], #1
        .else
        ldrh    \index, [\pointer], #2
        .endif
        .endm

        .macro  store_index index, pointer
        .if     INDEX_BYTES == 1
        strb    \index, [\pointer], #1
        .else
        strh    \index, [\pointer], #2
        .endif
        .endm

        /* Load the word that lies so many bytes before, and stay there. */
        .macro  ldr_before word, pointer, bytes
        .if     \bytes < 256
        ldr     \word, [\pointer, #-(\bytes)]!
        .else
        subw    \pointer, \pointer, #\bytes
        ldr     \word, [\pointer]
        .endif
        .endm

#endif
#endif
