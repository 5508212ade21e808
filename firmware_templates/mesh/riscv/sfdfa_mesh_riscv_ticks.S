/*
 * sfdfa_mesh_riscv_ticks.S: ticks of the own neurons of the first layer, section 5 of docs/ARITHMETIC.md, for RISC-V; see
 * riscv/sfdfa_riscv_macros.h.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV

#include "riscv/sfdfa_riscv_macros.h"
#include "sfdfa_mesh_send.h"

/* Neurons of the first layer spike in a kernel: nobody is told of it, or it is told with a grade. */
#define FIRES_HERE (SFDFA_SENDS_GRADES || (SFDFA_LAYERS == 2 && SFDFA_INTEGRATES))

        .set    FIRES_CORE, 0           /* in sfdfa_mesh_fires_t, which the others begin with */
        .set    FIRES_MEMBRANE, 4
        .set    FIRES_KEPT_S, 8
        .set    FIRES_KEPT, 12
        .set    FIRES_THRESHOLD, 16
        .set    FIRES_REACHED, 20
        .set    FIRES_SPIKES, 24
        .set    FIRES_COUNTS, 28
        .set    FIRES_KAPPA, 32
        .set    FIRES_SPIKE, 36
        .set    FIRES_LAST_SPIKE, 40
        .set    FIRES_CAPACITY, 44
        .set    FIRES_RESET, 48
        .set    FIRES_RESET_TO_ZERO, 52

        .set    FIRES_PORT, 56
        .set    FIRES_KEY, 60
        .set    FIRES_DRAWS, 64

        .set    TICKS_WEIGHTS, 68       /* in sfdfa_mesh_ticks_t */
        .set    TICKS_ROW, 72
        .set    TICKS_WORDS, 76
        .set    TICKS_EVENTS, 80
        .set    TICKS_EVENT, 84
        .set    TICKS_LAST_EVENT, 88
        .set    TICKS_UNTIL, 92
        .set    TICKS_UNTIL_END, 96
        .set    TICKS_FIRST_SPIKE, 100
        .set    TICKS_UNTIL_ALL, 104

        .set    COAST_LAYER, 68         /* in sfdfa_mesh_coast_t */
        .set    COAST_COASTING, 72
        .set    COAST_LEFT, 76
        .set    COAST_MAY_SPIKE, 80
        .set    COAST_FIRST_SPIKE, 84
        .set    COAST_TICK, 88
        .set    COAST_END, 92

        /* The lanes of each word: those of even bytes, and the others. */
        .macro  each_word what, words
        \what   0, a0, a1
        .if     \words > 1
        \what   1, a2, a3
        .endif
        .if     \words > 2
        \what   2, a4, a5
        \what   3, a6, a7
        .endif
        .endm

        .macro  clear_word number, even, others
        li      \even, 0
        li      \others, 0
        .endm

        /* 17 cycles. */
        .macro  add_word number, even, others
        lw      t3, 4 * (\number)(t2)
        and     t4, t3, t1
        add     \even, \even, t4
        srli    t3, t3, 8
        add     \others, \others, t3
        .endm

        /* A neuron with its sum in the upper half of a register: 53 cycles. */
        .macro  step_neuron place, sum
        add     \sum, \sum, t6
        lw      t3, \place(s9)
        lw      t4, \place + 4(s9)
        mul     t3, t3, s1
        add     t3, t3, \sum
        mul     t4, t4, s2
        add     t4, t4, \sum
        srai    t3, t3, 12
        srai    t4, t4, 12
        sw      t3, \place(s9)
        sw      t4, \place + 4(s9)
        sub     t4, t4, t3
        bge     t4, s3, .Lreached\@
.Lnot_reached\@:
        .subsection 1
