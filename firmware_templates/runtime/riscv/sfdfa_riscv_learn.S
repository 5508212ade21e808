/*
 * sfdfa_riscv_learn.S: the neurons of a hidden layer learn under outputs that integrate, sections 6 and 7a of
 * docs/ARITHMETIC.md, for RISC-V; see sfdfa_riscv.S. core/sfdfa_learn_projected.h does the same in C.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV && SFDFA_LEARNS && SFDFA_INTEGRATES

#include "sfdfa_riscv_macros.h"

        .set    FRAME_BYTES, 48

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
        each_of_learner sw
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
        find_delta
        bnez    s7, .Lspiked
.Lnext_neuron:
        addi    s2, s2, 1
        bne     s2, s5, .Lneuron

        lw      t0, HIDDEN_SATURATIONS(s0)
        add     t0, t0, s8
        sw      t0, HIDDEN_SATURATIONS(s0)
        each_of_learner lw
        addi    sp, sp, FRAME_BYTES
        ret

.Lspiked:
        find_step

        /* Its draw. */
        sub     a1, s2, s6
        lw      t0, HIDDEN_KEY(s0)
        load_factors t2, t3
        draw_neuron a3, a1, t0, t2, t3

#if SFDFA_RESIDUAL_FEEDBACK
        learn_feedback
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
