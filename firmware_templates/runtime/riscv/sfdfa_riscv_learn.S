/*
 * sfdfa_riscv_learn.S: the neurons of a hidden layer learn under outputs that integrate, sections 6 and 7a of
 * docs/ARITHMETIC.md, for RISC-V; see sfdfa_riscv.S. core/sfdfa_learn_projected.h does the same in C.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV && SFDFA_LEARNS && SFDFA_INTEGRATES

#include "sfdfa_riscv_macros.h"

        .set    HIDDEN_MEAN_RATE, 0     /* in sfdfa_riscv_hidden_t */
        .set    HIDDEN_COUNT, 4
        .set    HIDDEN_END, 8
        .set    HIDDEN_MEAN_DELTA, 12
        .set    HIDDEN_FEEDBACK, 16
        .set    HIDDEN_ERROR, 20
        .set    HIDDEN_RATE, 24
        .set    HIDDEN_KEY, 28
        .set    HIDDEN_RESIDUAL, 32
        .set    HIDDEN_OUTPUT_DRAW, 36
        .set    HIDDEN_WALKER, 40
        .set    HIDDEN_CAPACITY, 44
        .set    HIDDEN_SATURATIONS, 48

        .set    FRAME_BYTES, 48

        /* The size of x, and its sign, -1 or 0. */
        .macro  split x, sign
        srai    \sign, \x, 31
        xor     \x, \x, \sign
        sub     \x, \x, \sign
        .endm

        .macro  join x, sign
        xor     \x, \x, \sign
        sub     \x, \x, \sign
        .endm

        .macro  load_error place, error
        lw      \error, 4 * (\place)(t0)
        .endm

        .macro  add_product place, error
        lb      t1, \place(s4)
        mul     t1, t1, \error
        add     a0, a0, t1
        .endm

        .macro  load_errors
        .if     SFDFA_OUTPUTS <= FEW
        lw      t0, HIDDEN_ERROR(s0)
        each_of_few load_error, 0, a1, a2, a3, a4, a5, a6, a7, t4, t5, t6
        .endif
        .endm

/*
 * void sfdfa_riscv_learn_hidden(sfdfa_riscv_hidden_t *hidden)
 *
 * 130 cycles a neuron, and 14 for each of few outputs; 260 more and the kernels of feedback and walk for one that
 * spiked.
 *
 * s0 what is given, s1 mean rate, s2 count of spikes, s3 mean delta, s4 feedback, s5 end of the counts, s6 first count,
 * s7 spikes, s8 clamped updates, a0 delta, then the step, a1 to a7, t4 to t6 errors, t0 to t3 scratch
 */
        function sfdfa_riscv_learn_hidden
        addi    sp, sp, -FRAME_BYTES
        sw      ra, 0(sp)
        sw      s0, 4(sp)
        sw      s1, 8(sp)
        sw      s2, 12(sp)
        sw      s3, 16(sp)
        sw      s4, 20(sp)
        sw      s5, 24(sp)
        sw      s6, 28(sp)
        sw      s7, 32(sp)
        sw      s8, 36(sp)
        mv      s0, a0
        lw      s1, HIDDEN_MEAN_RATE(s0)
        lw      s2, HIDDEN_COUNT(s0)
        lw      s3, HIDDEN_MEAN_DELTA(s0)
        lw      s4, HIDDEN_FEEDBACK(s0)
        lw      s5, HIDDEN_END(s0)
        mv      s6, s2
        li      s8, 0
        load_errors
.Lneuron:
        lhu     t0, 0(s1)
        lbu     s7, 0(s2)
        slli    t1, s7, 11
        sub     t1, t1, t0
        addi    t1, t1, 1 << 6
        srai    t1, t1, 7
        add     t0, t0, t1
        sh      t0, 0(s1)
        addi    s1, s1, 2
        li      t2, SFDFA_RATE_TARGET
        sub     t2, t2, t0
        li      t1, SFDFA_REGULARISER
        mul     t2, t2, t1
        li      t1, 1 << 12
        add     t2, t2, t1
        srai    t2, t2, 13              /* what the regulariser adds */
        li      a0, 0
        .if     SFDFA_OUTPUTS <= FEW
        each_of_few add_product, 0, a1, a2, a3, a4, a5, a6, a7, t4, t5, t6
        addi    s4, s4, SFDFA_OUTPUTS
        .else
        lw      t0, HIDDEN_ERROR(s0)
        li      a1, 4 * SFDFA_OUTPUTS
        add     a1, a1, t0
