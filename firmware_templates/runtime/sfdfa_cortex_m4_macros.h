/*
 * sfdfa_cortex_m4_macros.h: what the assembly files of Cortex-M with the DSP extension begin with.
 */
#ifndef SFDFA_CORTEX_M4_MACROS_H
#define SFDFA_CORTEX_M4_MACROS_H

#if defined(__ASSEMBLER__)

#include "sfdfa_cortex_m_assembly.h"

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
