/*
 * sfdfa_riscv.S: the sums of weights and the neurons of a tick, section 5 of docs/ARITHMETIC.md, for RISC-V with
 * multiplication.
 */
#include "sfdfa_config.h"

#if SFDFA_RISCV

#include "sfdfa_riscv_macros.h"

        /* 17 cycles. */
        .macro  add_word place, even, others
        lw      t3, \place(t2)
        and     t4, t3, t1
        add     \even, \even, t4
        srli    t3, t3, 8
        add     \others, \others, t3
        .endm

        .macro  store_word place, even, others
        sw      \even, \place(a0)
        sw      \others, \place + 4(a0)
        .endm

        /* From here on lanes are even 0, others 0, even 1, and so on; a group takes the first ones. */
        .macro  each_word what, words
        \what   0, a6, a7
        .if     \words > 1
        \what   16, t5, t6
        .endif
        .if     \words > 2
        \what   32, s0, s1
        \what   48, s2, s3
        .endif
        .if     \words > 4
        \what   64, s4, s5
        \what   80, s6, s7
        \what   96, s8, s9
        \what   112, s10, s11
        .endif
        .endm
        .macro  clear_word place, even, others
        li      \even, 0
        li      \others, 0
        .endm

        .macro  add_weights place, even, others
        add_word \place / 4, \even, \others
        .endm

        /* The sums of the next words; 22 cycles an input, and 17 for each of them. */
        .macro  sum_group words
        each_word clear_word, \words
        mv      t0, a3
.Lsum_input\@:
        load_index t2, t0
        mul     t2, t2, a2
        add     t2, t2, a1
        each_word add_weights, \words
        bne     t0, a4, .Lsum_input\@
        each_word store_word, \words
        addi    a0, a0, 16 * \words
        addi    a1, a1, 4 * \words
        .endm

/*
 * void sfdfa_riscv_sum(int32_t *current, const sfdfa_weight_t *weights, uint32_t row, const sfdfa_index_t *input,
 *                      const sfdfa_index_t *end, uint32_t words)
 *
 * a0 to a5 what is given; t0 input, t1 mask of the even bytes, t2 weights of the input, t3, t4 a word; the others lanes
 */
        function sfdfa_riscv_sum
        li      t1, 0x00FF00FF
        andi    t2, a5, 1
        beqz    t2, .Lsum_two
        sum_group 1
.Lsum_two:
        andi    t2, a5, 2
        beqz    t2, .Lsum_four
        sum_group 2
.Lsum_four:
        srli    a5, a5, 2
        beqz    a5, .Lsummed
        addi    sp, sp, -48
        sw      s0, 0(sp)
        sw      s1, 4(sp)
        sw      s2, 8(sp)
        sw      s3, 12(sp)
        andi    t2, a5, 1
        beqz    t2, .Lsum_eight
        sum_group 4
.Lsum_eight:
        srli    a5, a5, 1
        beqz    a5, .Lwords_summed
        sw      s4, 16(sp)
        sw      s5, 20(sp)
        sw      s6, 24(sp)
        sw      s7, 28(sp)
        sw      s8, 32(sp)
        sw      s9, 36(sp)
        sw      s10, 40(sp)
        sw      s11, 44(sp)
.Lsum_next_eight:
        sum_group 8
        addi    a5, a5, -1
        bnez    a5, .Lsum_next_eight
        lw      s4, 16(sp)
        lw      s5, 20(sp)
        lw      s6, 24(sp)
        lw      s7, 28(sp)
        lw      s8, 32(sp)
        lw      s9, 36(sp)
        lw      s10, 40(sp)
        lw      s11, 44(sp)
.Lwords_summed:
        lw      s0, 0(sp)
        lw      s1, 4(sp)
        lw      s2, 8(sp)
        lw      s3, 12(sp)
        addi    sp, sp, 48
.Lsummed:
        ret
        .size   sfdfa_riscv_sum, . - sfdfa_riscv_sum

        /* What decays of a layer leave. */
        .macro  load_kept kept_s, kept, scratch
        li      \scratch, 4096
        lhu     \kept_s, LAYER_DECAY_S(a0)
        lhu     \kept, LAYER_DECAY(a0)
        sub     \kept_s, \scratch, \kept_s
        sub     \kept, \scratch, \kept
        .endm

        /* sfdfa_reset_of a layer. */
        .macro  load_reset layer, amount, to_zero
#if SFDFA_FREE_RESETS
        lw      \amount, LAYER_RESET(\layer)
        lw      \to_zero, LAYER_RESET_TO_ZERO(\layer)
#else
        lw      \amount, LAYER_THRESHOLD(\layer)
