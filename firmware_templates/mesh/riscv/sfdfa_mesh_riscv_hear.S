/*
 * sfdfa_mesh_riscv_hear.S: ticks of the own neurons of a layer that gets spikes, which have been added as they came,
 * section 5 of docs/ARITHMETIC.md, for RISC-V; see riscv/sfdfa_riscv_macros.h.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV && SFDFA_LEARNS && !SFDFA_INTEGRATES && SFDFA_LAYERS > 1

#include "riscv/sfdfa_riscv_macros.h"

        .set    HEARS_CORE, 0           /* in sfdfa_mesh_hears_t */
        .set    HEARS_LAYER, 4
        .set    HEARS_MEMBRANE, 8
        .set    HEARS_END, 12
        .set    HEARS_LOST_S, 16
        .set    HEARS_LOST, 20
        .set    HEARS_THRESHOLD, 24
        .set    HEARS_SHIFT, 28
        .set    HEARS_REACHED, 32
        .set    HEARS_COUNTS, 36
        .set    HEARS_RECORDS, 40
        .set    HEARS_GRADE_SUM, 44
        .set    HEARS_SATURATIONS, 48
        .set    HEARS_GRADE_SATURATIONS, 52
        .set    HEARS_SPIKES, 56
        .set    HEARS_FIRST_SPIKE, 60
        .set    HEARS_CURRENT, 64
        .set    HEARS_GRADED, 68
        .set    HEARS_BYTES, 72
        .set    HEARS_TICK, 76
        .set    HEARS_END_TICK, 80
        .set    HEARS_LIMIT, 84
        .set    HEARS_RESET, 88
        .set    HEARS_RESET_TO_ZERO, 92
        .set    HEARS_SPIKE, 96
        .set    HEARS_LAST_SPIKE, 100
        .set    HEARS_FIRST_REMEMBERED, 104
        .set    HEARS_CAPACITY, 108
        .set    HEARS_OUTPUT_GRADE, 112

        .set    RECORD_POTENTIAL, 0     /* in sfdfa_record_t */
        .set    RECORD_CURRENT, 4
        .set    RECORD_TICK, 8
        .set    RECORD_BYTES, 12

        /* A state less its decay, of which the negative is given: 15 cycles. */
        .macro  decay state, by
        mul     t5, \state, \by
        addi    t5, t5, 2047
        srai    t5, t5, 12
        add     \state, \state, t5
        .endm

        /* A state that is less than its limit, or becomes that: 6 cycles. */
        .macro  limit_state state
        add     t5, \state, t0
        bltu    t1, t5, .Lsaturates\@
.Llimited\@:
        .subsection 1
.Lsaturates\@:
        srai    \state, \state, 31
        lw      t6, HEARS_SATURATIONS(s0)
        slli    \state, \state, 1
        lw      t5, 0(t6)
        addi    \state, \state, 1       /* 1 or -1 */
        addi    t5, t5, 1
        mul     \state, \state, t0
        sw      t5, 0(t6)
        j       .Llimited\@
        .previous
        .endm

        /* From -32767 to 32767. Uses t0. */
        .macro  limit_grade x, scratch, other
        li      \scratch, 32767
        add     \other, \x, \scratch
        slli    t0, \scratch, 1
        bltu    t0, \other, .Lgrade_is_large\@
.Lgrade_is_limited\@:
        .subsection 1
.Lgrade_is_large\@:
        lw      \other, HEARS_GRADE_SATURATIONS(s0)
        srai    \x, \x, 31
        lw      t0, 0(\other)
        slli    \x, \x, 1
        addi    t0, t0, 1
        addi    \x, \x, 1               /* 1 or -1 */
        sw      t0, 0(\other)
        mul     \x, \x, \scratch
        j       .Lgrade_is_limited\@
        .previous
        .endm

        /*
         * The listed outputs spike, but for those that have often enough: 270 cycles each.
         *
         * s7 where they are listed, a0 how many spikes there were, a1 how many are kept, a2 neuron, a3 twice that, t0 to
         * t5 scratch
         */
        .macro  fire_outputs
        mv      s7, a3
        lw      a0, HEARS_SPIKES(s0)
        lw      a1, HEARS_CAPACITY(s0)
        lhu     a0, 0(a0)
