/*
 * sfdfa_riscv_walk.S: the walk of a neuron back through the ticks, section 8 of docs/ARITHMETIC.md, for RISC-V; see
 * sfdfa_riscv.S. sfdfa_replay.c says why it goes so.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV

#include "sfdfa_riscv_macros.h"

        .set    UPDATE_SHIFT, SFDFA_ELIGIBILITY_FRACTION_BITS + 2
        .set    ROUNDING, 1 << (UPDATE_SHIFT - 1)

        .set    FRAME_BYTES, 64

        /* A sum less its decay, of which the negative is given: -k x half down. 15 cycles. */
        .macro  decay sum, by, scratch
        mul     \scratch, \sum, \by
        addi    \scratch, \scratch, 2047
        srai    \scratch, \scratch, 12
        add     \sum, \sum, \scratch
        .endm

        .macro  enter
        addi    sp, sp, -FRAME_BYTES
        sw      ra, 0(sp)
        sw      s0, 4(sp)
        sw      s2, 8(sp)
        sw      s3, 12(sp)
        sw      s4, 16(sp)
        sw      s5, 20(sp)
        sw      s6, 24(sp)
        sw      s7, 28(sp)
        sw      s8, 32(sp)
        sw      s9, 36(sp)
        sw      s10, 40(sp)
        sw      s1, 44(sp)
        sw      s11, 48(sp)
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

        /* Of a spike, the one that `rhos` begins with, rho by its order. */
        .macro  load_rho order, rhos
#if SFDFA_EXACT_GRADIENT
        slli    \order, \order, 1
        add     \order, \order, \rhos
        lhu     \order, 0(\order)
#else
        add     \order, \order, \rhos
        lbu     \order, 0(\order)
#endif
        .endm

        /* Add 1 to a counter in the structure. */
        .macro  count_saturation counter
        lw      t5, \counter(a0)
        addi    t5, t5, 1
        sw      t5, \counter(a0)
        .endm

        /* Of an input and its dither, the cell of the neuron's weight. */
        .macro  find_cell input
        and     \input, \input, s6
        add     \input, \input, s3
        .endm

        /* Whether the weight of the next input changes by 1; then it does, in 33 cycles more. */
        .macro  update_input
        lw      t5, 0(t0)
        addi    t0, t0, 4
        xor     t5, t5, a7
        bltu    t5, t4, .Lchange\@
.Lchanged\@:
        .subsection 1
.Lchange\@:
        find_cell t5
        lbu     t6, 0(t5)
        add     t6, t6, s4              /* to -1 or 256 at most, of which the upper bits are -1 and 1 */
        srai    t3, t6, 8
        sub     t6, t6, t3
        sb      t6, 0(t5)
        j       .Lchanged\@
        .previous
        .endm

/*
 * void sfdfa_riscv_walk(sfdfa_walker_t *walker, int32_t gamma)
 *
 * 48 cycles a tick, with inputs 25 more, and 18 for each of them, or 56 where D is a weight unit or more.
 *
 * a0 walker, a1 u, a2 v, a3 and a4 decays, a5 step size, a6 rounding, a7 mask
 * t0 input, t1 end of the tick's inputs, t2 where the end of the next tick's is, t4 size of D
 * s0 32767, s1 255 or 0 where weights are to fall or to grow, s2 256, s3 column, s4 1 or -1, s5 t2 where the walk
 * halts for a spike or for good, ra for good, s6 mask of a row, s7 s of resets, s8 bit of a spike, s9 word with the
 * last one, s10 spikes that are left, s11 scratch
 */
        function sfdfa_riscv_walk
        enter
        lw      s3, WALKER_COLUMN(a0)
        lw      s4, WALKER_SIGN(a0)
        lbu     t3, WALKER_TICK(a0)
        lw      t4, WALKER_INPUT_END(a0)
        lw      a5, WALKER_STEP_SIZE(a0)
        lw      a6, WALKER_ROUNDING(a0)
        lw      a7, WALKER_MASK(a0)
        lw      s8, WALKER_BIT(a0)
        lw      s9, WALKER_SPIKES(a0)
        lbu     s10, WALKER_SPIKES_LEFT(a0)
        slli    t3, t3, 2
        add     t2, t3, t4
        j       .Lbegin
        .size   sfdfa_riscv_walk, . - sfdfa_riscv_walk

/*
 * void sfdfa_riscv_walk_from_end(sfdfa_walker_t *walker, uint32_t i, int32_t step, uint32_t draw, uint32_t spikes,
 *                                uint32_t capacity)
 *
 * a1 to a5 what is given; t2 where the order of the tick's next spike is, t4 that of the first tick's; the others as
 * above
 */
        .global sfdfa_riscv_walk_from_end
        .type   sfdfa_riscv_walk_from_end, @function