.Lreached\@:
        lw      t3, FIRES_MEMBRANE(s0)
        sub     t3, s9, t3
        srli    t3, t3, 3
        addi    t3, t3, (\place) / 8
        store_index t3, s11
        j       .Lnot_reached\@
        .previous
        .endm

        .macro  step_word number, even, others
        slli    t2, \even, 16
        step_neuron 32 * (\number), t2
        and     \even, \even, t1        /* S2 << 16 */
        srli    t2, \even, 8
        sub     \others, \others, t2
        slli    t2, \others, 16
        step_neuron 32 * (\number) + 8, t2
        step_neuron 32 * (\number) + 16, \even
        and     \others, \others, t1
        step_neuron 32 * (\number) + 24, \others
        .endm

        /* The neurons of the next words: 22 cycles an input, and 17 for each word. */
        .macro  step_group words
        each_word clear_word, \words
        mv      t0, s6
        bgeu    t0, s10, .Lsummed\@
        li      t1, 0x00FF00FF
.Lsum\@:
        load_index t2, t0
        mul     t2, t2, s4
        add     t2, t2, s5
        each_word add_word, \words
        bne     t0, s10, .Lsum\@
.Lsummed\@:
        li      t1, 0xFFFF0000
        each_word step_word, \words
        addi    s5, s5, 4 * \words
        addi    s9, s9, 32 * \words
        .endm

        /*
         * A neuron t1 has spiked with A of t3: it is noted as far as there is room. 130 cycles.
         *
         * a2 kappa, a3 what is added to it, or a2 key of the first neuron's spike, a3 of this one's; a4 spikes so far,
         * a5 how many are kept, a6 spikes, a7 last spikes, s3 threshold, s5 tick, s6 256 times the threshold, t1 to t4
         * scratch
         */
        .macro  keep_spike
        .if     SFDFA_INTEGRATES
        slli    t1, t1, 1
        add     t2, t1, a2
        lhu     t4, 0(t2)
        add     t4, t4, a3
        sh      t4, 0(t2)
        .else
        add     a3, a2, t1
        slli    t1, t1, 1
        .endif
        bgeu    a4, a5, .Lnoted\@
        sub     t3, t3, s3
        srai    t4, t3, 31
        not     t4, t4
        and     t3, t3, t4
        add     t3, t3, s3              /* J, the larger of A and the threshold */
        srli    t4, t3, 1
        add     t4, t4, s6
        divu    t4, t4, t3
        srli    t3, t4, 8               /* 256 becomes 255 */
        sub     t4, t4, t3
        add     t1, t1, a7
        slli    t2, a4, 2
        add     t2, t2, a6
        lhu     t3, 0(t1)
        sh      a4, 0(t1)
        sh      t3, 0(t2)
        sb      s5, 2(t2)
        sb      t4, 3(t2)
.Lnoted\@:
        addi    a4, a4, 1
        .endm

        /*
         * Whoever hears this core is told of a spike, of which keep_spike has made the key; the first of a neuron has a
         * grade, in a sample that is learned. 31 cycles, with a grade 81.
         */
        .macro  tell_spike earlier
        .if     !SFDFA_INTEGRATES
        slli    t3, s5, 24
        bnez    \earlier, .Ltell\@
        beqz    a5, .Ltell\@
        lw      t1, FIRES_DRAWS(s0)
        xor     t1, t1, a3
        srli    t2, t1, 16              /* the mix of sfdfa_random.h, as far as its sign depends on it */
        xor     t1, t1, t2
        load_factors t2, t4
        mul     t1, t1, t2
        srli    t2, t1, 15
        xor     t1, t1, t2
        mul     t1, t1, t4
        srai    t1, t1, 31
        slli    t1, t1, 7
        addi    t1, t1, 64              /* 64 or -64 */
        slli    t1, t1, 16
        srli    t1, t1, 16
        or      t3, t3, t1