.Lfire:
        load_index a2, s7
        lw      t0, HEARS_COUNTS(s0)
        add     t0, t0, a2
        lbu     t1, 0(t0)
        sltiu   t2, t1, SFDFA_MAX_SPIKES
        beqz    t2, .Lfired
        addi    t1, t1, 1
        sb      t1, 0(t0)
        lw      t0, HEARS_MEMBRANE(s0)
        slli    t1, a2, 3
        add     t0, t0, t1
        lw      t3, 0(t0)               /* A */
        lw      t4, 4(t0)
        lw      t1, HEARS_RESET(s0)
        lw      t2, HEARS_RESET_TO_ZERO(s0)
        sub     t5, t4, t3
        xor     t5, t5, t1
        and     t5, t5, t2
        xor     t5, t5, t1
        sub     t4, t4, t5
        sw      t4, 4(t0)
        slli    a3, a2, 1
        bgeu    a0, a1, .Lnoted
        sub     t3, t3, s3
        srai    t4, t3, 31
        not     t4, t4
        and     t3, t3, t4
        add     t3, t3, s3              /* J, the larger of A and the threshold */
        slli    t5, s3, 8
        srli    t4, t3, 1
        add     t4, t4, t5
        divu    t4, t4, t3
        srli    t3, t4, 8               /* 256 becomes 255 */
        sub     t4, t4, t3
        lw      t0, HEARS_LAST_SPIKE(s0)
        lw      t1, HEARS_FIRST_REMEMBERED(s0)
        lw      t2, HEARS_SPIKE(s0)
        add     t0, t0, a3
        add     t1, t1, a0
        slli    t3, t1, 2
        add     t2, t2, t3
        lhu     t3, 0(t0)
        sh      t1, 0(t0)
        sh      t3, 0(t2)
        sb      s4, 2(t2)
        sb      t4, 3(t2)
.Lnoted:
        addi    a0, a0, 1
        beqz    s6, .Lfired
        lw      t1, HEARS_GRADE_SUM(s0)
        lw      t2, HEARS_OUTPUT_GRADE(s0)
        add     t1, t1, a3
        add     t2, t2, a3
        lh      t3, 0(t1)
        lh      t4, 0(t2)
        sh      zero, 0(t1)
        add     t3, t3, t4
        limit_grade t3, t1, t4
        sh      t3, 0(t2)
.Lfired:
        bne     s7, s11, .Lfire
        lw      t0, HEARS_SPIKES(s0)
        sh      a0, 0(t0)
        .endm

/*
 * void sfdfa_mesh_riscv_hear(const sfdfa_mesh_hears_t *hears)
 *
 * 116 cycles a tick, 120 for each neuron, or 129 with records, and 138 if it is silent; 43 more for each that sums
 * grades. What none has added to X and S is 0.
 *
 * s0 what is given, s1 and s2 what decays take, negative, s3 threshold, s4 tick, s5 X and s6 sums of grades of the tick,
 * s7 membranes, s8 their end, s9 twice the tick, s10 the end of ticks, s11 where the next neuron that reaches its
 * threshold is listed, a2 X, a3 counts, a4 and a6 records, a5 shift, t0 limit of states, t1 twice that, a0, a1, a7, t2
 * to t6 scratch
 */
        function sfdfa_mesh_riscv_hear
        addi    sp, sp, -64
        each_kept sw
        mv      s0, a0
        lw      s1, HEARS_LOST_S(s0)
        lw      s2, HEARS_LOST(s0)
        lw      s3, HEARS_THRESHOLD(s0)
        lw      s4, HEARS_TICK(s0)
        lw      s5, HEARS_CURRENT(s0)
        lw      s6, HEARS_GRADED(s0)
        lw      s8, HEARS_END(s0)
        lw      s10, HEARS_END_TICK(s0)
        slli    s9, s4, 1