.Lproject:
        lw      a2, 0(t0)
        add_product 0, a2
        addi    t0, t0, 4
        addi    s4, s4, 1
        bne     t0, a1, .Lproject
        .endif
        li      t1, SFDFA_ERROR_GAIN
        mul     a0, a0, t1
        addi    a0, a0, 1 << 7
        srai    a0, a0, 8
        add     a0, a0, t2              /* delta */
        split   a0, t3
        lw      t0, 0(s3)
        slli    t1, a0, 10
        sub     t1, t1, t0
        addi    t1, t1, 1 << 9
        srai    t1, t1, 10
        add     t0, t0, t1
        sw      t0, 0(s3)
        addi    s3, s3, 4
        bnez    s7, .Lspiked
.Lnext_neuron:
        addi    s2, s2, 1
        bne     s2, s5, .Lneuron

        lw      t0, HIDDEN_SATURATIONS(s0)
        add     t0, t0, s8
        sw      t0, HIDDEN_SATURATIONS(s0)
        lw      ra, 0(sp)
        lw      s0, 4(sp)
        lw      s1, 8(sp)
        lw      s2, 12(sp)
        lw      s3, 16(sp)
        lw      s4, 20(sp)
        lw      s5, 24(sp)
        lw      s6, 28(sp)
        lw      s7, 32(sp)
        lw      s8, 36(sp)
        addi    sp, sp, FRAME_BYTES
        ret

        /* Its step. a0 the size of delta, t3 its sign, t0 its running mean */
.Lspiked:
        addi    t0, t0, 1 << 9
        srai    t0, t0, 10
        li      t1, SFDFA_NORMALISER_FLOOR
        add     t0, t0, t1              /* the divisor */
        li      t1, 4 * SFDFA_STEP_GAIN
        mul     a0, a0, t1
        srli    t1, t0, 1
        add     a0, a0, t1
        srli    t1, a0, 13
        sub     t1, t1, t0
        srai    t1, t1, 31              /* -1 where the quotient is below 2^13 */
        and     a0, a0, t1
        divu    a0, a0, t0
        addi    t2, t1, 1
        add     s8, s8, t2
        not     t1, t1
        srli    t1, t1, 19
        or      a0, a0, t1              /* else it becomes 2^13 - 1 */
        join    a0, t3
        lw      t1, HIDDEN_RATE(s0)
        mul     a0, a0, t1
        addi    a0, a0, 1 << 9
        srai    a0, a0, 10
        split   a0, t3
        li      t1, 32767
        sub     a0, a0, t1
        addi    t2, a0, -1
        srai    t2, t2, 31              /* -1 where it is within its bounds */
        and     a0, a0, t2
        add     a0, a0, t1
        addi    t2, t2, 1
        add     s8, s8, t2
        join    a0, t3
        mv      s7, a0

        /* Its draw. */
        sub     a1, s2, s6
        lw      t0, HIDDEN_KEY(s0)
        load_factors t2, t3
        draw_neuron a3, a1, t0, t2, t3

#if SFDFA_RESIDUAL_FEEDBACK
        lw      a1, HIDDEN_RESIDUAL(s0)
        beqz    a1, .Lfeedback_learned
        sw      a3, 40(sp)
        addi    a0, s4, -SFDFA_OUTPUTS
        lw      a2, HIDDEN_OUTPUT_DRAW(s0)
        .if     SFDFA_FEEDBACK_SHIFT
        slli    a4, a3, 16 - SFDFA_FEEDBACK_SHIFT
        srli    a4, a4, 32 - SFDFA_FEEDBACK_SHIFT
        .else
        li      a4, 0
        .endif
        jal     sfdfa_riscv_change_feedback
        lw      a3, 40(sp)
.Lfeedback_learned:
#endif
        lw      a0, HIDDEN_WALKER(s0)
        sub     a1, s2, s6
        mv      a2, s7
        lbu     a4, 0(s2)
        lw      a5, HIDDEN_CAPACITY(s0)
        jal     sfdfa_riscv_walk_from_end
        load_errors
        j       .Lnext_neuron
        .size   sfdfa_riscv_learn_hidden, . - sfdfa_riscv_learn_hidden

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