#endif
        .endm

        /* sfdfa_after_spike. */
        .macro  reset_state a, b, amount, to_zero, scratch
#if SFDFA_FREE_RESETS
        sub     \scratch, \b, \a
        xor     \scratch, \scratch, \amount
        and     \scratch, \scratch, \to_zero
        xor     \scratch, \scratch, \amount
        sub     \b, \b, \scratch
#else
        sub     \b, \b, \amount
#endif
        .endm

        /* 50 cycles a neuron, which lies so many bytes behind a0; what is added before the shift is in a register. */
        .macro  integrate place, added
        lw      t0, \place(a0)
        lw      t1, \place + 4(a0)
        mul     t0, t0, a2
        add     t0, t0, \added
        mul     t1, t1, a3
        add     t1, t1, \added
        srai    t0, t0, 12
        srai    t1, t1, 12
        sw      t0, \place(a0)
        sw      t1, \place + 4(a0)
        sub     t1, t1, t0
        bge     t1, a4, .Lreached\@
.Llisted\@:
        .subsection 1
.Lreached\@:
        sub     t1, a0, t6              /* bytes from the first membrane */
        srli    t1, t1, 3
        addi    t1, t1, (\place) / 8
        store_index t1, a5
        j       .Llisted\@
        .previous
        .endm

/*
 * sfdfa_index_t *sfdfa_riscv_integrate(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane,
 *                                      const sfdfa_membrane_t *end, sfdfa_index_t *list)
 *
 * 54 cycles a neuron.
 *
 * a0 membrane, a1 end, a2 and a3 what decays leave, a4 threshold, a5 list, a6 2047, t0, t1 states, t6 first membrane
 */
        function sfdfa_riscv_integrate
        mv      t6, a1
        mv      a1, a2
        mv      a5, a3
        load_kept a2, a3, t0
        lw      a4, LAYER_THRESHOLD(a0)
        mv      a0, t6
        li      a6, 2047
        sub     t0, a1, a0
        andi    t0, t0, 8
        beqz    t0, .Lintegrate_pair
        integrate 0, a6
        addi    a0, a0, 8
        beq     a0, a1, .Lintegrated
.Lintegrate_pair:
        integrate 0, a6
        integrate 8, a6
        addi    a0, a0, 16
        bne     a0, a1, .Lintegrate_pair
.Lintegrated:
        mv      a0, a5
        ret
        .size   sfdfa_riscv_integrate, . - sfdfa_riscv_integrate

        .set    STEP_INPUT, 0           /* on the stack */
        .set    STEP_END, 4
        .set    STEP_WEIGHTS, 8
        .set    STEP_MEMBRANE, 12
        .set    STEP_LIST, 16
        .set    STEP_FIRST, 20
        .set    STEP_OFFSET, 24
        .set    STEP_SAVED, 28
        .set    STEP_BYTES, 48

        /* A neuron with its sum in the upper half of a register: 53 cycles. */
        .macro  integrate_sum place, sum
        add     \sum, \sum, t2
        lw      t3, \place(a1)
        lw      t4, \place + 4(a1)
        mul     t3, t3, a2
        add     t3, t3, \sum
        mul     t4, t4, a3
        add     t4, t4, \sum
        srai    t3, t3, 12
        srai    t4, t4, 12
        sw      t3, \place(a1)
        sw      t4, \place + 4(a1)
        sub     t4, t4, t3
        bge     t4, a4, .Lreached\@
.Llisted\@:
        .subsection 1
.Lreached\@:
        lw      t4, STEP_FIRST(sp)
        lw      t3, STEP_LIST(sp)
        sub     t4, a1, t4
        srli    t4, t4, 3
        addi    t4, t4, (\place) / 8
        store_index t4, t3
        sw      t3, STEP_LIST(sp)
        j       .Llisted\@
        .previous
        .endm

        /* The neurons of a word's lanes. */
        .macro  integrate_word place, even, others
        slli    t0, \even, 16
        integrate_sum 2 * \place, t0
        and     \even, \even, t1        /* S2 << 16 */
        srli    t0, \even, 8
        sub     \others, \others, t0
        slli    t0, \others, 16
        integrate_sum 2 * \place + 8, t0
        integrate_sum 2 * \place + 16, \even
        and     \others, \others, t1
        integrate_sum 2 * \place + 24, \others
        .endm

        .macro  step_group words
        lw      t0, STEP_INPUT(sp)
        lw      a1, STEP_WEIGHTS(sp)
        lhu     a2, LAYER_ROW(a0)
        lw      a4, STEP_END(sp)
        li      t1, 0x00FF00FF
        each_word clear_word, \words
