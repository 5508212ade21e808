/*
 * sfdfa_mesh_riscv_walk.S: the inputs of a tick are listed, and a neuron is walked back over them: section 8 of
 * docs/ARITHMETIC.md, for RISC-V; see riscv/sfdfa_riscv_macros.h.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV && SFDFA_LEARNS

#include "riscv/sfdfa_riscv_macros.h"

        .set    UPDATE_SHIFT, SFDFA_ELIGIBILITY_FRACTION_BITS + 2
        .set    ROUNDING, 1 << (UPDATE_SHIFT - 1)

        .set    WALK_LOST_S, 0        /* in sfdfa_mesh_walker_t: less the decays of A and B, */
        .set    WALK_LOST, 4
        .set    WALK_LISTED_END, 8
        .set    WALK_FIRST, 12
        .set    WALK_WEIGHTS, 16
        .set    WALK_SPIKES, 20
        .set    WALK_LAST_SPIKE, 24
        .set    WALK_ELIGIBILITY, 28
        .set    WALK_UPDATES, 32

        .set    SPIKE_PREVIOUS, 0       /* in sfdfa_mesh_spike_t */
        .set    SPIKE_TICK, 2
        .set    SPIKE_RHO, 3

        .set    LIST_END, 0             /* in sfdfa_mesh_list_t */
        .set    LIST_UNTIL, 4
        .set    LIST_EVENTS, 8
        .set    LIST_KEY, 12
        .set    LIST_ROW, 16

        /* The next input, or the one after it: 48 cycles. */
        .macro  list_input place
        .if     SFDFA_INDEX_BITS == 8
        lbu     t0, \place(a0)
        .else
        lhu     t0, 2 * (\place)(a0)
        .endif
        xor     t1, t0, s0
        mul     t1, t1, t4
        srli    t2, t1, 15
        xor     t1, t1, t2
        mul     t1, t1, t5
        srli    t2, t1, 16
        xor     t1, t1, t2
        slli    t1, t1, 32 - SFDFA_DITHER_BITS
        mul     t0, t0, t3
        or      t0, t0, t1
        sw      t0, 4 * (\place)(a3)
        .endm

/*
 * uint32_t sfdfa_mesh_riscv_list(const sfdfa_mesh_list_t *list, uint32_t tick, uint32_t enough)
 *
 * 52 cycles a tick, with inputs 30 more; 107 for each two of them and 57 for one that is left.
 *
 * a0 event, a1 tick, a2 inputs that are still to be listed, a3 where the next one goes, a4 where that is noted, a5 where
 * the events of the tick before end, a6 events, a7 key of the sample, t3 row, t4, t5 factors of the mix, t6 end of the
 * events, s0 key of the tick, begun to be mixed, t0 to t2 scratch
 */
        function sfdfa_mesh_riscv_list
        addi    sp, sp, -16
        sw      s0, 0(sp)
        lw      a4, LIST_END(a0)
        lw      a5, LIST_UNTIL(a0)
        lw      a6, LIST_EVENTS(a0)
        lw      a7, LIST_KEY(a0)
        lw      t3, LIST_ROW(a0)
        load_factors t4, t5
        slli    t0, a1, 2
        add     a4, a4, t0
        lw      a3, 0(a4)
        slli    t0, a1, 1
        add     a5, a5, t0
        addi    a5, a5, -2              /* that of the last tick */
.Llist_tick:
        beqz    a1, .Llisted
        blez    a2, .Llisted
        addi    a1, a1, -1
        addi    a4, a4, -4
        lhu     t6, 0(a5)
        addi    a5, a5, -2
        li      a0, 0
        beqz    a1, .Lfirst_tick
        lhu     a0, 0(a5)
.Lfirst_tick:
        bgeu    a0, t6, .Ltick_listed
        sub     a2, a2, t6
        add     a2, a2, a0
        .if     SFDFA_INDEX_BITS > 8
        slli    a0, a0, 1
        slli    t6, t6, 1
        .endif
        add     a0, a0, a6
        add     t6, t6, a6
        slli    s0, a1, 16
        xor     s0, s0, a7
        srli    t2, s0, 16              /* an input is below 2^16: so much of the mix is the tick's */
        xor     s0, s0, t2
        sub     t0, t6, a0
        andi    t0, t0, SFDFA_INDEX_BITS / 8
        beqz    t0, .Llist_two
        list_input 0
        addi    a0, a0, SFDFA_INDEX_BITS / 8
        addi    a3, a3, 4
        beq     a0, t6, .Ltick_listed
