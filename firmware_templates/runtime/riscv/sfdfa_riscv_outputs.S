/*
 * sfdfa_riscv_outputs.S: rows of outputs that integrate, sections 5a and 7a of docs/ARITHMETIC.md, for RISC-V; see
 * sfdfa_riscv.S. All of it takes the same time for all values.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV

#include "sfdfa_riscv_macros.h"

#if SFDFA_DECIDE_MARGIN > 0

        .set    GROUP, 5                /* outputs whose sums lie in registers */
        .set    REST, SFDFA_OUTPUTS % GROUP

        .macro  add_output place, sum
        lbu     t2, \place(t1)
        add     \sum, \sum, t2
        .endm
        .macro  begin_output place, sum
        mv      \sum, a6
        .endm
        .macro  scale_output place, sum
        mul     \sum, \sum, a5
        lw      t2, 4 * \place(a0)
        add     t2, t2, \sum
        sw      t2, 4 * \place(a0)
        .endm

        .macro  each_of_group what, outputs
        \what   0, t3
        .if     \outputs > 1
        \what   1, t4
        .endif
        .if     \outputs > 2
        \what   2, t5
        .endif
        .if     \outputs > 3
        \what   3, t6
        .endif
        .if     \outputs > 4
        \what   4, a7
        .endif
        .endm

        .macro  add_group outputs
        each_of_group begin_output, \outputs
        mv      t0, a3
.Ladd_input\@:
        load_index t1, t0
        mul     t1, t1, a2
        add     t1, t1, a1
        each_of_group add_output, \outputs
        bne     t0, a4, .Ladd_input\@
        each_of_group scale_output, \outputs
        .endm

/*
 * void sfdfa_riscv_add_tick(int32_t *sums, const sfdfa_weight_t *weights, uint32_t row, const sfdfa_index_t *input,
 *                           const sfdfa_index_t *end, int32_t factor, int32_t raised)
 *
 * 62 cycles an input and group of five outputs, 22 an output.
 *
 * a0 to a6 what is given; t0 input, t1 its weights, t2 a weight or a sum, t3 to t6, a7 sums of the tick
 */
        function sfdfa_riscv_add_tick
        .if     SFDFA_OUTPUTS < 3 * GROUP
        .rept   SFDFA_OUTPUTS / GROUP
        add_group GROUP
        addi    a0, a0, 4 * GROUP
        addi    a1, a1, GROUP
        .endr
        .else
        addi    sp, sp, -16
        sw      s0, 0(sp)
        li      s0, SFDFA_OUTPUTS / GROUP
.Lnext_group:
        add_group GROUP
        addi    a0, a0, 4 * GROUP
        addi    a1, a1, GROUP
        addi    s0, s0, -1
        bnez    s0, .Lnext_group
        lw      s0, 0(sp)
        addi    sp, sp, 16
        .endif
        .if     REST
        add_group REST
        .endif
        ret
        .size   sfdfa_riscv_add_tick, . - sfdfa_riscv_add_tick

        /* The largest and the second largest so far, a1 and a2, with one more. 32 cycles. */
        .macro  follow
        .if     output > 0
        lw      t0, 4 * output(a0)
#if SFDFA_ACTIVITY_SHIFT
        srai    t0, t0, SFDFA_ACTIVITY_SHIFT
#endif
        sub     t1, a1, t0
        srai    t2, t1, 31
        and     t1, t1, t2
        sub     a1, a1, t1              /* the larger of the two, */
        add     t0, t0, t1              /* and the lesser */
        sub     t1, a2, t0
        srai    t2, t1, 31
        and     t1, t1, t2
        sub     a2, a2, t1
        .endif
        .endm

/*
 * int32_t sfdfa_riscv_lead(const int32_t *sums)
 */
        function sfdfa_riscv_lead
        lw      a1, 0(a0)
#if SFDFA_ACTIVITY_SHIFT
        srai    a1, a1, SFDFA_ACTIVITY_SHIFT