.Lstep_input\@:
        load_index t2, t0
        mul     t2, t2, a2
        add     t2, t2, a1
        each_word add_weights, \words
        bne     t0, a4, .Lstep_input\@
        addi    a1, a1, 4 * \words
        sw      a1, STEP_WEIGHTS(sp)
        lw      a1, STEP_MEMBRANE(sp)
        load_kept a2, a3, t0
        lw      a4, LAYER_THRESHOLD(a0)
        lw      t2, STEP_OFFSET(sp)
        li      t1, 0xFFFF0000
        each_word integrate_word, \words
        addi    a1, a1, 32 * \words
        sw      a1, STEP_MEMBRANE(sp)
        .endm

/*
 * sfdfa_index_t *sfdfa_riscv_step(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane, sfdfa_index_t *list,
 *                                 const sfdfa_weight_t *weights, const sfdfa_index_t *input,
 *                                 const sfdfa_index_t *end)
 *
 * 57 cycles a neuron, 5.6 an input and neuron.
 *
 * a0 layer, a5 words that are left
 * of sums: a1 weights, a2 row, a4 end of the inputs, t0 input, t1 mask of the even bytes, t2 weights of the input, t3
 * and t4 a word; the others lanes
 * of neurons: a1 membrane, a2 and a3 what decays leave, a4 threshold, t0 sum, t1 mask of the upper half, t2 offset, t3
 * and t4 states
 */
        function sfdfa_riscv_step
        addi    sp, sp, -STEP_BYTES
        sw      a1, STEP_MEMBRANE(sp)
        sw      a1, STEP_FIRST(sp)
        sw      a2, STEP_LIST(sp)
        sw      a3, STEP_WEIGHTS(sp)
        sw      a4, STEP_INPUT(sp)
        sw      a5, STEP_END(sp)
        sub     t0, a5, a4
        .if     SFDFA_INDEX_BITS == 8
        slli    t0, t0, 16 + 7          /* inputs times 128 in the upper half */
        .else
        slli    t0, t0, 16 + 6
        .endif
        li      t1, 2047
        sub     t0, t1, t0
        sw      t0, STEP_OFFSET(sp)
        lhu     a5, LAYER_NEURONS(a0)
        srli    a5, a5, 2
        addi    a5, a5, -4
        bltz    a5, .Lstep_words
        sw      s0, STEP_SAVED(sp)
        sw      s1, STEP_SAVED + 4(sp)
        sw      s2, STEP_SAVED + 8(sp)
        sw      s3, STEP_SAVED + 12(sp)
.Lstep_four_words:
        step_group 4
        addi    a5, a5, -4
        bgez    a5, .Lstep_four_words
        lw      s0, STEP_SAVED(sp)
        lw      s1, STEP_SAVED + 4(sp)
        lw      s2, STEP_SAVED + 8(sp)
        lw      s3, STEP_SAVED + 12(sp)
.Lstep_words:
        addi    a5, a5, 4
        beqz    a5, .Lstepped
.Lstep_word:
        step_group 1
        addi    a5, a5, -1
        bnez    a5, .Lstep_word
.Lstepped:
        lw      a0, STEP_LIST(sp)
        addi    sp, sp, STEP_BYTES
        ret
        .size   sfdfa_riscv_step, . - sfdfa_riscv_step

/*
 * sfdfa_index_t *sfdfa_riscv_fire(sfdfa_layer_table_t *layer, sfdfa_index_t *list, const sfdfa_index_t *end,
 *                                 uint8_t *counts, sfdfa_membrane_t *membrane, int32_t *current)
 *
 * 72 cycles a neuron.
 *
 * a0 where it stays in the list, a1 to a5 what is given, a6 what B loses, a7 a constant, t0 neuron, t1 its count, t2
 * the place of that, then A, t3 B, t4 whether B is to be A
 */
        function sfdfa_riscv_fire
        load_reset a0, a6, t4
        mv      a0, a1
        li      a7, SFDFA_MAX_SPIKES
.Lfire:
        load_index t0, a1
        add     t2, a3, t0
        lbu     t1, 0(t2)
        bgeu    t1, a7, .Lfired
        addi    t1, t1, 1
        sb      t1, 0(t2)
        store_index t0, a0
        slli    t0, t0, 3
        add     t0, t0, a4
        lw      t2, 0(t0)
        lw      t3, 4(t0)
        sw      t2, 0(a5)
        addi    a5, a5, 4
        reset_state t2, t3, a6, t4, t1
        sw      t3, 4(t0)