.Llist_two:
        list_input 0
        list_input 1
        addi    a0, a0, 2 * SFDFA_INDEX_BITS / 8
        addi    a3, a3, 8
        bne     a0, t6, .Llist_two
.Ltick_listed:
        sw      a3, 0(a4)
        j       .Llist_tick
.Llisted:
        mv      a0, a1
        lw      s0, 0(sp)
        addi    sp, sp, 16
        ret
        .size   sfdfa_mesh_riscv_list, . - sfdfa_mesh_riscv_list

#if SFDFA_LAYERS - SFDFA_INTEGRATES == 2

        .set    HEARD_LIST_END, 0       /* in sfdfa_mesh_heard_list_t */
        .set    HEARD_WORDS_END, 4
        .set    HEARD_BYTES, 8
        .set    HEARD_TICKS, 12
        .set    HEARD_KEY, 16
        .set    HEARD_ROW, 20

        .section .rodata.sfdfa_mesh_numbers, "a", @progbits
        /* The number of the lowest 1 of a word: where the upper five bits of a de Bruijn sequence times it say. */
.Lnumbers:
        .byte   0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8
        .byte   31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9

/*
 * void sfdfa_mesh_riscv_list_heard(const sfdfa_mesh_heard_list_t *list)
 *
 * 41 cycles a tick, 16 a word of bits, and 89 for each input.
 *
 * a1 tick, a2 its bits, a3 where the next input goes, a4 where that is noted, a5 bytes of bits, a6 the first input of a
 * word, a7 key of the sample and layer, t3 row, t4, t5 factors of the mix, t6 word, s0 key of the tick, s1 end of the
 * tick's bits, s2 numbers, s3 a de Bruijn sequence, t0 to t2, a0 scratch
 */
        function sfdfa_mesh_riscv_list_heard
        addi    sp, sp, -16
        sw      s0, 0(sp)
        sw      s1, 4(sp)
        sw      s2, 8(sp)
        sw      s3, 12(sp)
        lw      a4, HEARD_LIST_END(a0)
        lw      s1, HEARD_WORDS_END(a0)
        lw      a5, HEARD_BYTES(a0)
        lw      a1, HEARD_TICKS(a0)
        lw      a7, HEARD_KEY(a0)
        lw      t3, HEARD_ROW(a0)
        load_factors t4, t5
        la      s2, .Lnumbers
        li      s3, 0x077CB531
        slli    t0, a1, 2
        add     a4, a4, t0
        lw      a3, 0(a4)
.Lheard_tick:
        addi    a1, a1, -1
        addi    a4, a4, -4
        slli    s0, a1, 16
        sub     a2, s1, a5
        xor     s0, s0, a7
        mv      t6, a2
        li      a6, 0
.Lheard_word:
        lw      t0, 0(t6)
        addi    t6, t6, 4
        bnez    t0, .Lheard_input
.Lheard_listed:
        addi    a6, a6, 32
        bne     t6, s1, .Lheard_word
        sw      a3, 0(a4)
        mv      s1, a2
        bnez    a1, .Lheard_tick
        lw      s0, 0(sp)
        lw      s1, 4(sp)
        lw      s2, 8(sp)
        lw      s3, 12(sp)
        addi    sp, sp, 16
        ret
.Lheard_input:
        neg     t1, t0
        and     t1, t1, t0
        xor     t0, t0, t1              /* without its lowest 1 */
        mul     t1, t1, s3
        srli    t1, t1, 27
        add     t1, t1, s2
        lbu     t1, 0(t1)
        add     t1, t1, a6
        xor     a0, t1, s0
        srli    t2, a0, 16
        xor     a0, a0, t2
        mul     a0, a0, t4
        srli    t2, a0, 15
        xor     a0, a0, t2
        mul     a0, a0, t5
        srli    t2, a0, 16
        xor     a0, a0, t2
        slli    a0, a0, 32 - SFDFA_DITHER_BITS
        mul     t1, t1, t3
        or      a0, a0, t1
        sw      a0, 0(a3)
        addi    a3, a3, 4
        bnez    t0, .Lheard_input
        j       .Lheard_listed
        .size   sfdfa_mesh_riscv_list_heard, . - sfdfa_mesh_riscv_list_heard