#endif
        li      a2, -1 << 30
        .if     AT_ONCE == 1
        addi    a0, a0, 4
        li      t6, 4 * (SFDFA_OUTPUTS - 1)
        add     t6, t6, a0
.Lfollow:
        .set    output, 1
        addi    a0, a0, -4
        follow
        addi    a0, a0, 8
        bne     a0, t6, .Lfollow
        .else
        each_output follow
        .endif
        sub     a0, a1, a2
        ret
        .size   sfdfa_riscv_lead, . - sfdfa_riscv_lead

#else

        .macro  add_scaled
        lbu     t0, output(a1)
        mul     t0, t0, a2
        lw      t1, 4 * output(a0)
        add     t0, t0, t1
        sw      t0, 4 * output(a0)
        .endm

/*
 * void sfdfa_riscv_add_row(int32_t *sums, const sfdfa_weight_t *row, uint32_t kappa)
 *
 * 24 cycles an output.
 */
        function sfdfa_riscv_add_row
        .if     AT_ONCE == 1
        addi    t6, a1, SFDFA_OUTPUTS
        .endif
.Ladd_scaled:
        each_output add_scaled
        .if     AT_ONCE == 1
        addi    a0, a0, 4
        addi    a1, a1, 1
        bne     a1, t6, .Ladd_scaled
        .endif
        ret
        .size   sfdfa_riscv_add_row, . - sfdfa_riscv_add_row

#endif

#if SFDFA_LEARNS

        .set    UPDATE_DRAW, 4 * SFDFA_OUTPUTS  /* in sfdfa_output_update_t */

        .macro  change_weight
        lw      t0, 4 * output(a1)
        mul     t0, t0, a2
        lhu     t1, 2 * output(a4)
        slli    t1, t1, 10
        xor     t1, t1, a3
        add     t0, t0, t1
        srai    t0, t0, 10 + SFDFA_DITHER_BITS
        lbu     t1, output(a0)
        add     t0, t0, t1
        clamp_byte t0, t1
        sb      t0, output(a0)
        .endm

/*
 * void sfdfa_riscv_change_row(sfdfa_weight_t *row, const sfdfa_output_update_t *update, int32_t kappa, uint32_t draw)
 *
 * A weight changes by floor((D + dither) / 2^8), D = rshift(step kappa, 10): that is
 * floor((step kappa + 2^9 + 2^10 dither) / 2^18). 56 cycles an output.
 *
 * a0 row, a1 steps, a2 kappa, a3 draw and rounding, a4 draws of the outputs
 */
        function sfdfa_riscv_change_row
        slli    a3, a3, 10
        ori     a3, a3, 1 << 9
        li      a4, UPDATE_DRAW
        add     a4, a4, a1
        .if     AT_ONCE == 1
        mv      t6, a4
        .endif
.Lchange_weight:
        each_output change_weight
        .if     AT_ONCE == 1
        addi    a0, a0, 1
        addi    a1, a1, 4
        addi    a4, a4, 2
        bne     a1, t6, .Lchange_weight
        .endif
        ret
        .size   sfdfa_riscv_change_row, . - sfdfa_riscv_change_row

#endif

#if SFDFA_RESIDUAL_FEEDBACK

        .macro  add_difference operation
        lbu     t0, output(a1)
        lb      t1, output(a2)
        sub     t0, t0, t1
        lw      t1, 4 * output(a0)
        \operation t1, t1, t0
        sw      t1, 4 * output(a0)
        .endm

/*
 * void sfdfa_riscv_add_difference(int32_t *residual, const sfdfa_weight_t *row, const int8_t *feedback,
 *                                 int32_t direction)
 *
 * 26 cycles an output. Both directions take the same time.
 */
        .macro  add_differences operation
.Lnext_difference\@:
        each_output "add_difference \operation"
        .if     AT_ONCE == 1
        addi    a0, a0, 4
        addi    a1, a1, 1
        addi    a2, a2, 1
        bne     a1, t6, .Lnext_difference\@
        .endif
        ret
        .endm

        function sfdfa_riscv_add_difference
        .if     AT_ONCE == 1
        addi    t6, a1, SFDFA_OUTPUTS
        .endif
        bltz    a3, .Ltake_differences
        lw      t0, 0(a0)               /* as long as the jump and what comes after it */
        add_differences add