.Lfired:
        bne     a1, a2, .Lfire
        ret
        .size   sfdfa_riscv_fire, . - sfdfa_riscv_fire

        /* What sfdfa_may_spike reads of a layer in a0, and its limits. */
        .macro  load_quiet
        lhu     a4, LAYER_DECAY_S(a0)
        lhu     a5, LAYER_DECAY(a0)
        lw      a6, LAYER_QUIET_BELOW(a0)
        lhu     a7, LAYER_QUIET_FACTOR(a0)
        lbu     t4, LAYER_QUIET_SHIFT(a0)
        li      s0, 1 << 16
        li      s1, 1 << 15
        .endm

        /* Whether t0 and t1, A and B, fall: then a jump. 46 cycles and the jump. */
        .macro  ask_falling falls
        mul     t2, t0, a4
        srai    t2, t2, 1
        mul     t3, t1, a5
        srai    t3, t3, 1
        sub     t2, t2, t3              /* negative: it gains less than it loses, */
        addi    t3, t0, -1              /* or A is not above 0; */
        or      t2, t2, t3
        sub     t3, t1, t0
        sub     t3, t3, a6              /* and the potential is below */
        and     t2, t2, t3
        bltz    t2, \falls
        .endm

        /* To `peak`, negative where the peak of A and B is not below. 66 cycles. */
        .macro  ask_peak peak, a, b, scratch
        sra     \peak, \a, t4
        sra     \b, \b, t4
        clamp   \peak, s0, \scratch
        clamp   \b, s1, \scratch
        addi    \b, \b, 1
        mul     \b, \b, \b
        mul     \peak, \peak, a7
        sub     \peak, \peak, \b
        .endm

/*
 * sfdfa_index_t *sfdfa_riscv_list_coasting(sfdfa_layer_table_t *layer, sfdfa_membrane_t *membrane,
 *                                          const sfdfa_membrane_t *end, const uint8_t *counts, sfdfa_index_t *list)
 *
 * What sfdfa_may_spike computes. A neuron that falls: 64 cycles, any other 151, and 31 if it is kept.
 *
 * a0 list, a1 to a3 what is given, a4, a5 decays, a6 what the potential is to be below, a7 factor, t0, t1 A and B, t2,
 * t3 scratch, t4 shift, t5 first membrane, t6 where it is kept, s0, s1 limits
 */
        function sfdfa_riscv_list_coasting
        addi    sp, sp, -16
        sw      s0, 0(sp)
        sw      s1, 4(sp)
        mv      t6, a4
        load_quiet
        mv      a0, t6
        mv      t5, a1
        mv      t6, a1
.Lask:
        lw      t0, 0(a1)
        lw      t1, 4(a1)
        ask_falling .Lasked
        ask_peak t0, t0, t1, t2
        sub     t1, a1, t5
        srli    t1, t1, 3               /* the neuron's number */
        add     t2, t1, a3
        lbu     t2, 0(t2)
        addi    t2, t2, -SFDFA_MAX_SPIKES       /* negative: it may spike once more */
        and     t0, t0, t2
        bgez    t0, .Lasked
        lw      t0, 0(a1)
        lw      t2, 4(a1)
        sw      t0, 0(t6)
        sw      t2, 4(t6)
        addi    t6, t6, 8
        store_index t1, a0
.Lasked:
        addi    a1, a1, 8
        bne     a1, a2, .Lask
        lw      s0, 0(sp)
        lw      s1, 4(sp)
        addi    sp, sp, 16
        ret
        .size   sfdfa_riscv_list_coasting, . - sfdfa_riscv_list_coasting

        .set    COAST_SAVED, 0          /* on the stack */
        .set    COAST_BYTES, 32

/*
 * uint32_t sfdfa_riscv_coast_spikes(sfdfa_layer_table_t *layer, sfdfa_index_t *list, const sfdfa_index_t *end,
 *                                   const sfdfa_index_t *may_spike, sfdfa_membrane_t *membrane, uint8_t *counts,
 *                                   int32_t *current)
 *
 * What sfdfa_spike_coasting computes of each. A neuron that falls: 150 cycles, any other 230.
 *
 * a0 how many may spike again, a1 place of the neuron in the list, a4, a5 decays, a6 what the potential is to be below,
 * a7 factor, t0, t1 A and B, t2, t3, a2 scratch, t4 shift, t5 membrane, t6 1 where the neuron may spike again, a3 what
 * B loses, s0, s1 limits, s2 end of the list, s3 may_spike, s4 membranes, s5 counts, s6 current, s7 whether B is to be
 * A
 */
        function sfdfa_riscv_coast_spikes
        addi    sp, sp, -COAST_BYTES
        sw      s0, COAST_SAVED(sp)
        sw      s1, COAST_SAVED + 4(sp)
        sw      s2, COAST_SAVED + 8(sp)
        sw      s3, COAST_SAVED + 12(sp)
        sw      s4, COAST_SAVED + 16(sp)
        sw      s5, COAST_SAVED + 20(sp)
        sw      s6, COAST_SAVED + 24(sp)
        sw      s7, COAST_SAVED + 28(sp)
        mv      s2, a2
        mv      s3, a3
        mv      s4, a4
        mv      s5, a5
        mv      s6, a6
        load_reset a0, a3, s7
        load_quiet
        li      a0, 0