#endif

        /* A sum less its decay, of which the negative is given: -k x half down. 15 cycles. */
        .macro  decay sum, by, scratch
        mul     \scratch, \sum, \by
        addi    \scratch, \scratch, 2047
        srai    \scratch, \scratch, 12
        add     \sum, \sum, \scratch
        .endm

        /* The part of gamma that is rho's alone. */
        .macro  own_gamma rho
#if SFDFA_ELIGIBILITY_FRACTION_BITS >= 8
        slli    \rho, \rho, SFDFA_ELIGIBILITY_FRACTION_BITS - 8
#else
        addi    \rho, \rho, 1 << (7 - SFDFA_ELIGIBILITY_FRACTION_BITS)
        srli    \rho, \rho, 8 - SFDFA_ELIGIBILITY_FRACTION_BITS
#endif
        .endm

        /* Of the rho of a spike and s there, its gamma. */
        .macro  meet_spike s
        mul     t5, \s, s11
        addi    t5, t5, 128
        srli    t5, t5, 8
        own_gamma s11
        add     s11, s11, t5
        .endm

        .macro  count_saturation counter
        lw      t5, \counter(a0)
        lw      t6, 0(t5)
        addi    t6, t6, 1
        sw      t6, 0(t5)
        .endm

        /* Whether the weight of an input, so many bytes on in the list, changes by 1: 11 cycles; then it does, in 33. */
        .macro  update_input place
        lw      t5, \place(t0)
        xor     t5, t5, a7
        bltu    t5, t4, .Lchange\@
.Lchanged\@:
        .subsection 1
.Lchange\@:
        and     t5, t5, s6
        add     t5, t5, s3
        lbu     t6, 0(t5)
        add     t6, t6, s4              /* to -1 or 256 at most, of which the upper bits are -1 and 1 */
        srai    s8, t6, 8
        sub     t6, t6, s8
        sb      t6, 0(t5)
        j       .Lchanged\@
        .previous
        .endm

        .set    FRAME_BYTES, 48

        .macro  each_saved what
        \what   s0, 0(sp)
        \what   s1, 4(sp)
        \what   s2, 8(sp)
        \what   s3, 12(sp)
        \what   s4, 16(sp)
        \what   s5, 20(sp)
        \what   s6, 24(sp)
        \what   s7, 28(sp)
        \what   s8, 32(sp)
        \what   s9, 36(sp)
        \what   s10, 40(sp)
        \what   s11, 44(sp)
        .endm

/*
 * void sfdfa_mesh_riscv_walk(const sfdfa_mesh_walker_t *walker, uint32_t number, int32_t step, uint32_t draw,
 *                            uint32_t tick, uint32_t rho, uint32_t earlier)
 *
 * 48 cycles a tick, with inputs 40 more; 13 for each four of them and 19 for each of the others, or 56 where D is a weight
 * unit or more. sfdfa_mesh_replay.c says what is computed.
 *
 * a0 walker, a1 u, a2 v, a3 and a4 what decays take, negative, a5 size of the step, a6 rounding, a7 mask
 * t0 input, t1 end of the tick's inputs, t2 where the end of the next tick's is, t3 where no four begin, t4 size of D
 * s0 32767, s1 255 or 0 where weights are to fall or to grow, s2 256, s3 column, s4 1 or -1, s5 t2 where the walk halts
 * for a spike or for good, s10 for good, s6 mask of a row, s7 s of resets, or -1 while it is v, s9 the spike before the
 * one that is met next,
 * s11 rho of that, t5, t6, s8 scratch
 */
        function sfdfa_mesh_riscv_walk
        addi    sp, sp, -FRAME_BYTES
        each_saved sw
        lw      s3, WALK_WEIGHTS(a0)
        lw      t3, WALK_LISTED_END(a0)
        lw      s10, WALK_FIRST(a0)
        add     s3, s3, a1
        slli    t2, a4, 2
        add     t2, t2, t3
        bgeu    t2, s10, .Lsome_inputs
        mv      s10, t2                 /* a virtual spike before all inputs */