sfdfa_riscv_walk_from_end:
        enter
        lw      s9, WALKER_LAST_SPIKES(a0)
        lw      t4, WALKER_NEXT_SPIKE(a0)
        lw      s3, WALKER_COLUMNS(a0)
        srli    t0, a1, 5
        slli    t0, t0, 2
        add     s9, s9, t0
        li      s8, 1
        sll     s8, s8, a1
        add     s3, s3, a1
        mv      s10, a4
        li      t3, 4 * SFDFA_SPIKE_WORDS
        addi    t2, t4, 2 * (SFDFA_TICKS - 1)
.Lseek_last:
        lw      t0, 0(s9)
        and     t0, t0, s8
        bnez    t0, .Lmeet_last
.Lseek_on:
        sub     s9, s9, t3
        addi    t2, t2, -2
        j       .Lseek_last
.Lmeet_last:
        lhu     t1, 0(t2)
        addi    t0, t1, 1
        sh      t0, 0(t2)
        addi    s10, s10, -1
        bltu    t1, a5, .Lremembered
        bnez    s10, .Lseek_on
        j       .Lend
.Lremembered:
        sub     t2, t2, t4
        slli    t2, t2, 1               /* four times the tick */
        lw      t0, WALKER_INPUT_END(a0)
        add     t2, t2, t0
        lw      t0, WALKER_RHO(a0)
        load_rho t1, t0
        own_gamma t1
        mv      a1, t1
        find_sign
        mv      s4, t0

.Lbegin:                                /* a1 gamma, s4 -1 or 0 */
        lbu     ra, WALKER_FIRST_TICK(a0)
        lw      t4, WALKER_INPUT_END(a0)
        lw      a3, WALKER_DECAY_S(a0)
        lw      a4, WALKER_DECAY(a0)
        neg     a3, a3
        neg     a4, a4
        andi    s1, s4, 255
        slli    s4, s4, 1
        addi    s4, s4, 1
        slli    ra, ra, 2
        add     ra, ra, t4
        addi    ra, ra, -4
        lw      t0, 4(t2)
        li      s0, 32767
        li      s2, 256
        li      s6, (1 << (32 - SFDFA_DITHER_BITS)) - 1
        mv      a2, a1
        mv      s7, a1
        j       .Lfind_stop

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
        beqz    t4, .Lno_update
.Lupdate_by_one:
        update_input
        beq     t0, t1, .Ldecay_sums
        update_input
        bne     t0, t1, .Lupdate_by_one
.Ldecay_sums:
        decay   a1, a3, t5
        decay   a2, a4, t5
        bne     t2, s5, .Ltick

        beq     s5, ra, .Lend
        /* A spike. All that are met here were remembered, since they are earlier than one that was. */
        lw      t5, WALKER_INPUT_END(a0)
        sub     t5, t2, t5
        srli    t5, t5, 1               /* twice the tick */
        lw      t6, WALKER_NEXT_SPIKE(a0)
        add     t5, t5, t6
        lhu     t4, 0(t5)
        addi    t6, t4, 1
        sh      t6, 0(t5)
        lw      t5, WALKER_RHO(a0)
        load_rho t4, t5
        mul     t5, s7, t4
        addi    t5, t5, 128
        srli    t5, t5, 8
        own_gamma t4
        add     t4, t4, t5              /* gamma */
        add     a1, a1, t4
        add     a2, a2, t4
        add     s7, s7, t4
        blt     s0, s7, .Llarge_s

        /* Find the tick of the next spike, and s there. */
.Lfind_stop:
        mv      s5, ra
        addi    s10, s10, -1
        bltz    s10, .Ltick
        mv      s5, t2
        li      t3, 4 * SFDFA_SPIKE_WORDS
.Lseek_spike:
        addi    s5, s5, -4
        decay   s7, a4, t1
        sub     s9, s9, t3
        lw      t1, 0(s9)
        and     t1, t1, s8
        beqz    t1, .Lseek_spike
        j       .Ltick

.Lend:
        lw      ra, 0(sp)
        lw      s0, 4(sp)
        lw      s2, 8(sp)
        lw      s3, 12(sp)
        lw      s4, 16(sp)
        lw      s5, 20(sp)
        lw      s6, 24(sp)
        lw      s7, 28(sp)
        lw      s8, 32(sp)
        lw      s9, 36(sp)
        lw      s10, 40(sp)
        lw      s1, 44(sp)
        lw      s11, 48(sp)
        addi    sp, sp, FRAME_BYTES
        ret

.Lno_update:
        mv      t0, t1
        j       .Ldecay_sums

.Llarge_eligibility:
        count_saturation WALKER_ELIGIBILITY_SATURATIONS
        mv      t4, s0
        j       .Lcompute_size

.Llarge_s:
        count_saturation WALKER_ELIGIBILITY_SATURATIONS
        mv      s7, s0
        j       .Lfind_stop

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
        find_cell t5
        change_cell s11
        bne     t0, t1, .Lupdate_next
        j       .Ldecay_sums
.Llarge_update:
        mv      t4, t5
        count_saturation WALKER_UPDATE_SATURATIONS
        j       .Lupdate_all
        .size   sfdfa_riscv_walk_from_end, . - sfdfa_riscv_walk_from_end

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