.Lcoast_spike:
        .if     SFDFA_INDEX_BITS == 8
        lbu     t5, 0(a1)
        add     t2, t5, s3
        lbu     t2, 0(t2)               /* the neuron */
        .else
        lhu     t5, 0(a1)
        slli    t2, t5, 1
        add     t2, t2, s3
        lhu     t2, 0(t2)
        .endif
        store_index t2, a1
        slli    t5, t5, 3
        add     t5, t5, s4
        lw      t0, 0(t5)
        lw      t1, 4(t5)
        sw      t0, 0(s6)
        addi    s6, s6, 4
        reset_state t0, t1, a3, s7, t3
        add     t2, t2, s5
        lbu     t3, 0(t2)
        addi    t3, t3, 1
        sb      t3, 0(t2)
        addi    t6, t3, -SFDFA_MAX_SPIKES
        srli    t6, t6, 31
        ask_falling .Lcoast_falls
        mv      t3, t1
        ask_peak a2, t0, t3, t2
        srli    a2, a2, 31
        and     t6, t6, a2
        neg     a2, t6
        and     t0, t0, a2
        and     t1, t1, a2
        sw      t0, 0(t5)
        sw      t1, 4(t5)
        add     a0, a0, t6
        bne     a1, s2, .Lcoast_spike
        j       .Lcoasted
.Lcoast_falls:
        sw      zero, 0(t5)
        sw      zero, 4(t5)
        bne     a1, s2, .Lcoast_spike
        nop
.Lcoasted:
        lw      s0, COAST_SAVED(sp)
        lw      s1, COAST_SAVED + 4(sp)
        lw      s2, COAST_SAVED + 8(sp)
        lw      s3, COAST_SAVED + 12(sp)
        lw      s4, COAST_SAVED + 16(sp)
        lw      s5, COAST_SAVED + 20(sp)
        lw      s6, COAST_SAVED + 24(sp)
        lw      s7, COAST_SAVED + 28(sp)
        addi    sp, sp, COAST_BYTES
        ret
        .size   sfdfa_riscv_coast_spikes, . - sfdfa_riscv_coast_spikes

/*
 * void sfdfa_riscv_remember(const sfdfa_index_t *spike, const sfdfa_index_t *end, const int32_t *current,
 *                           uint32_t *words, sfdfa_rho_t *rho, const sfdfa_rho_t *rho_end, int32_t threshold,
 *                           uint32_t *forgotten)
 *
 * 121 cycles a spike.
 *
 * a0 to a7 what is given; t0 to t2 scratch, t3 1, t4 256 times the threshold
 */
        function sfdfa_riscv_remember
        slli    t4, a6, 8
        li      t3, 1
.Lremember:
        load_index t0, a0
        srli    t1, t0, 5
        slli    t1, t1, 2
        add     t1, t1, a3
        lw      t2, 0(t1)
        sll     t0, t3, t0
        or      t2, t2, t0
        sw      t2, 0(t1)
        lw      t0, 0(a2)
        addi    a2, a2, 4
        bgeu    a4, a5, .Lno_room
        sub     t0, t0, a6
        srai    t1, t0, 31
        not     t1, t1
        and     t0, t0, t1
        add     t0, t0, a6              /* J, the larger of A and the threshold */
        srli    t1, t0, 1
        add     t1, t1, t4
        divu    t1, t1, t0
        srli    t0, t1, 8               /* 256 becomes 255 */
        sub     t1, t1, t0
        sb      t1, 0(a4)
        addi    a4, a4, 1
.Lremembered:
        bne     a0, a1, .Lremember
        ret
.Lno_room:
        lw      t0, 0(a7)
        addi    t0, t0, 1
        sw      t0, 0(a7)
        j       .Lremembered
        .size   sfdfa_riscv_remember, . - sfdfa_riscv_remember

#endif

#if defined(__linux__) && defined(__ELF__)
    .section .note.GNU-stack, "", @progbits /* or the linker would make the stack of a whole program executable */
#endif
