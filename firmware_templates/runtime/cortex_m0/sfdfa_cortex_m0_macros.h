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

        /* On the stack of a sum of weights. */
        .set    FRAME_INPUT, 0          /* such that the loop's end is at that of the inputs */
        .set    FRAME_INPUT_END, 4
        .set    FRAME_ENTRY, 8          /* where in the loop it begins */
        .set    FRAME_ROW, 12
        .set    FRAME_WEIGHTS, 16
        .set    FRAME_CURRENT, 20
        .set    FRAME_CURRENT_END, 24
        .set    FRAME_SHIFT, 28
        .set    FRAME_OFFSET, 32        /* less what inputs raise the sums by, shifted */
        .set    FRAME_BYTES, 36

        /* One input of a sum: 20 cycles. add_word is that of the weights' bits. */
        .macro  add_words place
        find_row \place
        ldmia   r1!, {r2, r3, r6}
        add_word r2, r8, r9, r1
        add_word r3, r10, r11, r1
        add_word r6, r12, lr, r1
        .endm
        .set    ADD_WORDS_BYTES, 32

        .macro  add_bytes place, first, second
        ldrb    r2, [r1, #\place]
        .irp    byte, 1, 2, 3
        ldrb    r3, [r1, #\place + \byte]
        lsls    r3, r3, #8 * \byte
        orrs    r2, r3
        .endr
        add_word r2, \first, \second, r3
        .endm

        /*
         * Lay out the frame of the sfdfa_m0_sum_t that r0 points to, where each input raises a sum by 1 << raised.
         * Leaves its inputs in r1, how many they are in r2, its weights in r5 and its row in r7.
         */
        .macro  begin_sum raised
        enter   FRAME_BYTES
        ldr     r1, [r0, #INPUT]
        ldr     r2, [r0, #INPUT_END]
        str     r2, [sp, #FRAME_INPUT_END]
        subs    r2, r2, r1
        .if     INDEX_BYTES == 2
        lsrs    r2, r2, #1
        .endif
        ldr     r3, [r0, #SHIFT]
        str     r3, [sp, #FRAME_SHIFT]
        lsls    r4, r2, #\raised
        lsls    r4, r3
        ldr     r3, [r0, #OFFSET]
        subs    r3, r3, r4
        str     r3, [sp, #FRAME_OFFSET]
        ldr     r7, [r0, #ROW]
        str     r7, [sp, #FRAME_ROW]
        ldr     r5, [r0, #WEIGHTS]
        str     r5, [sp, #FRAME_WEIGHTS]
        ldr     r3, [r0, #CURRENT]
        str     r3, [sp, #FRAME_CURRENT]
        ldr     r3, [r0, #CURRENT_END]
        str     r3, [sp, #FRAME_CURRENT_END]
        .endm

#endif
#endif