.Ltell\@:
        lw      t2, FIRES_PORT(s0)
        send_packet t2, a3, t3
        .endif
        .endm

        .macro  load_kept_spikes tick_after
        .if     SFDFA_INTEGRATES
        lw      a2, FIRES_KAPPA(s0)
        li      a3, SFDFA_TICKS + 1
        sub     a3, a3, \tick_after
        .else
        lw      a2, FIRES_KEY(s0)
        .endif
        lw      a4, FIRES_SPIKES(s0)
        lw      a5, FIRES_CAPACITY(s0)
        lw      a6, FIRES_SPIKE(s0)
        lw      a7, FIRES_LAST_SPIKE(s0)
        lhu     a4, 0(a4)
        addi    s5, \tick_after, -1
        slli    s6, s3, 8
        .endm

        /*
         * The listed neurons spike, but for those that have often enough. That is noted as far as there is room: 190
         * cycles each, and what telling it takes.
         *
         * t0 where they are listed, a0 counts, a1 membranes, a2 kappa, a3 what is added to it, a4 spikes so far, a5 how
         * many are kept, a6 spikes, a7 last spikes, s5 tick, s6 256 times the threshold, s8 and s9 reset, t6 earlier
         * spikes of the neuron, t1 to t5 scratch
         */
        .macro  fire_here
        lw      s5, TICKS_UNTIL_ALL(s0)
        lw      a0, FIRES_COUNTS(s0)
        lw      a1, FIRES_MEMBRANE(s0)
        lw      s8, FIRES_RESET(s0)
        lw      s9, FIRES_RESET_TO_ZERO(s0)
        sub     s5, s7, s5
        srli    s5, s5, 1
        load_kept_spikes s5
.Lfire:
        load_index t1, t0
        add     t2, t1, a0
        lbu     t3, 0(t2)
        sltiu   t4, t3, SFDFA_MAX_SPIKES
        beqz    t4, .Lfired
        .if     !SFDFA_INTEGRATES
        mv      t6, t3
        .endif
        addi    t3, t3, 1
        sb      t3, 0(t2)
        slli    t2, t1, 3
        add     t2, t2, a1
        lw      t3, 0(t2)
        lw      t4, 4(t2)
        sub     t5, t4, t3
        xor     t5, t5, s8
        and     t5, t5, s9
        xor     t5, t5, s8
        sub     t4, t4, t5
        sw      t4, 4(t2)
        keep_spike
        tell_spike t6
.Lfired:
        bne     t0, s11, .Lfire
        lw      t0, FIRES_SPIKES(s0)
        sh      a4, 0(t0)
        .endm

/*
 * const uint16_t *sfdfa_mesh_riscv_ticks(const sfdfa_mesh_ticks_t *ticks)
 *
 * 110 cycles a tick and what its groups of words take, and sfdfa_mesh_fire where a neuron reaches its threshold.
 *
 * s0 what is given, s1 and s2 what decays leave, s3 threshold, s4 row, s5 weights, s6 and s10 the events of the tick, s7
 * where they end, of the next tick, s8 words that are left, s9 membranes, s11 where the next neuron that reaches its
 * threshold is listed, t6 what is added to a sum
 * of sums: a0 to a7 lanes, t0 event, t1 mask of the even bytes, t2 its weights, t3, t4 a word
 * of neurons: t1 mask of the upper half, t2 sum, t3, t4 states
 */
        function sfdfa_mesh_riscv_ticks
        addi    sp, sp, -64
        each_kept sw
        mv      s0, a0
        lw      s1, FIRES_KEPT_S(s0)
        lw      s2, FIRES_KEPT(s0)
        lw      s3, FIRES_THRESHOLD(s0)
        lw      s4, TICKS_ROW(s0)
        lw      s7, TICKS_UNTIL(s0)
        lw      s10, TICKS_EVENT(s0)
        j       .Lrun_tick
.Lnext_tick:
        lw      t0, TICKS_UNTIL_END(s0)
        lw      t1, TICKS_LAST_EVENT(s0)
        beq     s7, t0, .Lticks_run
        beq     s10, t1, .Lticks_run