.Lsome_inputs:
        addi    s10, s10, -4
        mv      s9, a6
        own_gamma a5
        mv      a1, a5
        find_sign
        andi    s1, t0, 255
        slli    s4, t0, 1
        addi    s4, s4, 1
        lw      a3, WALK_LOST_S(a0)
        lw      a4, WALK_LOST(a0)
        lw      t0, 4(t2)
        li      s0, 32767
        li      s2, 256
        li      s6, (1 << (32 - SFDFA_DITHER_BITS)) - 1
        mv      a2, a1
        li      s7, -1

        /* Find the tick of the spike before, and s there. */
.Lfind_stop:
        mv      s5, s10
        li      t3, 0xFFFF
        beq     s9, t3, .Ltick          /* there is none */
        lw      t4, WALK_SPIKES(a0)
        slli    t3, s9, 2
        add     t3, t3, t4
        lbu     t4, SPIKE_TICK(t3)
        lw      t5, WALK_LISTED_END(a0)
        slli    t4, t4, 2
        add     t4, t4, t5
        bgeu    s10, t4, .Ltick         /* the walk does not come to it */
        lbu     s11, SPIKE_RHO(t3)
        lhu     s9, SPIKE_PREVIOUS(t3)
        mv      s5, t4
        bltz    s7, .Ltick
        mv      t4, t2
.Ldecay_s:
        addi    t4, t4, -4
        decay   s7, a4, t1
        bne     t4, s5, .Ldecay_s
.Ltick:
        lw      t1, 0(t2)
        addi    t2, t2, -4
        beq     t1, t0, .Ldecay_sums
        sub     t4, a2, a1              /* E, which is never negative */
        blt     s0, t4, .Llarge_eligibility
.Lcompute_size:
        mul     t4, t4, a5
        add     t4, t4, a6
        srli    t4, t4, UPDATE_SHIFT
        bgeu    t4, s2, .Lupdate_by_more
        slli    t4, t4, 32 - SFDFA_DITHER_BITS
        addi    t3, t1, -12
        bgeu    t0, t3, .Lothers
.Lfour:
        update_input 0
        update_input 4
        update_input 8
        update_input 12
        addi    t0, t0, 16
        bltu    t0, t3, .Lfour
        beq     t0, t1, .Ldecay_sums
.Lothers:
        update_input 0
        addi    t0, t0, 4
        bne     t0, t1, .Lothers
.Ldecay_sums:
        decay   a1, a3, t5
        decay   a2, a4, t5
        bne     t2, s5, .Ltick

        beq     s5, s10, .Lwalked
        bgez    s7, .Lmeet_apart
        meet_spike a2
        add     a1, a1, s11
        add     a2, a2, s11
        bge     s0, a2, .Lfind_stop
.Lclamp_s:
        count_saturation WALK_ELIGIBILITY
        mv      s7, s0
        j       .Lfind_stop
.Lmeet_apart:
        meet_spike s7
        add     a1, a1, s11
        add     a2, a2, s11
        add     s7, s7, s11
        blt     s0, s7, .Lclamp_s
        j       .Lfind_stop

.Lwalked:
        each_saved lw
        addi    sp, sp, FRAME_BYTES
        ret

.Llarge_eligibility:
        count_saturation WALK_ELIGIBILITY
        mv      t4, s0
        j       .Lcompute_size

        /* The size of D is one weight unit or more. */
.Lupdate_by_more:
        li      t5, SFDFA_UPDATE_MAX + ROUNDING
        sub     t5, t5, a6              /* the limit of either sign */
        bltu    t5, t4, .Llarge_update
.Lupdate_all:
        srli    t6, t4, SFDFA_DITHER_BITS
        slli    t4, t4, 32 - SFDFA_DITHER_BITS
.Lupdate_next:
        lw      t5, 0(t0)
        addi    t0, t0, 4
        xor     t5, t5, a7
        sltu    t3, t5, t4              /* 1 if the dither is less than the threshold */
        add     t3, t3, t6
        and     t5, t5, s6
        add     t5, t5, s3
        change_cell s8
        bne     t0, t1, .Lupdate_next
        j       .Ldecay_sums
.Llarge_update:
        mv      t4, t5
        count_saturation WALK_UPDATES
        j       .Lupdate_all
        .size   sfdfa_mesh_riscv_walk, . - sfdfa_mesh_riscv_walk

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
