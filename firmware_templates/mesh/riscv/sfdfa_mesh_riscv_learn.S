/*
 * sfdfa_mesh_riscv_learn.S: the own neurons of a hidden layer learn, sections 6, 7 and 7a of docs/ARITHMETIC.md, for
 * RISC-V; riscv/sfdfa_riscv_learn.S does the same for a whole layer under outputs that integrate.
 */
#include "sfdfa_config.h"

#include "riscv/sfdfa_riscv_macros.h"

#if SFDFA_RISCV && SFDFA_LEARNS && SFDFA_RISCV_MOVES_FEEDBACK

        .set    HIDDEN_FIRST, HIDDEN_CAPACITY   /* in sfdfa_mesh_hidden_t, in the place of the other */
        .set    WALK_SPIKES, 20                 /* in sfdfa_mesh_walker_t */
        .set    WALK_LAST_SPIKE, 24

        .set    FRAME_BYTES, 48

#if SFDFA_SENDS_GRADES
        change_feedback_function
#endif

/*
 * void sfdfa_mesh_riscv_learn_hidden(sfdfa_mesh_hidden_t *hidden)
 *
 * As sfdfa_riscv_learn_hidden; s0 to s8 as there.
 */
        function sfdfa_mesh_riscv_learn_hidden
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
        lw      t0, HIDDEN_FIRST(s0)
        add     a1, a1, t0
        lw      t0, HIDDEN_KEY(s0)
        load_factors t2, t3
        draw_neuron a3, a1, t0, t2, t3

        learn_feedback

        /* Its walk, from its last spike. */
        lw      a0, HIDDEN_WALKER(s0)
        sub     a1, s2, s6
        mv      a2, s7
        lw      t0, WALK_LAST_SPIKE(a0)
        slli    t1, a1, 1
        add     t0, t0, t1
        lhu     t0, 0(t0)
        lw      t1, WALK_SPIKES(a0)
        slli    t0, t0, 2
        add     t0, t0, t1
        lhu     a6, 0(t0)               /* the one before, */
        lbu     a4, 2(t0)               /* tick */
        lbu     a5, 3(t0)               /* and rho */
        jal     sfdfa_mesh_riscv_walk
        load_errors
        j       .Lnext_neuron
        .size   sfdfa_mesh_riscv_learn_hidden, . - sfdfa_mesh_riscv_learn_hidden

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
