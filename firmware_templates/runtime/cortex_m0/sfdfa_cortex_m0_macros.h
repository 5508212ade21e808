/*
 * sfdfa_cortex_m0_macros.h: what the assembly files of Cortex-M0 begin with.
 */
#ifndef SFDFA_CORTEX_M0_MACROS_H
#define SFDFA_CORTEX_M0_MACROS_H

#include "cortex_m/sfdfa_cortex_m_assembly.h"

#if defined(__ASSEMBLER__)
/* clang-format off */

        .cpu    cortex-m0

        /* Outputs that a loop over them takes at a time, where all are done alike: all of them, if they are few. */
#if SFDFA_OUTPUTS <= 16
        .set    WRITTEN_OUT, SFDFA_OUTPUTS
#else
        .set    WRITTEN_OUT, 1
#endif

        /* x - rshift(x * k, 12), with k in `scratch`: the carry that the shift leaves rounds. */
        .macro  decay x, scratch
        muls    \scratch, \x
        mvns    \scratch, \scratch
        asrs    \scratch, \scratch, #12
        adcs    \x, \scratch
        .endm

        .macro  enter bytes
        push    {r4, r5, r6, r7, lr}
        mov     r4, r8
        mov     r5, r9
        mov     r6, r10
        mov     r7, r11
        push    {r4, r5, r6, r7}
        .if     \bytes
        sub     sp, sp, #\bytes
        .endif
        .endm

        .macro  leave bytes
        .if     \bytes
        add     sp, sp, #\bytes
        .endif
        pop     {r4, r5, r6, r7}
        mov     r8, r4
        mov     r9, r5
        mov     r10, r6
        mov     r11, r7
        pop     {r4, r5, r6, r7, pc}
        .endm

        .set    INDEX_BYTES, SFDFA_INDEX_BITS / 8

        .set    INPUT, 0                /* in sfdfa_m0_sum_t */
        .set    INPUT_END, 4
        .set    ROW, 8
        .set    WEIGHTS, 12
        .set    CURRENT, 16
        .set    CURRENT_END, 20
        .set    SHIFT, 24
        .set    OFFSET, 28
        .set    ALIGNMENT, 32

        /* r1: the cells of the input at r0, where r5 has those of the first and r7 how many a row has. 4 cycles. */
        .macro  find_row place
        .if     INDEX_BYTES == 1
        ldrb    r1, [r0, #\place]
        .else
        ldrh    r1, [r0, #2 * \place]
        .endif
        muls    r1, r7
        adds    r1, r1, r5
        .endm

        /* A word of the row, from bytes. add_word is that of the weights' bits. */
        .macro  add_bytes place, first, second
        ldrb    r2, [r1, #\place]
        .irp    byte, 1, 2, 3
        ldrb    r3, [r1, #\place + \byte]
        lsls    r3, r3, #8 * \byte
        orrs    r2, r3
        .endr
        add_word r2, \first, \second, r3
        .endm

#endif
#endif