.Ltake_differences:
        nop
        add_differences sub
        .size   sfdfa_riscv_add_difference, . - sfdfa_riscv_add_difference

        change_feedback_function

        .if     SFDFA_OUTPUTS <= FEW

        .set    RESIDUAL_COUNT, 0       /* in sfdfa_riscv_residual_t */
        .set    RESIDUAL_END, 4
        .set    RESIDUAL_ROW, 8
        .set    RESIDUAL_FEEDBACK, 12
        .set    RESIDUAL_KEY, 16
        .set    RESIDUAL_RESIDUAL, 20

        .macro  clear_sum place, sum
        li      \sum, 0
        .endm

        .macro  add_lacking place, sum
        lbu     t1, \place(s0)
        lb      t2, \place(s1)
        sub     t1, t1, t2
        add     \sum, \sum, t1
        .endm

        .macro  take_lacking place, sum
        lbu     t1, \place(s0)
        lb      t2, \place(s1)
        sub     t1, t1, t2
        sub     \sum, \sum, t1
        .endm

        .macro  store_residual place, sum
        sub     \sum, \sum, s5
        sw      \sum, 4 * (\place)(t0)
        .endm

        .macro  each_sum what
        each_of_few \what, 0, a1, a2, a3, a4, a5, a6, a7, t4, t5, t6
        .endm

/*
 * void sfdfa_riscv_find_residual(const sfdfa_riscv_residual_t *layer)
 *
 * 27 cycles a neuron; 50 more, and 16 for each output, for one that spiked. Both directions take the same time.
 *
 * a0 layer, s0 weights, raised by 128, s1 feedback, s2 end of the counts, s3 key, s4 neuron, s5 128 times the sum of
 * the directions, s6, s7 factors of the mix, t0 counts, t1 to t3 scratch; the others sums
 */
        function sfdfa_riscv_find_residual
        addi    sp, sp, -32
        sw      s0, 0(sp)
        sw      s1, 4(sp)
        sw      s2, 8(sp)
        sw      s3, 12(sp)
        sw      s4, 16(sp)
        sw      s5, 20(sp)
        sw      s6, 24(sp)
        sw      s7, 28(sp)
        lw      t0, RESIDUAL_COUNT(a0)
        lw      s2, RESIDUAL_END(a0)
        lw      s0, RESIDUAL_ROW(a0)
        lw      s1, RESIDUAL_FEEDBACK(a0)
        lw      s3, RESIDUAL_KEY(a0)
        li      s4, 0
        li      s5, 0
        load_factors s6, s7
        each_sum clear_sum
.Llacking:
        lbu     t1, 0(t0)
        addi    t0, t0, 1
        beqz    t1, .Lno_spike
        draw_neuron t3, s4, s3, s6, s7
        bltz    t3, .Ldown
        lw      t1, 0(a0)               /* as long as the jump and what comes after it */
        each_sum add_lacking
        addi    s5, s5, 128
        j       .Lno_spike
.Ldown:
        nop
        each_sum take_lacking
        addi    s5, s5, -128
        nop
.Lno_spike:
        addi    s0, s0, SFDFA_OUTPUTS
        addi    s1, s1, SFDFA_OUTPUTS
        addi    s4, s4, 1
        bne     t0, s2, .Llacking
        lw      t0, RESIDUAL_RESIDUAL(a0)
        each_sum store_residual
        lw      s0, 0(sp)
        lw      s1, 4(sp)
        lw      s2, 8(sp)
        lw      s3, 12(sp)
        lw      s4, 16(sp)
        lw      s5, 20(sp)
        lw      s6, 24(sp)
        lw      s7, 28(sp)
        addi    sp, sp, 32
        ret
        .size   sfdfa_riscv_find_residual, . - sfdfa_riscv_find_residual

        .endif

#endif

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
