/*
 * sfdfa_riscv_macros.h: what the assembly files of RISC-V begin with, and where the members of sfdfa_walker_t lie.
 * Cycles are those of a PicoRV32: three for arithmetic, a shift or a jump, five for a load, a store or a branch that is
 * taken, six for a multiplication or a jump to a register.
 */
#ifndef SFDFA_RISCV_MACROS_H
#define SFDFA_RISCV_MACROS_H

/* Feedback is moved by what the outputs were told, or lack. */
#define SFDFA_RISCV_MOVES_FEEDBACK (SFDFA_SENDS_GRADES || SFDFA_RESIDUAL_FEEDBACK)

#if defined(__ASSEMBLER__)
/* clang-format off */

        .macro  function name
        .section .text.\name, "ax", @progbits
        .balign 4
        .global \name
        .type   \name, @function
\name:
        .endm

        /* An index of a list, and where the next one lies. */
        .macro  load_index to, from
        .if     SFDFA_INDEX_BITS == 8
        lbu     \to, 0(\from)
        .else
        lhu     \to, 0(\from)
        .endif
        addi    \from, \from, SFDFA_INDEX_BITS / 8
        .endm

        .macro  store_index from, to
        .if     SFDFA_INDEX_BITS == 8
        sb      \from, 0(\to)
        .else
        sh      \from, 0(\to)
        .endif
        addi    \to, \to, SFDFA_INDEX_BITS / 8
        .endm

        /* Where there are few outputs, what each has lies in a register. */
        .set    FEW, 10

        .macro  each_of_few what, from, register, more:vararg
        .if     \from < SFDFA_OUTPUTS
        \what   \from, \register
        .ifnb   \more
        each_of_few \what, \from + 1, \more
        .endif
        .endif
        .endm

        /* The draw of neuron `number`, which may be `draw`. Uses t1. */
        .macro  draw_neuron draw, number, key, factor, other_factor
        xor     \draw, \number, \key
        srli    t1, \draw, 16
        xor     \draw, \draw, t1
        mul     \draw, \draw, \factor
        srli    t1, \draw, 15
        xor     \draw, \draw, t1
        mul     \draw, \draw, \other_factor
        srli    t1, \draw, 16
        xor     \draw, \draw, t1
        .endm

        .macro  load_factors factor, other_factor
        li      \factor, 0x7FEB352D
        li      \other_factor, 0x846CA68B
        .endm

        /* From 0 on to a limit. 21 cycles. */
        .macro  clamp x, limit, scratch
        srai    \scratch, \x, 31
        not     \scratch, \scratch
        and     \x, \x, \scratch
        sub     \x, \x, \limit
        srai    \scratch, \x, 31
        and     \x, \x, \scratch
        add     \x, \x, \limit
        .endm

        /* Outputs that a loop takes at once: all of them, where they are few. */
        .if     SFDFA_OUTPUTS <= 16
        .set    AT_ONCE, SFDFA_OUTPUTS
        .else
        .set    AT_ONCE, 1
        .endif

        /* Do something for each of those; `output` is the number of the one at hand. */
        .macro  each_output what
        .set    output, 0
        .rept   AT_ONCE
        \what
        .set    output, output + 1
        .endr
        .endm

        /* From -1 and 256 on to 0 and 255, as a byte. 15 cycles. */
        .macro  clamp_byte x, scratch
        sltiu   \scratch, \x, 256
        addi    \scratch, \scratch, -1  /* -1 where it is out of the range */
        or      \scratch, \scratch, \x
        srai    \x, \x, 31
        xor     \x, \x, \scratch
        .endm

        .macro  change_feedback operation
        lhu     t0, 2 * output(a2)
        lw      t1, 4 * output(a1)
        xor     t0, t0, a4
        \operation t0, t0, t1
        lb      t1, output(a0)
        .if     SFDFA_SENDS_GRADES
        sub     t0, t0, t1
        .endif
        srai    t0, t0, SFDFA_FEEDBACK_SHIFT
        add     t0, t0, t1
        clamp_byte t0, t1
        xori    t0, t0, -128
        sb      t0, output(a0)
        .endm

        .macro  change_feedbacks operation
.Lnext_feedback\@:
        each_output "change_feedback \operation"
        .if     AT_ONCE == 1
        addi    a0, a0, 1
        addi    a1, a1, 4
        addi    a2, a2, 2
        bne     a0, t6, .Lnext_feedback\@
        .endif
        ret
        .endm

        /*
         * void sfdfa_riscv_change_feedback(int8_t *feedback, const int32_t *residual, const uint16_t *output_draw,
         *                                  int32_t direction, uint32_t draw)
         *
         * 53 cycles an output, or 56 where outputs spike, and then to d, not by it, section 7; as long for both
         * directions. Feedback is raised by 128 while it changes.
         *
         * a0 to a4 what is given, a4 raised
         */
        .macro  change_feedback_function
        function sfdfa_riscv_change_feedback
        li      t0, 128 << SFDFA_FEEDBACK_SHIFT
        or      a4, a4, t0
        .if     AT_ONCE == 1
        addi    t6, a0, SFDFA_OUTPUTS
        .endif
        bltz    a3, .Ltake_feedback\@
        lw      t0, 0(a1)
        change_feedbacks add
