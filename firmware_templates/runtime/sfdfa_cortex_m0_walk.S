/*
 * sfdfa_cortex_m0_walk.S: the innermost loop of learning for Cortex-M0 and M0+, see sfdfa_cortex_m0.S.
 */
#include "sfdfa_network.h"

#if defined(__ARM_ARCH_6M__) && SFDFA_WEIGHT_BITS == 8

#include "sfdfa_cortex_m0_macros.h"

/* A weight to be stored, by its value before it was clamped, from -256 on. */
        .section .rodata.sfdfa_clamped_weights, "a"
.Lclamped_weights:
        .rept   128
        .byte   0x80
        .endr
        .set    weight, -128
        .rept   256
        .byte   weight
        .set    weight, weight + 1
        .endr
        .rept   128
        .byte   0x7F
        .endr

/*
 * void sfdfa_m0_walk(sfdfa_walk_sums_t *sums)
 *
 * r0 column, r1 input, r3 draw, r4 table of clamped weights; r8 update, r9 end of the tick's inputs, r10 u, r11 v, r12 end of the next tick's, lr decay
 */
        .set    WALK_U, 0               /* in sfdfa_walk_sums_t */
        .set    WALK_V, 4
        .set    WALK_END, 8
        .set    WALK_INPUT, 16
        .set    ELIGIBILITY_SATURATIONS, 40
        .set    UPDATE_SATURATIONS, 44

        .set    FRAME_STOP, 0           /* on the stack */
        .set    FRAME_STEP, 4
        .set    FRAME_DECAY_S, 8
        .set    FRAME_WALK, 12
        .set    FRAME_BYTES, 16

        /* One weight in 11 cycles. The input becomes its row; r7 is how much the weight changes. */
        .macro  update_weight input
        uxtb    r7, \input
        eors    r7, r3
        add     r7, r8
        asrs    r7, r7, #8
        lsrs    \input, \input, #8
        ldrsb   r2, [r0, \input]
        adds    r2, r2, r7
        ldrb    r2, [r4, r2]
        strb    r2, [r0, \input]
        .endm

        /* Add 1 to a counter in the structure. */
        .macro  count_saturation counter
        ldr     r2, [sp, #FRAME_WALK]
        ldr     r7, [r2, #\counter]
        adds    r7, r7, #1
        str     r7, [r2, #\counter]
        .endm

        function sfdfa_m0_walk
        enter   FRAME_BYTES
        str     r0, [sp, #FRAME_WALK]
        ldmia   r0!, {r1, r2, r3, r4, r5}       /* u, v, end, stop, input */
        mov     r10, r1
        mov     r11, r2
        mov     r12, r3
        str     r4, [sp, #FRAME_STOP]
        mov     r1, r5
        ldmia   r0!, {r2, r3, r4, r5, r6}       /* column, draw, step, decay_s, decay */
        str     r4, [sp, #FRAME_STEP]
        str     r5, [sp, #FRAME_DECAY_S]
        mov     lr, r6
        mov     r0, r2
        ldr     r4, =.Lclamped_weights + 256
.Ltick:
        mov     r7, r12
        ldr     r6, [r7]
        subs    r7, r7, #4
        mov     r12, r7
        cmp     r6, r1
        beq     .Ldecay_sums
        mov     r7, r11
        mov     r5, r10
        subs    r7, r7, r5              /* E, which is never negative */
        lsrs    r2, r7, #15
        bne     .Llarge_eligibility
.Lcompute_update:
        ldr     r2, [sp, #FRAME_STEP]
        muls    r7, r2
        movs    r2, #0
        asrs    r7, r7, #SFDFA_ELIGIBILITY_FRACTION_BITS + 2
        adcs    r7, r2
        asrs    r2, r7, #12             /* D is to lie within -7 * 2^12 and 7 * 2^12 - 1 */
        adds    r2, r2, #7
        cmp     r2, #13
        bhi     .Llarge_update
.Lupdate_inputs:
        mov     r8, r7
        mov     r9, r6
        subs    r6, r6, r1
        lsrs    r6, r6, #3              /* carry: an odd number of inputs */
        bcc     .Lupdate_pair
        ldmia   r1!, {r5}
        update_weight r5
        cmp     r1, r9
        beq     .Ldecay_sums
.Lupdate_pair:
        ldmia   r1!, {r5, r6}
        update_weight r5
        update_weight r6
        cmp     r1, r9
        bne     .Lupdate_pair
.Ldecay_sums:
        mov     r5, r10
        ldr     r2, [sp, #FRAME_DECAY_S]
        decay   r5, r2
        mov     r10, r5
        mov     r5, r11
        mov     r2, lr
        decay   r5, r2
        mov     r11, r5
        ldr     r2, [sp, #FRAME_STOP]
        cmp     r2, r12
        bne     .Ltick

        ldr     r0, [sp, #FRAME_WALK]
        str     r1, [r0, #WALK_INPUT]
        mov     r1, r10
        mov     r2, r11
        mov     r3, r12
        stmia   r0!, {r1, r2, r3}
        leave   FRAME_BYTES

.Llarge_eligibility:
        count_saturation ELIGIBILITY_SATURATIONS
        ldr     r7, =32767
        b       .Lcompute_update
.Llarge_update:
        asrs    r5, r7, #31
        count_saturation UPDATE_SATURATIONS
        ldr     r7, =SFDFA_UPDATE_MAX
        eors    r7, r5                  /* SFDFA_UPDATE_MIN is its complement */
        b       .Lupdate_inputs
        .ltorg
        .size   sfdfa_m0_walk, . - sfdfa_m0_walk

#endif