.Lhear_tick:
        lw      t0, HEARS_SPIKES(s0)
        lw      t1, HEARS_FIRST_SPIKE(s0)
        lhu     t0, 0(t0)
        add     t1, t1, s9
        sh      t0, 0(t1)
        lw      s7, HEARS_MEMBRANE(s0)
        lw      s11, HEARS_REACHED(s0)
        lw      a3, HEARS_COUNTS(s0)
        lw      a4, HEARS_RECORDS(s0)
        lw      a5, HEARS_SHIFT(s0)
        mv      a6, a4
        lw      t0, HEARS_LIMIT(s0)
        slli    t1, t0, 1
        mv      a2, s5
        bnez    s6, .Lsum_grades
.Lneuron:
        lw      t3, 0(s7)
        lw      t4, 4(s7)
        decay   t3, s1
        decay   t4, s2
        lw      t5, 0(a2)
        sw      zero, 0(a2)
        sll     t5, t5, a5
        add     t3, t3, t5
        add     t4, t4, t5
        addi    a2, a2, 4
        limit_state t3
        limit_state t4
        sw      t3, 0(s7)
        sw      t4, 4(s7)
        sub     t5, t4, t3
        bge     t5, s3, .Lreached
        beqz    a6, .Lstepped
        lbu     t6, 0(a3)
        bnez    t6, .Lstepped
        lw      t6, RECORD_POTENTIAL(a4)
        bge     t6, t5, .Lstepped
        sw      t5, RECORD_POTENTIAL(a4)
        sw      t3, RECORD_CURRENT(a4)
        sb      s4, RECORD_TICK(a4)
.Lstepped:
        addi    a3, a3, 1
        addi    a4, a4, RECORD_BYTES
        addi    s7, s7, 8
        bne     s7, s8, .Lneuron
        lw      a3, HEARS_REACHED(s0)
        beq     a3, s11, .Lnext_tick
#if SFDFA_LAYERS == 2
        fire_outputs
#else
        lw      a0, HEARS_CORE(s0)
        lw      a1, HEARS_LAYER(s0)
        mv      a2, s4
        mv      a3, s11
        jal     sfdfa_mesh_fire_hearing
#endif
.Lnext_tick:
        lw      t0, HEARS_BYTES(s0)
        add     s5, s5, t0
        beqz    s6, .Lno_grades
        add     s6, s6, t0
.Lno_grades:
        addi    s4, s4, 1
        addi    s9, s9, 2
        bne     s4, s10, .Lhear_tick
        each_kept lw
        addi    sp, sp, 64
        ret

.Lreached:
        lw      t6, HEARS_MEMBRANE(s0)
        sub     t6, s7, t6
        srli    t6, t6, 3
        store_index t6, s11
        j       .Lstepped

        /* a0 S, a1 where it is, t2 what is added to it, t3 32767, t4 twice that, t5 of which neuron, t6 end of these */
.Lsum_grades:
        lw      a1, HEARS_GRADE_SUM(s0)
        li      t3, 32767
        slli    t4, t3, 1
        sub     t6, s8, s7
        srli    t6, t6, 1
        mv      t5, s6
        add     t6, t6, s6
.Lsum_grade:
        lw      t2, 0(t5)
        lh      a0, 0(a1)
        sw      zero, 0(t5)
        add     a0, a0, t2
        add     t2, a0, t3
        bltu    t4, t2, .Lgrade_saturates
.Lgrade_limited:
        sh      a0, 0(a1)
        addi    a1, a1, 2
        addi    t5, t5, 4
        bne     t5, t6, .Lsum_grade
        j       .Lneuron
.Lgrade_saturates:
        lw      t2, HEARS_GRADE_SATURATIONS(s0)
        srai    a0, a0, 31
        lw      a7, 0(t2)
        slli    a0, a0, 1
        addi    a7, a7, 1
        addi    a0, a0, 1               /* 1 or -1 */
        sw      a7, 0(t2)
        mul     a0, a0, t3
        j       .Lgrade_limited
        .size   sfdfa_mesh_riscv_hear, . - sfdfa_mesh_riscv_hear

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