.Ltake_feedback\@:
        nop
        change_feedbacks sub
        .size   sfdfa_riscv_change_feedback, . - sfdfa_riscv_change_feedback
        .endm

        .set    LAYER_NEURONS, 2        /* in sfdfa_layer_t; sfdfa_riscv.h checks it */
        .set    LAYER_ROW, 4
        .set    LAYER_THRESHOLD, 28
        .set    LAYER_QUIET_BELOW, 40
        .set    LAYER_QUIET_FACTOR, 44
        .set    LAYER_QUIET_SHIFT, 46
        .set    LAYER_DECAY_S, 52
        .set    LAYER_DECAY, 54
        .set    LAYER_RESET, 60
        .set    LAYER_RESET_TO_ZERO, 64

        .set    WALKER_DECAY_S, 0       /* in sfdfa_walker_t */
        .set    WALKER_DECAY, 4
        .set    WALKER_STEP_SIZE, 8
        .set    WALKER_ROUNDING, 12
        .set    WALKER_MASK, 16
        .set    WALKER_TICK, 20
        .set    WALKER_FIRST_TICK, 21
        .set    WALKER_SPIKES_LEFT, 22
        .set    WALKER_COLUMN, 24
        .set    WALKER_SPIKES, 28
        .set    WALKER_BIT, 32
        .set    WALKER_NEXT_SPIKE, 36
        .set    WALKER_RHO, 40
        .set    WALKER_INPUT_END, 44
        .set    WALKER_S, 48
        .set    WALKER_SIGN, 52
        .set    WALKER_ELIGIBILITY_SATURATIONS, 56
        .set    WALKER_UPDATE_SATURATIONS, 60
        .set    WALKER_COLUMNS, 64
        .set    WALKER_LAST_SPIKES, 68

        /* Neurons of a hidden layer that learn: in sfdfa_riscv_hidden_t, and sfdfa_mesh_hidden_t. */
        .set    HIDDEN_MEAN_RATE, 0
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
         * delta of section 6 for the next neuron, and its means.
         *
         * s0 what is given, s1 mean rate, s2 count of spikes, s3 mean delta, s4 feedback, s7 spikes, a0 size of delta,
         * t3 its sign, t0 its running mean; a1 to a7, t4 to t6 errors, t1, t2 scratch
         */
        .macro  find_delta
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
.Lproject\@:
        lw      a2, 0(t0)
        add_product 0, a2
        addi    t0, t0, 4
        addi    s4, s4, 1
        bne     t0, a1, .Lproject\@
        .endif
        .if     SFDFA_INTEGRATES
        li      t1, SFDFA_ERROR_GAIN
        mul     a0, a0, t1
        addi    a0, a0, 1 << 7
        srai    a0, a0, 8
        .endif
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
        .endm

        /* Its step of section 6, in a0 and s7. s8 clamps */
        .macro  find_step
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
        .endm

        /* What learning a hidden layer saves: each, by `sw` or `lw`; 40(sp) is free. */
        .macro  each_of_learner what
        \what   ra, 0(sp)
        \what   s0, 4(sp)
        \what   s1, 8(sp)
        \what   s2, 12(sp)
        \what   s3, 16(sp)
        \what   s4, 20(sp)
        \what   s5, 24(sp)
        \what   s6, 28(sp)
        \what   s7, 32(sp)
        \what   s8, 36(sp)
        .endm

        /* All that whoever calls wants kept, 52 bytes. */
        .macro  each_kept what
        each_of_learner \what
        \what   s9, 40(sp)
        \what   s10, 44(sp)
        \what   s11, 48(sp)
        .endm

        /* The feedback of the neuron whose draw is in a3 learns, if it is the layer's turn. */
        .macro  learn_feedback
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
        .endm

        /* Of the step in a2 and the draw in a3: a5 size, a6 rounding, a7 mask of draws, t0 sign, -1 or 0. */
        .macro  find_sign
        srai    t0, a2, 31              /* the sign of all updates */
        xor     a7, a3, t0
        not     a7, a7
        slli    a7, a7, 32 - SFDFA_DITHER_BITS
        xor     a5, a2, t0
        sub     a5, a5, t0
        li      a6, ROUNDING
        add     a6, a6, t0
        .endm

        /* The weight at t5 by t3, s1 255 or 0 where weights are to fall or to grow. */
        .macro  change_cell cell
        lbu     \cell, 0(t5)
        xor     \cell, \cell, s1        /* so that weights always grow */
        add     t3, t3, \cell
        srli    \cell, t3, 8
        neg     \cell, \cell            /* -1 if it is more than 255, */
        or      t3, t3, \cell           /* which it then becomes, in the lower byte */
        xor     t3, t3, s1
        sb      t3, 0(t5)
        .endm

#endif
#endif
