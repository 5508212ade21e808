/*
 * sfdfa_cortex_m0_outputs.S: the rows of outputs that integrate, for Cortex-M0 and M0+, see sfdfa_cortex_m0.S. Sections
 * 5a and 7a of docs/ARITHMETIC.md.
 *
 * Up to sixteen outputs are written out, more are a loop. Either takes the same time for all values.
 */
#include "sfdfa_config.h"

#if SFDFA_CORTEX_M0

#include "sfdfa_cortex_m0_macros.h"

        /* Do the same for each output that is written out. The macro `work` is given its place. */
        .macro  for_outputs work
        .set    place, 0
        .rept   WRITTEN_OUT
        \work
        .set    place, place + 1
        .endr
        .endm

        .set    SUMS, 7                 /* of a pass over the rows */
        .set    PASSES, (SFDFA_OUTPUTS + SUMS - 1) / SUMS
        .set    WIDTH, (SFDFA_OUTPUTS + PASSES - 1) / PASSES

        .macro  for_sums work
        .set    place, 0
        .irp    sum, r8, r9, r10, r11, r12, lr, r6
        \work   \sum
        .endr
        .endm

        .macro  clear_sums
        movs    r6, #0
        .irp    sum, r8, r9, r10, r11, r12, lr
        mov     \sum, r6
        .endr
        .endm

        .set    FRAME_SUMS, 0           /* on the stack: where they go */