.Lrun_tick:
        lw      t0, TICKS_FIRST_SPIKE(s0)
        lw      t1, FIRES_SPIKES(s0)
        add     t0, t0, s7
        lhu     t1, 0(t1)
        sh      t1, 0(t0)
        mv      s6, s10
        lhu     s10, 0(s7)
        lw      t0, TICKS_EVENTS(s0)
        addi    s7, s7, 2
        .if     SFDFA_INDEX_BITS > 8
        slli    s10, s10, 1
        .endif
        add     s10, s10, t0
        sub     t6, s10, s6
        .if     SFDFA_INDEX_BITS == 8
        slli    t6, t6, 16 + 7          /* inputs times 128 in the upper half */
        .else
        slli    t6, t6, 16 + 6
        .endif
        li      t0, 2047
        sub     t6, t0, t6
        lw      s5, TICKS_WEIGHTS(s0)
        lw      s8, TICKS_WORDS(s0)
        lw      s9, FIRES_MEMBRANE(s0)
        lw      s11, FIRES_REACHED(s0)
        addi    s8, s8, -4
        bltz    s8, .Lless_than_four
.Lfour_words:
        step_group 4
        addi    s8, s8, -4
        bgez    s8, .Lfour_words
.Lless_than_four:
        addi    s8, s8, 2
        bltz    s8, .Lless_than_two
        step_group 2
        addi    s8, s8, -2
.Lless_than_two:
        addi    s8, s8, 1
        bnez    s8, .Lstepped
        step_group 1
.Lstepped:
        lw      t0, FIRES_REACHED(s0)
        beq     t0, s11, .Lnext_tick
#if FIRES_HERE
        fire_here
#else
        lw      a0, FIRES_CORE(s0)
        mv      a1, s7
        mv      a2, s11
        jal     sfdfa_mesh_fire
#endif
        j       .Lnext_tick
.Lticks_run:
        mv      a0, s7
        each_kept lw
        addi    sp, sp, 64
        ret
        .size   sfdfa_mesh_riscv_ticks, . - sfdfa_mesh_riscv_ticks

        /* What sfdfa_spike_coasting of sfdfa_mesh_neurons.c does, of each neuron that is listed. */
        .macro  fire_coasting
        lw      a0, COAST_MAY_SPIKE(s0)
        lw      a1, FIRES_COUNTS(s0)
        mv      ra, a2                  /* the end of the list */
        mv      t0, s10
        load_kept_spikes s4
.Lcoasting_spike:
        load_index t5, t0
        .if     SFDFA_INDEX_BITS == 8
        add     t1, t5, a0
        lbu     t1, 0(t1)               /* the neuron */
        .else
        slli    t1, t5, 1
        add     t1, t1, a0
        lhu     t1, 0(t1)
        .endif
        slli    t5, t5, 3
        add     t5, t5, s7
        lw      t3, 0(t5)
        lw      t6, 4(t5)
        lw      t4, FIRES_RESET(s0)
        sub     t2, t6, t3
        lw      t3, FIRES_RESET_TO_ZERO(s0)
        xor     t2, t2, t4
        and     t2, t2, t3
        xor     t2, t2, t4
        sub     t6, t6, t2
        add     t2, t1, a1
        lbu     t4, 0(t2)
        addi    t4, t4, 1
        sb      t4, 0(t2)
        addi    s9, t4, -SFDFA_MAX_SPIKES
        lw      t3, 0(t5)
        keep_spike
        .if     !SFDFA_INTEGRATES
        addi    t2, s9, SFDFA_MAX_SPIKES - 1
        .endif
        tell_spike t2
        bgez    s9, .Lat_rest
        lw      s9, COAST_LAYER(s0)
        lw      t3, 0(t5)
        lhu     t1, LAYER_DECAY_S(s9)
        lhu     t2, LAYER_DECAY(s9)
        mul     t1, t1, t3
        mul     t2, t2, t6
        srai    t1, t1, 1
        srai    t2, t2, 1
        sub     t1, t1, t2              /* negative: it gains less than it loses, */
        addi    t2, t3, -1              /* or A is not above 0; */
        or      t1, t1, t2
        lw      t4, LAYER_QUIET_BELOW(s9)
        sub     t2, t6, t3
        sub     t2, t2, t4              /* and the potential is below */
        and     t1, t1, t2
        bltz    t1, .Lat_rest
        lbu     t4, LAYER_QUIET_SHIFT(s9)
        sra     t1, t3, t4
        sra     t2, t6, t4
        li      t4, 1 << 16
        clamp   t1, t4, t3
        li      t4, 1 << 15
        clamp   t2, t4, t3
        lhu     t4, LAYER_QUIET_FACTOR(s9)
        addi    t2, t2, 1
        mul     t2, t2, t2
        mul     t1, t1, t4
        bge     t1, t2, .Lat_rest       /* it stays below at its peak */
        sw      t6, 4(t5)
        bne     t0, ra, .Lcoasting_spike
        j       .Lcoasting_fired