#if SFDFA_DECIDE_MARGIN == 0

        .set    FRAME_KAPPA, 4
        .set    FRAME_WEIGHTS, 8        /* from the first input to the first output of the pass */
        .set    FRAME_END, 12
        .set    FRAME_BYTES, 16

        /* 4 cycles */
        .macro  add_product sum
        .if     place < WIDTH
        ldrb    r4, [r1, #place]
        muls    r4, r3
        add     \sum, r4
        .endif
        .set    place, place + 1
        .endm

        /* A sum without what its weights are raised by, which is in r5. */
        .macro  write_sum sum
        .if     place < WIDTH
        mov     r4, \sum
        subs    r4, r4, r5
        str     r4, [r0, #4 * place]
        .endif
        .set    place, place + 1
        .endm

/*
 * void sfdfa_m0_add_rows(int32_t *sums, const uint16_t *kappa, const int8_t *weights, const uint16_t *kappa_end)
 *
 * Up to seven outputs at a time, of which the sums over all inputs stay in registers: 4 cycles each and 9 an input that
 * has spiked, 10 one that has not. The last pass begins so early that it ends with the last output.
 *
 * r0 kappa, r1 row, r2 end of the kappas, r3 a kappa, r5 their sum, r6, r8 to r12 and lr sums, r7 outputs that are left
 */
        function sfdfa_m0_add_rows
        enter   FRAME_BYTES
        str     r0, [sp, #FRAME_SUMS]
        str     r1, [sp, #FRAME_KAPPA]
        str     r2, [sp, #FRAME_WEIGHTS]
        str     r3, [sp, #FRAME_END]
        ldr     r7, =SFDFA_OUTPUTS
.Lpass:
        clear_sums
        movs    r5, #0
        ldr     r0, [sp, #FRAME_KAPPA]
        ldr     r1, [sp, #FRAME_WEIGHTS]
        ldr     r2, [sp, #FRAME_END]
.Ladd_input:
        ldrh    r3, [r0]
        adds    r0, r0, #2
        cmp     r3, #0
        beq     .Linput_added
        adds    r5, r5, r3
        for_sums add_product
.Linput_added:
        .rept   SFDFA_OUTPUTS / 255
        adds    r1, r1, #255
        .endr
        adds    r1, r1, #SFDFA_OUTPUTS % 255
        cmp     r0, r2
        bne     .Ladd_input
        lsls    r5, r5, #7
        ldr     r0, [sp, #FRAME_SUMS]
        for_sums write_sum
        subs    r7, r7, #WIDTH
        beq     .Lrows_added
        movs    r4, #WIDTH
        subs    r5, r7, r4              /* negative: fewer are left than a pass takes, which begins so much earlier */
        asrs    r6, r5, #31
        ands    r5, r6
        subs    r7, r7, r5
        adds    r4, r4, r5
        ldr     r5, [sp, #FRAME_WEIGHTS]
        adds    r5, r5, r4
        str     r5, [sp, #FRAME_WEIGHTS]
        lsls    r4, r4, #2
        adds    r0, r0, r4
        str     r0, [sp, #FRAME_SUMS]
        b       .Lpass
.Lrows_added:
        leave   FRAME_BYTES
        .ltorg
        .size   sfdfa_m0_add_rows, . - sfdfa_m0_add_rows

#else

        .set    INPUTS_INDEX, 0         /* in sfdfa_inputs_t */
        .set    INPUTS_COUNT, 8

        .set    FRAME_FACTOR, 4
        .set    FRAME_INPUT, 8
        .set    FRAME_INPUT_END, 12
        .set    FRAME_WEIGHTS, 16       /* from the first input to the first output of the pass */
        .set    FRAME_LAST, 20          /* the same of the last pass */
        .set    FRAME_BYTES, 24

#if SFDFA_OUTPUTS % 2 == 0 && SFDFA_WEIGHT_CELLS % 2 == 0

        /*
         * Rows begin at even addresses: two outputs at a time, of whose sums one register has S0 + S1 << 8 and one S1.
         */
        .set    PAIRS, 5                /* of a pass over the rows */
        .set    PASSES, (SFDFA_OUTPUTS + 2 * PAIRS - 1) / (2 * PAIRS)
        .set    WIDTH, (SFDFA_OUTPUTS / 2 + PASSES - 1) / PASSES * 2

        .macro  for_pairs work
        .set    place, 0
        \work   r3, r4
        \work   r5, r6
        \work   r8, r9
        \work   r10, r11
        \work   r12, lr
        .endm

        /* Without what weights are raised by: S1 in r1, both in r2. */
        .macro  begin_pair both, second
        .if     place < width
        mov     \both, r2
        mov     \second, r1
        .endif
        .set    place, place + 2
        .endm

        /* 5 cycles */
        .macro  add_pair both, second
        .if     place < width
        ldrh    r2, [r1, #place]
        add     \both, r2
        lsrs    r2, r2, #8
        add     \second, r2
        .endif
        .set    place, place + 2
        .endm

        /* 15 cycles, less what is in r3 and r4 already */
        .macro  add_sums both, second
        .if     place < width
        .ifnc   \both, r3
        mov     r3, \both
        mov     r4, \second
        .endif
        lsls    r1, r4, #8
        subs    r3, r3, r1
        muls    r3, r7
        muls    r4, r7
        ldr     r1, [r0, #0]
        ldr     r2, [r0, #4]
        adds    r1, r1, r3
        adds    r2, r2, r4
        stmia   r0!, {r1, r2}
        .endif
        .set    place, place + 2
        .endm

        /* One pass, whose first output is the one at FRAME_SUMS and FRAME_WEIGHTS. */
        .macro  add_pass outputs
        .set    width, \outputs
        ldr     r0, [sp, #FRAME_INPUT]
        ldr     r7, [sp, #FRAME_INPUT_END]
        subs    r1, r0, r7
        lsls    r1, r1, #8 - INDEX_BYTES
        lsls    r2, r1, #8
        adds    r2, r2, r1
        ldr     r7, [sp, #FRAME_WEIGHTS]
        for_pairs begin_pair
.Ladd_input\@:
        .if     INDEX_BYTES == 1
        ldrb    r1, [r0]
        .else
        ldrh    r1, [r0]
        .endif
        adds    r0, r0, #INDEX_BYTES
        .if     SFDFA_OUTPUTS < 256
        movs    r2, #SFDFA_OUTPUTS
        .else
        ldr     r2, =SFDFA_OUTPUTS
        .endif
        muls    r1, r2
        adds    r1, r1, r7
        for_pairs add_pair
        ldr     r2, [sp, #FRAME_INPUT_END]
        cmp     r0, r2
        bne     .Ladd_input\@
        ldr     r7, [sp, #FRAME_FACTOR]
        ldr     r0, [sp, #FRAME_SUMS]
        for_pairs add_sums
        .endm

#else

        /* 3 cycles */
        .macro  add_weight sum
        .if     place < width
        ldrb    r4, [r1, #place]
        add     \sum, r4
        .endif
        .set    place, place + 1
        .endm

        /* Without what the weights of a sum are raised by, which is in r5. */
        .macro  add_sum sum
        .if     place < width
        mov     r4, \sum
        subs    r4, r4, r5
        muls    r4, r3
        ldr     r1, [r0]
        adds    r1, r1, r4
        stmia   r0!, {r1}
        .endif
        .set    place, place + 1
        .endm

        /* One pass, whose first output is the one at FRAME_SUMS and FRAME_WEIGHTS. */
        .macro  add_pass outputs
        .set    width, \outputs
        clear_sums
        ldr     r0, [sp, #FRAME_INPUT]
        ldr     r2, [sp, #FRAME_WEIGHTS]
        ldr     r3, [sp, #FRAME_INPUT_END]
        ldr     r7, =SFDFA_OUTPUTS
.Ladd_input\@:
        .if     INDEX_BYTES == 1
        ldrb    r1, [r0]
        .else
        ldrh    r1, [r0]
        .endif
        adds    r0, r0, #INDEX_BYTES
        muls    r1, r7
        adds    r1, r1, r2
        for_sums add_weight
        cmp     r0, r3
        bne     .Ladd_input\@
        ldr     r5, [sp, #FRAME_INPUT]
        subs    r5, r0, r5
        lsls    r5, r5, #8 - INDEX_BYTES
        ldr     r3, [sp, #FRAME_FACTOR]
        ldr     r0, [sp, #FRAME_SUMS]
        for_sums add_sum
        .endm

#endif

        .set    BEFORE_LAST, (PASSES - 1) * WIDTH       /* outputs */

/*
 * void sfdfa_m0_add_tick(int32_t *sums, const int8_t *weights, const sfdfa_inputs_t *inputs, uint32_t factor)
 *
 * Up to ten outputs at a time where rows begin at even addresses: 5 cycles for two and 11 an input, and 15 for two in
 * the end. Else up to seven: 3 cycles each and 8 an input, and 8 for each in the end.
 *
 * r0 input, r1 its row; r7 weights, r3 to r6, r8 to r12 and lr sums, or else r2 weights, r3 end of the inputs, r6, r8
 * to r12 and lr sums, r7 bytes of a row
 */
        function sfdfa_m0_add_tick
        enter   FRAME_BYTES
        str     r0, [sp, #FRAME_SUMS]
        str     r3, [sp, #FRAME_FACTOR]
        str     r1, [sp, #FRAME_WEIGHTS]
        ldr     r4, [r2, #INPUTS_INDEX]
        str     r4, [sp, #FRAME_INPUT]
        ldrh    r3, [r2, #INPUTS_COUNT]
        .if     INDEX_BYTES == 2
        lsls    r3, r3, #1
        .endif
        adds    r3, r3, r4
        str     r3, [sp, #FRAME_INPUT_END]
        .if     PASSES > 1
        ldr     r4, =BEFORE_LAST
        adds    r4, r4, r1
        str     r4, [sp, #FRAME_LAST]
.Ltick_pass:
        add_pass WIDTH
        str     r0, [sp, #FRAME_SUMS]
        ldr     r4, [sp, #FRAME_WEIGHTS]
        adds    r4, r4, #WIDTH
        str     r4, [sp, #FRAME_WEIGHTS]
        ldr     r5, [sp, #FRAME_LAST]
        cmp     r4, r5
        bne     .Ltick_pass
        .endif
        add_pass SFDFA_OUTPUTS - BEFORE_LAST
        leave   FRAME_BYTES
        .ltorg
        .size   sfdfa_m0_add_tick, . - sfdfa_m0_add_tick

#endif

#if SFDFA_LEARNS

        /* 19 cycles. D adds no more than 112 to a weight. */
        .macro  change_weight
        ldmia   r1!, {r4}
        ldrh    r5, [r6, #2 * place]
        muls    r4, r2
        eors    r5, r3
        asrs    r4, r4, #10             /* the carry rounds */
        adcs    r4, r5
        ldrb    r5, [r0, #place]
        asrs    r4, r4, #SFDFA_DITHER_BITS
        adds    r4, r4, r5              /* raised by 128: from 0 to 255 */
        asrs    r5, r4, #31
        bics    r4, r5
        lsrs    r5, r4, #8
        rsbs    r5, r5, #0
        orrs    r4, r5
        strb    r4, [r0, #place]
        .endm

/*
 * void sfdfa_m0_change_row(int8_t *row, const sfdfa_output_update_t *update, uint32_t kappa, uint32_t draw)
 *
 * r0 row, r1 steps of the outputs, r2 kappa, r3 draw of the input, r6 draws of the outputs, r7 end of the steps
 */
        function sfdfa_m0_change_row
        push    {r4, r5, r6, r7, lr}
        ldr     r7, =4 * SFDFA_OUTPUTS
        adds    r7, r7, r1
        movs    r6, r7                  /* the draws follow the steps */
.Lchange_weights:
        for_outputs change_weight
        .if     WRITTEN_OUT < SFDFA_OUTPUTS
        adds    r0, r0, #WRITTEN_OUT
        adds    r6, r6, #2 * WRITTEN_OUT
        cmp     r1, r7
        bne     .Lchange_weights
        .endif
        pop     {r4, r5, r6, r7, pc}
        .ltorg
        .size   sfdfa_m0_change_row, . - sfdfa_m0_change_row

#endif

#if SFDFA_RESIDUAL_FEEDBACK

        /* 6 cycles */
        .macro  add_to residual, place
        ldrb    r6, [r1, #\place]
        ldrb    r7, [r2, #\place]
        sxtb    r7, r7
        subs    r6, r6, r7
        muls    r6, r3
        adds    \residual, \residual, r6
        .endm

        /* Two outputs, or the last of an odd number: 20 or 12 cycles, with what the macro adds. */
        .macro  add_differences
        .if     place + 1 < WRITTEN_OUT
        ldmia   r0!, {r4, r5}
        subs    r0, r0, #8
        add_to  r4, place
        add_to  r5, place + 1
        stmia   r0!, {r4, r5}
        .else
        ldr     r4, [r0]
        add_to  r4, place
        stmia   r0!, {r4}
        .endif
        .endm

/*
 * void sfdfa_m0_add_difference(int32_t *residual, const int8_t *row, const int8_t *feedback, int32_t direction)
 *
 * r0 residual, r1 row, r2 feedback, r3 direction, r12 end of the row
 */
        function sfdfa_m0_add_difference
        push    {r4, r5, r6, r7, lr}
        .if     WRITTEN_OUT < SFDFA_OUTPUTS
        ldr     r7, =SFDFA_OUTPUTS
        adds    r7, r7, r1
        mov     r12, r7
        .endif
.Ladd_differences:
        .set    place, 0
        .rept   (WRITTEN_OUT + 1) / 2
        add_differences
        .set    place, place + 2
        .endr
        .if     WRITTEN_OUT < SFDFA_OUTPUTS
        adds    r1, r1, #WRITTEN_OUT
        adds    r2, r2, #WRITTEN_OUT
        cmp     r1, r12
        bne     .Ladd_differences
        .endif
        pop     {r4, r5, r6, r7, pc}
        .ltorg
        .size   sfdfa_m0_add_difference, . - sfdfa_m0_add_difference

        /* 21 cycles */
        .macro  change_feedback
        ldmia   r1!, {r4}
        ldrh    r5, [r6, #2 * place]
        muls    r4, r2
        eors    r5, r3
        adds    r4, r4, r5
        ldrb    r5, [r0, #place]
        sxtb    r5, r5
        .if     SFDFA_FEEDBACK_SHIFT
        asrs    r4, r4, #SFDFA_FEEDBACK_SHIFT
        .endif
        adds    r4, r4, r5
        subs    r4, r4, #127
        asrs    r5, r4, #31
        ands    r4, r5
        adds    r4, r4, #255
        asrs    r5, r4, #31
        bics    r4, r5
        subs    r4, r4, #128
        strb    r4, [r0, #place]
        .endm

/*
 * void sfdfa_m0_change_feedback(int8_t *feedback, const int32_t *residual, int32_t direction, uint32_t draw)
 *
 * r0 feedback, r1 residual, r2 direction, r3 draw of the neuron, r6 draws of the outputs, r7 end of the residual
 */
        function sfdfa_m0_change_feedback
        push    {r4, r5, r6, r7, lr}
        ldr     r7, =4 * SFDFA_OUTPUTS
        adds    r7, r7, r1
        movs    r6, r7                  /* the draws follow the residual */
.Lchange_feedback:
        for_outputs change_feedback
        .if     WRITTEN_OUT < SFDFA_OUTPUTS
        adds    r0, r0, #WRITTEN_OUT
        adds    r6, r6, #2 * WRITTEN_OUT
        cmp     r1, r7
        bne     .Lchange_feedback
        .endif
        pop     {r4, r5, r6, r7, pc}
        .ltorg
        .size   sfdfa_m0_change_feedback, . - sfdfa_m0_change_feedback

#endif

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", %progbits /* or the linker would make the stack of a whole program executable */
#endif