.Lat_rest:
        sw      zero, 0(t5)
        sw      zero, 4(t5)
        lhu     t1, 0(s11)
        addi    t1, t1, -1
        sh      t1, 0(s11)
        bne     t0, ra, .Lcoasting_spike
.Lcoasting_fired:
        lw      t0, FIRES_SPIKES(s0)
        li      s9, 2047
        sh      a4, 0(t0)
        .endm

/*
 * void sfdfa_mesh_riscv_coast(const sfdfa_mesh_coast_t *coast)
 *
 * 65 cycles a tick, 56 a neuron; 300 to 430 one that spikes, or sfdfa_mesh_fire_coasting.
 *
 * s0 what is given, s1 and s2 what decays leave, s3 threshold, s4 the tick after, s7 membranes, s8 where it is noted how
 * many spikes were before the tick, s9 2047, s10 where the list begins of those that reach the threshold, s11 where it
 * stands how many may still spike, a0 membrane, a1 the end of membranes, a2 end of the list, t0, t1 states; s5, s6 while
 * neurons spike
 */
        function sfdfa_mesh_riscv_coast
        addi    sp, sp, -64
        each_kept sw
        mv      s0, a0
        lw      s1, FIRES_KEPT_S(s0)
        lw      s2, FIRES_KEPT(s0)
        lw      s3, FIRES_THRESHOLD(s0)
        lw      s4, COAST_TICK(s0)
        lw      s7, FIRES_MEMBRANE(s0)
        lw      s8, COAST_FIRST_SPIKE(s0)
        lw      s10, FIRES_REACHED(s0)
        lw      s11, COAST_LEFT(s0)
        li      s9, 2047
.Lnext_idle:
        lw      t0, COAST_END(s0)
        lw      t1, FIRES_SPIKES(s0)
        beq     s4, t0, .Lcoasted
        lhu     t1, 0(t1)
        lhu     t0, 0(s11)
        sh      t1, 0(s8)
        addi    s8, s8, 2
        addi    s4, s4, 1
        beqz    t0, .Lnext_idle
        lw      t0, COAST_COASTING(s0)
        mv      a0, s7
        lhu     t0, 0(t0)
        mv      a2, s10
        slli    t0, t0, 3
        add     a1, s7, t0
.Lidle:
        lw      t0, 0(a0)
        lw      t1, 4(a0)
        mul     t0, t0, s1
        add     t0, t0, s9
        mul     t1, t1, s2
        add     t1, t1, s9
        srai    t0, t0, 12
        srai    t1, t1, 12
        sw      t0, 0(a0)
        sw      t1, 4(a0)
        sub     t1, t1, t0
        bge     t1, s3, .Lidle_reached
.Lidle_stepped:
        addi    a0, a0, 8
        bne     a0, a1, .Lidle
        beq     a2, s10, .Lnext_idle
#if FIRES_HERE
        fire_coasting
#else
        lw      a0, FIRES_CORE(s0)
        addi    a1, s4, -1
        jal     sfdfa_mesh_fire_coasting
#endif
        j       .Lnext_idle
.Lidle_reached:
        sub     t1, a0, s7
        srli    t1, t1, 3
        store_index t1, a2
        j       .Lidle_stepped
.Lcoasted:
        each_kept lw
        addi    sp, sp, 64
        ret
        .size   sfdfa_mesh_riscv_coast, . - sfdfa_mesh_riscv_coast

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
